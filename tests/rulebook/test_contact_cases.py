"""Every worked example of rulebook/cases/contact gets exactly the answer that is written beside it."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from bot.debt.contact_gate import Blocked, BlockKind, Purpose
from bot.services.gate_words import reason_in
from tests.properties.gates import jurisdictions
from tests.rulebook.contact_cases import ContactCase, asked, in_words, read_contact_cases

CASES = list(read_contact_cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.sentence}")
def test_the_gate_answers_as_written(case: ContactCase) -> None:
    expected = case.content["expected"]
    if isinstance(expected, dict) and "next" in expected:
        expected = {**expected, "next": str(expected["next"])}
    assert in_words(case, asked(case, jurisdictions())) == expected


def test_every_reason_is_also_said_in_spanish() -> None:
    found = jurisdictions()
    decisions = [asked(case, found) for case in CASES]
    reasons = {decision.reason for decision in decisions if isinstance(decision, Blocked)}
    assert len(reasons) > 30
    english = re.compile(r"\b(?:the|a|an|is|at|in|of|may|person|hold|days?|hours|Monday|Tuesday|Sunday)\b")
    for reason in reasons:
        said = reason_in(reason, "es")
        assert said != reason, reason
        assert not english.search(re.sub(r"\(.*\)", "", said).replace(" a ", " ")), said
        assert reason_in(reason, "en") == reason


@pytest.mark.parametrize(
    ("reason", "spanish"),
    [
        ("a hold is in force: dispute", "hay una parada en vigor: disputa"),
        (
            "Sunday 2026-03-15 21:30 is outside the hours (Europe/Madrid)",
            "el domingo 2026-03-15 a las 21:30 está fuera de las horas permitidas (Europe/Madrid)",
        ),
        ("at most 3 contacts in 7 days", "como mucho 3 contactos en 7 días"),
        ("at most 1 contacts in 1 calendar week", "como mucho 1 contacto en 1 semana de calendario"),
        (
            "at most 2 contacts in 1 day, 3 hours apart",
            "como mucho 2 contactos en 1 día, con 3 horas entre uno y otro",
        ),
        ("a conversation was held less than 7 days ago", "se habló con la persona hace menos de 7 días"),
        ("something new", "something new"),
    ],
)
def test_reasons_in_spanish(reason: str, spanish: str) -> None:
    assert reason_in(reason, "es") == spanish


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
