"""Rights: each opens a case with its day, is listed, closed, and answered with everything that is held."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.services.application import Application
from bot.services.data_requests import kind_in
from tests.records.conftest import Run
from tests.support.people import Known, Person


def cases(run: Run, *words: str) -> list[dict[str, Any]]:
    done = run("cases", "--json", *words)
    assert done.exit_code == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("intent", "text", "right", "days"),
    [
        ("complain", "quiero reclamar", "complaint", 21),
        ("dispute_debt", "no es mía", "dispute", 21),
        ("data_rights", "quiero ver mis datos", "access", 30),
        ("data_rights", "borren todos mis datos", "erasure", 30),
        ("legal_representation", "hable con mi abogada", "representation", 5),
        ("stop_contact", "no me escriban más", "stop_contact", 1),
        ("request_document", "necesito un certificado", "document", 10),
    ],
)
def test_a_right_opens_a_case_with_its_day(
    run: Run, app: Application, debtor: Person, intent: str, text: str, right: str, days: int
) -> None:
    debtor.says(intent, text)
    (case,) = cases(run)
    assert (case["right"], case["debtor_id"], case["country"]) == (right, "T-1", "ES")
    assert case["due_on"] == str(app.clock.today() + timedelta(days=days))
    assert case["rule_id"].startswith(("countries.ES.", "retention.", "ES."))
    debtor.says(intent, text)
    assert len(cases(run)) == (2 if right == "complaint" else 1)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("quiero saber qué datos tienen de mí", "access"),
        ("delete everything you have on me", "erasure"),
        ("derecho al olvido", "erasure"),
        ("mi apellido está mal escrito, rectifíquenlo", "rectification"),
        ("portabilidad de mis datos", "portability"),
        ("me opongo al tratamiento", "objection"),
    ],
)
def test_which_data_right_is_meant(text: str, right: str) -> None:
    assert kind_in(text) == right


def test_a_case_of_somebody_unknown_names_them_once_they_said_who_they_are(
    run: Run, app: Application, known: Known
) -> None:
    person = Person(app)
    person.says("complain", "quiero reclamar")
    assert cases(run)[0]["debtor_id"] is None
    person.identifies(known)
    assert cases(run)[0]["debtor_id"] == "T-1"


def test_due_cases_and_closing(
    run: Run, app: Application, debtor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    debtor.says("complain", "quiero reclamar")
    (case,) = cases(run)
    for day, standing in (("2026-03-12", "open"), ("2026-03-28", "due_soon"), ("2026-04-02", "overdue")):
        monkeypatch.setenv("ALDIA_TODAY", day)
        assert [each["standing"] for each in cases(run)] == [standing]
        assert len(cases(run, "--due")) == (standing != "open")
    assert case["case_id"] in run("cases", "--due").output
    assert run("cases", "close", case["case_id"], "--outcome", " ").exit_code == 2
    assert run("cases", "close", case["case_id"].lower(), "--outcome", "contestada").exit_code == 0
    assert cases(run) == []
    assert cases(run, "--all")[0]["outcome"] == "contestada"
    for case_id in (case["case_id"], "R-NONE"):
        done = run("cases", "close", case_id, "--outcome", "x")
        assert (done.exit_code, "aldia cases" in done.output) == (1, True)
    assert run("audit", "verify").exit_code == 0


def test_everything_held_is_given(run: Run, debtor: Person) -> None:
    debtor.says("counter_offer", "50 al mes")
    debtor.says("complain", "quiero reclamar")
    done = run("debtor", "data", "AD-ES-9001")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    assert data["debtors"][0]["full_name"] == "Lucía Prueba"
    assert {point["address"] for point in data["contact_points"]} == {"+34600111222"}
    assert any(row["text"] == "mi vecina Marcelina lo sabe todo" for row in data["inbox"])
    assert data["offers"]
    assert data["rights_cases"][0]["right"] == "complaint"
    assert any(entry["payload"].get("text") == "50 al mes" for entry in data["record"])
    assert "_hash" not in done.stdout
    assert "sealed:" not in done.stdout


def test_what_somebody_unidentified_wrote_is_not_given(run: Run, app: Application, debtor: Person) -> None:
    stranger = Person(app, address="neighbour")
    stranger.says("inform", "AD-ES-9001 y soy la vecina Petronila")
    data = json.loads(run("debtor", "data", "AD-ES-9001").stdout)
    assert "Petronila" not in json.dumps(data)


def test_a_case_is_taken_back_with_what_opened_it(run: Run, debtor: Person) -> None:
    debtor.says("none", "STOP")
    assert [case["right"] for case in cases(run)] == ["stop_contact"]
    debtor.says("none", "ALTA")
    assert cases(run) == []
    debtor.says("complain", "quiero reclamar")
    debtor.says(
        "dispute_debt", "no es", confidence=0.4, ranking=[("dispute_debt", 0.4), ("out_of_scope", 0.3)]
    )
    if "utter_if_misunderstood" in debtor.heard:
        assert len(cases(run)) == 2
        debtor.presses(0)
    assert [case["right"] for case in cases(run)] == ["complaint"]
