"""What was noted while the clock was ahead, by hours or by weeks, holds nobody up once it was set back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.debt.conversations import Conversation
from bot.debt.party import ConversationId, DebtorId, MessageId
from bot.services import (
    chat_window,
    delivery,
    desk_acts,
    desk_case,
    dialogue,
    queue_watch,
    reception,
    relay,
    webhooks,
)
from bot.services.application import Application
from bot.services.chat_window import Window
from bot.services.reception import Incoming
from bot.services.understood import Heard
from bot.services.unit_of_work import OutboundMessage
from tests.desk.conftest import new_user, waiting
from tests.faults.books import imported
from tests.faults.test_clock import jumps
from tests.support.people import Known, Person

AHEAD = [timedelta(hours=3), timedelta(days=40)]
by_so_much = pytest.mark.parametrize("ahead", AHEAD, ids=str)
WEB = Window("web", "someone", timedelta(minutes=30))


def shown(app: Application, after: str = "") -> list[Any]:
    news = chat_window.news(app, WEB, after)
    assert news is not None
    return list(news.messages)


@by_so_much
def test_the_chat_window_shows_what_is_said_now(both: Application, ahead: timedelta) -> None:
    person = Person(both, WEB.address, "web")
    jumps(both, ahead)
    person.says("greet", "hola")
    cursor = chat_window.news(both, WEB).cursor  # type: ignore[union-attr]
    jumps(both, -ahead)
    person.says("request_agent", "quiero hablar con una persona")
    asked = [one for one in shown(both, cursor) if one["from"] == "you"]
    ours = [one for one in shown(both, cursor) if one["from"] == "assistant"]
    assert [one["text"] for one in asked] == ["quiero hablar con una persona"]
    assert [one["text"] for one in ours] == [row.text for row in person.last]
    assert shown(both) == shown(both, cursor), "to a page that was opened anew, too"
    assert any(one.get("buttons") for one in ours) == any(row.buttons for row in person.last)


@by_so_much
def test_an_answer_is_shown_though_its_question_was_noted_for_later(
    both: Application, ahead: timedelta
) -> None:
    jumps(both, ahead)
    received = reception.receive(both, Incoming("web", WEB.address, None, "hola"))
    jumps(both, -ahead)
    dialogue.take_turn(both, received.message_id, Heard("greet", 0.99, text="hola"))
    rows = reception.conclude(both, received.message_id)
    assert [one["text"] for one in shown(both) if one["from"] == "assistant"] == [row.text for row in rows]


def test_what_a_person_wrote_is_shown_until_it_was_read(both: Application) -> None:
    person, ana = waiting(both, WEB.address, channel="web"), new_user(both, "ana")
    talk = person.conversation.conversation_id
    relay.claim(both, ana, talk)
    jumps(both, timedelta(hours=3))
    relay.send(both, ana, talk, "Le ayudo enseguida", key="k-1")
    jumps(both, timedelta(hours=-3))
    assert "Le ayudo enseguida" in [one["text"] for one in shown(both)]


@by_so_much
def test_a_message_kept_for_the_morning_waits_for_no_other_morning(
    both: Application, ahead: timedelta
) -> None:
    imported(both, Known(phone="+34600111222"))
    with both.unit_of_work() as uow:
        debtor, record = uow.debtors.get(DebtorId("T-1")), uow.debtors.identity(DebtorId("T-1"))
        assert debtor is not None
        assert record is not None
        uow.debtors.save(replace(debtor, time_zone="Europe/Madrid", preferred_channel="sms"), record)
        talk = Conversation(ConversationId("C-1"), "sms", "+34600111222", "es", debtor_id=debtor.debtor_id)
        uow.conversations.add(talk)
        now = both.clock.now()
        uow.outbox.add(
            OutboundMessage(
                MessageId("O-1"), talk.conversation_id, None, 0, "utter_reminder", "es", "es", "Hola", (),
                now, "queued", "sms",
            )
        )  # fmt: skip
        uow.commit()
    ahead += timedelta(hours=11)  # eleven at night
    jumps(both, ahead)
    assert delivery.claim(both, {"sms": lambda _: False}) is None
    jumps(both, -ahead)
    parcel = delivery.claim(both, {"sms": lambda _: False})
    assert parcel is not None, "it is noon"
    assert [row.message_id for row in parcel.messages] == ["O-1"]
    assert not parcel.is_lost


def test_what_was_kept_for_the_morning_still_waits_for_it(both: Application) -> None:
    """And is asked about once: the note of the decision is none of a try."""
    test_a_message_kept_for_the_morning_waits_for_no_other_morning(both, timedelta())


@by_so_much
def test_nobody_stays_locked(both: Application, ahead: timedelta) -> None:
    person, known = Person(both, "someone", "sms"), imported(both)
    jumps(both, ahead)
    while "utter_identity_locked" not in person.heard:
        person.says("inform", f"{known.reference}, nací el 01/01/1901 y mi código postal es 00000")
    person.identifies(known)
    assert person.conversation.verified_at is None
    jumps(both, -ahead)
    person.identifies(known)
    assert person.conversation.verified_at is not None


@by_so_much
def test_who_floods_is_told_again(both: Application, ahead: timedelta) -> None:
    def floods() -> list[str]:
        incoming = Incoming("sms", "+34600111222", None, "hola", is_flooding=True)
        return [row.response for row in reception.receive(both, incoming).replies]

    jumps(both, ahead)
    assert "utter_slow_down" in floods()
    assert floods() == []
    jumps(both, -ahead)
    assert "utter_slow_down" in floods()
    assert floods() == []


@by_so_much
def test_who_waits_for_a_person_is_told(both: Application, ahead: timedelta) -> None:
    jumps(both, ahead)
    waiting(both)
    jumps(both, -ahead)
    assert queue_watch.look(both).told == 1
    assert queue_watch.look(both).told == 0


@by_so_much
def test_what_was_revealed_is_covered_again(both: Application, ahead: timedelta) -> None:
    person, boss = waiting(both, known=Known()), new_user(both, "eva", "supervisor")
    talk = person.conversation.conversation_id
    jumps(both, ahead)
    desk_acts.reveal(both, boss, talk, "Dice que está en peligro")
    assert not desk_case.view(both, boss, talk).is_masked
    jumps(both, -ahead - timedelta(minutes=45))
    assert desk_case.view(both, boss, talk).is_masked


@by_so_much
def test_that_a_case_was_opened_is_on_record_again(both: Application, ahead: timedelta) -> None:
    person, ana, eva = waiting(both), new_user(both, "ana"), new_user(both, "eva")
    talk = person.conversation.conversation_id

    def opened() -> int:
        desk_case.opened(both, ana, talk)
        with both.unit_of_work(write=False) as uow:
            return len(uow.audit.of_chain(f"conversation:{talk}", ["DESK_OPENED"]))

    jumps(both, ahead)
    assert [opened(), opened()] == [1, 1]
    jumps(both, -ahead)
    assert desk_case.view(both, eva, talk).others == ()
    assert [opened(), opened()] == [2, 2]


@by_so_much
def test_a_webhook_is_called_again_soon(both: Application, ahead: timedelta) -> None:
    url = "https://help.example.org/hook"
    app = replace(both, settings=replace(both.settings, desk_webhooks=(url,), desk_webhook_secret="s" * 20))
    jumps(app, ahead)
    waiting(app)
    event = webhooks.next_call(app)
    assert event is not None
    webhooks.record(app, event, was_taken=False)
    assert webhooks.next_call(app) is None
    jumps(app, -ahead)
    again = webhooks.next_call(app)
    assert again is not None
    assert again.event_id == event.event_id
    assert webhooks.next_call(app) is None


@by_so_much
def test_an_answer_on_its_way_is_not_kept_for_the_morning(both: Application, ahead: timedelta) -> None:
    jumps(both, timedelta(hours=12) + ahead)  # midnight in Spain
    person = Person(both, "+34600111222", "sms")
    person.says("greet", "hola")
    jumps(both, -ahead)
    parcel = delivery.claim(both, {"sms": lambda _: False})
    assert parcel is not None
    assert parcel.messages[0].message_id == person.last[0].message_id


def test_a_server_whose_clock_is_a_little_slow_answers_at_night(both: Application) -> None:
    jumps(both, timedelta(hours=12))
    Person(both, "+34600111222", "sms").says("greet", "hola")
    jumps(both, timedelta(seconds=-3))  # … of the one that sends
    assert delivery.claim(both, {"sms": lambda _: False}) is not None


@by_so_much
def test_what_was_tried_and_then_kept_waits_for_no_other_morning(both: Application, ahead: timedelta) -> None:
    """All of its parcel, which goes on belonging together."""
    person = Person(both, "+34600111222", "sms")
    person.says("greet", "hola")
    parcel = delivery.claim(both, {"sms": lambda _: True})
    assert parcel is not None
    assert len(parcel.messages) > 1
    delivery.postponed(both, parcel, "503")
    ahead += timedelta(hours=12)
    jumps(both, ahead)
    assert delivery.claim(both, {"sms": lambda _: True}) is None
    jumps(both, timedelta(minutes=1) - ahead)
    again = delivery.claim(both, {"sms": lambda _: True})
    assert again is not None
    assert [row.message_id for row in again.messages] == [row.message_id for row in parcel.messages]
    assert not again.is_lost
