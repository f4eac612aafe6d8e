"""Accounts and their outstanding balance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select

from bot.debt.accounts import Account, Balance
from bot.debt.money import Money
from bot.debt.party import AccountReference, DebtorId
from bot.storage.repositories.upserts import upsert
from bot.storage.tables import accounts
from bot.storage.transaction import Transaction

COLUMNS = (
    "reference",
    "creditor",
    "debtor_id",
    "country",
    "product",
    "currency",
    "principal_minor",
    "interest_minor",
    "fees_minor",
    "opened_on",
    "due_on",
    "last_payment_on",
    "installments_broken",
)
_SELECT = select(*(accounts.c[name] for name in COLUMNS))
_GET = _SELECT.where(accounts.c.reference == bindparam("reference"))
_OF_DEBTOR = _SELECT.where(accounts.c.debtor_id == bindparam("debtor_id")).order_by(accounts.c.reference)
_SAVE = upsert(accounts, columns=COLUMNS, key=["reference"], updates=COLUMNS[1:])


class SqlAccounts:
    """See `bot.services.unit_of_work.Accounts`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def get(self, reference: AccountReference) -> Account | None:
        row = self._tx.read(_GET, {"reference": reference}).first()
        return to_account(row) if row else None

    def of_debtor(self, debtor_id: DebtorId) -> Sequence[Account]:
        return [to_account(row) for row in self._tx.read(_OF_DEBTOR, {"debtor_id": debtor_id})]

    def save(self, account: Account) -> None:
        """Add or replace an account."""
        self._tx.write(_SAVE, to_row(account))


def to_balance(principal: int, interest: int, fees: int, currency: str) -> Balance:
    """A balance from its minor units."""
    return Balance(Money(principal, currency), Money(interest, currency), Money(fees, currency))


def to_account(row: Any) -> Account:
    """The account in a row."""
    return Account(
        reference=AccountReference(row.reference),
        creditor=row.creditor,
        debtor_id=DebtorId(row.debtor_id),
        country=row.country,
        product=row.product,
        balance=to_balance(row.principal_minor, row.interest_minor, row.fees_minor, row.currency),
        opened_on=row.opened_on,
        due_on=row.due_on,
        last_payment_on=row.last_payment_on,
        installments_broken=row.installments_broken,
    )


def to_row(account: Account) -> dict[str, Any]:
    """The columns of an account."""
    return {
        "reference": account.reference,
        "creditor": account.creditor,
        "debtor_id": account.debtor_id,
        "country": account.country,
        "product": account.product,
        "currency": account.currency,
        "principal_minor": account.balance.principal.minor,
        "interest_minor": account.balance.interest.minor,
        "fees_minor": account.balance.fees.minor,
        "opened_on": account.opened_on,
        "due_on": account.due_on,
        "last_payment_on": account.last_payment_on,
        "installments_broken": account.installments_broken,
    }
