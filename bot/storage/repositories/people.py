"""Failed identifications and their locks, and the cases that wait for a person."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, select, text, update

from bot.audit.keys import subject_of
from bot.debt.clocks import CLOCKS_DIFFER
from bot.debt.party import ConversationId
from bot.services.unit_of_work import Handoff
from bot.storage.repositories.upserts import upsert
from bot.storage.tables import handoffs, identity_failures, identity_locks
from bot.storage.transaction import Transaction

_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 0))")
_FAIL = insert(identity_failures)
_FAILURES = (
    select(func.count())
    .select_from(identity_failures)
    .where(
        and_(
            identity_failures.c.subject == bindparam("subject"), identity_failures.c.at >= bindparam("since")
        )
    )
)
_CLEAR = delete(identity_failures).where(identity_failures.c.subject == bindparam("of_subject"))
_LOCK = upsert(identity_locks, key=["subject"], updates=["until"])
_LOCKED = select(identity_locks.c.until).where(
    and_(
        identity_locks.c.subject == bindparam("subject"),
        identity_locks.c.until > bindparam("now"),
        # Else it was begun by a clock that was ahead, and would last until that time comes.
        identity_locks.c.until <= bindparam("latest"),
    )
)

_ADD = insert(handoffs)
_WAITING = (
    select(handoffs)
    .where(and_(handoffs.c.conversation_id == bindparam("conversation_id"), handoffs.c.status == "waiting"))
    .order_by(handoffs.c.created_at)
    .limit(1)
)
_OPEN = (
    select(handoffs)
    .where(and_(handoffs.c.conversation_id == bindparam("conversation_id"), handoffs.c.status != "closed"))
    .order_by(handoffs.c.created_at)
)
_THIS = handoffs.c.handoff_id == bindparam("of_handoff")
_GET = select(handoffs).where(handoffs.c.handoff_id == bindparam("handoff_id"))
_CHANGE = update(handoffs).where(_THIS)
_OPEN_FOR = (
    select(handoffs)
    .where(
        and_(handoffs.c.reason.in_(bindparam("reasons", expanding=True)), text("handoffs.status <> 'closed'"))
    )
    .order_by(handoffs.c.created_at)
)


class SqlIdentityAttempts:
    """See `bot.services.unit_of_work.IdentityAttempts`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def hold(self, subject: str) -> None:
        # On SQLite there is one transaction that writes at a time.
        if self._tx.is_postgresql:
            self._tx.write(_HOLD, {"subject": subject})

    def fail(self, subject: str, at: datetime) -> None:
        self._tx.write(_FAIL, {"failure_id": uuid.uuid4().hex, "subject": subject, "at": at})

    def failures_since(self, subject: str, since: datetime) -> int:
        return int(self._tx.read(_FAILURES, {"subject": subject, "since": since}).scalar() or 0)

    def clear(self, subject: str) -> None:
        """Forget the failures of a subject; a lock stays until it ends."""
        self._tx.write(_CLEAR, {"of_subject": subject})

    def lock(self, subject: str, until: datetime) -> None:
        self._tx.write(_LOCK, {"subject": subject, "until": until})

    def locked_until(self, subject: str, now: datetime, longest: timedelta) -> datetime | None:
        """When the lock in force ends; None when there is none."""
        asked = {"subject": subject, "now": now, "latest": now + longest + CLOCKS_DIFFER}
        until: datetime | None = self._tx.read(_LOCKED, asked).scalar()
        return until


class SqlHandoffs:
    """See `bot.services.unit_of_work.Handoffs`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, handoff: Handoff) -> None:
        keys, part = self._tx.keys, self._tx.keys.part_of(handoff.conversation_id)
        subject = subject_of(handoff.conversation_id, part)
        row = {
            "handoff_id": handoff.handoff_id,
            "conversation_id": handoff.conversation_id,
            "part": part,
            "debtor_id": handoff.debtor_id,
            "account": handoff.account,
            "reason": handoff.reason,
            "details": keys.seal_json(subject, dict(handoff.details)),
            "created_at": handoff.created_at,
            "status": handoff.status,
            "assignee": handoff.assignee,
            "claimed_at": handoff.claimed_at,
            "first_response_at": handoff.first_response_at,
            "told_at": handoff.told_at,
            "closed_at": handoff.closed_at,
            "outcome": handoff.outcome,
        }
        self._tx.write(_ADD, row)

    def get(self, handoff_id: str) -> Handoff | None:
        row = self._tx.read(_GET, {"handoff_id": handoff_id}).first()
        return self._read(row) if row else None

    def change(self, handoff_id: str, **columns: Any) -> None:
        self._tx.write(_CHANGE.values(**columns), {"of_handoff": handoff_id})

    def waiting_in(self, conversation_id: ConversationId) -> Handoff | None:
        row = self._tx.read(_WAITING, {"conversation_id": conversation_id}).first()
        return self._read(row) if row else None

    def open_in(self, conversation_id: ConversationId) -> Sequence[Handoff]:
        rows = self._tx.read(_OPEN, {"conversation_id": conversation_id})
        return [self._read(row) for row in rows]

    def _read(self, row: Any) -> Handoff:
        columns = dict(row._mapping)
        subject = subject_of(row.conversation_id, columns.pop("part"))
        return Handoff(**{**columns, "details": self._tx.keys.open_json(subject, row.details, {})})

    def open_for(self, reasons: Sequence[str]) -> Sequence[Handoff]:
        rows = self._tx.read(_OPEN_FOR, {"reasons": list(reasons)})
        return [self._read(row) for row in rows]

    def close(self, handoff_id: str, at: datetime, outcome: str) -> None:
        self.change(handoff_id, status="closed", closed_at=at, outcome=outcome)
