"""What stands against erasing debtors: counted for a batch of them, a statement for each kind of thing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select

from bot.audit.tables import audit_entries
from bot.debt.party import DebtorId
from bot.debt.retention import File
from bot.storage import tables as t
from bot.storage.transaction import Transaction

_IDS = bindparam("ids", expanding=True)
_talks, _parts = t.conversations, t.conversation_parts
_NOT_ERASED = (
    select(t.debtors.c.debtor_id).where(t.debtors.c.erased_at.is_(None)).order_by(t.debtors.c.debtor_id)
)
_DEBTORS = select(t.debtors.c.debtor_id, t.debtors.c.country, t.debtors.c.returned_at).where(
    t.debtors.c.debtor_id.in_(_IDS)
)


def _said(table: Any, column: Any, owner: Any) -> Any:
    """When something was last said in the conversations, or parts of one, that are a debtor's."""
    here = table.c.conversation_id == owner.c.conversation_id
    if owner is _parts:
        here = and_(here, table.c.part == owner.c.part)
    joined = owner.join(table, here)
    latest = select(owner.c.debtor_id, func.max(column)).select_from(joined)
    return latest.where(owner.c.debtor_id.in_(_IDS)).group_by(owner.c.debtor_id)


def _about_accounts(table: Any, column: Any) -> Any:
    joined = t.accounts.join(table, table.c.account == t.accounts.c.reference)
    latest = select(t.accounts.c.debtor_id, func.max(column)).select_from(joined)
    return latest.where(t.accounts.c.debtor_id.in_(_IDS)).group_by(t.accounts.c.debtor_id)


_ACTIVITY = (
    *(_said(t.inbox, t.inbox.c.received_at, owner) for owner in (_talks, _parts)),
    *(_said(t.outbox, t.outbox.c.created_at, owner) for owner in (_talks, _parts)),
    _about_accounts(t.arrangements, t.arrangements.c.agreed_at),
    _about_accounts(t.promises, t.promises.c.made_at),
    _about_accounts(t.payments, t.payments.c.posted_at),
)
_CHAINS = (
    select(audit_entries.c.chain, func.max(audit_entries.c.at))
    .where(audit_entries.c.chain.in_(bindparam("chains", expanding=True)))
    .group_by(audit_entries.c.chain)
)
_HOLDS = select(t.legal_holds.c.debtor_id).where(
    and_(t.legal_holds.c.debtor_id.in_(_IDS), t.legal_holds.c.released_at.is_(None))
)


def _open(table: Any, is_open: Any) -> Any:
    """Whose cases are open: theirs by name, or in a conversation bound to them."""
    bound = table.outerjoin(_talks, _talks.c.conversation_id == table.c.conversation_id)
    named = or_(table.c.debtor_id.in_(_IDS), _talks.c.debtor_id.in_(_IDS))
    return (
        select(table.c.debtor_id, _talks.c.debtor_id.label("bound"))
        .select_from(bound)
        .where(and_(is_open, named))
    )


_CASES = (
    _open(t.rights_cases, t.rights_cases.c.status == "open"),
    _open(t.handoffs, t.handoffs.c.status != "closed"),
)
_OWING = select(t.accounts.c.debtor_id).where(
    and_(
        t.accounts.c.debtor_id.in_(_IDS),
        t.accounts.c.principal_minor + t.accounts.c.interest_minor + t.accounts.c.fees_minor > 0,
    )
)


def ids_after(tx: Transaction, debtor_id: DebtorId | None, limit: int) -> Sequence[DebtorId]:
    """See `bot.services.records_port.PersonalData.ids_after`."""
    asked = _NOT_ERASED.limit(limit)
    if debtor_id is not None:
        asked = asked.where(t.debtors.c.debtor_id > debtor_id)
    return [DebtorId(found) for found in tx.read(asked).scalars()]


def files(tx: Transaction, debtor_ids: Sequence[DebtorId]) -> Sequence[File]:
    """See `bot.services.records_port.PersonalData.files`."""
    if not debtor_ids:
        return []
    asked = {"ids": list(debtor_ids)}
    latest = _latest(tx, asked)
    held, owing = set(tx.read(_HOLDS, asked).scalars()), set(tx.read(_OWING, asked).scalars())
    cases = [name for each in _CASES for row in tx.read(each, asked) for name in {row.debtor_id, row.bound}]
    return [
        File(
            debtor_id=DebtorId(row.debtor_id),
            country=row.country,
            last_activity=latest[row.debtor_id].date() if row.debtor_id in latest else None,
            legal_holds=row.debtor_id in held,
            open_cases=cases.count(row.debtor_id),
            owes=row.debtor_id in owing,
            is_returned=row.returned_at is not None,
        )
        for row in sorted(tx.read(_DEBTORS, asked), key=lambda row: str(row.debtor_id))
    ]


def _latest(tx: Transaction, asked: dict[str, list[DebtorId]]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for each in _ACTIVITY:
        for debtor_id, at in tx.read(each, asked):
            found[debtor_id] = max(at, found.get(debtor_id, at))
    silent = [debtor_id for debtor_id in asked["ids"] if debtor_id not in found]
    chains = {"chains": [f"debtor:{debtor_id}" for debtor_id in silent]}
    for chain, at in tx.read(_CHAINS, chains) if silent else ():
        found[chain.partition(":")[2]] = datetime.fromisoformat(at.replace("Z", "+00:00"))
    return found
