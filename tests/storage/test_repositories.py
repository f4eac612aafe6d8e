"""Every repository gives back what was put into it, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import pytest

from bot.debt.arrangements import ArrangementStatus, Instalment, InstalmentStatus, Kind
from bot.debt.conversations import Owner, Pending
from bot.debt.dispositions import Disposition
from bot.debt.holds import Hold, HoldKind
from bot.debt.money import Money
from bot.debt.party import AccountReference, DebtorId, MessageId
from bot.debt.promises import PromiseStatus
from bot.services.unit_of_work import Handoff, Payment
from bot.storage.errors import StorageConflict
from bot.storage.unit_of_work import SqlUnitOfWorkFactory
from tests.storage import samples
from tests.storage.samples import ANA, CHAT, HASHER, NOW, REF, TODAY, eur

Units = SqlUnitOfWorkFactory


def test_debtor_and_identity_come_back(filled: Units) -> None:
    with filled(write=False) as uow:
        assert uow.debtors.get(ANA) == samples.debtor()
        assert uow.debtors.identity(ANA) == HASHER.record(ANA, date(1985, 3, 12), "12345678Z", "28013")
        assert uow.debtors.get(DebtorId("nobody")) is None
        assert uow.debtors.identity(DebtorId("nobody")) is None


def test_debtor_is_found_by_document_and_address_only_when_unique(filled: Units) -> None:
    record = HASHER.record(DebtorId("D-2"), date(1990, 1, 1), "12345678Z", "08001")
    with filled() as uow:
        assert uow.debtors.by_document(HASHER.document("12.345.678-z")) == ANA
        assert uow.debtors.by_address("sms", "+34600000001") == ANA
        assert uow.debtors.by_address("telegram", "+34600000001") is None
        uow.debtors.save(samples.debtor("D-2"), record)
        assert uow.debtors.by_document(HASHER.document("12345678Z")) is None
        assert uow.debtors.by_address("sms", "+34600000001") is None


def test_a_new_phone_replaces_the_old_address(filled: Units) -> None:
    record = HASHER.record(ANA, date(1985, 3, 12), "12345678Z", "28013")
    with filled() as uow:
        uow.debtors.save(samples.debtor(phone="+34600000002"), record)
        assert uow.debtors.by_address("whatsapp", "+34600000002") == ANA
        assert uow.debtors.by_address("whatsapp", "+34600000001") is None


@pytest.mark.parametrize("phone", [None, "+34600000001"])
def test_saving_again_changes_no_address(filled: Units, phone: str | None) -> None:
    record = HASHER.record(ANA, date(1985, 3, 12), "12345678Z", "28013")
    with filled() as uow:
        uow.debtors.save(samples.debtor(phone=phone), record)
        assert (uow.debtors.by_address("sms", "+34600000001") == ANA) is (phone is not None)


def test_accounts_come_back(filled: Units) -> None:
    other = replace(samples.account("AD-ES-0002"), last_payment_on=date(2025, 1, 2), installments_broken=3)
    with filled() as uow:
        uow.accounts.save(other)
        assert uow.accounts.get(REF) == samples.account()
        assert uow.accounts.of_debtor(ANA) == [samples.account(), other]
        uow.accounts.save(replace(other, balance=other.balance.reduced_by(eur("100.00"))))
        changed = uow.accounts.get(other.reference)
        assert changed is not None
        assert changed.balance.total == eur("500.00")
        assert uow.accounts.get(AccountReference("none")) is None


def test_amounts_beyond_32_bits_and_without_decimals(filled: Units) -> None:
    pesos = Money(9_000_000_000_000_00, "COP")
    balance = replace(
        samples.account().balance, principal=pesos, interest=Money(0, "COP"), fees=Money(0, "COP")
    )
    with filled() as uow:
        uow.accounts.save(replace(samples.account(), balance=balance))
        stored = uow.accounts.get(REF)
        assert stored is not None
        assert stored.balance.total == pesos


def test_a_hold_is_placed_once_and_can_be_placed_again_after_lifting(filled: Units) -> None:
    hold = Hold(HoldKind.DISPUTE, ANA, REF, NOW)
    with filled() as uow:
        assert uow.holds.place(hold)
        assert not uow.holds.place(hold)
        assert uow.holds.place(replace(hold, account=None))
        assert not uow.holds.place(replace(hold, account=None))
        assert uow.holds.lift(HoldKind.DISPUTE, ANA, REF, NOW + timedelta(days=1))
        assert not uow.holds.lift(HoldKind.DISPUTE, ANA, REF, NOW)
        assert uow.holds.place(hold)


def test_holds_of_an_account_are_its_own_and_the_debtors(filled: Units) -> None:
    other = AccountReference("AD-ES-0002")
    own, foreign = Hold(HoldKind.DISPUTE, ANA, REF, NOW), Hold(HoldKind.PAYMENT_CLAIMED, ANA, other, NOW)
    person = Hold(HoldKind.DISTRESS, ANA, None, NOW + timedelta(seconds=1))
    with filled() as uow:
        uow.accounts.save(samples.account(other))
        for hold in (own, foreign, person):
            uow.holds.place(hold)
        assert uow.holds.in_force(ANA, REF) == [own, person]
        assert set(uow.holds.in_force(ANA)) == {own, foreign, person}
        assert uow.holds.in_force(DebtorId("nobody")) == []


def test_offers_on_the_table_are_valid_open_and_in_order(filled: Units) -> None:
    with filled() as uow:
        for name in ("O-b", "O-a", "O-c"):
            uow.offers.put(samples.offer(name))
        uow.offers.put(samples.offer("O-old", expires_on=TODAY - timedelta(days=1)))
        assert [o.offer_id for o in uow.offers.on_table(REF, TODAY)] == ["O-b", "O-a", "O-c"]
        assert uow.offers.get("O-b") == samples.offer("O-b")
        uow.offers.close(iter(["O-b", "O-c"]), "superseded")
        uow.offers.close([], "withdrawn")
        assert [o.offer_id for o in uow.offers.on_table(REF, TODAY)] == ["O-a"]
        assert uow.offers.status("O-b") == "superseded"
        assert uow.offers.status("none") is None
        assert uow.offers.get("none") is None


def test_arrangement_comes_back_with_its_schedule(filled: Units) -> None:
    agreed = samples.arrangement(
        given=samples.terms("200.00", "200.00", saving="200.00", kind=Kind.SETTLEMENT)
    )
    with filled() as uow:
        uow.arrangements.add(agreed, CHAT)
        assert uow.arrangements.open_for(REF) == agreed
        assert uow.arrangements.get("A-1") == agreed
        first, second = agreed.terms.schedule
        paid = replace(first, paid=eur("200.00"), status=InstalmentStatus.PAID)
        moved = replace(agreed.with_schedule((paid, second)), status=ArrangementStatus.LATE, date_changes=1)
        uow.arrangements.update(moved)
        assert uow.arrangements.latest_for(REF) == moved


def test_one_open_arrangement_an_account(filled: Units) -> None:
    with filled() as uow:
        uow.arrangements.add(samples.arrangement(), None)
        uow.commit()
    with filled() as uow, pytest.raises(StorageConflict):
        uow.arrangements.add(samples.arrangement("A-2"), None)
    with filled() as uow:
        uow.arrangements.update(replace(samples.arrangement(), status=ArrangementStatus.WITHDRAWN))
        later = replace(samples.arrangement("A-2"), agreed_at=NOW + timedelta(hours=1))
        uow.arrangements.add(later, None)
        assert uow.arrangements.open_for(REF) == later
        assert uow.arrangements.latest_for(REF) == later


def test_arrangements_with_an_overdue_instalment(filled: Units) -> None:
    agreed = samples.arrangement()
    due_on = agreed.terms.first_due_on
    with filled() as uow:
        uow.arrangements.add(agreed, None)
        assert uow.arrangements.open_due_before(due_on) == []
        assert uow.arrangements.open_due_before(due_on + timedelta(days=1)) == [agreed]
        paid = tuple(
            Instalment(each.due_on, each.amount, each.amount, InstalmentStatus.PAID)
            for each in agreed.terms.schedule
        )
        uow.arrangements.update(agreed.with_schedule(paid))
        assert uow.arrangements.open_due_before(due_on + timedelta(days=99)) == []


def test_promises(filled: Units) -> None:
    given = samples.promise()
    with filled() as uow:
        uow.promises.add(given, CHAT)
        assert uow.promises.of_account(REF) == [given]
        assert uow.promises.open_due_before(given.due_on) == []
        assert uow.promises.open_due_before(given.due_on + timedelta(days=1)) == [given]
        assert uow.promises.broken_count(ANA) == 0
        broken = replace(given, status=PromiseStatus.BROKEN, due_on=given.due_on + timedelta(days=2))
        uow.promises.update(broken)
        assert uow.promises.of_account(REF) == [broken]
        assert uow.promises.broken_count(ANA) == 1
        assert uow.promises.open_due_before(date(2099, 1, 1)) == []


def test_payments(filled: Units) -> None:
    second = Payment("PAY-2", REF, eur("10.00"), TODAY)
    first = Payment("PAY-1", REF, eur("25.50"), TODAY - timedelta(days=3))
    with filled() as uow:
        uow.payments.add(second, NOW)
        uow.payments.add(first, NOW)
        assert uow.payments.get("PAY-1") == first
        assert uow.payments.get("PAY-9") is None
        assert uow.payments.of_account(REF) == [first, second]
        with pytest.raises(StorageConflict):
            uow.payments.add(first, NOW)


def test_conversation_comes_back_and_is_found_by_address(filled: Units) -> None:
    with filled() as uow:
        talk = uow.conversations.get(CHAT)
        assert talk == samples.conversation()
        talk.owner, talk.pending, talk.disposition = Owner.WAITING, Pending.SUMMARY, Disposition.HANDED_OFF
        talk.state = {"offers": ["O-1"], "text": "ñ\x00💶"}
        talk.verified_at = datetime(2026, 3, 11, 8, 0, tzinfo=timezone(timedelta(hours=-6)))
        uow.conversations.save(talk)
        assert uow.conversations.by_address("whatsapp", "+34600000001") == talk
        assert uow.conversations.of_debtor(ANA) == [talk]
        assert uow.conversations.by_address("sms", "+34600000001") is None
        assert talk.verified_at.utcoffset() == timedelta(hours=-6)


def test_two_conversations_on_one_address_are_a_conflict(filled: Units) -> None:
    with filled() as uow, pytest.raises(StorageConflict):
        uow.conversations.add(samples.conversation("C-2"))


def test_a_message_is_taken_once(filled: Units) -> None:
    with filled() as uow:
        assert uow.inbox.add(samples.inbound())
        assert not uow.inbox.add(samples.inbound("M-2"))
        assert uow.inbox.get(MessageId("M-2")) is None
        assert uow.inbox.by_provider_id("whatsapp", "SM1") == samples.inbound()
        assert uow.inbox.abandoned(NOW) == [samples.inbound()]
        assert uow.inbox.latest_at([samples.inbound().channel, "telegram"]) == samples.inbound().received_at
        assert uow.inbox.latest_at(["carrier pigeon"]) is None
        uow.inbox.extend(MessageId("M-1"), NOW + timedelta(seconds=5))
        assert uow.inbox.abandoned(NOW) == []
        [found] = uow.inbox.abandoned(NOW + timedelta(seconds=6))
        assert uow.inbox.take_over(found, NOW + timedelta(seconds=20))
        assert not uow.inbox.take_over(found, NOW + timedelta(seconds=20))
        assert uow.inbox.abandoned(NOW + timedelta(seconds=6)) == []
        uow.inbox.decide(MessageId("M-1"), [{"response": "utter_greet"}])
        uow.inbox.finish(MessageId("M-1"), "done")
        stored = uow.inbox.get(MessageId("M-1"))
        assert stored == replace(
            samples.inbound(),
            status="done",
            reply=({"response": "utter_greet"},),
            lease_until=NOW + timedelta(seconds=20),
            attempts=1,
        )
        assert uow.inbox.abandoned(NOW + timedelta(days=1)) == []


def test_an_empty_reply_is_a_reply(filled: Units) -> None:
    with filled() as uow:
        uow.inbox.add(samples.inbound())
        uow.inbox.decide(MessageId("M-1"), [])
        stored = uow.inbox.get(MessageId("M-1"))
        assert stored is not None
        assert stored.reply == ()


def test_messages_leave_in_order_one_at_a_time(filled: Units) -> None:
    later, lost = NOW + timedelta(hours=1), NOW - timedelta(seconds=30)
    with filled() as uow:
        for number in range(2):
            uow.inbox.add(samples.inbound(f"M-{number}", f"SM{number}"))
            uow.outbox.add(samples.outbound(f"OUT-{number}", f"M-{number}", minutes=number))
        first = uow.outbox.next_due(["whatsapp"], later, lost)
        assert first is not None
        assert first.message_id == "OUT-0"
        assert uow.outbox.next_due(["sms"], later, lost) is None
        uow.outbox.mark(first.message_id, "sending", claimed_at=NOW, attempts=1)
        assert uow.outbox.next_due(["whatsapp"], later, lost) is None, "the one before is under way"
        again = uow.outbox.next_due(["whatsapp"], later, NOW + timedelta(seconds=1))
        assert again is not None
        assert (again.message_id, again.status, again.attempts) == ("OUT-0", "sending", 1)
        uow.outbox.mark(first.message_id, "queued", due_at=later + timedelta(seconds=1))
        assert uow.outbox.next_due(["whatsapp"], later, lost) is None, "it waits, and the next one behind it"
        uow.outbox.mark(first.message_id, "sent", provider_id="SM-9")
        second = uow.outbox.next_due(["whatsapp"], later, lost)
        assert second is not None
        assert second.message_id == "OUT-1"
        assert [m.message_id for m in uow.outbox.of_provider("whatsapp", "SM-9")] == ["OUT-0"]


def test_outbox_and_transcript_in_order(filled: Units) -> None:
    with filled() as uow:
        for number in range(4):
            uow.inbox.add(samples.inbound(f"M-{number}", f"SM{number}", minutes=number))
            uow.outbox.add(samples.outbound(f"OUT-{number}b", f"M-{number}", 1, minutes=number))
            uow.outbox.add(samples.outbound(f"OUT-{number}a", f"M-{number}", 0, minutes=number))
        assert [m.message_id for m in uow.outbox.of_cause(MessageId("M-2"))] == ["OUT-2a", "OUT-2b"]
        uow.outbox.mark(MessageId("OUT-2a"), "sent")
        assert uow.outbox.of_cause(MessageId("M-2"))[0].status == "sent"
        assert [m.message_id for m in uow.transcripts.of(CHAT, 4)] == ["OUT-2b", "M-3", "OUT-3a", "OUT-3b"]
        assert len(uow.transcripts.of(CHAT)) == 12
        assert uow.transcripts.of(CHAT, 0) == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a\x00b", "ab"),
        ("media \ud83d", "media \ufffd"),
        ("\ud83d\udcb6", "💶"),
        ("¿cuánto debo?", "¿cuánto debo?"),
    ],
)
def test_text_that_a_database_cannot_hold_is_cleaned(filled: Units, written: str, read: str) -> None:
    with filled() as uow:
        uow.inbox.add(samples.inbound(text=written))
        stored = uow.inbox.get(MessageId("M-1"))
        assert stored is not None
        assert stored.text == read


def test_identity_attempts_and_locks(filled: Units) -> None:
    with filled() as uow:
        attempts = uow.identity_attempts
        for hours in (30, 2, 1):
            attempts.fail("D-1", NOW - timedelta(hours=hours))
        assert attempts.failures_since("D-1", NOW - timedelta(hours=24)) == 2
        assert attempts.failures_since("D-2", NOW - timedelta(hours=24)) == 0
        attempts.lock("D-1", NOW + timedelta(hours=1))
        attempts.lock("D-1", NOW + timedelta(hours=24))
        assert attempts.locked_until("D-1", NOW, timedelta(days=1)) == NOW + timedelta(hours=24)
        assert attempts.locked_until("D-1", NOW + timedelta(hours=24), timedelta(days=1)) is None
        assert attempts.locked_until("D-2", NOW, timedelta(days=1)) is None
        attempts.clear("D-1")
        assert attempts.failures_since("D-1", NOW - timedelta(days=9)) == 0
        assert attempts.locked_until("D-1", NOW, timedelta(days=1)) is not None


def test_handoffs(filled: Units) -> None:
    case = Handoff("H-1", CHAT, ANA, REF, "out_of_rules", {"proposal": {"amount": "50.00"}}, NOW)
    with filled() as uow:
        assert uow.handoffs.waiting_in(CHAT) is None
        uow.handoffs.add(case)
        assert uow.handoffs.waiting_in(CHAT) == case
        uow.handoffs.close("H-1", NOW, "closed")
        assert uow.handoffs.waiting_in(CHAT) is None
