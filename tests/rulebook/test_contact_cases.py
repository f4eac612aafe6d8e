"""Every worked example of rulebook/cases/contact gets exactly the answer that is written beside it."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.debt.contact_gate import BlockKind, Purpose
from tests.properties.gates import jurisdictions
from tests.rulebook.contact_cases import ContactCase, asked, in_words, read_contact_cases

CASES = list(read_contact_cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.sentence}")
def test_the_gate_answers_as_written(case: ContactCase) -> None:
    expected = case.content["expected"]
    if isinstance(expected, dict) and "next" in expected:
        expected = {**expected, "next": str(expected["next"])}
    assert in_words(case, asked(case, jurisdictions())) == expected


def test_there_are_enough_of_them_for_every_jurisdiction_purpose_and_reason() -> None:
    assert len(CASES) >= 150
    assert min(Counter(case.file for case in CASES).values()) >= 10
    known = set(jurisdictions().codes()) | {"EC", "FR", "ZZ"}
    assert {case.content["jurisdiction"] for case in CASES} == known - {"strict"}
    assert {case.content["purpose"] for case in CASES} == {each.value for each in Purpose}
    kinds = {c.content["expected"]["kind"] for c in CASES if "kind" in c.content["expected"]}
    assert kinds == {each.value for each in BlockKind}


def test_every_fact_that_a_case_names_exists_or_names_a_section() -> None:
    found = jurisdictions()
    facts = {fact.fact_id for code in found.codes() for fact in found.profile(code).facts} | {"ES.channels"}
    named = {
        c.content["expected"][key]
        for c in CASES
        for key in ("fact", "allowed_by")
        if key in c.content["expected"]
    }
    assert named <= facts


def test_no_two_cases_say_the_same() -> None:
    told = Counter((case.file, case.sentence) for case in CASES)
    assert max(told.values()) == 1
