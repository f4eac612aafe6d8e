"""Agreed plans and settlements with their instalments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, bindparam, delete, insert, select, text, update

from bot.debt.arrangements import (
    Arrangement,
    ArrangementStatus,
    Frequency,
    Instalment,
    InstalmentStatus,
    Kind,
    Terms,
)
from bot.debt.money import Money
from bot.debt.party import AccountReference, ConversationId
from bot.storage.tables import arrangements, instalments
from bot.storage.transaction import Transaction

_CHUNK = 1_000
_IS_OPEN = arrangements.c.status.in_([ArrangementStatus.ACTIVE.value, ArrangementStatus.LATE.value])
_OF_ACCOUNT = arrangements.c.account == bindparam("account")

_GET = select(arrangements).where(arrangements.c.arrangement_id == bindparam("arrangement_id"))
_OPEN = select(arrangements).where(and_(_OF_ACCOUNT, _IS_OPEN))
_LATEST = (
    select(arrangements)
    .where(_OF_ACCOUNT)
    .order_by(arrangements.c.agreed_at.desc(), arrangements.c.arrangement_id.desc())
    .limit(1)
)
# A text, not a bound status: only so do both engines see that the partial index will do.
_OVERDUE = select(instalments.c.arrangement_id).where(
    and_(text("instalments.status <> 'paid'"), instalments.c.due_on < bindparam("day"))
)
_DUE = (
    select(arrangements)
    .where(and_(_IS_OPEN, arrangements.c.arrangement_id.in_(_OVERDUE)))
    .order_by(arrangements.c.account)
)
_SCHEDULES = (
    select(instalments)
    .where(instalments.c.arrangement_id.in_(bindparam("ids", expanding=True)))
    .order_by(instalments.c.arrangement_id, instalments.c.position)
)
_ADD = insert(arrangements)
_ADD_INSTALMENTS = insert(instalments)
_UPDATE = (
    update(arrangements)
    .where(arrangements.c.arrangement_id == bindparam("of_arrangement"))
    .values(status=bindparam("new_status"), date_changes=bindparam("new_date_changes"))
)
_CLEAR = delete(instalments).where(instalments.c.arrangement_id == bindparam("of_arrangement"))


class SqlArrangements:
    """See `bot.services.unit_of_work.Arrangements`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def open_for(self, account: AccountReference) -> Arrangement | None:
        return self._one(_OPEN, {"account": account})

    def latest_for(self, account: AccountReference) -> Arrangement | None:
        return self._one(_LATEST, {"account": account})

    def get(self, arrangement_id: str) -> Arrangement | None:
        return self._one(_GET, {"arrangement_id": arrangement_id})

    def add(self, arrangement: Arrangement, conversation_id: ConversationId | None) -> None:
        """Store a new arrangement.

        Raises:
            StorageConflict: the account has an open one already.
        """
        terms = arrangement.terms
        row = {
            "arrangement_id": arrangement.arrangement_id,
            "account": arrangement.account,
            "conversation_id": conversation_id,
            "kind": terms.kind.value,
            "frequency": terms.frequency.value,
            "saving_minor": terms.saving.minor,
            "currency": terms.saving.currency,
            "rule_id": terms.rule_id,
            "edition": terms.edition,
            "status": arrangement.status.value,
            "agreed_at": arrangement.agreed_at,
            "date_changes": arrangement.date_changes,
        }
        self._tx.write(_ADD, row)
        self._tx.write(_ADD_INSTALMENTS, _instalment_rows(arrangement))

    def update(self, arrangement: Arrangement) -> None:
        """Store status, number of date changes and instalments; what was agreed otherwise never changes."""
        state = {
            "of_arrangement": arrangement.arrangement_id,
            "new_status": arrangement.status.value,
            "new_date_changes": arrangement.date_changes,
        }
        self._tx.write(_UPDATE, state)
        self._tx.write(_CLEAR, {"of_arrangement": arrangement.arrangement_id})
        self._tx.write(_ADD_INSTALMENTS, _instalment_rows(arrangement))

    def open_due_before(self, day: date) -> Sequence[Arrangement]:
        return self._load(self._tx.read(_DUE, {"day": day}).all())

    def _one(self, statement: Any, parameters: dict[str, Any]) -> Arrangement | None:
        row = self._tx.read(statement, parameters).first()
        return self._load([row])[0] if row else None

    def _load(self, rows: Sequence[Any]) -> list[Arrangement]:
        schedules: dict[str, list[Any]] = {row.arrangement_id: [] for row in rows}
        ids = list(schedules)
        for start in range(0, len(ids), _CHUNK):
            for each in self._tx.read(_SCHEDULES, {"ids": ids[start : start + _CHUNK]}):
                schedules[each.arrangement_id].append(each)
        return [_to_arrangement(row, schedules[row.arrangement_id]) for row in rows]


def _instalment_rows(arrangement: Arrangement) -> list[dict[str, Any]]:
    return [
        {
            "arrangement_id": arrangement.arrangement_id,
            "position": position,
            "due_on": each.due_on,
            "amount_minor": each.amount.minor,
            "paid_minor": each.paid.minor if each.paid is not None else None,
            "status": each.status.value,
        }
        for position, each in enumerate(arrangement.terms.schedule)
    ]


def _to_arrangement(row: Any, schedule: Sequence[Any]) -> Arrangement:
    currency = row.currency
    terms = Terms(
        kind=Kind(row.kind),
        frequency=Frequency(row.frequency),
        schedule=tuple(
            Instalment(
                due_on=each.due_on,
                amount=Money(each.amount_minor, currency),
                paid=None if each.paid_minor is None else Money(each.paid_minor, currency),
                status=InstalmentStatus(each.status),
            )
            for each in schedule
        ),
        saving=Money(row.saving_minor, currency),
        rule_id=row.rule_id,
        edition=row.edition,
    )
    return Arrangement(
        arrangement_id=row.arrangement_id,
        account=AccountReference(row.account),
        terms=terms,
        status=ArrangementStatus(row.status),
        agreed_at=row.agreed_at,
        date_changes=row.date_changes,
    )
