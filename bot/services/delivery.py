"""The way out: which message goes next, and what became of it. Every step is a row and an audit entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

from bot.audit.tags import Tag
from bot.debt.conversations import Conversation
from bot.debt.party import MessageId
from bot.services import contact_gate
from bot.services.application import Application
from bot.services.unit_of_work import Handoff, OutboundMessage, UnitOfWork

# Channels whose answers leave by themselves; on the others the debtor's own request carries them.
PUSHED = frozenset({"sms", "whatsapp", "telegram"})
# A try that has not ended by now was cut short by a crash; no sender waits this long.
LOST_AFTER = timedelta(seconds=30)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=timezone.utc)
# Waiting between tries doubles from here to there, for a day; an hour without the provider loses nothing.
_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=5)
_GIVE_UP_AFTER = timedelta(hours=24)
_CASES = {"failed": "delivery_failed", "waiting": "delivery_waits"}
_ORDER = ("queued", "sending", "unclear", "sent", "delivered", "read")

Joins = Callable[[Sequence[OutboundMessage]], bool]


@dataclass(frozen=True)
class Parcel:
    """Messages that go out together, and where to. More than one only on a channel that joins them (SMS)."""

    messages: tuple[OutboundMessage, ...]
    channel: str
    address: str  # of the debtor, as the channel names it
    via: Mapping[str, Any]  # what the channel noted of the debtor's last message, such as our own number
    language: str
    country: str | None
    creditor: str | None  # of the account spoken of, once the debtor is identified
    last_inbound_at: datetime | None
    attempts: int  # how often it was tried before
    claimed_at: datetime  # of the first try, or earlier
    is_lost: bool = False  # a try was cut short: ask the provider before sending again


def claim(app: Application, joins: Mapping[str, Joins], *, lost: bool = True) -> Parcel | None:
    """Take the next parcel that may go out now; it stays ours until its outcome is recorded.

    Args:
        joins: for each channel that can send now, whether messages may go out as one.
        lost: whether a try that began long ago by the clock counts as cut short.
    """
    # Late: an announcement is a turn, and turns know which channels send by themselves.
    from bot.services import held_answers

    now = app.clock.now()
    while True:
        with app.unit_of_work() as uow:
            row = uow.outbox.next_due(sorted(joins), now, now - LOST_AFTER if lost else _LONG_AGO)
            if row is None:
                return None
            if row.claimed_at is not None and row.claimed_at > now:
                _claimed_now(uow, row, now)
                uow.commit()
                continue
            # Only looked at: elsewhere the conversation is locked before its messages.
            conversation = uow.conversations.peek(row.conversation_id)
            assert conversation is not None
            # A try that was cut short passed before: the provider is asked about it, whatever the hour.
            passed = row if row.status == "sending" else contact_gate.let_out(app, uow, row, conversation)
            is_new = passed is not None and passed.status == "queued"
            if passed is None or (is_new and held_answers.withhold(app, uow, passed, conversation)):
                uow.commit()
                continue
            row = passed
            messages = _together(uow, row, joins[row.channel])
            for message in messages:
                uow.outbox.mark(message.message_id, "sending", claimed_at=now, attempts=message.attempts + 1)
            parcel = _parcel(uow, conversation, row, messages, now)
            uow.commit()
            return parcel


def _claimed_now(uow: UnitOfWork, row: OutboundMessage, now: datetime) -> None:
    """Its last try is noted for later than now, since the clock was set back: as long as it may be under way from here on.

    With all of its parcel, which is known by that moment. What was to be tried again later is tried now.
    """
    for other in uow.outbox.unsent(row.conversation_id, (row.status,)):
        if (other.cause, other.claimed_at) == (row.cause, row.claimed_at):
            uow.outbox.mark(other.message_id, other.status, claimed_at=now, due_at=None)


def _together(uow: UnitOfWork, row: OutboundMessage, joins: Joins) -> tuple[OutboundMessage, ...]:
    messages = [row]
    for following in uow.outbox.unsent(row.conversation_id, (row.status,)):
        if following.message_id == row.message_id:
            continue
        same = (following.cause, following.claimed_at) == (row.cause, row.claimed_at)
        if not same or row.cause is None or not joins([*messages, following]):
            break
        messages.append(following)
    return tuple(messages)


def _parcel(
    uow: UnitOfWork,
    conversation: Conversation,
    row: OutboundMessage,
    messages: tuple[OutboundMessage, ...],
    now: datetime,
) -> Parcel:
    account = None
    if conversation.account is not None and conversation.verified_at is not None:
        account = uow.accounts.get(conversation.account)
    debtor = uow.debtors.get(conversation.debtor_id) if conversation.debtor_id else None
    is_lost = row.status == "sending"
    return Parcel(
        messages=messages,
        channel=row.channel,
        address=conversation.address,
        via=conversation.state.get("via") or {},
        language=row.language,
        country=debtor.country if debtor is not None else conversation.state.get("country"),
        creditor=account.creditor if account is not None else None,
        last_inbound_at=conversation.last_inbound_at,
        attempts=row.attempts,
        claimed_at=row.created_at if is_lost else now,
        is_lost=is_lost,
    )


def sent(app: Application, parcel: Parcel, provider_id: str, text: str | None = None) -> None:
    """The provider took it.

    Args:
        text: what was transmitted, when that is not text and menu as stored.
    """
    _record(app, parcel, "sent", provider_id=provider_id, text=text)


def postponed(app: Application, parcel: Parcel, code: str, seconds: float | None = None) -> datetime | None:
    """Nothing was sent; try again later. Returns when, or None when it was given up after a day."""
    now = app.clock.now()
    if now - parcel.messages[0].created_at > _GIVE_UP_AFTER:
        refused(app, parcel, code)
        return None
    wait: timedelta = min(_FIRST_WAIT * 2 ** min(parcel.attempts, 12), _LONGEST_WAIT)
    due_at: datetime = now + max(wait, timedelta(seconds=seconds or 0))
    _record(app, parcel, "queued", code=code, due_at=due_at)
    return due_at


def not_gone(app: Application, parcel: Parcel) -> None:
    """A try that was cut short did not go out: whether it still may, at this hour, is decided anew."""
    _record(app, parcel, "queued", code="interrupted")


def refused(app: Application, parcel: Parcel, code: str) -> None:
    """It will never be taken: a person has to see to it."""
    _record(app, parcel, "failed", code=code, case="delivery_failed")


def unclear(app: Application, parcel: Parcel, code: str) -> None:
    """It may have gone out and nobody can tell: never sent twice, so a person looks at it."""
    _record(app, parcel, "unclear", code=code, case="delivery_unclear")


def waits(app: Application, parcel: Parcel, code: str) -> None:
    """It goes out when the debtor writes again; the operator is told."""
    _record(app, parcel, "waiting", code=code, case="delivery_waits")


def not_needed(app: Application, parcel: Parcel, code: str) -> None:
    """The provider has told the debtor itself what this message says."""
    _record(app, parcel, "blocked", code=code)


def undeliverable(app: Application, parcel: Parcel, code: str) -> None:
    """The address is blocked or does not exist: it is marked, and nothing else of this conversation is tried."""
    # In this order: as long as this one counts as being sent, nobody sends the next.
    mark_address(app, parcel.channel, parcel.address, is_usable=False, code=code)
    _record(app, parcel, "failed", code=code)


def mark_address(app: Application, channel: str, address: str, *, is_usable: bool, code: str = "") -> None:
    """Note that an address can, or cannot, be reached. What waits for an unusable one is not sent."""
    now = app.clock.now()
    with app.unit_of_work() as uow:
        conversation = uow.conversations.by_address(channel, address)
        uow.debtors.mark_address(channel, address, is_usable=is_usable)
        if conversation is not None and bool(conversation.state.get("unusable")) == is_usable:
            conversation.state["unusable"] = not is_usable
            uow.conversations.save(conversation)
            _audit(uow, conversation.conversation_id, Tag.ADDRESS_MARKED, now, usable=is_usable, code=code)
            if not is_usable:
                for row in uow.outbox.unsent(conversation.conversation_id, ("queued", "waiting")):
                    _settle(uow, row, "blocked", now, code="address")
                _open_case(uow, conversation, "address_unusable", {"code": code}, now)
        uow.commit()


def receipt(
    app: Application,
    channel: str,
    provider_id: str,
    status: str,
    code: str | None = None,
    *,
    unusable: bool = False,
    message_id: MessageId | None = None,
) -> bool:
    """Record what the provider reports of a message: sent, delivered, read, failed, or waiting for the debtor.

    Args:
        provider_id: the provider's id of the message.
        message_id: our own id, where the provider hands it back: a receipt can overtake the answer to our request.
        code: the provider's error code of a failure.
        unusable: the failure means that the address is blocked or does not exist.

    Returns:
        False if no message has this id (yet: a receipt can overtake the answer to our own request).
    """
    now = app.clock.now()
    with app.unit_of_work() as uow:
        rows = _of_receipt(uow, channel, provider_id, message_id)
        if not rows:
            return False
        conversation = uow.conversations.get(rows[0].conversation_id)
        assert conversation is not None
        # Read again: the conversation is held now.
        news = [
            row for row in _of_receipt(uow, channel, provider_id, message_id) if _is_news(row.status, status)
        ]
        for row in news:
            _settle(uow, row, status, now, code=code, provider_id=provider_id)
        if news and status in _CASES:
            _open_case(uow, conversation, _CASES[status], {"code": code}, now)
        uow.commit()
    if unusable:
        mark_address(app, channel, conversation.address, is_usable=False, code=code or "")
    return True


def _of_receipt(
    uow: UnitOfWork, channel: str, provider_id: str, message_id: MessageId | None
) -> list[OutboundMessage]:
    rows = list(uow.outbox.of_provider(channel, provider_id))
    named = uow.outbox.get(message_id) if message_id is not None and not rows else None
    if named is None or named.channel != channel or named.provider_id not in (None, provider_id):
        return rows
    # All that went out in the same parcel, which the provider knows as one message.
    return [
        row
        for row in uow.outbox.unsent(named.conversation_id, (named.status,))
        if row.cause == named.cause and row.claimed_at == named.claimed_at
    ]


def _is_news(known: str, told: str) -> bool:
    """Receipts come late and out of order: a message never goes back, and a failure is final."""
    if known in ("failed", "blocked"):
        return False
    if told == "waiting":
        return known in ("sending", "unclear", "sent")
    return told == "failed" or _ORDER.index(told) > _ORDER.index(known) if known in _ORDER else True


def reached_us(uow: UnitOfWork, conversation: Conversation, now: datetime) -> None:
    """The debtor wrote: the address works, and what waited for that may go out now."""
    if conversation.state.pop("unusable", False):
        uow.debtors.mark_address(conversation.channel, conversation.address, is_usable=True)
        _audit(uow, conversation.conversation_id, Tag.ADDRESS_MARKED, now, usable=True, code="")
    if conversation.channel not in PUSHED:
        return  # nothing waits there: it is read where it stands
    unsent = uow.outbox.unsent(conversation.conversation_id, ("waiting", "queued"))
    for row in unsent:
        if row.status == "waiting":
            uow.outbox.mark(row.message_id, "queued", due_at=None)
    # What was held back for the morning may go at once, whole and in order, before what is said now.
    queued = [replace(row, status="queued") for row in unsent]
    causes = {row.cause for row in queued if contact_gate.is_held(row) and row.cause is not None}
    held = [row for row in queued if contact_gate.is_held(row) or row.cause in causes]
    for number, row in enumerate(held):
        at = now + timedelta(microseconds=number)
        uow.outbox.mark(row.message_id, "queued", due_at=None, error=None, created_at=at, claimed_at=None)


def _record(
    app: Application,
    parcel: Parcel,
    status: str,
    *,
    code: str | None = None,
    case: str | None = None,
    provider_id: str | None = None,
    due_at: datetime | None = None,
    text: str | None = None,
) -> None:
    now = app.clock.now()
    with app.unit_of_work() as uow:
        conversation = uow.conversations.get(parcel.messages[0].conversation_id)
        assert conversation is not None
        for message in parcel.messages:
            current = uow.outbox.get(message.message_id)
            if current is None or current.status != "sending":
                continue  # a receipt was faster and knows more
            _settle(uow, message, status, now, code=code, provider_id=provider_id, due_at=due_at, text=text)
        if case is not None:
            _open_case(uow, conversation, case, {"code": code}, now)
        uow.commit()


def _settle(
    uow: UnitOfWork,
    row: OutboundMessage,
    status: str,
    now: datetime,
    *,
    code: str | None = None,
    provider_id: str | None = None,
    due_at: datetime | None = None,
    text: str | None = None,
) -> None:
    columns: dict[str, Any] = {"error": code, "due_at": due_at}
    if provider_id is not None:
        columns["provider_id"] = provider_id
    uow.outbox.mark(row.message_id, status, **columns)
    facts = {
        "outbox_id": row.message_id,
        "channel": row.channel,
        "status": status,
        "provider_id": provider_id,
        "code": code,
        "text": text,
    }
    _audit(
        uow,
        row.conversation_id,
        Tag.MESSAGE_DELIVERY,
        now,
        **{key: value for key, value in facts.items() if value is not None},
    )


def _audit(uow: UnitOfWork, conversation_id: str, tag: Tag, now: datetime, **payload: Any) -> None:
    uow.audit.append(f"conversation:{conversation_id}", tag.value, now, payload)


def _open_case(
    uow: UnitOfWork, conversation: Conversation, reason: str, details: Mapping[str, Any], now: datetime
) -> None:
    if any(case.reason == reason for case in uow.handoffs.open_in(conversation.conversation_id)):
        return
    uow.handoffs.add(
        Handoff(
            handoff_id=f"H-{uuid4().hex[:12]}",
            conversation_id=conversation.conversation_id,
            debtor_id=conversation.debtor_id,
            account=conversation.account,
            reason=reason,
            details=dict(details),
            created_at=now,
        )
    )
