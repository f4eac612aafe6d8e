"""Reads one message and keeps the entities of the contract, as a mapping from kind to value."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.nlu.entities import extract

TODAY = date(2026, 3, 11)  # a Wednesday
CONTRACT = ("amount", "amounts", "currency", "date", "date_text", "installments", "frequency", "document")


def read(locale: str, text: str, *kinds: str) -> dict[str, Any]:
    """Read a message as a debtor of a locale; give out these kinds, or those of the contract."""
    language, _, country = locale.partition("-")
    wanted = kinds or CONTRACT
    found: dict[str, Any] = {}
    for entity in extract(text, country=country or None, language=language, today=TODAY):
        if entity.kind in wanted:
            found.setdefault(entity.kind, entity.value)
    return found
