"""What happens to a message before and after the dialogue: stored once, stop words at once, always an answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from bot.audit.tags import Tag
from bot.debt.conversations import Conversation, Owner, Pending
from bot.debt.party import ConversationId, MessageId
from bot.services import contact, dialogue, payment, resume
from bot.services.application import Application
from bot.services.turn import Button, Turn
from bot.services.understood import Heard
from bot.services.unit_of_work import InboundMessage, OutboundMessage, UnitOfWork, WriteConflict

# What the NLU reads of a message; the record keeps all of it, up to what is stored.
MAX_READ = 1_000
MAX_STORED = 20_000
# Words that stop messages, exactly alone, before and without the NLU (CTIA list; Spanish twins).
STOP_WORDS = frozenset(
    ("stop", "stopall", "unsubscribe", "cancel", "end", "quit", "baja", "alto", "parar", "basta")
)
START_WORDS = frozenset(["start", "unstop", "alta"])
# Characters that turn the reading direction round: they can make a text show what it does not say.
_OVERRIDES = "\u202d\u202e"
_CANCEL = frozenset({"cancelar"})


@dataclass(frozen=True)
class Incoming:
    """A message as a channel received it."""

    channel: str
    address: str
    provider_id: str | None
    text: str
    media: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Received:
    """What to do with it: run the dialogue on `rasa_text`, or send `replies`, which may be none."""

    verdict: str  # run | answered | duplicate
    message_id: MessageId
    conversation_id: ConversationId
    rasa_text: str = ""
    replies: tuple[OutboundMessage, ...] = ()
    country: str | None = None


def clean(text: str) -> str:
    """Unicode NFC without NUL, control and direction-override characters; new lines and tabs stay."""
    text = unicodedata.normalize("NFC", text)
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Co"))
    return "".join(c for c in kept if c not in _OVERRIDES)


def receive(app: Application, incoming: Incoming) -> Received:
    """Store a message and say what happens to it.

    Raises:
        StorageBusy: the database is locked; nothing was stored.
    """
    try:
        return _receive(app, incoming)
    except WriteConflict:
        # Two first messages of one person at once: the other one opened the conversation; ours goes into it.
        return _receive(app, incoming)


def _receive(app: Application, incoming: Incoming) -> Received:
    text = clean(incoming.text)
    now = app.clock.now()
    with app.unit_of_work() as uow:
        conversation = _conversation(app, uow, incoming)
        message = InboundMessage(
            message_id=MessageId(f"M-{uuid4().hex[:16]}"),
            conversation_id=conversation.conversation_id,
            channel=incoming.channel,
            provider_id=incoming.provider_id or uuid4().hex,
            text=text[:MAX_STORED],
            media=incoming.media,
            received_at=now,
            status="pending",
        )
        if not uow.inbox.add(message):
            return _duplicate(uow, message)
        conversation.last_inbound_at = now
        turn = Turn(app, uow, conversation, message, Heard("none", 1.0, text=text, is_pressed=True))
        turn.audit(
            Tag.MESSAGE_RECEIVED, text=message.text, media=len(message.media), channel=incoming.channel
        )
        received = _answer_at_once(turn)
        uow.conversations.save(conversation)
        uow.commit()
    return received


def _conversation(app: Application, uow: UnitOfWork, incoming: Incoming) -> Conversation:
    found = uow.conversations.by_address(incoming.channel, incoming.address)
    if found is not None:
        return found
    debtor_id = uow.debtors.by_address(incoming.channel, incoming.address)
    debtor = uow.debtors.get(debtor_id) if debtor_id is not None else None
    conversation = Conversation(
        conversation_id=ConversationId(f"C-{uuid4().hex[:16]}"),
        channel=incoming.channel,
        address=incoming.address,
        language=debtor.language if debtor is not None else "es",
        debtor_id=debtor_id,
        opened_at=app.clock.now(),
    )
    if debtor is not None:
        conversation.state["country"] = debtor.country
    uow.conversations.add(conversation)
    return conversation


def _duplicate(uow: UnitOfWork, message: InboundMessage) -> Received:
    first = uow.inbox.by_provider_id(message.channel, message.provider_id)
    assert first is not None
    return Received(
        "duplicate",
        first.message_id,
        first.conversation_id,
        replies=tuple(uow.outbox.of_cause(first.message_id)),
    )


def _answer_at_once(turn: Turn) -> Received:
    """What needs no understanding: a person owns the chat, a stop word, no text, a photo."""
    message, talk = turn.message, turn.conversation
    received = Received("answered", message.message_id, talk.conversation_id)
    if talk.owner is Owner.HUMAN:
        turn.uow.inbox.decide(message.message_id, [])
        turn.uow.inbox.finish(message.message_id, "done")
        return received
    use_case = _without_nlu(turn)
    if use_case is not None:
        use_case(turn)
        rows = dialogue.finish(turn)
        return Received("answered", message.message_id, talk.conversation_id, replies=rows)
    return Received(
        "run",
        message.message_id,
        talk.conversation_id,
        rasa_text=_for_rasa(talk, message.text),
        country=turn.country if turn.debtor is not None else talk.state.get("country"),
    )


def _without_nlu(turn: Turn) -> Callable[[Turn], None] | None:
    text = turn.message.text
    word = re.sub(
        r"[^\w]", "", unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    )
    if word in STOP_WORDS and len(text) < 30 and not text.strip().count(" "):
        turn.heard = Heard("stop_contact", 1.0, text=text, is_pressed=True)
        return contact.stop
    if word in START_WORDS and turn.conversation.state.get("stopped"):
        return contact.resume_contact
    if word in _CANCEL:
        return contact.ask_what_stop_means
    if turn.message.media:
        return _media if not text.strip() else None
    return _empty if not text.strip() else None


def _empty(turn: Turn) -> None:
    turn.say("utter_empty")
    resume.ask_again(turn)


def _media(turn: Turn) -> None:
    """A photo, a voice note, a location: acknowledged; a receipt when one was asked for."""
    if turn.conversation.pending is Pending.PAYMENT_PROOF and turn.party is not None:
        payment.answer_proof(turn)
        return
    turn.say("utter_media", buttons=[Button("button_person", "request_agent")])
    resume.ask_again(turn)


def _for_rasa(conversation: Conversation, text: str) -> str:
    """The text for the NLU: a pressed button as its intent; a typed leading slash is only a character."""
    button = (conversation.state.get("buttons") or {}).get(text.strip())
    if button is not None:
        return f"/{button['intent']}"
    return text.lstrip().lstrip("/")[:MAX_READ].strip() or "."


def conclude(app: Application, message_id: MessageId) -> tuple[OutboundMessage, ...]:
    """The answer to a message, after its turn; a turn that gave none is apologised for and goes to a person.

    Raises:
        StorageBusy: the database is locked; the answer stays in the outbox.
    """
    with app.unit_of_work() as uow:
        message = uow.inbox.get(message_id)
        if message is None:
            return ()
        rows = tuple(uow.outbox.of_cause(message_id))
        failed = not rows and message.reply is None
        if failed:
            rows = _apologise(app, uow, message)
        for row in rows:
            uow.outbox.mark(row.message_id, "sent")
        uow.inbox.finish(message_id, "failed" if failed else "done")
        uow.commit()
    return rows


def _apologise(app: Application, uow: UnitOfWork, message: InboundMessage) -> tuple[OutboundMessage, ...]:
    conversation = uow.conversations.get(message.conversation_id)
    assert conversation is not None
    if conversation.owner is Owner.HUMAN:
        return ()
    turn = Turn(app, uow, conversation, message, Heard("none", 1.0, text=message.text, is_pressed=True))
    turn.audit(Tag.TURN_FAILED)
    turn.open_case("turn_failed")
    turn.say("utter_sorry", buttons=[Button("button_person", "request_agent")])
    return dialogue.finish(turn)


def busy_sentence(app: Application, language: str = "es") -> str:
    """What to say when nothing could be stored."""
    return app.scripts.render(
        "utter_busy", {}, language=language, tone=None, channel="rest", form="usted"
    ).text
