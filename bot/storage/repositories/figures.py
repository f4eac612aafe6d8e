"""What stands in the database, for those who watch over it: each question answered from an index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import bindparam, case, func, or_, select, text

from bot.audit.tables import audit_checkpoints, audit_entries
from bot.audit.tags import BACKUPS
from bot.storage.tables import conversations, handoffs, identity_locks, inbox, outbox, rights_cases
from bot.storage.transaction import Transaction
from bot.telemetry.figures import Figure

# Texts, not bound values, wherever a partial index is to be used: only so do both engines see that it will do.
_QUEUE = (
    select(func.count(func.distinct(conversations.c.conversation_id)), func.min(handoffs.c.created_at))
    .select_from(conversations.join(handoffs, handoffs.c.conversation_id == conversations.c.conversation_id))
    .where(
        text(
            "conversations.owner <> 'bot' AND conversations.owner = 'waiting' AND handoffs.status = 'waiting'"
        )
    )
)
_TALKING = (
    select(func.count())
    .select_from(conversations)
    .where(text("conversations.owner <> 'bot' AND conversations.owner = 'human'"))
)
_CASES = (
    select(handoffs.c.reason, handoffs.c.status, func.count())
    .where(handoffs.c.status.in_(("waiting", "claimed")))
    .group_by(handoffs.c.reason, handoffs.c.status)
)
_INBOX = (
    select(func.count(), func.min(inbox.c.received_at))
    .select_from(inbox)
    .where(text("inbox.status = 'pending'"))
)
_is_due = or_(outbox.c.due_at.is_(None), outbox.c.due_at <= bindparam("now"))
_state = case((outbox.c.status == "sending", "sending"), (_is_due, "due"), else_="later").label("state")
_OUTBOX = (
    select(
        outbox.c.channel,
        _state,
        func.count(),
        # Since when it could have gone out.
        func.min(case((outbox.c.due_at.is_(None), outbox.c.created_at), else_=outbox.c.due_at)),
    )
    .where(text("outbox.status IN ('queued', 'sending')"))
    .group_by(outbox.c.channel, _state)
)
_LOCKED = select(func.count()).select_from(identity_locks).where(identity_locks.c.until > bindparam("now"))
_RIGHTS = (
    select(func.count(), func.sum(case((rights_cases.c.due_on < bindparam("today"), 1), else_=0)))
    .select_from(rights_cases)
    .where(text("rights_cases.status = 'open'"))
)
_CHECKPOINT = select(audit_checkpoints.c.made_at).order_by(audit_checkpoints.c.seq.desc()).limit(1)
_BACKUP = (
    select(audit_entries.c.at)
    .where(audit_entries.c.chain == BACKUPS)
    .order_by(audit_entries.c.seq.desc())
    .limit(1)
)


class SqlFigures:
    """See `bot.services.unit_of_work.Figures`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def read(self, now: datetime) -> Sequence[Figure]:
        return list(self._all(now))

    def _all(self, now: datetime) -> Iterator[Figure]:
        waiting, since = self._row(_QUEUE)
        yield Figure("queue_size", waiting)
        yield Figure("queue_oldest_seconds", _age(since, now))
        yield Figure("people_talking", self._row(_TALKING)[0])
        for reason, status, count in self._tx.read(_CASES):
            yield Figure("cases_open", count, (reason, status))
        pending, since = self._row(_INBOX)
        yield Figure("inbox_pending", pending)
        yield Figure("inbox_oldest_seconds", _age(since, now))
        for channel, state, count, since in self._tx.read(_OUTBOX, {"now": now}):
            yield Figure("outbox_messages", count, (channel, state))
            if state == "due":
                yield Figure("outbox_oldest_seconds", _age(since, now), (channel,))
        yield Figure("identities_locked", self._row(_LOCKED, now=now)[0])
        still_open, overdue = self._row(_RIGHTS, today=now.date())
        yield Figure("rights_open", still_open)
        yield Figure("rights_overdue", overdue or 0)
        for name, newest in (("checkpoint_age_seconds", _CHECKPOINT), ("backup_age_seconds", _BACKUP)):
            made_at = self._tx.read(newest).scalar()
            if made_at is not None:
                yield Figure(name, _age(datetime.fromisoformat(made_at.replace("Z", "+00:00")), now))

    def _row(self, statement: Any, **asked: Any) -> Any:
        return self._tx.read(statement, asked).one()


def _age(since: datetime | None, now: datetime) -> float:
    if since is None:
        return 0.0
    moment = since if since.tzinfo is not None else since.replace(tzinfo=timezone.utc)
    return max(0.0, (now - moment).total_seconds())
