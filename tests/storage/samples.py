"""Values to store in tests."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from bot.debt.accounts import Account, Balance
from bot.debt.arrangements import Arrangement, ArrangementStatus, Frequency, Instalment, Kind, Offer, Terms
from bot.debt.conversations import Conversation
from bot.debt.money import Money
from bot.debt.party import AccountReference, ConversationId, Debtor, DebtorId, MessageId
from bot.debt.promises import Promise, PromiseStatus
from bot.services.identity_hashes import IdentityHasher
from bot.services.unit_of_work import InboundMessage, OutboundMessage, UnitOfWork

NOW = datetime(2026, 3, 11, 11, 0, 0, 123456, tzinfo=timezone.utc)
TODAY = NOW.date()
HASHER = IdentityHasher(b"k" * 32)
ANA, REF, CHAT = DebtorId("D-1"), AccountReference("AD-ES-0001"), ConversationId("C-1")


def eur(amount: str) -> Money:
    return Money.of(amount, "EUR")


def debtor(debtor_id: str = ANA, phone: str | None = "+34600000001") -> Debtor:
    return Debtor(DebtorId(debtor_id), "Ana Peña", "ES", "es", "Europe/Madrid", phone, None, "whatsapp")


def account(reference: str = REF, debtor_id: str = ANA, principal: str = "400.00") -> Account:
    return Account(
        reference=AccountReference(reference),
        creditor="Financiera Ribera",
        debtor_id=DebtorId(debtor_id),
        country="ES",
        product="Tarjeta",
        balance=Balance(eur(principal), eur("120.00"), eur("80.00")),
        opened_on=date(2020, 1, 5),
        due_on=date(2025, 11, 11),
        last_payment_on=None,
        installments_broken=0,
    )


def conversation(conversation_id: str = CHAT, address: str = "+34600000001") -> Conversation:
    return Conversation(
        ConversationId(conversation_id), "whatsapp", address, "es", debtor_id=ANA, account=REF, opened_at=NOW
    )


def terms(
    *amounts: str, saving: str = "0.00", kind: Kind = Kind.PAYMENT_PLAN, first: date | None = None
) -> Terms:
    start = first or TODAY + timedelta(days=5)
    return Terms(
        kind=kind,
        frequency=Frequency.MONTHLY if len(amounts) > 1 else Frequency.ONCE,
        schedule=tuple(Instalment(start + timedelta(days=30 * i), eur(a)) for i, a in enumerate(amounts)),
        saving=eur(saving),
        rule_id="payment_plans.late",
        edition="2026-01-01.abc123",
    )


def offer(offer_id: str = "O-1", expires_on: date | None = None) -> Offer:
    return Offer(offer_id, REF, terms("300.00", "300.00"), eur("600.00"), NOW, expires_on or TODAY)


def arrangement(
    arrangement_id: str = "A-1",
    given: Terms | None = None,
    status: ArrangementStatus = ArrangementStatus.ACTIVE,
) -> Arrangement:
    return Arrangement(arrangement_id, REF, given or terms("300.00", "300.00"), status, NOW)


def promise(promise_id: str = "P-1", due_on: date | None = None, amount: str = "50.00") -> Promise:
    return Promise(promise_id, REF, eur(amount), due_on or TODAY + timedelta(days=7), PromiseStatus.OPEN, NOW)


def inbound(
    message_id: str = "M-1", provider_id: str = "SM1", text: str = "hola", minutes: int = 0
) -> InboundMessage:
    at = NOW + timedelta(minutes=minutes)
    return InboundMessage(MessageId(message_id), CHAT, "whatsapp", provider_id, text, (), at, "pending")


def outbound(
    message_id: str = "OUT-1", cause: str = "M-1", position: int = 0, minutes: int = 0
) -> OutboundMessage:
    return OutboundMessage(
        message_id=MessageId(message_id),
        conversation_id=CHAT,
        cause=MessageId(cause),
        position=position,
        response="utter_balance",
        variant="es.practical",
        language="es",
        text="Tienes pendientes 600,00 €",
        buttons=({"title": "Sí", "payload": "/affirm"},),
        created_at=NOW + timedelta(minutes=minutes, seconds=1),
        status="queued",
        channel="whatsapp",
    )


def fill(uow: UnitOfWork) -> None:
    """A debtor with an account and a conversation, each with its chain."""
    uow.debtors.save(debtor(), HASHER.record(ANA, date(1985, 3, 12), "12345678Z", "28013"))
    uow.accounts.save(account())
    uow.conversations.add(conversation())
    uow.audit.append(f"debtor:{ANA}", "ACCOUNT_IMPORTED", NOW, {"account": REF})
    uow.audit.append(
        f"conversation:{CHAT}", "MESSAGE_RECEIVED", NOW, {"text": "hola"}, message_id=MessageId("M-1")
    )
