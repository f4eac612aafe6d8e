"""A call at a time of the person's choice: a case with its moment, within the hours, or the nearest moment proposed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.audit.tags import Tag
from bot.services import cases
from bot.services.application import Application
from bot.services.records_port import RightsCase
from tests.support.people import Known, Person, add

MADRID = ZoneInfo(
    "Europe/Madrid"
)  # it is noon of Wednesday, 11 March 2026; the hours have to suit the Canary Islands too


@pytest.fixture
def caller(app: Application) -> Person:
    """The debtor, with a phone number."""
    person = Person(app)
    person.identifies(add(app, Known(phone="+34600111222")))
    return person


def case_of(app: Application) -> RightsCase:
    with app.unit_of_work(write=False) as uow:
        (case,) = [case for case in uow.rights_cases.listed() if case.right == "callback"]
    return case


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MADRID)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("llámenme mañana a las 5", "2026-03-12 17:00"),
        ("llámame hoy a las 6 de la tarde", "2026-03-11 18:00"),
        ("que me llamen a las 10", "2026-03-12 10:00"),
        ("llámenme el viernes a las 11", "2026-03-13 11:00"),
        ("llámenme mañana por la tarde", "2026-03-12 13:00"),
        ("llámenme el viernes", "2026-03-13 10:00"),
    ],
)
def test_a_call_has_its_moment_and_is_due_then(
    app: Application, caller: Person, text: str, wanted: str
) -> None:
    caller.says("request_callback", text)
    assert caller.heard == ["utter_callback_at"]
    case = case_of(app)
    assert case.wanted_at == at(wanted)
    assert (case.due_on, case.rule_id) == (at(wanted).date(), cases.WANTED)


@pytest.mark.parametrize(
    ("text", "proposed"),
    [
        ("llámenme mañana a las 11 de la noche", "2026-03-12 19:30"),
        ("llámenme mañana a las 6 de la mañana", "2026-03-12 10:00"),
        ("llámenme el sábado a las 10", "2026-03-13 19:30"),
    ],
)
def test_outside_the_hours_the_nearest_moment_is_proposed_once(
    app: Application, caller: Person, text: str, proposed: str
) -> None:
    caller.says("request_callback", text)
    assert caller.heard == ["utter_propose_callback"]
    caller.presses(0)
    assert caller.heard == ["utter_callback_at"]
    assert case_of(app).wanted_at == at(proposed)


def test_a_second_impossible_moment_is_not_asked_about_again(app: Application, caller: Person) -> None:
    caller.says("request_callback", "llámenme mañana a las 11 de la noche")
    caller.says("inform", "entonces a las 10 de la noche")
    assert caller.heard == ["utter_callback_at"]
    assert case_of(app).wanted_at is not None


def test_no_to_the_proposal_means_no_call(app: Application, caller: Person) -> None:
    caller.says("request_callback", "llámenme mañana a las 11 de la noche")
    caller.says("deny", "no")
    with app.unit_of_work(write=False) as uow:
        assert not [case for case in uow.rights_cases.listed() if case.right == "callback"]


@pytest.mark.parametrize(
    ("wish", "language", "request_", "wanted"),
    [
        (
            "escríbanme solo por las mañanas",
            "es",
            "llámeme mañana a las 5 de la tarde",
            "2026-03-12 17:00",
        ),
        ("only text me in the mornings", "en", "call me on Thursday at 5pm", "2026-03-12 17:00"),
        ("no me llamen antes de las 12", "es", "llámenme mañana a las 10", "2026-03-12 10:00"),
    ],
)
def test_an_hour_that_they_name_goes_before_their_own_hours(
    app: Application, caller: Person, wish: str, language: str, request_: str, wanted: str
) -> None:
    caller.says("update_contact", wish, language=language)
    assert len(caller.heard) == 1
    caller.says("request_callback", request_, language=language)
    assert caller.heard == ["utter_callback_at"]
    case = case_of(app)
    assert case.wanted_at == at(wanted)
    assert case.details["beside_own_hours"] is True
    assert requested(app, caller)[-1]["beside_own_hours"] is True
    # The wish itself stands: messages keep to it.
    with app.unit_of_work(write=False) as uow:
        talk = caller.conversation
        assert len(uow.contact_wishes.in_force(talk.conversation_id, talk.debtor_id)) == 1


def requested(app: Application, person: Person) -> list[dict[str, Any]]:
    with app.unit_of_work(write=False) as uow:
        chain = f"conversation:{person.conversation.conversation_id}"
        return [entry["payload"] for entry in uow.audit.of_chain(chain, [Tag.CALLBACK_REQUESTED.value])]


def test_a_call_within_their_own_hours_is_no_exception(app: Application, caller: Person) -> None:
    caller.says("update_contact", "escríbanme solo por las mañanas")
    caller.says("request_callback", "llámenme mañana a las 11")
    assert "beside_own_hours" not in case_of(app).details
    assert "beside_own_hours" not in requested(app, caller)[-1]


def test_a_day_without_an_hour_keeps_to_their_own_hours(app: Application, caller: Person) -> None:
    caller.says("stop_contact", "no me llamen antes de las 12")
    caller.says("request_callback", "llámenme mañana")
    assert caller.heard == ["utter_callback_at"]
    # Their hours have to suit the Canary Islands too.
    assert case_of(app).wanted_at == at("2026-03-12 13:00")


def test_what_the_law_forbids_is_said_with_the_nearest_moment(app: Application) -> None:
    """Mexico's hours are a regulator's; those of Spain are our choice, and nobody is told that a law sets them."""
    known = Known(reference="AD-MX-9001", country="MX", currency="MXN", phone="+525512345678")
    person = Person(app)
    person.identifies(add(app, known))
    person.says("update_contact", "escríbanme solo por las mañanas")
    person.says("request_callback", "llámenme mañana a las 11 de la noche")
    assert person.heard == ["utter_propose_callback_by_law"]
    assert "la ley no permite llamar" in person.texts
    # What we propose ourselves keeps to the hours that they named.
    person.presses(0)
    assert person.heard == ["utter_callback_at"]
    case = case_of(app)
    assert case.wanted_at is not None
    assert case.wanted_at.astimezone(ZoneInfo("America/Mexico_City")).hour < 13
    assert "beside_own_hours" not in case.details


def test_without_a_number_it_is_asked_for_once(app: Application, debtor: Person) -> None:
    debtor.says("request_callback", "llámenme mañana a las 5")
    assert debtor.heard == ["utter_ask_callback_phone"]
    debtor.says("inform", "al 600 111 222")
    assert debtor.heard == ["utter_callback_at"]
    case = case_of(app)
    assert case.wanted_at == at("2026-03-12 17:00")
    assert "600111222" in str(case.details["phone"]).replace(" ", "")


def test_a_number_of_no_country_that_we_know_keeps_the_time(app: Application, debtor: Person) -> None:
    debtor.says("request_callback", "llámenme mañana a las 5")
    debtor.says("inform", "07700 900123", entities=[])
    assert debtor.heard == ["utter_callback_at"]
    assert case_of(app).details["phone"] == "07700 900123"


def test_without_a_time_it_is_asked_for(app: Application, caller: Person) -> None:
    caller.says("request_callback", "que me llame alguien")
    assert caller.heard == ["utter_ask_callback_time"]
    caller.says("inform", "por la tarde")
    assert caller.heard == ["utter_callback_at"]
    assert case_of(app).wanted_at == at("2026-03-11 13:00")


def test_closed_with_an_outcome(app: Application, caller: Person) -> None:
    caller.says("request_callback", "llámenme mañana a las 5")
    cases.close(app, case_of(app).case_id, "called, agreed to write", "ana")
    with app.unit_of_work(write=False) as uow:
        assert not uow.rights_cases.listed()
