"""The normal form keeps what carries meaning."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.normalise import clean, expand, for_embedding, for_words, mask, tokens


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("HOLAAAA  q tal", "hola que tal"),
        ("xq no kiero", "porque no quiero"),
        ("jajaja nooo", "jajaja no"),
        ("can u txt me tmrw", "can you text me tomorrow"),
        ("te pago x bizum", "te pago por bizum"),
        ("4 x 75", "4 x 75"),
        ("ref AD/77812/K", "ref ad/77812/k"),
    ],
)
def test_noise_goes(typed: str, normal: str) -> None:
    assert expand(clean(typed)) == normal


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("50€", "zzmoney"),
        ("$2'500.000", "zzmoney"),
        ("300 lucas", "zzmoney"),
        ("el 3 de mayo", "zzdate"),
        ("may 1", "zzdate"),
        ("04/05/2026", "zzdate"),
        ("a las 17:30", "zztime"),
        ("ana@correo.es", "zzmail"),
        ("12345678z", "zzlong"),
        ("ad/77812/k", "zzcode"),
        ("en 3 veces", "zzfew"),
        ("el 50%", "zzpct"),
    ],
)
def test_numbers_become_their_kind(typed: str, word: str) -> None:
    assert word in tokens(mask(typed))


def test_accents_do_not_matter_to_words() -> None:
    assert (
        for_words("¿Cuánto debo, señor?")
        == for_words("¿cuanto debo, señor?")
        == for_words("¿Cuanto debo, senor?")
    )


@given(st.text(max_size=400))
def test_any_text_has_a_stable_normal_form(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert for_words(text) == for_words(text)


@given(st.text(min_size=221, max_size=2000))
def test_the_encoder_never_reads_more_than_its_limit(text: str) -> None:
    assert len(for_embedding(text, limit=220)) <= 221


def test_of_a_long_text_both_ends_are_read() -> None:
    text = "primero " + "y luego pasa el tiempo " * 40 + "final"
    assert for_embedding(text).startswith("primero")
    assert for_embedding(text).endswith("final")


@pytest.mark.parametrize("piece", ["a", "a-", "1", "1 ", "ñ ", "😭", "<b>", "a1/", "50 "])
def test_ten_thousand_characters_cost_little(piece: str) -> None:
    text = piece * (10_000 // len(piece))
    started = time.process_time()
    for_words(text)
    for_embedding(text)
    assert time.process_time() - started < 0.5
