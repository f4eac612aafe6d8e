"""Holds in force and lifted."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, bindparam, or_, select, update

from bot.debt.holds import Hold, HoldKind
from bot.debt.party import AccountReference, DebtorId
from bot.storage.repositories.upserts import upsert
from bot.storage.tables import holds
from bot.storage.transaction import Transaction

_EVERYTHING = "*"
_OF_DEBTOR = (
    select(holds)
    .where(and_(holds.c.debtor_id == bindparam("debtor_id"), holds.c.lifted_at.is_(None)))
    .order_by(holds.c.placed_at, holds.c.hold_id)
)
_OF_ACCOUNT = _OF_DEBTOR.where(or_(holds.c.scope == _EVERYTHING, holds.c.scope == bindparam("scope")))
_PLACE = upsert(holds)
_LIFT = (
    update(holds)
    .where(
        and_(
            holds.c.debtor_id == bindparam("of_debtor"),
            holds.c.kind == bindparam("of_kind"),
            holds.c.scope == bindparam("of_scope"),
            holds.c.lifted_at.is_(None),
        )
    )
    .values(lifted_at=bindparam("at"))
)


class SqlHolds:
    """See `bot.services.unit_of_work.Holds`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def in_force(self, debtor_id: DebtorId, account: AccountReference | None = None) -> Sequence[Hold]:
        if account is None:
            rows = self._tx.read(_OF_DEBTOR, {"debtor_id": debtor_id})
        else:
            rows = self._tx.read(_OF_ACCOUNT, {"debtor_id": debtor_id, "scope": account})
        return [
            Hold(HoldKind(row.kind), DebtorId(row.debtor_id), row.account, row.placed_at, row.lifted_at)
            for row in rows
        ]

    def place(self, hold: Hold) -> bool:
        row = {
            "hold_id": uuid.uuid4().hex,
            "kind": hold.kind.value,
            "debtor_id": hold.debtor_id,
            "account": hold.account,
            "scope": hold.account or _EVERYTHING,
            "placed_at": hold.placed_at,
            "lifted_at": hold.lifted_at,
        }
        return bool(self._tx.write(_PLACE, row).rowcount)

    def lift(
        self, kind: HoldKind, debtor_id: DebtorId, account: AccountReference | None, at: datetime
    ) -> bool:
        """Lift it; False if it does not hold there."""
        found = {"of_kind": kind.value, "of_debtor": debtor_id, "of_scope": account or _EVERYTHING, "at": at}
        return bool(self._tx.write(_LIFT, found).rowcount)
