"""Every message that leaves by itself passes the gate: held back, stopped or let out, each with its fact on record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.audit.tags import Tag
from bot.debt.contact_gate import Allowed, Blocked, Purpose
from bot.debt.conversations import Conversation
from bot.debt.holds import Hold, HoldKind
from bot.debt.party import ConversationId, DebtorId, MessageId
from bot.services import contact_gate, delivery, reception
from bot.services.application import Application
from bot.services.reception import Incoming
from bot.services.unit_of_work import OutboundMessage
from tests.support.people import Known, add, build

PHONE = "+34600111222"
MADRID = ZoneInfo("Europe/Madrid")


@pytest.fixture
def app(database_url: str) -> Application:
    """An application over each of the two databases, with one debtor in Spain who has a phone."""
    built = build(database_url)
    add(built, Known(phone=PHONE))
    with built.unit_of_work() as uow:
        debtor = uow.debtors.get(DebtorId("T-1"))
        record = uow.debtors.identity(DebtorId("T-1"))
        assert debtor is not None
        assert record is not None
        uow.debtors.save(replace(debtor, time_zone="Europe/Madrid", preferred_channel="sms"), record)
        for number, channel in enumerate(("sms", "telegram")):
            uow.conversations.add(
                Conversation(
                    ConversationId(f"C-{number}"),
                    channel,
                    f"{PHONE}{number}",
                    "es",
                    debtor_id=debtor.debtor_id,
                )
            )
        uow.commit()
    return built


def set_clock(app: Application, local: str) -> None:
    app.clock.at = datetime.fromisoformat(local).replace(tzinfo=MADRID).astimezone(ZoneInfo("UTC"))  # type: ignore[attr-defined]


def queue(app: Application, name: str = "M-1", talk: str = "C-0", **columns: Any) -> MessageId:
    """Put an unasked message into the outbox."""
    row = OutboundMessage(
        message_id=MessageId(name),
        conversation_id=ConversationId(talk),
        cause=None,
        position=0,
        response="utter_reminder",
        variant="es",
        language="es",
        text="Hola",
        buttons=(),
        created_at=app.clock.now(),
        status="queued",
        channel="sms" if talk == "C-0" else "telegram",
    )
    with app.unit_of_work() as uow:
        uow.outbox.add(replace(row, **columns))
        uow.commit()
    return row.message_id


def send(app: Application) -> list[str]:
    """Claim and send all that may go out now; the ids."""
    gone = []
    while (parcel := delivery.claim(app, {"sms": lambda _: False, "telegram": lambda _: False})) is not None:
        delivery.sent(app, parcel, f"P-{parcel.messages[0].message_id}")
        gone += [str(message.message_id) for message in parcel.messages]
    return gone


def row_of(app: Application, name: str) -> OutboundMessage:
    with app.unit_of_work(write=False) as uow:
        row = uow.outbox.get(MessageId(name))
    assert row is not None
    return row


def decisions(app: Application) -> list[dict[str, Any]]:
    """What the gate put on record."""
    import json

    with app.unit_of_work(write=False) as uow:
        entries = list(uow.audit.of_debtor("T-1"))
    found = [entry for entry in entries if entry["tag"] == Tag.CONTACT_DECIDED.value]
    return [json.loads(e["payload"]) if isinstance(e["payload"], str) else e["payload"] for e in found]


def test_a_reminder_on_a_sunday_goes_out_on_monday_at_nine(app: Application) -> None:
    set_clock(app, "2026-11-29 12:00")
    queue(app)
    assert send(app) == []
    held = row_of(app, "M-1")
    assert (held.status, held.error) == ("queued", "ES.contact.closed_days.days_without_contact")
    assert held.due_at is not None
    assert held.due_at.astimezone(MADRID).isoformat() == "2026-11-30T09:00:00+01:00"
    set_clock(app, "2026-11-30 08:59")
    assert send(app) == []
    set_clock(app, "2026-11-30 09:00")
    assert send(app) == ["M-1"]


def test_a_provider_that_is_busy_on_monday_is_tried_again_for_a_day(app: Application) -> None:
    set_clock(app, "2026-11-28 01:00")
    queue(app, "M-1")
    assert send(app) == []
    set_clock(app, "2026-11-30 09:00")
    parcel = delivery.claim(app, {"sms": lambda _: False})
    assert parcel is not None
    assert delivery.postponed(app, parcel, "429") is not None
    set_clock(app, "2026-11-30 09:05")
    assert send(app) == ["M-1"]


def test_each_decision_is_on_record_with_its_fact(app: Application) -> None:
    set_clock(app, "2026-11-29 12:00")
    queue(app)
    send(app)
    set_clock(app, "2026-11-30 09:00")
    send(app)
    postponed, allowed = decisions(app)
    assert postponed["outcome"] == "postponed"
    assert postponed["fact_id"] == "ES.contact.closed_days.days_without_contact"
    assert postponed["purpose"] == "collection"
    assert "Sunday" in postponed["because"]
    assert allowed["outcome"] == "allowed"


def test_the_second_unasked_message_of_a_day_waits_whatever_the_channel(app: Application) -> None:
    set_clock(app, "2026-11-25 10:00")
    queue(app, "M-1", "C-0")
    assert send(app) == ["M-1"]
    queue(app, "M-2", "C-1")
    assert send(app) == []
    assert row_of(app, "M-2").error == "ES.frequency.messages_per_day"
    set_clock(app, "2026-11-26 09:00")
    assert send(app) == ["M-2"]


@pytest.mark.parametrize("kind", list(HoldKind))
def test_nothing_that_collects_goes_out_under_any_hold(app: Application, kind: HoldKind) -> None:
    set_clock(app, "2026-11-25 10:00")
    with app.unit_of_work() as uow:
        uow.holds.place(Hold(kind, DebtorId("T-1"), None, app.clock.now()))
        uow.commit()
    queue(app)
    assert send(app) == []
    blocked = row_of(app, "M-1")
    assert (blocked.status, blocked.due_at) == ("blocked", None)
    assert ".cease_triggers." in (blocked.error or "")


def test_a_channel_that_was_stopped_is_not_used_unasked_and_others_are(app: Application) -> None:
    set_clock(app, "2026-11-25 10:00")
    with app.unit_of_work() as uow:
        talk = uow.conversations.get(ConversationId("C-0"))
        assert talk is not None
        talk.state["stopped"] = True
        uow.conversations.save(talk)
        uow.commit()
    queue(app, "M-1", "C-0")
    queue(app, "M-2", "C-1")
    assert send(app) == ["M-2"]
    assert (row_of(app, "M-1").status, row_of(app, "M-1").error) == ("blocked", "ES.opt_out.right")


def test_a_message_at_night_is_answered_at_night(app: Application) -> None:
    set_clock(app, "2026-11-29 03:00")
    received = reception.receive(app, Incoming("sms", f"{PHONE}0", None, "INFO"))
    assert send(app) == [str(row.message_id) for row in received.replies]
    assert decisions(app) == []


def test_a_reminder_that_waits_holds_up_no_answer(app: Application) -> None:
    set_clock(app, "2026-11-28 12:00")
    queue(app)
    assert send(app) == []
    received = reception.receive(app, Incoming("sms", f"{PHONE}0", None, "INFO"))
    assert send(app) == [str(row.message_id) for row in received.replies]
    assert row_of(app, "M-1").status == "queued"


def test_an_answer_that_comes_hours_later_waits_for_the_morning_or_for_their_next_message(
    app: Application,
) -> None:
    set_clock(app, "2026-11-25 23:00")
    received = reception.receive(app, Incoming("sms", f"{PHONE}0", None, "INFO"))
    late = [str(row.message_id) for row in received.replies]
    set_clock(app, "2026-11-26 02:00")
    assert send(app) == []
    due = row_of(app, late[0]).due_at
    assert due is not None
    assert due.astimezone(MADRID).hour == 9
    again = reception.receive(app, Incoming("sms", f"{PHONE}0", None, "HELP"))
    assert send(app) == [*late, *(str(row.message_id) for row in again.replies)]
    assert len(late) > 1, "in their order"


def test_a_person_at_the_desk_passes_the_gate_too(app: Application) -> None:
    set_clock(app, "2026-11-28 20:00")
    queue(app, "M-1", author="Ana")
    assert send(app) == [], "a Saturday, and nobody asked"
    reception.receive(app, Incoming("sms", f"{PHONE}0", None, "INFO"))
    send(app)
    queue(app, "M-2", author="Ana")
    assert send(app) == ["M-2"], "it answers what came a moment ago"
    assert row_of(app, "M-1").status == "sent", "and so does what had been held back"


def test_stop_is_confirmed_at_any_hour(app: Application) -> None:
    set_clock(app, "2026-11-29 03:00")
    received = reception.receive(app, Incoming("sms", f"{PHONE}0", None, "STOP"))
    assert send(app) == [str(row.message_id) for row in received.replies]


def test_the_desk_can_ask_before_it_writes(app: Application) -> None:
    set_clock(app, "2026-11-29 12:00")
    with app.unit_of_work(write=False) as uow:
        talk = uow.conversations.peek(ConversationId("C-0"))
        assert talk is not None
        ruling = contact_gate.may_write(app, uow, talk, Purpose.COLLECTION)
        assert isinstance(ruling.decision, Blocked)
        after = ruling.decision.next_allowed_at
        assert after is not None
        assert isinstance(
            contact_gate.may_write(app, uow, talk, Purpose.COLLECTION, at=after).decision, Allowed
        )
    assert timedelta(0) < after - app.clock.now() < timedelta(days=1)


def test_what_the_provider_took_and_could_not_deliver_was_an_attempt(app: Application) -> None:
    set_clock(app, "2026-11-25 12:00")
    queue(app)
    assert send(app) == ["M-1"]
    assert delivery.receipt(app, "sms", "P-M-1", "failed", "30008")
    set_clock(app, "2026-11-25 13:00")
    queue(app, "M-2")
    assert send(app) == []
    assert row_of(app, "M-2").error == "ES.frequency.messages_per_day"


def test_what_waited_for_weeks_counts_on_the_day_on_which_it_goes(app: Application) -> None:
    set_clock(app, "2026-11-25 10:00")
    queue(app, "M-1", "C-0", created_at=app.clock.now() - timedelta(days=40), attempts=1)
    assert send(app) == ["M-1"]
    queue(app, "M-2", "C-1")
    assert send(app) == []
    assert row_of(app, "M-2").error == "ES.frequency.messages_per_day"


def test_a_try_that_was_cut_short_and_did_not_go_out_is_judged_anew(app: Application) -> None:
    set_clock(app, "2026-11-25 20:59")
    queue(app)
    assert delivery.claim(app, {"sms": lambda _: False}) is not None
    # The courier died, and is back in the middle of the night.
    set_clock(app, "2026-11-26 03:00")
    lost = delivery.claim(app, {"sms": lambda _: False})
    assert lost is not None
    assert lost.is_lost
    delivery.not_gone(app, lost)
    assert send(app) == []
    set_clock(app, "2026-11-26 09:00")
    assert send(app) == ["M-1"]


def test_nothing_that_was_cut_short_goes_out_after_a_stop(app: Application) -> None:
    set_clock(app, "2026-11-25 10:00")
    queue(app)
    assert delivery.claim(app, {"sms": lambda _: False}) is not None
    with app.unit_of_work() as uow:
        uow.holds.place(Hold(HoldKind.CEASE_CONTACT, DebtorId("T-1"), None, app.clock.now()))
        uow.commit()
    set_clock(app, "2026-11-25 10:05")
    lost = delivery.claim(app, {"sms": lambda _: False})
    assert lost is not None
    delivery.not_gone(app, lost)
    assert send(app) == []
    assert row_of(app, "M-1").status == "blocked"


def test_an_answer_after_seven_days_is_a_contact_like_any_other(app: Application) -> None:
    set_clock(app, "2026-11-16 10:00")
    with app.unit_of_work() as uow:
        talk = uow.conversations.get(ConversationId("C-0"))
        assert talk is not None
        talk.last_inbound_at = app.clock.now()
        uow.conversations.save(talk)
        uow.commit()
    set_clock(app, "2026-11-25 10:00")
    queue(app, "M-1", "C-1")
    assert send(app) == ["M-1"]
    queue(app, "M-2", "C-0", response="desk", author="ana")
    assert send(app) == []
    assert row_of(app, "M-2").error == "ES.frequency.messages_per_day"
