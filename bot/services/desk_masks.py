"""Hiding what belongs to somebody of whom we do not know yet that they are the one who writes."""

from __future__ import annotations

import re

from bot.debt.party import Debtor

DOT = "•"


def masked_text(text: str, debtor: Debtor | None) -> str:
    """A text without figures and without the debtor's names: figures are sums, dates and documents."""
    for part in debtor.full_name.split() if debtor is not None else ():
        if len(part) > 2:
            text = re.sub(rf"\b{re.escape(part)}\b", DOT * 3, text, flags=re.IGNORECASE)
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
