"""Messages of both directions: each inbound one stored once, each outbound one with its exact text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, insert, or_, select, text, update

from bot.audit.keys import SubjectKeys, subject_of
from bot.debt.clocks import CLOCKS_DIFFER
from bot.debt.party import ConversationId, MessageId
from bot.services.unit_of_work import InboundMessage, OutboundMessage
from bot.storage.repositories.upserts import upsert
from bot.storage.tables import conversations, inbox, outbox
from bot.storage.transaction import Transaction

_RECEIVED = select(inbox).where(inbox.c.message_id == bindparam("message_id"))
_BY_PROVIDER_ID = select(inbox).where(
    and_(inbox.c.channel == bindparam("channel"), inbox.c.provider_id == bindparam("provider_id"))
)
_ABANDONED = (
    select(inbox)
    .where(
        and_(
            text("inbox.status = 'pending'"),
            or_(
                inbox.c.lease_until.is_(None),
                inbox.c.lease_until < bindparam("now"),
                inbox.c.lease_until > bindparam("ahead"),
            ),
        )
    )
    .order_by(inbox.c.received_at)
)
_LATEST_AT = (
    select(inbox.c.received_at)
    .where(inbox.c.channel == bindparam("channel"))
    .order_by(inbox.c.received_at.desc())
    .limit(1)
)
_RECEIVE = upsert(inbox, key=["channel", "provider_id"])
_THIS = inbox.c.message_id == bindparam("of_message")
_DECIDE = update(inbox).where(_THIS).values(reply=bindparam("new_reply"), status="done")
_FINISH = update(inbox).where(_THIS).values(status=bindparam("new_status"))
_before = inbox.alias("before")
_UNDECIDED_BEFORE = (
    select(_before.c.message_id)
    .select_from(inbox.join(_before, _before.c.conversation_id == inbox.c.conversation_id))
    .where(
        and_(
            inbox.c.message_id == bindparam("message_id"),
            text("before.status = 'pending'"),
            _before.c.reply.is_(None),
            or_(
                _before.c.received_at < inbox.c.received_at,
                and_(_before.c.received_at == inbox.c.received_at, _before.c.message_id < inbox.c.message_id),
            ),
        )
    )
    .limit(1)
)
_EXTEND = update(inbox).where(_THIS).values(lease_until=bindparam("until"))
_TAKE_OVER = (
    update(inbox)
    .where(and_(_THIS, inbox.c.status == "pending", inbox.c.attempts == bindparam("seen")))
    .values(lease_until=bindparam("until"), attempts=inbox.c.attempts + 1)
)

_SEND = insert(outbox)
_OF_CAUSE = select(outbox).where(outbox.c.cause == bindparam("cause")).order_by(outbox.c.position)
_GET_SENT = select(outbox).where(outbox.c.message_id == bindparam("message_id"))
_MARK = update(outbox).where(outbox.c.message_id == bindparam("of_message"))
_OF_PROVIDER = (
    select(outbox)
    .where(and_(outbox.c.channel == bindparam("channel"), outbox.c.provider_id == bindparam("provider_id")))
    .order_by(outbox.c.created_at, outbox.c.position)
)
_IN_ORDER = (outbox.c.created_at, outbox.c.position)
_earlier = outbox.alias("earlier")
# A text, not a bound status: only so do both engines see that the partial index will do.
# What may be sent now, with no earlier one of its conversation under way.
MAY_GO = and_(
    outbox.c.channel.in_(bindparam("channels", expanding=True)),
    text("outbox.status IN ('queued', 'sending')"),
    or_(
        outbox.c.due_at.is_(None),
        outbox.c.due_at <= bindparam("now"),
        outbox.c.claimed_at > bindparam("ahead"),
    ),
    or_(
        outbox.c.status == "queued",
        outbox.c.claimed_at < bindparam("lost_before"),
        outbox.c.claimed_at > bindparam("ahead"),
    ),
    ~exists().where(
        and_(
            _earlier.c.conversation_id == outbox.c.conversation_id,
            text("earlier.status IN ('queued', 'sending')"),
            or_(
                _earlier.c.cause.isnot(None),
                _earlier.c.due_at.is_(None),
                _earlier.c.due_at <= bindparam("now"),
            ),
            or_(
                _earlier.c.created_at < outbox.c.created_at,
                and_(
                    _earlier.c.created_at == outbox.c.created_at,
                    _earlier.c.position < outbox.c.position,
                ),
            ),
        )
    ),
)
_NEXT_DUE = (
    select(outbox).where(MAY_GO).order_by(*_IN_ORDER).limit(1).with_for_update(skip_locked=True, of=outbox)
)
_UNSENT = (
    select(outbox)
    .where(
        and_(
            outbox.c.conversation_id == bindparam("conversation_id"),
            outbox.c.status.in_(bindparam("statuses", expanding=True)),
        )
    )
    .order_by(*_IN_ORDER)
)

_GONE_OUT = (
    select(outbox)
    .where(
        and_(
            outbox.c.conversation_id.in_(bindparam("conversation_ids", expanding=True)),
            # What waited for weeks counts from the day on which it went.
            or_(outbox.c.created_at >= bindparam("since"), outbox.c.claimed_at >= bindparam("since")),
            or_(
                outbox.c.status.in_(("sending", "sent", "delivered", "read", "unclear")),
                # Taken by the provider and not delivered: an attempt all the same.
                and_(outbox.c.status == "failed", outbox.c.provider_id.is_not(None)),
            ),
        )
    )
    .order_by(*_IN_ORDER)
)

_LAST_IN = (
    select(inbox)
    .where(inbox.c.conversation_id == bindparam("conversation_id"))
    .order_by(inbox.c.received_at.desc(), inbox.c.message_id.desc())
    .limit(bindparam("most"))
)
_LAST_OUT = (
    select(outbox)
    .where(outbox.c.conversation_id == bindparam("conversation_id"))
    .order_by(outbox.c.created_at.desc(), outbox.c.position.desc())
    .limit(bindparam("most"))
)

_here = conversations.c.conversation_id
_MARKS = select(
    conversations.c.address,
    conversations.c.owner,
    select(func.count()).where(outbox.c.conversation_id == _here).scalar_subquery().label("said"),
    select(func.count())
    .where(and_(inbox.c.conversation_id == _here, inbox.c.status == "pending"))
    .scalar_subquery()
    .label("pending"),
).where(
    and_(
        conversations.c.channel == bindparam("channel"),
        conversations.c.address.in_(bindparam("addresses", expanding=True)),
    )
)


class SqlInbox:
    """See `bot.services.unit_of_work.Inbox`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, message: InboundMessage) -> bool:
        keys, part = self._tx.keys, self._tx.keys.part_of(message.conversation_id)
        subject = subject_of(message.conversation_id, part)
        row = {
            "message_id": message.message_id,
            "conversation_id": message.conversation_id,
            "part": part,
            "channel": message.channel,
            "provider_id": message.provider_id,
            "text": keys.seal(subject, message.text),
            "media": keys.seal_json(subject, [dict(item) for item in message.media]) if message.media else [],
            "received_at": message.received_at,
            "status": message.status,
            "reply": None if message.reply is None else [dict(item) for item in message.reply],
            "lease_until": message.lease_until,
            "attempts": message.attempts,
        }
        return bool(self._tx.write(_RECEIVE, row).rowcount)

    def _read(self, row: Any) -> InboundMessage:
        return _to_inbound(row, self._tx.keys)

    def get(self, message_id: MessageId) -> InboundMessage | None:
        row = self._tx.read(_RECEIVED, {"message_id": message_id}).first()
        return self._read(row) if row else None

    def by_provider_id(self, channel: str, provider_id: str) -> InboundMessage | None:
        row = self._tx.read(_BY_PROVIDER_ID, {"channel": channel, "provider_id": provider_id}).first()
        return self._read(row) if row else None

    def latest_at(self, channels: Sequence[str]) -> datetime | None:
        # One after the other: the newest of each is the first along the index.
        found = (self._tx.read(_LATEST_AT, {"channel": channel}).scalar() for channel in channels)
        return max((at for at in found if at is not None), default=None)

    def decide(self, message_id: MessageId, reply: Sequence[Mapping[str, Any]]) -> None:
        self._tx.write(_DECIDE, {"of_message": message_id, "new_reply": [dict(item) for item in reply]})

    def finish(self, message_id: MessageId, status: str) -> None:
        self._tx.write(_FINISH, {"of_message": message_id, "new_status": status})

    def is_next(self, message_id: MessageId) -> bool:
        return self._tx.read(_UNDECIDED_BEFORE, {"message_id": message_id}).first() is None

    def abandoned(self, now: datetime) -> Sequence[InboundMessage]:
        return [
            self._read(row) for row in self._tx.read(_ABANDONED, {"now": now, "ahead": now + CLOCKS_DIFFER})
        ]

    def extend(self, message_id: MessageId, until: datetime) -> None:
        self._tx.write(_EXTEND, {"of_message": message_id, "until": until})

    def take_over(self, message: InboundMessage, until: datetime) -> bool:
        asked = {"of_message": message.message_id, "seen": message.attempts, "until": until}
        return bool(self._tx.write(_TAKE_OVER, asked).rowcount)


