"""Calls and channels through the real actions, as Rasa runs them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

import actions.base
from actions.contact import ActionStopContact, ActionUpdateContact
from actions.handoff import ActionRequestCallback
from bot.nlu.entities import extract
from bot.services import reception
from bot.services.application import Application
from bot.services.reception import Incoming
from tests.support.people import Known, Person, add


@pytest.fixture
def texter(app: Application, monkeypatch: pytest.MonkeyPatch) -> Person:
    """The debtor on Telegram, identified, with a phone."""
    monkeypatch.setattr(actions.base, "app", lambda: app)
    person = Person(app, channel="telegram", address="77")
    person.identifies(add(app, Known(phone="+34600111222")))
    return person


def acts(person: Person, action: actions.base.DebtorAction, text: str, language: str) -> list[str]:
    """Receive a message, run the action that Rasa would, and conclude; the names of the answers."""
    received = reception.receive(person.app, Incoming(person.channel, person.address, None, text))
    today = person.app.clock.today()
    found = extract(text, country="ES", language=language, today=today)
    latest: dict[str, Any] = {
        "text": text,
        "language": language,
        "intent": {"name": action.intent, "confidence": 0.99},
        "entities": [{"entity": e.kind, "value": e.value, "confidence": e.confidence} for e in found],
        "metadata": {"message_id": received.message_id},
    }
    tracker = Tracker(person.conversation.conversation_id, {}, latest, [], False, None, {}, action.name())
    dispatcher = CollectingDispatcher()
    asyncio.run(action.run(dispatcher, tracker, {}))
    person.last = reception.conclude(person.app, received.message_id)
    assert [message["text"] for message in dispatcher.messages] == [row.text for row in person.last]
    return person.heard


@pytest.mark.parametrize(
    ("language", "wish", "request_"),
    [
        ("es", "escríbanme solo por las mañanas", "llámeme mañana a las 5 de la tarde"),
        ("en", "only text me in the mornings", "call me on Thursday at 5pm"),
    ],
)
def test_a_call_at_the_hour_that_is_named(texter: Person, language: str, wish: str, request_: str) -> None:
    assert acts(texter, ActionUpdateContact(), wish, language) == ["utter_hours_only"]
    assert acts(texter, ActionRequestCallback(), request_, language) == ["utter_callback_at"]
    assert "17:00" in texter.texts


@pytest.mark.parametrize(
    ("language", "text"), [("es", "no me escriba por aquí"), ("en", "don't text me here")]
)
def test_this_channel_and_no_other(app: Application, texter: Person, language: str, text: str) -> None:
    assert acts(texter, ActionStopContact(), text, language) == ["utter_channel_stopped"]
    with app.unit_of_work(write=False) as uow:
        assert not list(uow.holds.in_force(texter.conversation.debtor_id, None))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "text"),
    [("es", "nunca por correo electrónico"), ("en", "not by SMS please"), ("es", "sin sms")],
)
def test_another_channel_is_refused(texter: Person, language: str, text: str) -> None:
    assert acts(texter, ActionUpdateContact(), text, language) == ["utter_channel_never"]


def test_everything_stops_when_everything_is_meant(app: Application, texter: Person) -> None:
    assert acts(texter, ActionStopContact(), "no me escriban más", "es") == ["utter_contact_stopped"]
    with app.unit_of_work(write=False) as uow:
        held = uow.holds.in_force(texter.conversation.debtor_id, None)  # type: ignore[arg-type]
    assert [hold.kind.value for hold in held] == ["cease_contact"]
