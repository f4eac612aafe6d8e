"""Cases of rights, wishes about contact, and legal holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, and_, bindparam, func, insert, or_, select, update

from bot.audit.keys import subject_of
from bot.debt.party import ConversationId, DebtorId
from bot.services.records_port import ContactWish, LegalHold, RightsCase
from bot.storage.tables import contact_wishes, conversations, legal_holds, rights_cases
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
_WISH = insert(contact_wishes)
_WISHES = select(contact_wishes).order_by(contact_wishes.c.asked_at, contact_wishes.c.wish_id)
_TALKS = select(conversations.c.conversation_id).where(conversations.c.debtor_id == bindparam("debtor_id"))
_END_WISH = (
    update(contact_wishes)
    .where(and_(contact_wishes.c.wish_id == bindparam("of_wish"), contact_wishes.c.ended_at.is_(None)))
    .values(ended_at=bindparam("at"))
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
        part = self._part(case)
        self._tx.write(
            _ADD, {**asdict(case), "part": part, "details": self._sealed(case, part, case.details)}
        )

    def get(self, case_id: str) -> RightsCase | None:
        row = self._tx.read(_CASES.where(_CASE.case_id == case_id)).first()
        return self._to_case(row) if row else None

    def is_open(self, right: str, conversation_id: ConversationId, debtor_id: DebtorId | None) -> bool:
        return self.any_open(conversation_id, debtor_id, [right])

    def any_open(
        self, conversation_id: ConversationId, debtor_id: DebtorId | None, rights: Sequence[str]
    ) -> bool:
        wanted = and_(_CASE.right.in_(rights), _CASE.status == "open")
        mine = _CASE.conversation_id == conversation_id
        if debtor_id is not None:
            mine = or_(mine, debtor_id == _OWNER)
            wanted = and_(wanted, _near(self._tx, rights_cases, debtor_id, conversation_id))
        return self._tx.read(_CASES.where(and_(wanted, mine)).limit(1)).first() is not None

    def listed(self, *, due_by: date | None = None, closed_too: bool = False) -> Sequence[RightsCase]:
        asked = _CASES.order_by(_CASE.due_on, _CASE.opened_at)
        if not closed_too:
            asked = asked.where(_CASE.status == "open")
        if due_by is not None:
            asked = asked.where(_CASE.due_on <= due_by)
        return [self._to_case(row) for row in self._tx.read(asked)]

    def of_debtor(self, debtor_id: DebtorId) -> Sequence[RightsCase]:
        near = _near(self._tx, rights_cases, debtor_id)
        asked = _CASES.where(and_(near, debtor_id == _OWNER)).order_by(_CASE.opened_at)
        return [self._to_case(row) for row in self._tx.read(asked)]

    def of_right(self, right: str) -> Sequence[RightsCase]:
        asked = _CASES.where(_CASE.right == right).order_by(_CASE.opened_at)
        return [self._to_case(row) for row in self._tx.read(asked)]

    def open_in(self, conversation_id: ConversationId) -> Sequence[RightsCase]:
        theirs = and_(_CASE.conversation_id == conversation_id, _CASE.status == "open")
        return [self._to_case(row) for row in self._tx.read(_CASES.where(theirs))]

    def change(self, case_id: str, **columns: Any) -> None:
        if "details" in columns:
            row = self._tx.read(_CASES.where(_CASE.case_id == case_id)).first()
            if row is not None:
                columns["details"] = self._sealed(row, row.part, columns["details"])
        self._tx.write(update(rights_cases).where(_CASE.case_id == case_id).values(**columns))

    def close(self, case_id: str, outcome: str, at: datetime) -> None:
        self._tx.write(_CLOSE, {"of_case": case_id, "new_outcome": outcome, "at": at})

    def _part(self, case: RightsCase) -> int:
        return self._tx.keys.part_of(case.conversation_id) if case.conversation_id else 0

    def _sealed(self, case: Any, part: int, details: Mapping[str, Any]) -> Any:
        return self._tx.keys.seal_json(_subject(case, part), dict(details)) if details else None

    def _to_case(self, row: Any) -> RightsCase:
        columns = dict(row._mapping)
        subject = _subject(row, columns.pop("part"))
        details = self._tx.keys.open_json(subject, row.details, {})
        return RightsCase(**{**columns, "details": details or {}})


class SqlContactWishes:
    """See `bot.services.records_port.ContactWishes`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, wish: ContactWish) -> None:
        part = self._tx.keys.part_of(wish.conversation_id)
        sealed = self._tx.keys.seal_json(_subject(wish, part), dict(wish.details))
        self._tx.write(_WISH, {**asdict(wish), "part": part, "details": sealed})

    def in_force(self, conversation_id: ConversationId, debtor_id: DebtorId | None) -> Sequence[ContactWish]:
        here = contact_wishes.c.conversation_id == conversation_id
        near = here if debtor_id is None else _near(self._tx, contact_wishes, debtor_id, conversation_id)
        return self._read(near)

    def of_debtor(self, debtor_id: DebtorId) -> Sequence[ContactWish]:
        return self._read(_near(self._tx, contact_wishes, debtor_id))

    def _read(self, theirs: Any) -> list[ContactWish]:
        asked = _WISHES.where(and_(contact_wishes.c.ended_at.is_(None), theirs))
        return [self._to_wish(row) for row in self._tx.read(asked)]

    def _to_wish(self, row: Any) -> ContactWish:
        columns = dict(row._mapping)
        subject = _subject(row, columns.pop("part"))
        return ContactWish(**{**columns, "details": self._tx.keys.open_json(subject, row.details, {})})

    def end(self, wish_id: str, at: datetime) -> None:
        self._tx.write(_END_WISH, {"of_wish": wish_id, "at": at})


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


def _near(tx: Transaction, table: Table, debtor_id: DebtorId, *conversation_ids: ConversationId) -> Any:
    """Rows that name the debtor, or were written in a conversation of theirs: two looks into an index.

    The conversations are read first: joined, the condition would have the whole table read.
    """
    talks = tx.read(_TALKS, {"debtor_id": debtor_id}).scalars().all()
    return or_(table.c.debtor_id == debtor_id, table.c.conversation_id.in_([*talks, *conversation_ids]))


def _subject(of: Any, part: int) -> str:
    return subject_of(of.conversation_id, part) if of.conversation_id else f"debtor:{of.debtor_id}"
