"""What a chat window may show of a conversation, and how a person leaves it: locked after silence, ended for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from bot.audit.tags import Tag
from bot.debt.clocks import CLOCKS_DIFFER, is_ahead
from bot.debt.conversations import Conversation, Owner, Pending
from bot.services import identity
from bot.services.application import Application
from bot.services.unit_of_work import InboundMessage, OutboundMessage, UnitOfWork

_MOST = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# A row may become visible after a later one (two processes, two clocks): told again, known by its id.
_OVERLAP = timedelta(seconds=10)
# Longer than any turn takes: until then what became of a message of theirs is told.
_TURN = timedelta(minutes=2)

Message = InboundMessage | OutboundMessage


@dataclass(frozen=True)
class Window:
    """Where somebody looks at a conversation.

    Attributes:
        silence: after this long without a message of theirs, what was said before is not shown again.
    """

    channel: str
    address: str
    silence: timedelta


@dataclass(frozen=True)
class News:
    """What there is to show.

    Attributes:
        messages: as the window shows them; one that is told again replaces itself by its `id`.
        cursor: hand it back to be told only what came later.
        is_working: an answer is being prepared.
        expects: the input that would help with the open question, by `kind`: date, amount or identity.
        owner: who answers: bot, waiting (for a person) or human.
        conversation_id: of what is shown; None before the first message.
    """

    messages: tuple[Mapping[str, Any], ...]
    cursor: str
    is_working: bool = False
    expects: Mapping[str, Any] | None = None
    owner: str = Owner.BOT.value
    conversation_id: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As a window receives it."""
        return {
            "messages": [dict(one) for one in self.messages],
            "cursor": self.cursor,
            "is_working": self.is_working,
            "expects": self.expects,
            "owner": self.owner,
        }


def news(app: Application, window: Window, after: str = "") -> News | None:
    """What a window has not shown yet; None when the conversation was ended.

    Args:
        after: the cursor of the news before; everything that may be shown when empty.
    """
    now = app.clock.now()
    with app.unit_of_work(write=False) as uow:
        talk = uow.conversations.by_address(window.channel, window.address)
        if talk is None:
            return News((), after)
        if _is_ended(talk):
            return None
        told = uow.transcripts.of(talk.conversation_id, _MOST)
        everything = _current(told, now)
        shown = _visible(told, now, window.silence)
        last = max((_at(one) for one in shown), default=None)
        return News(
            messages=tuple(_as_shown(everything, _since(shown, _from_cursor(after), now), window.address)),
            cursor=after if last is None else _to_cursor(last),
            is_working=talk.owner is not Owner.HUMAN and _is_answering(everything),
            expects=_expects(app, uow, talk),
            owner=talk.owner.value,
            conversation_id=talk.conversation_id,
        )


def admit(app: Application, window: Window) -> bool:
    """Before a message is taken: False when the conversation was ended. Silence ends an identification first."""
    now = app.clock.now()
    with app.unit_of_work(write=False) as uow:
        talk = uow.conversations.by_address(window.channel, window.address)
    if talk is None:
        return True
    if _is_ended(talk):
        return False
    if talk.verified_at is not None and _is_silent(talk, now, window.silence):
        _lock(app, window, now)
    return True


def is_ended(app: Application, window: Window) -> bool:
    """Whether the person ended this conversation."""
    with app.unit_of_work(write=False) as uow:
        talk = uow.conversations.by_address(window.channel, window.address)
    return talk is not None and _is_ended(talk)


def end(app: Application, window: Window) -> None:
    """The person leaves, maybe a phone that others use: the identification is over, the conversation closed to it."""
    now = app.clock.now()
    with app.unit_of_work() as uow:
        talk = uow.conversations.by_address(window.channel, window.address)
        if talk is None or _is_ended(talk):
            return
        _end_identification(uow, talk, now, "ended")
        talk.state["ended_at"] = now.isoformat()
        uow.conversations.save(talk)
        uow.commit()


def seen(app: Application, window: Window, cursor: str) -> None:
    """What people wrote, up to a cursor, was on the screen: a receipt for them, and no longer kept back for later."""
    now, until = app.clock.now(), _from_cursor(cursor)
    with app.unit_of_work() as uow:
        talk = uow.conversations.by_address(window.channel, window.address)
        if talk is None or until is None:
            return
        for row in uow.outbox.unsent(talk.conversation_id, ("queued", "sent", "delivered")):
            if _is_of_person(row) and row.created_at <= until:
                uow.outbox.mark(row.message_id, "read")
                facts = {"outbox_id": row.message_id, "status": "read"}
                uow.audit.append(_chain(talk), Tag.MESSAGE_DELIVERY.value, now, facts)
        uow.commit()


def _lock(app: Application, window: Window, now: datetime) -> None:
    with app.unit_of_work() as uow:
        talk = uow.conversations.by_address(window.channel, window.address)
        if talk is None or talk.verified_at is None or not _is_silent(talk, now, window.silence):
            return
        _end_identification(uow, talk, now, "silence")
        talk.state["expired"] = True
        uow.conversations.save(talk)
        uow.commit()


def _end_identification(uow: UnitOfWork, talk: Conversation, now: datetime, because: str) -> None:
    was_identified = talk.verified_at is not None
    identity.drop(uow, talk)
    if was_identified:
        uow.audit.append(_chain(talk), Tag.IDENTITY_EXPIRED.value, now, {"because": because})


def _chain(talk: Conversation) -> str:
    return f"conversation:{talk.conversation_id}"


def _is_ended(talk: Conversation) -> bool:
    return "ended_at" in talk.state


