"""Clocks that jump, by minutes or hours, forward and back: nothing is stuck, sent twice, or valid for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.audit.checkpoints import make_if_due
from bot.audit.signing import Signer
from bot.audit.tables import audit_entries
from bot.channels.courier import Courier
from bot.channels.recovery import recover_once
from bot.channels.sending import Parcel, Sent, TryLater
from bot.channels.turns import Turns
from bot.debt.clocks import CLOCKS_DIFFER
from bot.debt.conversations import Conversation
from bot.debt.party import AccountReference, ConversationId, DebtorId, MessageId
from bot.services import delivery, desk_sign_in, dialogue, reception
from bot.services.application import Application
from bot.services.reception import Incoming, Received
from bot.services.understood import Heard
from bot.services.unit_of_work import OutboundMessage
from tests.desk.conftest import PASSWORD, new_user
from tests.faults.books import faults_of, imported
from tests.support.people import NOON, Known, Person

ACCOUNT = AccountReference("AD-ES-9001")
JUMPS = [
    timedelta(minutes=-7),
    timedelta(hours=-3),
    timedelta(days=-2),
    timedelta(minutes=7),
    timedelta(hours=3),
]


def _named(by: timedelta) -> str:
    return f"{'back' if by < timedelta() else 'forward'} {abs(by)}"


def jumps(app: Application, by: timedelta) -> None:
    app.clock.at += by  # type: ignore[attr-defined]


@dataclass
class Provider:
    """Takes what it is given, in its own time, which no clock of ours changes; knows all that it took."""

    channel: str = "sms"
    faults: list[Exception] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    meanwhile: Callable[[], Any] = lambda: None

    async def send(self, parcel: Parcel) -> Sent:
        await asyncio.to_thread(self.meanwhile)  # what it is sent is not listed before it is taken
        if self.faults:
            raise self.faults.pop(0)
        self.taken += [message.text for message in parcel.messages]
        return Sent(f"P-{len(self.taken)}")

    async def find(self, parcel: Parcel) -> Sent | None:
        return Sent("P-found") if parcel.messages[0].text in self.taken else None

    def joins(self, _: Any) -> bool:
        return False


def says(app: Application, text: str) -> Received:
    return reception.receive(app, Incoming("sms", "+34600111222", None, text))


def rows(app: Application, received: Received) -> list[OutboundMessage]:
    with app.unit_of_work(write=False) as uow:
        return list(uow.outbox.of_cause(received.message_id))


def sends(app: Application, *providers: Provider) -> None:
    asyncio.run(Courier(app, providers).drain())


# -- turns ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", JUMPS, ids=_named)
def test_a_turn_whose_process_died_is_taken_up_soon(both: Application, by: timedelta) -> None:
    received = says(both, "hola")  # … and the process is gone
    jumps(both, by)
    waited = timedelta()
    while not answered(both, received):
        recovered(both)
        jumps(both, timedelta(seconds=5))
        waited += timedelta(seconds=5)
        assert waited <= reception.LEASE + CLOCKS_DIFFER, "the debtor waits for a clock"
    recovered(both)
    assert [row.position for row in rows(both, received)] == list(range(len(rows(both, received))))
    assert faults_of(both) == []


def answered(app: Application, received: Received) -> bool:
    with app.unit_of_work(write=False) as uow:
        message = uow.inbox.get(received.message_id)
        return message is not None and message.status == "done"


def recovered(app: Application) -> None:
    async def run_rasa(message: Any) -> None:
        heard = Heard("greet", 0.99, text=message.text)
        await asyncio.to_thread(dialogue.take_turn, app, message.metadata["message_id"], heard)

    asyncio.run(recover_once(app, Turns(app), run_rasa))


# -- the way out ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("took_it", [True, False], ids=["it had gone out", "it had not"])
@pytest.mark.parametrize("by", JUMPS, ids=_named)
def test_a_try_that_was_cut_short_goes_on_soon_and_once(
    both: Application, by: timedelta, took_it: bool
) -> None:
    received, provider = says(both, "STOP"), Provider()
    parcel = delivery.claim(both, {"sms": lambda _: False})  # … and the process is gone
    assert parcel is not None
    provider.taken += [message.text for message in parcel.messages if took_it]
    jumps(both, by)
    for _ in range(3):
        sends(both, provider)
        jumps(both, delivery.LOST_AFTER + timedelta(seconds=5))
    sends(both, provider)
    assert {row.status for row in rows(both, received)} == {"sent"}
    assert provider.taken == [row.text for row in rows(both, received)]
    assert faults_of(both) == []


@pytest.mark.parametrize("by", JUMPS, ids=_named)
def test_what_is_being_sent_while_the_clock_jumps_is_not_sent_again(both: Application, by: timedelta) -> None:
    """Another process looks into the outbox right after the jump, and again: it must not take the try for a dead one."""
    received, provider, other = says(both, "STOP"), Provider(), Provider()
    beside = Courier(both, [other])
    beside._knows_what_is_lost()  # as at each of its looks

    def jump() -> None:
        jumps(both, by)
        for _ in range(3):
            asyncio.run(beside._send_all_due())

    provider.meanwhile = jump
    sends(both, provider)
    asyncio.run(beside._send_all_due())
    assert other.taken == []
    assert provider.taken == [row.text for row in rows(both, received)]
    assert {row.status for row in rows(both, received)} == {"sent"}


@pytest.mark.parametrize("by", [jump for jump in JUMPS if jump < timedelta()], ids=_named)
def test_what_is_to_be_tried_again_later_does_not_wait_for_the_clock(
    both: Application, by: timedelta
) -> None:
    received, provider = says(both, "STOP"), Provider(faults=[TryLater("503")])
    sends(both, provider)
    assert {row.status for row in rows(both, received)} == {"queued"}
    jumps(both, by)
    for _ in range(2):
        jumps(both, timedelta(seconds=5))
        sends(both, provider)
    assert provider.taken == [row.text for row in rows(both, received)]


def test_hours_are_those_of_the_clock_after_the_jump(both: Application) -> None:
    """A reminder that nobody asked for, put into the outbox by day; the clock then says that it is night."""
    imported(both, Known(phone="+34600111222"))
    with both.unit_of_work() as uow:
        debtor, record = uow.debtors.get(DebtorId("T-1")), uow.debtors.identity(DebtorId("T-1"))
        assert debtor is not None
        assert record is not None
        uow.debtors.save(replace(debtor, time_zone="Europe/Madrid", preferred_channel="sms"), record)
        talk = Conversation(ConversationId("C-1"), "sms", "+34600111222", "es", debtor_id=debtor.debtor_id)
        uow.conversations.add(talk)
        uow.outbox.add(
            OutboundMessage(
                MessageId("O-1"), talk.conversation_id, None, 0, "utter_reminder", "es", "es", "Hola", (),
                both.clock.now(), "queued", "sms",
            )
        )  # fmt: skip
        uow.commit()
    provider = Provider()
    jumps(both, timedelta(hours=14))  # one in the morning
    sends(both, provider)
    assert provider.taken == []
    for hours, taken in ((5, []), (4, ["Hola"])):  # six, ten
        jumps(both, timedelta(hours=hours))
        sends(both, provider)
        assert provider.taken == taken
    assert faults_of(both) == []


# -- who is it, and what holds ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", [*JUMPS, timedelta(seconds=-20)], ids=_named)
def test_an_identification_never_lasts_longer_than_its_silence(both: Application, by: timedelta) -> None:
    person = Person(both, "someone", "sms")
    person.identifies(imported(both))
    assert person.conversation.verified_at is not None
    jumps(both, by)
    person.says("ask_balance", "cuánto debo")
    is_small = -CLOCKS_DIFFER < by < timedelta(minutes=30)
    assert (person.conversation.verified_at is not None) is is_small
    assert ("600" in person.texts) is is_small
    if not is_small:
        person.says("inform", Known().facts())
        assert person.conversation.verified_at is not None, "they can identify again"
        jumps(both, timedelta(minutes=31))
        person.says("ask_balance", "cuánto debo")
        assert person.conversation.verified_at is None, "and it ends as always"


@pytest.mark.parametrize(
    "by", [timedelta(hours=-3), timedelta(minutes=-7), timedelta(seconds=-20)], ids=_named
)
def test_nobody_stays_signed_in_at_the_desk_because_the_clock_went_back(
    both: Application, by: timedelta
) -> None:
    new_user(both, "ana")
    secret = desk_sign_in.sign_in(both, "ana", PASSWORD, "network").secret
    assert desk_sign_in.known_by(both, secret) is not None
    jumps(both, by)
    assert (desk_sign_in.known_by(both, secret) is not None) is (by > -CLOCKS_DIFFER)


def test_an_offer_made_by_a_wrong_clock_ends(both: Application) -> None:
    person = Person(both, "someone", "sms")
    jumps(both, timedelta(days=2))
    person.identifies(imported(both))
    person.says("counter_offer", "50 al mes")
    jumps(both, timedelta(days=-2))
    with both.unit_of_work(write=False) as uow:
        (offer,) = uow.offers.on_table(ACCOUNT, both.clock.today())
        assert offer.expires_on - both.clock.today() <= timedelta(days=90)
        assert not uow.offers.on_table(ACCOUNT, offer.expires_on + timedelta(days=1))


# -- the record -------------------------------------------------------------------------------------------------------


def test_the_record_keeps_its_order_through_jumps(both: Application) -> None:
    person = Person(both, "someone", "sms")
    known = imported(both)
    for by in JUMPS:
        person.identifies(known)
        person.says("ask_balance", "cuánto debo")
        jumps(both, by)
    assert faults_of(both) == []
    chain = f"conversation:{person.conversation.conversation_id}"
    with both.unit_of_work(write=False) as uow:
        connection: Any = uow.connection  # type: ignore[attr-defined]
        asked = select(audit_entries.c.seq, audit_entries.c.at).where(audit_entries.c.chain == chain)
        told = connection.execute(asked.order_by(audit_entries.c.seq)).all()
    assert [row.seq for row in told] == list(range(1, len(told) + 1))
    assert [row.at for row in told] != sorted(row.at for row in told), (
        "each with the time that the clock showed"
    )


def test_checkpoints_do_not_wait_for_a_clock_that_was_ahead(both: Application) -> None:
    signer, every = Signer(b"s" * 32), timedelta(hours=1)
    imported(both)

    def made(at: datetime) -> bool:
        with both.unit_of_work() as uow:
            uow.audit.append("debtor:T-1", "HOLD_PLACED", at, {"kind": "dispute"})
            uow.commit()
        with both.unit_of_work() as uow:
            connection: Any = uow.connection  # type: ignore[attr-defined]
            found = make_if_due(connection, signer, at, every, 10**6)
            uow.commit()
        return found is not None

    assert made(NOON + timedelta(days=3))
    assert made(NOON)
    assert not made(NOON + timedelta(minutes=30))
    assert made(NOON + timedelta(minutes=61))
    assert faults_of(both) == []
