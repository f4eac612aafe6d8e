"""The messages of a conversation with what the assistant understood, and what must not be read left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.audit.tags import Tag
from bot.debt.conversations import Conversation
from bot.debt.party import Debtor
from bot.services.desk_masks import masked_text
from bot.services.unit_of_work import InboundMessage, OutboundMessage, UnitOfWork

SHOWN_MESSAGES = 200
_TOLD = (
    Tag.MESSAGE_UNDERSTOOD,
    Tag.OFFER_MADE,
    Tag.COUNTER_OFFER_DECIDED,
    Tag.OFFER_ACCEPTED,
    Tag.PROMISE_MADE,
    Tag.HOLD_PLACED,
)


@dataclass(frozen=True)
class Line:
    """One message of the transcript."""

    message_id: str
    is_inbound: bool
    author: str  # debtor | assistant | the name of a person
    at: datetime
    text: str
    media: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    status: str = ""  # of delivery
    error: str | None = None
    response: str = ""
    intent: str | None = None  # what the assistant took it for
    confidence: str | None = None
    rule_ids: tuple[str, ...] = ()  # that decided what follows it


def names_of(uow: UnitOfWork, debtor: Debtor | None) -> list[str]:
    """What must not be read of somebody not identified, besides figures."""
    if debtor is None:
        return []
    creditors = {account.creditor for account in uow.accounts.of_debtor(debtor.debtor_id)}
    return [*debtor.full_name.split(), *sorted(creditors)]


def lines_of(uow: UnitOfWork, talk: Conversation, hidden: Sequence[str] | None) -> tuple[Line, ...]:
    """The transcript; with what is hidden masked, unless None."""
    told = _entries_by_message(uow, talk)
    titles: dict[str, str] = {}
    lines = []
    for message in uow.transcripts.of(talk.conversation_id, SHOWN_MESSAGES):
        if isinstance(message, InboundMessage):
            line = _inbound(message, told.get(message.message_id, ()), titles)
        else:
            titles |= {button["payload"]: button["title"] for button in message.buttons}
            line = _outbound(message)
        lines.append(line if hidden is None else replace(line, text=masked_text(line.text, hidden)))
    return tuple(lines)


def _entries_by_message(uow: UnitOfWork, talk: Conversation) -> dict[str, list[dict[str, Any]]]:
    told: dict[str, list[dict[str, Any]]] = {}
    for entry in uow.audit.of_chain(
        f"conversation:{talk.conversation_id}", [tag.value for tag in _TOLD], 4 * SHOWN_MESSAGES
    ):
        if "actor" not in entry["payload"]:
            told.setdefault(str(entry["message_id"]), []).append(entry)
    return told


def _inbound(
    message: InboundMessage, entries: Sequence[Mapping[str, Any]], titles: Mapping[str, str]
) -> Line:
    heard: Mapping[str, Any] = next(
        (e["payload"] for e in entries if e["tag"] == Tag.MESSAGE_UNDERSTOOD.value), {}
    )
    return Line(
        message_id=message.message_id,
        is_inbound=True,
        author="debtor",
        at=message.received_at,
        text=titles.get(message.text.strip(), message.text),
        media=tuple(str(item.get("kind")) for item in message.media),
        intent=heard.get("intent"),
        confidence=heard.get("confidence") if not heard.get("pressed") else None,
        rule_ids=tuple(dict.fromkeys(str(e["rule_id"]) for e in entries if e["rule_id"])),
    )


def _outbound(message: OutboundMessage) -> Line:
    return Line(
        message_id=message.message_id,
        is_inbound=False,
        author=message.author,
        at=message.created_at,
        text=message.text,
        buttons=tuple(button["title"] for button in message.buttons),
        status=message.status,
        error=message.error,
        response=message.response,
    )
