"""No word about a debt before the person is identified: by a list, and by the figures and names of the accounts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from bench.simulation.oracle.rows import Rows
from bench.simulation.people import Simulated
from bench.simulation.watching import Said, Watch
from bot.services.unit_of_work import InboundMessage, OutboundMessage

_DEBT = re.compile(
    r"\b(deudas?|deudor\w*|debes?|debe pagar|saldo|mora|cobro|cobranza|cuotas?|plazos? de pago|descuentos?|acreedor\w*"
    r"|debts?|debtors?|owed?|owes|owing|balance|overdue|arrears|instal+ments?|discounts?|creditors?)\b|[€$£]",
    re.IGNORECASE,
)


@dataclass
class _Chat:
    """Who is identified in one conversation, as the messages themselves say."""

    proven: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    identified: str | None = None
    last_word: datetime | None = None


def debt_words(watch: Watch, rows: Rows, people: list[Simulated], minutes: int) -> Iterator[str]:
    """Every message with a debt word, or a stranger's figures, to somebody not identified."""
    said = {each.message_id: each for each in watch.said}
    verified = {
        entry.message_id: entry.payload["debtor_id"]
        for entry in rows.of_tag("IDENTITY_ATTEMPTED")
        if entry.payload.get("outcome") == "verified"
    }
    by_desk = [
        (entry.chain, entry.at, entry.payload["debtor_id"])
        for entry in rows.of_tag("IDENTITY_ATTEMPTED")
        if not entry.message_id and entry.payload.get("outcome") == "verified"
    ]
    chats: defaultdict[str, _Chat] = defaultdict(_Chat)
    # An answer that waited takes another place in the outbox; what counts is who was identified when it was written.
    written = {e.payload["outbox_id"]: e.at for e in rows.of_tag("MESSAGE_SENT")}
    happened: list[tuple[datetime, InboundMessage | OutboundMessage]] = [
        *((m.received_at, m) for m in rows.inbox),
        *((written.get(m.message_id, m.created_at), m) for m in rows.outbox),
    ]
    for at, message in sorted(happened, key=lambda each: each[0]):
        chat = chats[message.conversation_id]
        for chain, when, debtor_id in by_desk:
            if chain.endswith(message.conversation_id) and when <= at:
                chat.identified = debtor_id
        if chat.last_word is not None and at - chat.last_word > timedelta(minutes=minutes):
            chat.identified = None
        if isinstance(message, InboundMessage):
            yield from _heard(chat, message, said.get(message.message_id), verified)
            continue
        yield from _told(chat, message, watch, people)
        if message.cause is not None or message.author != "assistant" or chat.identified:
            chat.last_word = at


def _heard(
    chat: _Chat, message: InboundMessage, said: Said | None, verified: Mapping[str | None, str]
) -> Iterator[str]:
    message_id = message.message_id
    for debtor_id, factor in said.proves if said is not None else ():
        chat.proven[debtor_id].add(factor)
    now_known = verified.get(message_id)
    if now_known is not None:
        if len(chat.proven[now_known]) < 2:
            yield f"identified {now_known} without two right factors (message {message_id})"
        chat.identified = now_known
        chat.last_word = message.received_at


def _told(chat: _Chat, row: OutboundMessage, watch: Watch, people: list[Simulated]) -> Iterator[str]:
    text, name = _all_text(row), f"{row.response} ({row.message_id})"
    if row.message_id in watch.campaign:
        return
    for person in people:
        if person.debtor_id == chat.identified:
            continue
        for debt in person.debts:
            named = (*figures(debt.total), debt.reference)
            found = next((each for each in named if each in text), None)
            if found is not None and chat.identified is None:
                yield f"a figure or name of {person.debtor_id} before identification: {found} in {name}"
            elif found is not None and not _shared(found, people, chat.identified):
                yield f"a figure or name of {person.debtor_id} to another person: {found} in {name}"
    if chat.identified is None and (match := _DEBT.search(text)):
        yield f"debt word before identification: {match.group()!r} in {name}"


def _shared(figure: str, people: list[Simulated], identified: str | None) -> bool:
    own = [debt.total for person in people if person.debtor_id == identified for debt in person.debts]
    return any(figure in figures(total) for total in own)


def figures(total: Decimal) -> tuple[str, ...]:
    """A sum as it may be written; only those long enough not to be something else."""
    whole, cents = divmod(int(total * 100), 100)
    english = f"{whole:,}.{cents:02d}"
    spanish = english.translate(str.maketrans(",.", ".,"))
    plain = f"{whole}.{cents:02d}"
    found = {english, spanish, plain, plain.replace(".", ",")} if cents else set()
    if whole >= 10_000:
        found |= {f"{whole:,}", f"{whole:,}".replace(",", "."), str(whole)}
    return tuple(sorted(found))


def _all_text(row: OutboundMessage) -> str:
    titles = " ".join(button["title"] for button in row.buttons or ())
    return f"{row.text} {row.menu} {titles}"
