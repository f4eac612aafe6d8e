"""Hiding what belongs to somebody of whom we do not know yet that they are the one who writes."""

from __future__ import annotations

import re
from collections.abc import Iterable

DOT = "•"


def masked_text(text: str, names: Iterable[str]) -> str:
    """A text without figures (sums, dates, documents) and without some names (the debtor's, their creditors')."""
    for name in names:
        if len(name) > 2:
            text = re.sub(rf"\b{re.escape(name)}\b", DOT * 3, text, flags=re.IGNORECASE)
    return re.sub(r"\d", DOT, re.sub(r"\b[A-Z]{1,5}-[A-Z0-9-]{2,20}\b", DOT * 6, text))


def masked_name(name: str) -> str:
    """The first letter of each part of a name."""
    return " ".join(part[0] + DOT * 4 for part in name.split())


def masked_phone(phone: str | None) -> str | None:
    """The last two digits of a number."""
    return None if phone is None else DOT * 6 + phone[-2:]


def masked_address(address: str) -> str:
    """The end of an address that the channel knows somebody by."""
    return DOT * 4 + address[-2:] if len(address) > 6 else DOT * 4