class SqlOutbox:
    """See `bot.services.unit_of_work.Outbox`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, *messages: OutboundMessage) -> None:
        if messages:
            self._tx.write(_SEND, [self._row(message) for message in messages])

    def _row(self, message: OutboundMessage) -> dict[str, Any]:
        keys, part = self._tx.keys, self._tx.keys.part_of(message.conversation_id)
        subject = subject_of(message.conversation_id, part)
        return {
            "message_id": message.message_id,
            "conversation_id": message.conversation_id,
            "part": part,
            "cause": message.cause,
            "position": message.position,
            "response": message.response,
            "variant": message.variant,
            "language": message.language,
            "text": keys.seal(subject, message.text),
            "buttons": keys.seal_json(subject, [dict(each) for each in message.buttons])
            if message.buttons
            else [],
            "created_at": message.created_at,
            "status": message.status,
            "channel": message.channel,
            "menu": keys.seal(subject, message.menu) if message.menu else "",
            "author": message.author,
            "due_at": message.due_at,
            "attempts": message.attempts,
            "claimed_at": message.claimed_at,
            "provider_id": message.provider_id,
            "error": message.error,
            "cards": keys.seal_json(subject, [dict(card) for card in message.cards]) if message.cards else [],
            "told_to": message.told_to,
        }

    def _read(self, row: Any) -> OutboundMessage:
        return _to_outbound(row, self._tx.keys)

    def get(self, message_id: MessageId) -> OutboundMessage | None:
        row = self._tx.read(_GET_SENT, {"message_id": message_id}).first()
        return self._read(row) if row else None

    def of_cause(self, cause: MessageId) -> Sequence[OutboundMessage]:
        return [self._read(row) for row in self._tx.read(_OF_CAUSE, {"cause": cause})]

    def mark(self, message_id: MessageId, status: str, **columns: Any) -> None:
        changed = _MARK.values(status=status, **columns)
        self._tx.write(changed, {"of_message": message_id})

    def next_due(
        self, channels: Sequence[str], now: datetime, lost_before: datetime
    ) -> OutboundMessage | None:
        asked = {
            "channels": list(channels),
            "now": now,
            "lost_before": lost_before,
            "ahead": now + CLOCKS_DIFFER,
        }
        row = self._tx.read(_NEXT_DUE, asked).first()
        return self._read(row) if row else None

    def unsent(self, conversation_id: ConversationId, statuses: Sequence[str]) -> Sequence[OutboundMessage]:
        asked = {"conversation_id": conversation_id, "statuses": list(statuses)}
        return [self._read(row) for row in self._tx.read(_UNSENT, asked)]

    def of_provider(self, channel: str, provider_id: str) -> Sequence[OutboundMessage]:
        asked = {"channel": channel, "provider_id": provider_id}
        return [self._read(row) for row in self._tx.read(_OF_PROVIDER, asked)]

    def gone_out(
        self, conversation_ids: Sequence[ConversationId], since: datetime
    ) -> Sequence[OutboundMessage]:
        asked = {"conversation_ids": list(conversation_ids), "since": since}
        return [self._read(row) for row in self._tx.read(_GONE_OUT, asked)]


class SqlTranscripts:
    """See `bot.services.unit_of_work.Transcripts`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def of(
        self, conversation_id: ConversationId, limit: int = 200
    ) -> Sequence[InboundMessage | OutboundMessage]:
        """The last `limit` messages of both directions, oldest first."""
        asked = {"conversation_id": conversation_id, "most": limit}
        placed: list[tuple[datetime, int, int, InboundMessage | OutboundMessage]] = []
        for row in self._tx.read(_LAST_IN, asked):
            placed.append((row.received_at, 0, 0, _to_inbound(row, self._tx.keys)))
        for row in self._tx.read(_LAST_OUT, asked):
            placed.append((row.created_at, 1, row.position, _to_outbound(row, self._tx.keys)))
        placed.sort(key=lambda item: item[:3])
        return [message for *_, message in placed[-limit:]] if limit > 0 else []

    def marks(self, channel: str, addresses: Sequence[str]) -> Mapping[str, tuple[Any, ...]]:
        """See the protocol: who owns the conversation, how much was said, how much is being answered."""
        keyring = self._tx.keys.keyring
        stored = [form for address in addresses for form in keyring.addresses(address)]
        found = self._tx.read(_MARKS, {"channel": channel, "addresses": stored})
        return {keyring.read_address(row.address): (row.owner, row.said, row.pending) for row in found}


