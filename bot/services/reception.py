"""What happens to a message before and after the dialogue: stored once, stop words at once, always an answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from bot.audit.tags import Tag
from bot.debt.clocks import is_ahead
from bot.debt.conversations import Conversation, Owner, Pending
from bot.debt.party import ConversationId, Debtor, MessageId
from bot.services import (
    buttons,
    chat_links,
    contact,
    contact_wishes,
    delivery,
    dialogue,
    identity,
    payment,
    representatives,
    resume,
    smalltalk,
)
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
INFO_WORDS = frozenset(["info", "informacion", "information", "help", "ayuda"])
# Characters that turn the reading direction round, or keep a part of a text to itself: they can make it show what it
# does not say.
DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_CANCEL = frozenset({"cancelar"})
# How long the process that runs a turn is trusted to be alive without a sign; a crash is noticed after this.
LEASE = timedelta(seconds=15)
# A person who floods is told so once in this time, and heard all the same.
_SLOW_DOWN_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True)
class Incoming:
    """A message as a channel received it.

    Attributes:
        provider_id: the sender's or provider's id, by which a repeated delivery is known.
        media: a reference to each thing that came besides the text, with its `kind`.
        via: what the channel needs to answer this person, such as the number of ours that they wrote to.
        country, language: what the address or the provider suggests, for a first message.
        command: what the channel itself knows of the message, instead of text to understand: a word of its menu
            (start | stop | help | language), or that it is an earlier message, changed (edited), the sender's own
            number (phone) or somebody else's contact (contact).
        link: the token of the link by which the person came.
        network: that the request came from, on channels that people reach directly.
        is_flooding: beyond the rate limit: kept and heard for stop words, not run.
        is_confirmed: the provider has answered this command itself: acted on, and nothing more is said.
    """

    channel: str
    address: str
    provider_id: str | None
    text: str
    media: tuple[Mapping[str, Any], ...] = ()
    via: Mapping[str, Any] = field(default_factory=dict)
    country: str | None = None
    language: str | None = None
    command: str | None = None
    link: str | None = None
    network: str | None = None
    is_flooding: bool = False
    is_confirmed: bool = False


@dataclass(frozen=True)
class Received:
    """What to do with it: run the dialogue on `rasa_text`, or send `replies`, which may be none."""

    verdict: str  # run | answered | duplicate
    message_id: MessageId
    conversation_id: ConversationId
    rasa_text: str = ""
    replies: tuple[OutboundMessage, ...] = ()
    country: str | None = None
    language: str | None = None  # in which they talked so far, for a text too short to tell
    is_next: bool = True  # no earlier message of the conversation is undecided


def clean(text: str) -> str:
    """Unicode NFC without NUL, control characters and those of reading direction; new lines and tabs stay."""
    # Unicode's own line ends are read as one by some and not by others: in the record a line is a line.
    text = unicodedata.normalize("NFC", text).replace("\u2028", "\n").replace("\u2029", "\n")
    kept = (c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs", "Co"))
    return "".join(c for c in kept if c not in DIRECTIONS)


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
            lease_until=now + LEASE,
        )
        if identity.may_be_another(app, conversation, now):
            uow.conversations.begin_part(conversation, now)
        if not uow.inbox.add(message):
            return _duplicate(uow, message)
        heard_at, conversation.last_inbound_at = conversation.last_inbound_at, now
        if incoming.via:
            conversation.state["via"] = dict(incoming.via)
        if incoming.network is not None:
            # Only to count failures together; where somebody was is nothing that we keep.
            conversation.state["network"] = app.hasher.digest("network", incoming.network)[:32]
        delivery.reached_us(uow, conversation, now)
        turn = Turn(app, uow, conversation, message, Heard("none", 1.0, text=text, is_pressed=True))
        turn.audit(
            Tag.MESSAGE_RECEIVED, text=message.text, media=len(message.media), channel=incoming.channel
        )
        if conversation.owner is Owner.HUMAN:
            # Who writes the next morning may be somebody else, also where a person answers.
            identity.end_for_people(turn, heard_at)
        else:
            # In the same transaction in which its part begins: the next message must not begin another one.
            identity.expire_verification(turn)
        if incoming.link is not None:
            chat_links.open_in(turn, incoming.link)
        received = _answer_at_once(turn, incoming)
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
        language=debtor.language if debtor is not None else incoming.language or "es",
        debtor_id=debtor_id,
        opened_at=app.clock.now(),
    )
    country = debtor.country if debtor is not None else incoming.country
    if country is not None and country in app.rulebook.country_codes():
        conversation.state["country"] = country
    if debtor is None and incoming.language == "en":
        # Spanish is also what is assumed where nothing is known.
        conversation.state["language_told"] = True
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


def _answer_at_once(turn: Turn, incoming: Incoming) -> Received:
    """What needs no understanding: a person owns the chat, a stop word, no text, a photo."""
    message, talk = turn.message, turn.conversation
    use_case = _without_nlu(turn, incoming)
    if use_case is not None or talk.owner is Owner.HUMAN:
        if talk.owner is not Owner.HUMAN and use_case is not None:
            # Who sends a sticker the next morning may be somebody else: no open question is repeated to them.
            identity.expire_verification(turn)
            use_case(turn)
        elif use_case is contact.stop_here:
            # It acts at once whoever owns the chat; what is said about it is the person's to say.
            contact.record_stop(turn, "channel")
        speaks = turn.has_spoken and not incoming.is_confirmed
        rows = dialogue.finish(turn) if speaks else _say_nothing(turn)
        return Received("answered", message.message_id, talk.conversation_id, replies=rows)
    return _to_run(turn.app, turn.uow, talk, message, turn.debtor)


def _to_run(
    app: Application, uow: UnitOfWork, talk: Conversation, message: InboundMessage, debtor: Debtor | None
) -> Received:
    is_identified = talk.verified_at is not None and debtor is not None
    return Received(
        "run",
        message.message_id,
        talk.conversation_id,
        rasa_text=_for_rasa(talk, message.text, app.clock.now()),
        country=debtor.country if debtor is not None and is_identified else talk.state.get("country"),
        language=talk.language if talk.state.get("introduced") else None,
        is_next=uow.inbox.is_next(message.message_id),
    )


def _silence(_: Turn) -> None:
    """A thumb up on a message of ours is no answer to what it asked, and needs none."""


def _say_nothing(turn: Turn) -> tuple[OutboundMessage, ...]:
    turn.uow.inbox.decide(turn.message.message_id, [])
    return ()


def _without_nlu(turn: Turn, incoming: Incoming) -> Callable[[Turn], None] | None:
    text = turn.message.text
    command = incoming.command if incoming.command in _MENU else None
    word = command or re.sub(
        r"[^\w]", "", unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    )
    is_one_word = command is not None or (len(text) < 30 and not text.strip().count(" "))
    if word in STOP_WORDS and is_one_word:
        turn.heard = Heard("stop_contact", 1.0, text=text, is_pressed=True)
        return contact.stop_here
    if word in START_WORDS and is_one_word:
        turn.heard = Heard("greet", 1.0, text=text, is_pressed=True)
        is_stopped = turn.conversation.state.get("stopped") or contact_wishes.is_stopped_here(turn)
        return contact.resume_contact if is_stopped else smalltalk.greet
    if incoming.is_flooding:
        return _slow_down
    if word in INFO_WORDS and is_one_word:
        return _info
    if incoming.command in _OF_CHANNEL:
        return _OF_CHANNEL[incoming.command]
    if word in _CANCEL:
        return contact.ask_what_stop_means
    if buttons.is_token(text) and buttons.pressed(turn.conversation, text, turn.now) is None:
        return dialogue.stale_button
    if turn.message.media:
        if all(item.get("kind") == "reaction" for item in turn.message.media):
            return _silence
        return _media if not text.strip() else None
    return _empty if not text.strip() else None


def _info(turn: Turn) -> None:
    """INFO, HELP: who we are, how to reach a person, how to stop."""
    turn.say("utter_info", buttons=[Button("button_person", "request_agent")])
    resume.ask_again(turn)


def _slow_down(turn: Turn) -> None:
    """Too many messages at once: said once, then silence until it calms down; everything is kept."""
    told = turn.conversation.state.get("slowed_at")
    told_at = datetime.fromisoformat(told) if told is not None else None
    if told_at is not None and not is_ahead(told_at, turn.now) and turn.now - told_at < _SLOW_DOWN_AGAIN:
        return
    turn.conversation.state["slowed_at"] = turn.now.isoformat()
    turn.say("utter_slow_down")


def _empty(turn: Turn) -> None:
    turn.say("utter_empty")
    resume.ask_again(turn)


def _media(turn: Turn) -> None:
    """A photo, a voice note, a place: acknowledged; a receipt when one was asked for."""
    if turn.conversation.pending is Pending.PAYMENT_PROOF and turn.party is not None:
        payment.answer_proof(turn)
        return
    if representatives.papers_came(turn):
        return
    kinds = {str(item.get("kind")) for item in turn.message.media}
    if _is_of_album(turn):
        return
    response = next((name for kind, name in _MEDIA_ANSWERS.items() if kind in kinds), "utter_media")
    turn.say(
        response, buttons=[] if response == "utter_sticker" else [Button("button_person", "request_agent")]
    )
    resume.ask_again(turn)


def _is_of_album(turn: Turn) -> bool:
    """Whether this is another photo of an album: each comes as a message of its own, and one answer is enough."""
    album = next((item["album"] for item in turn.message.media if item.get("album")), None)
    known = turn.conversation.state.get("album")
    turn.conversation.state["album"] = album
    return album is not None and album == known


def _edited(turn: Turn) -> None:
    """An earlier message, changed: kept and not run. Providers report changes that nobody made: no answer to those."""
    told = turn.uow.transcripts.of(turn.conversation.conversation_id)
    same = [row for row in told if isinstance(row, InboundMessage) and row.text == turn.message.text]
    if len(same) <= 1:
        turn.say("utter_edited")


_MENU = frozenset({"start", "stop", "help", "language"})
_OF_CHANNEL: Mapping[str | None, Callable[[Turn], None]] = {
    "language": smalltalk.choose_language,
    "edited": _edited,
    "phone": chat_links.phone_shared,
    "contact": chat_links.other_contact,
}
_MEDIA_ANSWERS = {
    "voice": "utter_voice_note",
    "audio": "utter_voice_note",
    "sticker": "utter_sticker",
    "animation": "utter_sticker",
    "dice": "utter_sticker",
}


def _for_rasa(conversation: Conversation, text: str, now: datetime) -> str:
    """The text for the NLU: a pressed button as its intent; a typed leading slash is only a character."""
    button = buttons.pressed(conversation, text, now)
    if button is not None:
        return f"/{button['intent']}"
    return text.lstrip().lstrip("/")[:MAX_READ].strip() or "."


def begin_again(app: Application, message: InboundMessage) -> Received | None:
    """Take over a turn that a crash cut short; None if another process was faster, or it was decided.

    Raises:
        StorageBusy: the database is locked.
    """
    now = app.clock.now()
    with app.unit_of_work() as uow:
        if not uow.inbox.take_over(message, now + LEASE):
            return None
        if message.reply is not None:
            # By a process of an earlier version, which left the end to whoever speaks the answer.
            uow.inbox.finish(message.message_id, "done")
            uow.commit()
            return None
        talk = uow.conversations.get(message.conversation_id)
        assert talk is not None
        debtor = uow.debtors.get(talk.debtor_id) if talk.debtor_id is not None else None
        received = _to_run(app, uow, talk, message, debtor)
        uow.commit()
    return received


def is_next(app: Application, message_id: MessageId) -> bool:
    """Whether it is this message's turn: every earlier one of its conversation has been decided."""
    with app.unit_of_work(write=False) as uow:
        return uow.inbox.is_next(message_id)


