"""What the NLU heard in a message, as plain values: intent, how sure, and the entities the dialogue uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from bot.debt.arrangements import Frequency

_YEAR = re.compile(r"\b20\d\d\b|next year|pr[oó]ximo a[nñ]o|a[nñ]o que viene", re.IGNORECASE)
_JUST_PASSED = timedelta(days=62)


@dataclass(frozen=True)
class Heard:
    """One message as understood. `is_pressed` marks a button of ours: certain, and its entities are ours."""

    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...] = ()
    entities: tuple[Mapping[str, Any], ...] = ()
    language: str | None = None  # of this message; None when it is too short to tell
    text: str = ""
    is_pressed: bool = False
    _by_kind: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for entity in self.entities:
            self._by_kind.setdefault(str(entity.get("entity")), []).append(entity)

    def all(self, kind: str) -> list[Any]:
        """Values of every entity of a kind, in order."""
        return [entity.get("value") for entity in self._by_kind.get(kind, ())]

    def first(self, kind: str) -> Any | None:
        """Value of the first entity of a kind."""
        values = self.all(kind)
        return values[0] if values else None

    def has(self, *kinds: str) -> bool:
        """Whether any of these entities is there."""
        return any(kind in self._by_kind for kind in kinds)

    def alternatives(self, kind: str) -> list[Any]:
        """Other readings of the first entity of a kind (04/05)."""
        entities = self._by_kind.get(kind, ())
        return list(entities[0].get("alternatives") or ()) if entities else []

    def without_next_year(self, today: date) -> Heard:
        """A day and month that has just passed ("20 de noviembre", said on the 25th) is that day, not next year's."""
        if not any(_has_just_passed(entity, today) for entity in self.entities) or _YEAR.search(self.text):
            return self
        entities = tuple(
            {**entity, "value": _a_year_before(str(entity["value"]))}
            if _has_just_passed(entity, today)
            else entity
            for entity in self.entities
        )
        return replace(self, entities=entities, _by_kind={})

    @property
    def amount(self) -> Decimal | None:
        """The operative amount."""
        value = self.first("amount")
        return Decimal(str(value)) if value is not None else None

    @property
    def bare_number(self) -> Decimal | None:
        """A message that is nothing but a whole number: after "how much?" it is a sum, whatever else it could be."""
        text = self.text.strip()
        return Decimal(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None

    @property
    def amounts(self) -> list[Decimal]:
        """Several amounts, none of them operative alone."""
        return [Decimal(str(value)) for value in (self.first("amounts") or [])]

    @property
    def day(self) -> date | None:
        """A day, if the message names exactly one that can be resolved."""
        return as_day(self.first("date"))

    @property
    def days(self) -> list[date]:
        """All days named."""
        return [day for day in map(as_day, self.all("date")) if day]

    @property
    def installments(self) -> int | None:
        """A count of instalments."""
        value = self.first("installments")
        return int(value) if value is not None else None

    @property
    def frequency(self) -> Frequency | None:
        """How often."""
        value = self.first("frequency")
        return Frequency(value) if value else None

    @property
    def share(self) -> Decimal | None:
        """A part of the whole ("half")."""
        value = self.first("fraction")
        return Decimal(str(value)) if value is not None else None

    @property
    def choice(self) -> int | None:
        """Which of a list (1-based; -1 is the last)."""
        value = self.first("choice")
        return int(value) if value is not None else None


def _a_year_before(iso: str) -> str:
    return f"{int(iso[:4]) - 1}{iso[4:]}"


def _has_just_passed(entity: Mapping[str, Any], today: date) -> bool:
    value = str(entity.get("value") or "")
    if entity.get("entity") != "date" or len(value) != 10 or value.endswith("02-29"):
        return False
    return today - _JUST_PASSED <= date.fromisoformat(_a_year_before(value)) < today


def as_day(value: Any) -> date | None:
    """Read an entity's date value as one day: the day itself, the first of a month, the Monday of a week, the end
    of an interval; None for anything else."""
    text = str(value or "")
    try:
        if "/" in text:
            return date.fromisoformat(text.split("/")[1])
        if "W" in text:
            year, week = text.split("-W")
            return date.fromisocalendar(int(year), int(week), 1)
        if len(text) == 7:
            return date.fromisoformat(f"{text}-01")
        return date.fromisoformat(text)
    except ValueError:
        return None


def from_rasa(latest_message: Mapping[str, Any]) -> Heard:
    """Read Rasa's parse result of a message."""
    intent = latest_message.get("intent") or {}
    ranking: Iterable[Mapping[str, Any]] = latest_message.get("intent_ranking") or ()
    metadata = latest_message.get("metadata") or {}
    return Heard(
        intent=str(intent.get("name") or "out_of_scope"),
        confidence=float(intent.get("confidence") or 0.0),
        ranking=tuple((str(r.get("name")), float(r.get("confidence") or 0.0)) for r in ranking),
        entities=tuple(latest_message.get("entities") or ()),
        language=latest_message.get("language"),
        text=str(latest_message.get("text") or ""),
        is_pressed=bool(metadata.get("pressed")),
    )
