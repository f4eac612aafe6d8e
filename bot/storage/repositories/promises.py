"""Promises to pay, and payments received."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, select, update

from bot.debt.money import Money
from bot.debt.party import AccountReference, ConversationId, DebtorId
from bot.debt.promises import Promise, PromiseStatus
from bot.services.unit_of_work import Payment
from bot.storage.tables import accounts, payments, promises
from bot.storage.transaction import Transaction

_OF_ACCOUNT = (
    select(promises)
    .where(promises.c.account == bindparam("account"))
    .order_by(promises.c.made_at, promises.c.promise_id)
)
_OPEN_DUE = (
    select(promises)
    .where(and_(promises.c.status == PromiseStatus.OPEN.value, promises.c.due_on < bindparam("day")))
    .order_by(promises.c.account, promises.c.due_on)
)
_BROKEN = (
    select(func.count())
    .select_from(promises.join(accounts, accounts.c.reference == promises.c.account))
    .where(
        and_(accounts.c.debtor_id == bindparam("debtor_id"), promises.c.status == PromiseStatus.BROKEN.value)
    )
)
_ADD = insert(promises)
_UPDATE = (
    update(promises)
    .where(promises.c.promise_id == bindparam("of_promise"))
    .values(
        status=bindparam("new_status"),
        due_on=bindparam("new_due_on"),
        amount_minor=bindparam("new_amount"),
    )
)
_PAYMENT = select(payments).where(payments.c.payment_reference == bindparam("payment_reference"))
_PAYMENTS = (
    select(payments)
    .where(payments.c.account == bindparam("account"))
    .order_by(payments.c.paid_on, payments.c.posted_at, payments.c.payment_reference)
)
_ADD_PAYMENT = insert(payments)


class SqlPromises:
    """See `bot.services.unit_of_work.Promises`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def of_account(self, account: AccountReference) -> Sequence[Promise]:
        return [_to_promise(row) for row in self._tx.read(_OF_ACCOUNT, {"account": account})]

    def add(self, promise: Promise, conversation_id: ConversationId | None) -> None:
        row = {
            "promise_id": promise.promise_id,
            "account": promise.account,
            "conversation_id": conversation_id,
            "amount_minor": promise.amount.minor,
            "currency": promise.amount.currency,
            "due_on": promise.due_on,
            "status": promise.status.value,
            "made_at": promise.made_at,
        }
        self._tx.write(_ADD, row)

    def update(self, promise: Promise) -> None:
        """Store status, due date and amount."""
        state = {
            "of_promise": promise.promise_id,
            "new_status": promise.status.value,
            "new_due_on": promise.due_on,
            "new_amount": promise.amount.minor,
        }
        self._tx.write(_UPDATE, state)

    def open_due_before(self, day: date) -> Sequence[Promise]:
        return [_to_promise(row) for row in self._tx.read(_OPEN_DUE, {"day": day})]

    def broken_count(self, debtor_id: DebtorId) -> int:
        return int(self._tx.read(_BROKEN, {"debtor_id": debtor_id}).scalar() or 0)


class SqlPayments:
    """See `bot.services.unit_of_work.Payments`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def get(self, payment_reference: str) -> Payment | None:
        row = self._tx.read(_PAYMENT, {"payment_reference": payment_reference}).first()
        return _to_payment(row) if row else None

    def of_account(self, account: AccountReference) -> Sequence[Payment]:
        return [_to_payment(row) for row in self._tx.read(_PAYMENTS, {"account": account})]

    def add(self, payment: Payment, posted_at: datetime) -> None:
        """Store a payment.

        Raises:
            StorageConflict: its reference is there already.
        """
        row = {
            "payment_reference": payment.payment_reference,
            "account": payment.account,
            "amount_minor": payment.amount.minor,
            "currency": payment.amount.currency,
            "paid_on": payment.paid_on,
            "posted_at": posted_at,
        }
        self._tx.write(_ADD_PAYMENT, row)


def _to_promise(row: Any) -> Promise:
    return Promise(
        promise_id=row.promise_id,
        account=AccountReference(row.account),
        amount=Money(row.amount_minor, row.currency),
        due_on=row.due_on,
        status=PromiseStatus(row.status),
        made_at=row.made_at,
    )


def _to_payment(row: Any) -> Payment:
    return Payment(
        payment_reference=row.payment_reference,
        account=AccountReference(row.account),
        amount=Money(row.amount_minor, row.currency),
        paid_on=row.paid_on,
    )
