"""Rows in bulk, as years of use leave them behind: every table that grows, every chain of the record with its true hashes.

What a row says is the same for many of them; how many there are, what refers to what, and how the keys are spread is as in
use. Texts are in clear: encrypted ones are longer by a third and are found in the same way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from bot.audit.canonical import GENESIS, canonical_json, entry_hash, instant
from bot.audit.sealing import Keyring

Row = tuple[str, Mapping[str, Any]]  # the table's name, and columns by name; those left out are empty

_ENTRIES_OF_ONE = 36  # of a conversation
_TURNS_OF_ONE = 6
_STEP = 7919  # a prime: conversations are spread over the accounts, and no account has two
_PLACES = ("ES", "MX", "CO", "GB")
_CHANNELS = ("whatsapp", "sms", "web", "telegram")
_TAGS = (
    "MESSAGE_RECEIVED",
    "MESSAGE_UNDERSTOOD",
    "OFFER_MADE",
    "MESSAGE_SENT",
    "MESSAGE_SENT",
    "MESSAGE_DELIVERY",
)
_WORDS = (
    "Podemos repartirlo en seis pagos de 83,33 € al mes. ¿Qué le parece? Si prefiere otra cosa, dígamelo."
)
_TERMS = {
    "kind": "payment_plan",
    "frequency": "monthly",
    "schedule": [[f"2027-{month:02d}-15", 8_333] for month in range(1, 7)],
    "saving": 0,
    "rule_id": "payment_plans.early.standard",
    "edition": "2026-01",
}
_LINES = tuple(
    {"on": f"15 de {month} de 2027", "amount": "83,33 €"} for month in ("enero", "febrero", "marzo")
)


@dataclass(frozen=True)
class Size:
    """How much there is.

    Attributes:
        accounts: each with a debtor of its own.
        entries: of the record; the messages follow from them.
        end: when the last of them was written.
    """

    accounts: int
    entries: int
    end: datetime

    @property
    def conversations(self) -> int:
        """Each with six turns."""
        return max(0, min(self.accounts, (self.entries - self.accounts) // _ENTRIES_OF_ONE))


def rows(size: Size, keyring: Keyring) -> Iterator[Row]:
    """Everything, in an order in which what is referred to comes first."""
    begin = size.end - timedelta(days=900)
    for number in range(size.accounts):
        yield from _account(number, begin + timedelta(seconds=number % 86_400), keyring)
    if not size.conversations:
        return
    apart = timedelta(days=880) / size.conversations
    for number in range(size.conversations):
        at = begin + timedelta(days=10) + apart * number
        yield from _conversation(_Talk(number, number * _STEP % size.accounts, at, size), keyring)


def debtor_id(number: int) -> str:
    """Of the number-th account."""
    return f"D-X{number:08d}"


def reference(number: int) -> str:
    """Of the number-th account."""
    return f"AD-X-{number:08d}"


def conversation_id(number: int) -> str:
    """Of the number-th conversation; spread as the random ones are."""
    return f"C-{_spread('conversation', number)[:16]}"


def _account(number: int, at: datetime, keyring: Keyring) -> Iterator[Row]:
    who, country, digest = debtor_id(number), _PLACES[number % len(_PLACES)], _spread("debtor", number)
    yield (
        "debtors",
        {
            "debtor_id": who,
            "full_name": "Lucía Romero Vidal",
            "country": country,
            "language": "en" if country == "GB" else "es",
            "phone": f"+346{number:08d}",
            "email": f"x{number}@example.com",
            "preferred_channel": _CHANNELS[number % 4],
            "date_of_birth_hash": digest,
            "document_hash": digest[::-1],
            "last_four_hashes": [digest[:32]],
            "postal_code_hash": digest[8:],
            "document_type": "DNI",
            "last_import": "first",
        },
    )
    for channel in ("sms", "whatsapp"):
        point = {"debtor_id": who, "channel": channel, "address": f"x{digest[:43]}", "is_usable": True}
        yield "contact_points", point
    opened, due = (at - timedelta(days=700)).date(), (at - timedelta(days=number % 400)).date()
    figures = {
        "principal_minor": 40_000 + number % 90_000,
        "interest_minor": number % 9_000,
        "fees_minor": 1_500,
    }
    yield (
        "accounts",
        {
            "reference": reference(number),
            "creditor": "Financiera Ribera",
            "debtor_id": who,
            "country": country,
            "product": "Tarjeta de crédito",
            "currency": "GBP" if country == "GB" else "EUR",
            **figures,
            **{f"imported_{name}": value for name, value in figures.items()},
            "opened_on": opened,
            "due_on": due,
            "installments_broken": 0,
            "row_hash": digest,
            "last_import": "first",
        },
    )
    yield from _key(f"debtor:{who}", keyring)
    facts = {
        "account": reference(number),
        "balance": "400.00",
        "file": "portfolio.csv",
        "creditor": "Financiera Ribera",
    }
    yield from _chain(f"debtor:{who}", [(at, "ACCOUNT_IMPORTED", canonical_json(facts), None)])


@dataclass(frozen=True)
class _Talk:
    """One conversation and what came of it."""

    number: int
    account: int
    at: datetime
    size: Size

    @property
    def id(self) -> str:
        return conversation_id(self.number)

    @property
    def channel(self) -> str:
        return _CHANNELS[self.number % 4]

    @property
    def is_new(self) -> bool:
        """Among the last few, of which something may be open still."""
        return self.number >= self.size.conversations - 200

    def every(self, count: int) -> bool:
        """Whether it is one of every so many."""
        return self.number % count == 0


def _conversation(talk: _Talk, keyring: Keyring) -> Iterator[Row]:
    end = talk.at + timedelta(minutes=_TURNS_OF_ONE)
    waits = talk.is_new and talk.every(8)
    yield (
        "conversations",
        {
            "conversation_id": talk.id,
            "channel": talk.channel,
            "address": f"x{_spread('address', talk.number)[:43]}",
            "language": "es",
            "owner": "waiting" if waits else "bot",
            "debtor_id": debtor_id(talk.account),
            "account": reference(talk.account),
            "verified_at": talk.at,
            "last_inbound_at": end,
            "opened_at": talk.at,
            "disposition": "RIGHT_PARTY_CONTACT",
            "pending": "nothing",
            "state": {"introduced": True, "answered_at": end.isoformat(), "country": "ES", "menu": []},
        },
    )
    yield from _key(f"conversation:{talk.id}", keyring)
    entries = []
    for turn in range(_TURNS_OF_ONE):
        at = talk.at + timedelta(minutes=turn)
        message_id = f"M-{_spread('message', talk.number * 8 + turn)[:16]}"
        yield from _messages(talk, turn, at, message_id)
        payload = canonical_json({"text": _WORDS, "channel": talk.channel, "outbox_id": f"{message_id}.0"})
        for step, tag in enumerate(_TAGS):
            entries.append((at + timedelta(milliseconds=step), tag, payload, message_id))
    yield from _chain(f"conversation:{talk.id}", entries)
    yield from _outcome(talk, end)


def _messages(talk: _Talk, turn: int, at: datetime, message_id: str) -> Iterator[Row]:
    common = {"conversation_id": talk.id, "channel": talk.channel}
    yield (
        "inbox",
        {
            **common,
            "message_id": message_id,
            "provider_id": f"SM{_spread('provider', talk.number * 8 + turn)[:32]}",
            "text": "¿podría pagar unos 80 al mes? este mes ando justo",
            "media": [],
            "received_at": at,
            "status": "done",
            "reply": [{"outbox_id": f"{message_id}.0"}],
            "lease_until": at + timedelta(seconds=30),
            "attempts": 0,
        },
    )
    for position in range(1 + turn % 2):
        yield (
            "outbox",
            {
                **common,
                "message_id": f"{message_id}.{position}",
                "cause": message_id,
                "position": position,
                "response": "utter_offers",
                "variant": "es.practical",
                "language": "es",
                "text": _WORDS,
                "buttons": [],
                "created_at": at + timedelta(milliseconds=40 + position),
                "status": "delivered" if talk.channel != "web" else "sent",
                "menu": "",
                "author": "assistant",
                "attempts": 1,
                "claimed_at": at + timedelta(milliseconds=60),
                "provider_id": f"SM{_spread('sent', talk.number * 16 + turn * 2 + position)[:32]}",
                "cards": [{"kind": "offer", "total": "500,00 €", "schedule": list(_LINES)}],
            },
        )


def _outcome(talk: _Talk, at: datetime) -> Iterator[Row]:
    """What a conversation leaves besides its messages."""
    account, who = reference(talk.account), debtor_id(talk.account)
    mark = f"{talk.number:010d}"
    if talk.every(2):
        for position in range(3):
            yield "offers", _offer(talk, at, position)
    if talk.every(5):
        yield from _arrangement(talk, at)
    if talk.every(10):
        kept = {"promise_id": f"P-{mark}", "account": account, "conversation_id": talk.id, "currency": "EUR"}
        status = "open" if talk.is_new else ("kept", "broken")[talk.number % 20 // 10]
        due_on = (
            (talk.size.end + timedelta(days=20)).date() if talk.is_new else at.date() + timedelta(days=10)
        )
        yield "promises", {**kept, "amount_minor": 5_000, "due_on": due_on, "status": status, "made_at": at}
        hold = {
            "hold_id": f"X-{mark}",
            "kind": "hardship",
            "debtor_id": who,
            "account": account,
            "scope": account,
        }
        yield (
            "holds",
            {**hold, "placed_at": at, "lifted_at": at + timedelta(days=30) if talk.every(20) else None},
        )
    if talk.every(8):
        case = {"handoff_id": f"H-{mark}", "conversation_id": talk.id, "debtor_id": who, "account": account}
        is_open = (
            {"status": "waiting"}
            if talk.is_new
            else {"status": "closed", "closed_at": at, "outcome": "closed"}
        )
        yield "handoffs", {**case, "reason": "asked", "details": {}, "created_at": at, **is_open}
    if talk.every(25):
        right = {"case_id": f"R-{mark}", "right": "complaint", "conversation_id": talk.id, "debtor_id": who}
        how_it_stands = (
            {"status": "open"}
            if talk.is_new
            else {"status": "closed", "closed_at": at, "outcome": "answered"}
        )
        due_on = at.date() + timedelta(days=30)
        yield "rights_cases", {
            **right, "country": "ES", "rule_id": "rights", "opened_at": at, "due_on": due_on, **how_it_stands,
        }  # fmt: skip
    if talk.every(4):
        paid = {
            "payment_reference": f"Z-{mark}",
            "account": account,
            "amount_minor": 8_333,
            "currency": "EUR",
        }
        yield "payments", {**paid, "paid_on": at.date() + timedelta(days=5), "posted_at": at}
    if talk.every(20):
        yield "identity_failures", {"failure_id": f"F-{mark}", "subject": f"debtor:{who}", "at": at}
        yield "desk_events", {
            "event_id": f"E-{mark}", "url": "https://example.org/hook", "kind": "waiting", "payload": {},
            "created_at": at, "due_at": at, "attempts": 1, "status": "sent",
        }  # fmt: skip


def _offer(talk: _Talk, at: datetime, position: int) -> dict[str, Any]:
    return {
        "offer_id": f"O-{talk.number:010d}.{position}",
        "account": reference(talk.account),
        "terms": _TERMS,
        "balance_minor": 50_000,
        "currency": "EUR",
        "made_at": at,
        "expires_on": at.date() + timedelta(days=15),
        "status": "on_table" if talk.is_new else "expired",
        "position": position,
    }


def _arrangement(talk: _Talk, at: datetime) -> Iterator[Row]:
    is_open = talk.every(3)
    found = f"A-{talk.number:010d}"
    yield (
        "arrangements",
        {
            "arrangement_id": found,
            "account": reference(talk.account),
            "conversation_id": talk.id,
            "kind": "payment_plan",
            "frequency": "monthly",
            "saving_minor": 0,
            "currency": "EUR",
            "rule_id": _TERMS["rule_id"],
            "edition": _TERMS["edition"],
            "status": "active" if is_open else "kept",
            "agreed_at": at,
            "date_changes": 0,
        },
    )
    first = talk.size.end.date() + timedelta(days=1 + talk.number % 25) if is_open else at.date()
    for position in range(6):
        unpaid = is_open and position > 0
        due_on: date = first + timedelta(days=30 * (position - 1))
        yield "instalments", {
            "arrangement_id": found, "position": position, "due_on": due_on, "amount_minor": 8_333,
            "paid_minor": None if unpaid else 8_333, "status": "due" if unpaid else "paid",
        }  # fmt: skip


def _key(subject: str, keyring: Keyring) -> Iterator[Row]:
    key = hashlib.sha256(subject.encode()).digest()
    yield (
        "data_keys",
        {"subject": subject, "wrapped": keyring.wrap(key, subject), "wrapped_by": keyring.newest},
    )


def _chain(chain: str, entries: Sequence[tuple[datetime, str, str, str | None]]) -> Iterator[Row]:
    """Entries with their true hashes, and where the chain then stands."""
    previous, seq = GENESIS, 0
    for seq, (at, tag, payload, message_id) in enumerate(entries, 1):
        when, entry_id = instant(at), f"{int(at.timestamp() * 1000):012x}{_spread(chain, seq)[:20]}"
        digest = entry_hash(previous, entry_id, chain, seq, when, tag, payload, message_id, "2026-01", None)
        yield (
            "audit_entries",
            {
                "id": entry_id,
                "chain": chain,
                "seq": seq,
                "at": when,
                "tag": tag,
                "payload": payload,
                "message_id": message_id,
                "edition": "2026-01",
                "previous_hash": previous,
                "hash": digest,
            },
        )
        previous = digest
    yield "audit_head", {"chain": chain, "seq": seq, "hash": previous}


def _spread(what: str, number: int) -> str:
    return hashlib.sha256(f"{what} {number}".encode()).hexdigest()


def _document(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


# A value as both databases take it from a driver or a file, by its type; others stay as they are. Instants are UTC.
AS_STORED: Mapping[type, Callable[[Any], str]] = {
    dict: _document,
    list: _document,
    datetime: lambda value: f"{value:%Y-%m-%d %H:%M:%S.%f}",
    date: date.isoformat,
}
