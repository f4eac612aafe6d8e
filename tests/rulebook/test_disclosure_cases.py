"""Every worked example of rulebook/cases/disclosures gets exactly the answer that is written beside it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from bot.debt.disclosures import BEFORE_IDENTITY, Code, Moment
from bot.rulebook.jurisdictions import load_jurisdictions
from bot.scripts import Scripts
from tests.properties.gates import jurisdictions
from tests.rulebook.disclosure_cases import DisclosureCase, asked, in_words, read_disclosure_cases

CASES = list(read_disclosure_cases())
ROOT = Path(__file__).parents[2]
# What other texts say by themselves.
CARRIED = {Code.AI, Code.HUMAN, Code.TIME_BARRED, Code.DEBT_ADVICE}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.sentence}")
def test_what_is_due_is_as_written(case: DisclosureCase) -> None:
    assert in_words(asked(case, jurisdictions())) == case.content["expected"]


def test_there_are_enough_of_them_for_every_jurisdiction_moment_and_code() -> None:
    assert len(CASES) >= 25
    places = {case.content["jurisdiction"] for case in CASES}
    assert places >= {"ES", "MX", "CO", "CL", "PE", "AR", "US", "GB"}
    assert {moment for case in CASES for moment in case.content["moments"]} == {each.value for each in Moment}
    told = {
        code for case in CASES if case.content["expected"] != "nothing" for code in case.content["expected"]
    }
    assert told == {each.value for each in Code}


def test_no_two_cases_say_the_same() -> None:
    assert max(Counter((case.file, case.sentence) for case in CASES).values()) == 1


@pytest.mark.parametrize("code", sorted(jurisdictions().codes()))
def test_every_disclosure_has_a_text_in_both_languages(code: str) -> None:
    names = Scripts.load(ROOT / "data" / "responses").names
    for rule in jurisdictions().disclosures(code):
        own = {f"utter_notice_{rule.code.value}", f"utter_notice_{rule.code.value}_{code[:2].lower()}"}
        assert own & names or rule.code in CARRIED, rule


def test_a_debt_word_cannot_be_asked_for_before_identification(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "GB.yml").write_text(
        "jurisdiction: GB\nai_disclosure:\n  discloses: [{code: identification, moment: opening, often: message}]\n"
    )
    found, problems = load_jurisdictions(ROOT / "rulebook" / "jurisdictions", own)
    assert found is None
    (problem,) = problems
    assert (problem.file, problem.key) == ("GB.yml", "ai_disclosure.discloses[0].code")
    assert set(problem.allowed) == {code.value for code in BEFORE_IDENTITY}


def test_a_law_is_said_as_often_as_it_asks_and_a_deployer_can_only_add(tmp_path: Path) -> None:
    (tmp_path / "US.yml").write_text(
        "jurisdiction: US\ndisclosures:\n"
        "  - id: validation_notice\n    discloses: [{code: certificate, moment: agreement, often: message}]\n"
    )
    found, problems = load_jurisdictions(ROOT / "rulebook" / "jurisdictions", tmp_path)
    assert found is None
    assert "disclosures.validation_notice.discloses" in {problem.key for problem in problems}


@pytest.mark.parametrize(
    ("told_on", "until"),
    [
        # Five business days, then thirty days; Thanksgiving and Christmas are none.
        (date(2026, 11, 23), date(2026, 12, 31)),
        (date(2026, 3, 11), date(2026, 4, 17)),
        (date(2026, 12, 21), date(2027, 1, 28)),
    ],
)
def test_the_validation_period_ends_thirty_days_after_the_notice_is_taken_to_arrive(
    told_on: date, until: date
) -> None:
    assert jurisdictions().disputable_until("US", told_on) == until
    assert jurisdictions().disputable_until("GB", told_on) is None
