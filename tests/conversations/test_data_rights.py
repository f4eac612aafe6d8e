"""Rights over personal data: which one is meant, asked when the words do not tell, and what each needs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from bot.services.application import Application
from bot.services.data_requests import kind_in
from bot.services.records_port import RightsCase
from tests.support.people import Known, Person

LINES = yaml.safe_load(Path(__file__).with_name("data_rights_lines.yml").read_text(encoding="utf-8"))
ROWS = [(kind, line) for kind, languages in LINES.items() for lines in languages.values() for line in lines]


@pytest.mark.parametrize(("kind", "line"), ROWS)
def test_which_right_is_meant(kind: str, line: str) -> None:
    assert kind_in(line) == (None if kind == "unclear" else kind)


def test_there_are_twenty_lines_of_each_kind_and_language() -> None:
    counts = {
        (kind, language): len(set(lines)) for kind, both in LINES.items() for language, lines in both.items()
    }
    assert not {key: n for key, n in counts.items() if n < (8 if key[0] == "unclear" else 20)}
    assert max(Counter(line for _, line in ROWS).values()) == 1


def the_case(app: Application) -> RightsCase:
    with app.unit_of_work(write=False) as uow:
        (case,) = uow.rights_cases.listed()
    return case


def test_an_unclear_request_is_asked_about_once_and_is_due_at_once(app: Application, debtor: Person) -> None:
    debtor.says("data_rights", "quiero ejercer mis derechos")
    assert debtor.heard == ["utter_data_rights", "utter_ask_data_right"]
    case = the_case(app)
    assert case.right == "data"
    debtor.presses(2)
    assert debtor.heard == ["utter_data_erasure"]
    assert (the_case(app).right, the_case(app).case_id) == ("erasure", case.case_id)


@pytest.mark.parametrize(
    ("said", "right"), [("3", "erasure"), ("llevarme mis datos", "portability"), ("no sé", "data")]
)
def test_the_kind_may_be_said_in_words_or_by_number(
    app: Application, debtor: Person, said: str, right: str
) -> None:
    debtor.says("data_rights", "mis datos")
    debtor.says("inform", said)
    assert the_case(app).right == right


def test_rectification_asks_what_is_wrong_and_keeps_it_encrypted(app: Application, debtor: Person) -> None:
    debtor.says("data_rights", "quiero corregir mis datos")
    assert debtor.heard == ["utter_data_rectification", "utter_ask_rectification"]
    debtor.says("inform", "pone Lucia Pruebas y es Lucía Prueba")
    assert debtor.heard == ["utter_rectification_noted"]
    assert the_case(app).details["words"] == "pone Lucia Pruebas y es Lucía Prueba"
    with app.unit_of_work(write=False) as uow:
        stored = uow.connection.exec_driver_sql("SELECT details FROM rights_cases").scalar()  # type: ignore[attr-defined]
    assert "sealed:" in stored
    assert "Pruebas" not in stored


def test_a_case_opens_without_identification_and_asks_for_it(
    app: Application, known: Known, person: Person
) -> None:
    person.says("data_rights", "quiero una copia de mis datos")
    assert person.heard[-2:] == ["utter_data_access", "utter_ask_identity"]
    assert the_case(app).debtor_id is None
    person.identifies(known)
    assert the_case(app).debtor_id == "T-1"
    # They asked about data, not about money.
    assert person.heard == ["utter_identified", "utter_notice_privacy", "utter_data_identified"]


def test_rectification_before_identification(app: Application, person: Person) -> None:
    person.says("data_rights", "corrijan mi apellido")
    assert person.heard[-1] == "utter_ask_rectification"
    person.says("inform", "es Prueba con P")
    assert person.heard == ["utter_rectification_noted", "utter_ask_identity"]


def test_while_a_person_is_awaited_the_right_is_still_heard(app: Application, debtor: Person) -> None:
    debtor.says("request_agent", "quiero hablar con una persona")
    debtor.says("data_rights", "quiero corregir mis datos")
    debtor.says("inform", "el segundo apellido es Gil")
    assert debtor.heard == ["utter_rectification_noted"]