def still_running(app: Application, message_id: MessageId) -> None:
    """Keep the lease of a turn that takes long."""
    with app.unit_of_work() as uow:
        uow.inbox.extend(message_id, app.clock.now() + LEASE)
        uow.commit()


def conclude(app: Application, message_id: MessageId) -> tuple[OutboundMessage, ...]:
    """The answer to a message, after its turn; a turn that gave none is apologised for and goes to a person.

    Raises:
        StorageBusy: the database is locked; the answer stays in the outbox.
    """
    with app.unit_of_work(write=False) as uow:
        rows = tuple(uow.outbox.of_cause(message_id))
        message = None if rows else uow.inbox.get(message_id)
    if message is None or message.reply is not None:
        return rows
    with app.unit_of_work() as uow:
        message = uow.inbox.get(message_id)
        if message is None or message.reply is not None:
            # Decided after all, a moment ago: by an action server that took its time, or another process.
            return tuple(uow.outbox.of_cause(message_id))
        rows = _apologise(app, uow, message)
        uow.inbox.finish(message_id, "failed")
        uow.commit()
    return rows


def _apologise(app: Application, uow: UnitOfWork, message: InboundMessage) -> tuple[OutboundMessage, ...]:
    conversation = uow.conversations.get(message.conversation_id)
    assert conversation is not None
    if conversation.owner is Owner.HUMAN:
        return ()
    turn = Turn(app, uow, conversation, message, Heard("none", 1.0, text=message.text, is_pressed=True))
    # The apology is a word of ours: it must not prolong an identification that silence had ended.
    identity.expire_verification(turn)
    turn.audit(Tag.TURN_FAILED)
    turn.open_case("turn_failed")
    turn.say("utter_sorry", buttons=[Button("button_person", "request_agent")])
    return dialogue.finish(turn)


def busy_sentence(app: Application, language: str = "es") -> str:
    """What to say when nothing could be stored."""
    return app.scripts.render(
        "utter_busy", {}, language=language, tone=None, channel="rest", form="usted"
    ).text