def _is_silent(talk: Conversation, now: datetime, silence: timedelta) -> bool:
    return talk.last_inbound_at is not None and not -CLOCKS_DIFFER <= now - talk.last_inbound_at <= silence


# -- what may be shown ----------------------------------------------------------------------------------------------


def _current(messages: Sequence[Message], now: datetime) -> list[Message]:
    """Without what is noted for later than now: it was said before the clock was set back, nobody knows how long ago."""
    return [one for one in messages if not is_ahead(_at(one), now)]


def _visible(messages: Sequence[Message], now: datetime, silence: timedelta) -> list[Message]:
    """What was said since the last long silence, and what a person wrote that nobody has read yet."""
    current, newer = _current(messages, now), now
    # The answer to what was asked before the clock was set back has no question before it.
    since = None if len(current) == len(messages) else now - silence
    for message in reversed(current):
        if isinstance(message, InboundMessage):
            if newer - message.received_at > silence:
                break
            since = newer = message.received_at
    latest = now + CLOCKS_DIFFER
    return [one for one in messages if _is_unread(one) or (since is not None and since <= _at(one) <= latest)]


def _is_unread(message: Message) -> bool:
    return isinstance(message, OutboundMessage) and _is_of_person(message) and message.status != "read"


def _is_of_person(message: OutboundMessage) -> bool:
    return message.author != "assistant"


def _since(messages: Sequence[Message], after: datetime | None, now: datetime) -> list[Message]:
    """What came after a cursor, and what may have changed or become visible since."""
    if after is None:
        return list(messages)
    theirs, ours = min(after, now - _TURN), min(after, now - _OVERLAP)
    return [one for one in messages if _at(one) > (theirs if isinstance(one, InboundMessage) else ours)]


def _as_shown(messages: Sequence[Message], shown: Sequence[Message], address: str) -> list[dict[str, Any]]:
    """As the window shows them, given the whole conversation."""
    titles = _titles(messages)
    answered = {one.cause for one in messages if isinstance(one, OutboundMessage)}
    last_heard = max((_at(one) for one in messages if isinstance(one, InboundMessage)), default=_EPOCH)
    return [
        _of_theirs(one, address, titles.get(one.text.strip(), one.text), one.message_id in answered)
        if isinstance(one, InboundMessage)
        else _of_ours(one, is_open=one.created_at > last_heard)
        for one in shown
    ]


def _titles(messages: Sequence[Message]) -> dict[str, str]:
    """What stands on the buttons: a pressed one is shown by its title."""
    ours = (one for one in messages if isinstance(one, OutboundMessage))
    return {button["payload"]: button["title"] for one in ours for button in one.buttons}


def _of_theirs(message: InboundMessage, address: str, text: str, is_answered: bool) -> dict[str, Any]:
    state = "taken" if message.status == "pending" else "answered" if is_answered else "delivered"
    return {
        # The window's own id of it: see `provider_id_of`.
        "id": message.provider_id.removeprefix(f"{address}."),
        "from": "you",
        "at": message.received_at.isoformat(),
        "text": text,
        "state": state,
    }


def _of_ours(message: OutboundMessage, *, is_open: bool) -> dict[str, Any]:
    """A message of ours; its buttons only while nothing was answered to it."""
    told: dict[str, Any] = {
        "id": message.message_id,
        "from": "person" if _is_of_person(message) else "assistant",
        "at": message.created_at.isoformat(),
        "text": message.text,
        "language": message.language,
    }
    if _is_of_person(message):
        told["name"] = message.author
    if message.cards:
        told["cards"] = [dict(card) for card in message.cards]
    if message.buttons and is_open:
        told["buttons"] = [dict(button) for button in message.buttons]
    return told


def provider_id_of(address: str, message_id: str) -> str:
    """How a window's message is stored: its id holds within its own conversation only."""
    return f"{address}.{message_id}"


def _is_answering(messages: Sequence[Message]) -> bool:
    return any(isinstance(one, InboundMessage) and one.status == "pending" for one in messages)


# -- which input would help -------------------------------------------------------------------------------------------


def _expects(app: Application, uow: UnitOfWork, talk: Conversation) -> dict[str, Any] | None:
    if talk.owner is not Owner.BOT:
        return None
    if talk.pending is Pending.IDENTITY:
        return {"kind": "identity", "fields": _identity_fields(talk)}
    if talk.pending is Pending.NEW_DATE:
        return {"kind": "date", "from": app.clock.today().isoformat()}
    if talk.pending is Pending.PROMISE and not (talk.state.get("promise") or {}).get("due_on"):
        return {"kind": "date", "from": app.clock.today().isoformat()}
    negotiation = talk.state.get("negotiation") or {}
    if talk.pending is Pending.AFFORDABILITY or (
        talk.pending is Pending.OFFERS and negotiation.get("expects_settlement")
    ):
        account = uow.accounts.get(talk.account) if talk.account is not None else None
        return {"kind": "amount", "currency": account.currency if account is not None else None}
    return None


def _identity_fields(talk: Conversation) -> list[str]:
    """What was not given yet. Which of the given is right, nobody learns."""
    claims = talk.state.get("claims") or {}
    given = bool(claims.get("reference") or claims.get("document"))
    fields = [] if given else ["reference"]
    return fields + [name for name in ("date_of_birth", "postal_code") if not claims.get(name)]


# -- cursors ----------------------------------------------------------------------------------------------------------


def _at(message: Message) -> datetime:
    return message.received_at if isinstance(message, InboundMessage) else message.created_at


def _to_cursor(at: datetime) -> str:
    return str((at - _EPOCH) // timedelta(microseconds=1))


def _from_cursor(cursor: str) -> datetime | None:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 17):
        return None
    return _EPOCH + timedelta(microseconds=int(cursor))
