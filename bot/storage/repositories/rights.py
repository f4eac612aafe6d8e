"""Cases of rights and legal holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, or_, select, update

from bot.debt.party import ConversationId, DebtorId
from bot.services.records_port import LegalHold, RightsCase
from bot.storage.tables import conversations, legal_holds, rights_cases
from bot.storage.transaction import Transaction

_CASE = rights_cases.c
# A case of somebody unknown is whose its conversation turns out to be.
_OWNER = func.coalesce(_CASE.debtor_id, conversations.c.debtor_id)
_CASES = select(*(c for c in _CASE if c.name != "debtor_id"), _OWNER.label("debtor_id")).select_from(
    rights_cases.outerjoin(conversations, conversations.c.conversation_id == _CASE.conversation_id)
)
_ADD = insert(rights_cases)
_CLOSE = (
    update(rights_cases)
    .where(_CASE.case_id == bindparam("of_case"))
    .values(status="closed", outcome=bindparam("new_outcome"), closed_at=bindparam("at"))
)
_HOLDS = (
    select(legal_holds)
    .where(and_(legal_holds.c.debtor_id == bindparam("debtor_id"), legal_holds.c.released_at.is_(None)))
    .order_by(legal_holds.c.placed_at)
)
_PLACE = insert(legal_holds)
_RELEASE = (
    update(legal_holds)
    .where(and_(legal_holds.c.debtor_id == bindparam("of_debtor"), legal_holds.c.released_at.is_(None)))
    .values(released_at=bindparam("at"))
)


class SqlRightsCases:
    """See `bot.services.records_port.RightsCases`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, case: RightsCase) -> None:
        self._tx.write(_ADD, asdict(case))

    def get(self, case_id: str) -> RightsCase | None:
        row = self._tx.read(_CASES.where(_CASE.case_id == case_id)).first()
        return _to_case(row) if row else None

    def is_open(self, right: str, conversation_id: ConversationId, debtor_id: DebtorId | None) -> bool:
        theirs = _CASE.conversation_id == conversation_id
        if debtor_id is not None:
            theirs = or_(theirs, debtor_id == _OWNER)
        asked = _CASES.where(and_(_CASE.right == right, _CASE.status == "open", theirs)).limit(1)
        return self._tx.read(asked).first() is not None

    def listed(self, *, due_by: date | None = None, closed_too: bool = False) -> Sequence[RightsCase]:
        asked = _CASES.order_by(_CASE.due_on, _CASE.opened_at)
        if not closed_too:
            asked = asked.where(_CASE.status == "open")
        if due_by is not None:
            asked = asked.where(_CASE.due_on <= due_by)
        return [_to_case(row) for row in self._tx.read(asked)]

    def of_debtor(self, debtor_id: DebtorId) -> Sequence[RightsCase]:
        asked = _CASES.where(debtor_id == _OWNER).order_by(_CASE.opened_at)
        return [_to_case(row) for row in self._tx.read(asked)]

    def open_in(self, conversation_id: ConversationId) -> Sequence[RightsCase]:
        theirs = and_(_CASE.conversation_id == conversation_id, _CASE.status == "open")
        return [_to_case(row) for row in self._tx.read(_CASES.where(theirs))]

    def close(self, case_id: str, outcome: str, at: datetime) -> None:
        self._tx.write(_CLOSE, {"of_case": case_id, "new_outcome": outcome, "at": at})


class SqlLegalHolds:
    """See `bot.services.records_port.LegalHolds`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def in_force(self, debtor_id: DebtorId) -> Sequence[LegalHold]:
        return [
            LegalHold(row.hold_id, row.debtor_id, row.reason, row.placed_by, row.placed_at)
            for row in self._tx.read(_HOLDS, {"debtor_id": debtor_id})
        ]

    def place(self, hold: LegalHold) -> None:
        self._tx.write(_PLACE, asdict(hold))

    def release(self, debtor_id: DebtorId, at: datetime) -> Sequence[str]:
        released = [hold.hold_id for hold in self.in_force(debtor_id)]
        self._tx.write(_RELEASE, {"of_debtor": debtor_id, "at": at})
        return released


def _to_case(row: Any) -> RightsCase:
    return RightsCase(**row._mapping)
