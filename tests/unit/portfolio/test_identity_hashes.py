"""Keyed hashes of identity data: what reads alike matches, and nothing else."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.identity_hashes import IdentityHasher

HASHER = IdentityHasher(b"k" * 32)


@pytest.mark.parametrize("written", ["12345678Z", "12.345.678-z", " 12345678 Z ", "１２３４５６７８Ｚ"])
def test_a_document_matches_however_it_is_written(written: str) -> None:
    assert HASHER.document(written) == HASHER.document("12345678Z")


@pytest.mark.parametrize("written", ["SW1A 1AA", "sw1a1aa", "SW1A-1AA"])
def test_a_postal_code_matches_however_it_is_written(written: str) -> None:
    assert HASHER.postal_code(written) == HASHER.postal_code("SW1A1AA")


@pytest.mark.parametrize("said", ["678Z", "678-z", "5678", "12345678Z", "78Z 678Z"])
def test_the_last_four_match_in_either_reading(said: str) -> None:
    kept = HASHER.last_four("12345678Z")
    assert len(kept) == 2
    assert any(HASHER.same_as_any(each, kept) for each in HASHER.last_four(said))


@pytest.mark.parametrize("said", ["1234", "78Z", "", "567Z", "5679"])
def test_other_endings_do_not_match(said: str) -> None:
    kept = HASHER.last_four("12345678Z")
    assert not any(HASHER.same_as_any(each, kept) for each in HASHER.last_four(said))


def test_a_date_matches_its_iso_form() -> None:
    assert HASHER.date_of_birth(date(1985, 3, 12)) == HASHER.date_of_birth("1985-03-12")


def test_each_kind_and_each_key_hashes_apart() -> None:
    assert len({HASHER.document("28013"), HASHER.postal_code("28013"), HASHER.date_of_birth("28013")}) == 3
    assert HASHER.document("28013") != IdentityHasher(b"x" * 32).document("28013")


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="key"):
        IdentityHasher(b"")


@given(st.text(), st.text())
def test_the_same_is_the_same_hash(one: str, other: str) -> None:
    assert HASHER.same(HASHER.digest("x", one), HASHER.digest("x", other)) is (one == other)
