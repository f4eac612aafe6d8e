"""Editions: a short name for the rules in force on a day, so that a decision can be traced to them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from bot.rulebook.numbers import Number


def edition_of(numbers: Iterable[Number], digests: Mapping[str, str], today: date) -> str:
    """Since when the rules of a day hold, and a digest of all of them: 2025-01-01.ab12cd34.

    A value that starts later, or ended before, changes nothing in it.
    """
    digest, since = hashlib.sha256(), date.min
    for number in numbers:
        entry = number.entry_on(today)
        since = max(since, min(entry.starts_on, today))
        digest.update(f"{number.file}.{number.key}={canonical(entry)}\n".encode())
    for file, content in sorted(digests.items()):
        digest.update(f"{file}={content}\n".encode())
    return f"{since.isoformat()}.{digest.hexdigest()[:8]}"


def canonical(value: Any) -> str:
    """A text that is the same for the same rule, whatever the order of its keys."""
    if isinstance(value, Mapping):
        return (
            "{"
            + ",".join(f"{k}:{canonical(v)}" for k, v in sorted(value.items(), key=lambda i: str(i[0])))
            + "}"
        )
    if isinstance(value, (frozenset, set)):
        return "{" + ",".join(sorted(map(str, value))) + "}"
    if isinstance(value, (tuple, list)):
        return "[" + ",".join(map(canonical, value)) + "]"
    if hasattr(value, "__dataclass_fields__"):
        return canonical({name: getattr(value, name) for name in value.__dataclass_fields__})
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value)
