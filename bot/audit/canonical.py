"""The one way in which an audit entry becomes text and a hash, so that anyone can recompute both."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import Any

from bot.debt.money import Money

GENESIS = "0" * 64  # previous hash of the first entry of a chain


def clean(text: str) -> str:
    """Text that both databases can store: PostgreSQL refuses NUL, UTF-8 refuses half of a surrogate pair."""
    if text.isascii():
        return text.replace("\x00", "") if "\x00" in text else text
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\x00", "")


def instant(at: datetime) -> str:
    """An instant as fixed-width UTC text, so that text order is time order.

    Raises:
        ValueError: the instant has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _plain(value: object) -> object:
    if isinstance(value, Money):
        return {"amount": str(value.decimal), "currency": value.currency}
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} does not belong in an audit entry")


def canonical_json(payload: Any) -> str:
    """JSON with sorted keys, no spaces and ASCII only; Money, dates and enums in their stored form."""
    return json.dumps(
        payload, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False, default=_plain
    )


def entry_hash(
    previous_hash: str,
    entry_id: str,
    chain: str,
    seq: int,
    at: str,
    tag: str,
    payload: str,
    message_id: str | None,
    edition: str | None,
    rule_id: str | None,
) -> str:
    """SHA-256, in hexadecimal, of a JSON array of the previous hash and every column of the entry."""
    columns = [previous_hash, entry_id, chain, seq, at, tag, payload, message_id, edition, rule_id]
    return hashlib.sha256(json.dumps(columns, separators=(",", ":")).encode()).hexdigest()
