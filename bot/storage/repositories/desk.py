"""The desk's queue, and what people add to conversations: notes, presence, approvals, webhook calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, insert, literal, select, text, update

from bot.audit.keys import subject_of
from bot.audit.tables import audit_head
from bot.debt.conversations import Conversation
from bot.debt.money import Money
from bot.debt.party import AccountReference, ConversationId
from bot.services.desk_port import Approval, Event, Note, Presence, Waiting
from bot.storage.desk_tables import (
    desk_approvals,
    desk_events,
    desk_notes,
    desk_presence,
    desk_reveals,
    desk_users,
)
from bot.storage.repositories.conversations import to_conversation
from bot.storage.repositories.desk_rows import QUEUE, to_waiting
from bot.storage.repositories.offers import from_terms, to_terms
from bot.storage.repositories.upserts import upsert
from bot.storage.tables import conversations, handoffs, outbox
from bot.storage.transaction import Transaction

# Texts, not bound words: only so do both engines see that a partial index will do.
_OPEN_CASE = text("handoffs.status <> 'closed'")
_QUEUE_VERSION = (
    select(
        func.count(),
        func.max(handoffs.c.created_at),
        func.max(handoffs.c.claimed_at),
        func.count(handoffs.c.assignee),
        func.max(handoffs.c.first_response_at),
        func.max(handoffs.c.told_at),
        func.max(conversations.c.last_inbound_at),
        func.count(conversations.c.verified_at),
    )
    .select_from(handoffs.join(conversations))
    .where(_OPEN_CASE)
)
_SEE = {
    typing: upsert(
        desk_presence,
        columns=["conversation_id", "user_id", "seen_at", "typing_at"],
        key=["conversation_id", "user_id"],
        updates=["seen_at", "typing_at"] if typing else ["seen_at"],
    )
    for typing in (False, True)
}
_REVEAL = upsert(desk_reveals, key=["conversation_id", "user_id"], updates=["reason", "until"])
_AT_DESK = text("conversations.owner <> 'bot'")
_BY_A_PERSON = and_(outbox.c.author != "assistant", outbox.c.cause.is_(None))


class SqlDesk:
    """See `bot.services.desk_port.Desk`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    # -- the queue ----------------------------------------------------------------------------------------------

    def waiting(self) -> Sequence[Waiting]:
        found: dict[str, list[Any]] = {}
        for row in self._tx.read(QUEUE):
            found.setdefault(row.conversation_id, []).append(row)
        keys, firsts = self._tx.keys, [rows[0] for rows in found.values()]
        keys.prefetch(subject_of(row.conversation_id, row.part) for row in firsts)
        keys.prefetch(f"debtor:{row.debtor_id}" for row in firsts if row.debtor_id is not None)
        return [to_waiting(rows, keys) for rows in found.values()]

    def versions(self, conversation_ids: Sequence[str]) -> Mapping[str, tuple[Any, ...]]:
        found: dict[str, tuple[Any, ...]] = {"queue": tuple(self._tx.read(_QUEUE_VERSION).first() or ())}
        if not conversation_ids:
            return found
        chains = [f"conversation:{name}" for name in conversation_ids]
        heads = select(audit_head.c.chain, audit_head.c.seq).where(audit_head.c.chain.in_(chains))
        seqs = {row.chain.partition(":")[2]: row.seq for row in self._tx.read(heads)}
        where = desk_presence.c.conversation_id.in_(list(conversation_ids))
        # Who is here, by the row: that they are still here changes nothing.
        here = select(
            desk_presence.c.conversation_id,
            func.count().label("many"),
            func.max(desk_presence.c.typing_at).label("at"),
        )
        seen = self._tx.read(here.where(where).group_by(desk_presence.c.conversation_id))
        present = {row.conversation_id: (row.many, row.at) for row in seen}
        for name in conversation_ids:
            found[name] = (seqs.get(name, 0), *present.get(name, (0, None)))
        return found

    def conversations(
        self, limit: int, before: datetime | None, where: Mapping[str, str]
    ) -> Sequence[Conversation]:
        statement = select(conversations).order_by(
            conversations.c.last_inbound_at.desc(), conversations.c.conversation_id
        )
        for name, value in where.items():
            statement = statement.where(conversations.c[name] == value)
        if before is not None:
            statement = statement.where(conversations.c.last_inbound_at < before)
        rows = self._tx.read(statement.limit(limit)).all()
        self._tx.keys.prefetch(subject_of(row.conversation_id, row.part) for row in rows)
        return [to_conversation(row, self._tx.keys) for row in rows]

    def to_be_told(self) -> Sequence[tuple[Conversation, datetime]]:
        statement = (
            select(*conversations.c, handoffs.c.created_at.label("since"))
            .select_from(conversations.join(handoffs))
            .where(
                and_(
                    _AT_DESK,
                    conversations.c.owner == "waiting",
                    _OPEN_CASE,
                    handoffs.c.status == "waiting",
                    handoffs.c.told_at.is_(None),
                )
            )
            .order_by(handoffs.c.created_at)
        )
        found: dict[str, tuple[Conversation, datetime]] = {}
        for row in self._tx.read(statement):
            if row.conversation_id not in found:
                found[row.conversation_id] = (to_conversation(row, self._tx.keys), row.since)
        return list(found.values())

    def unanswered(self, before: datetime) -> Sequence[ConversationId]:
        statement = select(conversations.c.conversation_id).where(
            and_(_AT_DESK, conversations.c.owner == "human", conversations.c.last_inbound_at <= before)
        )
        return [ConversationId(row.conversation_id) for row in self._tx.read(statement)]

    def claims_of(self, user_id: str) -> int:
        statement = select(func.count()).select_from(conversations)
        return int(
            self._tx.read(
                statement.where(
                    and_(_AT_DESK, conversations.c.owner == "human", conversations.c.assignee == user_id)
                )
            ).scalar()
            or 0
        )

    def last_reply_at(self, conversation_id: ConversationId) -> datetime | None:
        statement = (
            select(outbox.c.created_at)
            .where(and_(outbox.c.conversation_id == conversation_id, _BY_A_PERSON))
            .order_by(outbox.c.created_at.desc())
            .limit(1)
        )
        at: datetime | None = self._tx.read(statement).scalar()
        return at

    # -- notes, presence, what was revealed ---------------------------------------------------------------------

    def add_note(self, note: Note) -> None:
        part = self._tx.keys.part_of(note.conversation_id)
        text = self._tx.keys.seal(subject_of(note.conversation_id, part), note.text)
        self._tx.write(insert(desk_notes), asdict(note) | {"text": text, "part": part})

    def notes(self, conversation_id: ConversationId) -> Sequence[Note]:
        statement = (
            select(desk_notes)
            .where(desk_notes.c.conversation_id == conversation_id)
            .order_by(desk_notes.c.created_at)
        )
        rows = [dict(row._mapping) for row in self._tx.read(statement)]
        subjects = [subject_of(conversation_id, row.pop("part")) for row in rows]
        return [
            Note(**row | {"text": self._tx.keys.open(subject, row["text"])})
            for row, subject in zip(rows, subjects, strict=True)
        ]

    def see(self, conversation_id: ConversationId, user_id: str, at: datetime, *, typing: bool) -> None:
        row = {
            "conversation_id": conversation_id,
            "user_id": user_id,
            "seen_at": at,
            "typing_at": at if typing else None,
        }
        self._tx.write(_SEE[typing], row)

    def present(self, conversation_id: ConversationId, since: datetime) -> Sequence[Presence]:
        statement = (
            select(
                desk_presence.c.user_id,
                desk_users.c.full_name,
                desk_presence.c.seen_at,
                desk_presence.c.typing_at,
            )
            .select_from(desk_presence.join(desk_users))
            .where(and_(desk_presence.c.conversation_id == conversation_id, desk_presence.c.seen_at >= since))
            .order_by(desk_users.c.full_name)
        )
        return [Presence(**row._mapping) for row in self._tx.read(statement)]

    def leave(self, conversation_id: ConversationId, user_id: str) -> None:
        self._tx.write(
            desk_presence.delete().where(
                and_(desk_presence.c.conversation_id == conversation_id, desk_presence.c.user_id == user_id)
            )
        )

    def reveal(self, conversation_id: ConversationId, user_id: str, reason: str, until: datetime) -> None:
        row = {"conversation_id": conversation_id, "user_id": user_id, "reason": reason, "until": until}
        self._tx.write(_REVEAL, row)

    def revealed_until(self, conversation_id: ConversationId, user_id: str) -> datetime | None:
        statement = select(desk_reveals.c.until).where(
            and_(desk_reveals.c.conversation_id == conversation_id, desk_reveals.c.user_id == user_id)
        )
        until: datetime | None = self._tx.read(statement).scalar()
        return until

    # -- approvals ----------------------------------------------------------------------------------------------

    def add_approval(self, approval: Approval) -> None:
        row = asdict(approval) | {
            "proposal": dict(approval.proposal),
            "terms": from_terms(approval.terms),
            "balance_minor": approval.balance.minor,
            "currency": approval.balance.currency,
        }
        row.pop("balance")
        self._tx.write(insert(desk_approvals), row)

    def approval(self, approval_id: str) -> Approval | None:
        statement = select(desk_approvals).where(desk_approvals.c.approval_id == approval_id)
        row = self._tx.read(statement.with_for_update() if self._tx.writes else statement).first()
        return _to_approval(row) if row else None

    def decide_approval(self, approval_id: str, status: str, **columns: Any) -> bool:
        statement = update(desk_approvals).where(
            and_(desk_approvals.c.approval_id == approval_id, desk_approvals.c.status == "pending")
        )
        return bool(self._tx.write(statement.values(status=status, **columns)).rowcount)

    def approvals(
        self, conversation_id: ConversationId | None = None, status: str | None = None
    ) -> Sequence[Approval]:
        statement = select(desk_approvals).order_by(desk_approvals.c.requested_at.desc()).limit(200)
        if conversation_id is not None:
            statement = statement.where(desk_approvals.c.conversation_id == conversation_id)
        if status is not None:
            statement = statement.where(desk_approvals.c.status == status)
        return [_to_approval(row) for row in self._tx.read(statement)]

    # -- webhook calls ------------------------------------------------------------------------------------------

    def add_event(self, event: Event) -> None:
        self._tx.write(insert(desk_events), asdict(event) | {"payload": dict(event.payload)})

    def next_event(self, now: datetime, latest: datetime) -> Event | None:
        # One after the other: each is the first along the index.
        for is_due in (desk_events.c.due_at <= now, desk_events.c.due_at > latest):
            statement = (
                select(desk_events)
                .where(and_(desk_events.c.status == literal("pending"), is_due))
                .order_by(desk_events.c.due_at)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            row = self._tx.read(statement).first()
            if row is not None:
                return Event(**row._mapping)
        return None

    def change_event(self, event_id: str, **columns: Any) -> None:
        self._tx.write(update(desk_events).where(desk_events.c.event_id == event_id).values(**columns))


def _to_approval(row: Any) -> Approval:
    columns = dict(row._mapping)
    currency = columns.pop("currency")
    columns |= {
        "account": AccountReference(row.account),
        "terms": to_terms(row.terms, currency),
        "balance": Money(columns.pop("balance_minor"), currency),
    }
    return Approval(**columns)


__all__ = ["SqlDesk"]