def _to_inbound(row: Any, keys: SubjectKeys) -> InboundMessage:
    subject = subject_of(row.conversation_id, row.part)
    return InboundMessage(
        message_id=MessageId(row.message_id),
        conversation_id=ConversationId(row.conversation_id),
        channel=row.channel,
        provider_id=row.provider_id,
        text=keys.open(subject, row.text) or "",
        media=tuple(keys.open_json(subject, row.media, [])),
        received_at=row.received_at,
        status=row.status,
        reply=None if row.reply is None else tuple(row.reply),
        lease_until=row.lease_until,
        attempts=row.attempts,
    )


def _to_outbound(row: Any, keys: SubjectKeys) -> OutboundMessage:
    subject = subject_of(row.conversation_id, row.part)
    return OutboundMessage(
        message_id=MessageId(row.message_id),
        conversation_id=ConversationId(row.conversation_id),
        cause=row.cause,
        position=row.position,
        response=row.response,
        variant=row.variant,
        language=row.language,
        text=keys.open(subject, row.text) or "",
        buttons=tuple(keys.open_json(subject, row.buttons, [])),
        created_at=row.created_at,
        status=row.status,
        channel=row.channel,
        menu=keys.open(subject, row.menu) or "",
        author=row.author,
        due_at=row.due_at,
        attempts=row.attempts,
        claimed_at=row.claimed_at,
        provider_id=row.provider_id,
        error=row.error,
        cards=tuple(keys.open_json(subject, row.cards, []) or ()),
        told_to=row.told_to,
    )
