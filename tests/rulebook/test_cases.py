"""Every worked example of rulebook/cases gets exactly the answer that is written beside it."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.rulebook import Rulebook
from tests.rulebook.cases import DIRECTORY, Case, answer, read_cases

CASES = list(read_cases())


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return Rulebook.load(DIRECTORY)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.sentence}")
def test_the_rulebook_answers_as_written(book: Rulebook, case: Case) -> None:
    answered, expected = answer(book, case), case.content["expected"]
    if "offers" in expected:
        assert len(answered["offers"]) == len(expected["offers"])
        for offer, wanted in zip(answered["offers"], expected["offers"], strict=True):
            assert {name: offer.get(name) for name in wanted} == wanted
    wanted = {name: value for name, value in expected.items() if name != "offers"}
    assert {name: answered.get(name) for name in wanted} == wanted


def test_the_cases_cover_every_country_and_segment(book: Rulebook) -> None:
    assert len(CASES) >= 40
    countries = Counter(case.content["account"]["country"] for case in CASES)
    assert set(countries) == set(book.country_codes())
    segments = {answer(book, case)["segment"] for case in CASES}
    assert segments == {"upcoming", "early", "mid", "late", "recovery"}


def test_no_two_cases_say_the_same() -> None:
    sentences = [case.sentence for case in CASES]
    assert len(set(sentences)) == len(sentences)
