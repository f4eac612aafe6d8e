"""Numbers with a history: which value holds on a day, for a creditor, segment and circumstances."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from bot.rulebook.schema import NumberKind, Spec

OPERATIONS = ("set", "add", "multiply", "at_most", "at_least")


@dataclass(frozen=True)
class Adjustment:
    """How a circumstance changes a value, in all segments or only in some."""

    operations: tuple[tuple[str, Any], ...]
    only_in: frozenset[str] | None = None

    def applied(self, value: Any, segment: str | None) -> Any:
        """The value after the circumstance."""
        if self.only_in is not None and segment not in self.only_in:
            return value
        for operation, operand in self.operations:
            if operation == "set":
                value = operand
            elif operation == "add":
                value = value + operand
            elif operation == "multiply":
                value = value * operand
            else:
                value = min(value, operand) if operation == "at_most" else max(value, operand)
        return value


@dataclass(frozen=True)
class Entry:
    """What holds from a day on; `creditors` override any part of it."""

    starts_on: date
    value: Any = None
    segments: Mapping[str, Any] = field(default_factory=dict)
    adjustments: Mapping[str, Adjustment] = field(default_factory=dict)
    creditors: Mapping[str, Entry] = field(default_factory=dict)

    def base(self, creditor: str, segment: str | None) -> Any:
        """The value before adjustments: the creditor's before all, the segment's before the general."""
        own = self.creditors.get(creditor)
        for layer in (own, self) if own is not None else (self,):
            if segment is not None and segment in layer.segments:
                return layer.segments[segment]
            if layer.value is not None:
                return layer.value
        raise LookupError(f"no value for segment {segment}")  # the loader lets no such entry through

    def adjustment(self, creditor: str, circumstance: str) -> Adjustment | None:
        """How a circumstance changes the value for a creditor."""
        own = self.creditors.get(creditor)
        if own is not None and circumstance in own.adjustments:
            return own.adjustments[circumstance]
        return self.adjustments.get(circumstance)


@dataclass(frozen=True)
class Number:
    """One number of the rulebook with its meaning and every value it has had."""

    file: str
    key: str
    spec: Spec
    description: str
    unit: str
    reference: str
    entries: tuple[Entry, ...]

    def entry_on(self, day: date) -> Entry:
        """The entry in force on a day (the first one for days before it)."""
        return self.entries[max(0, bisect_right([e.starts_on for e in self.entries], day) - 1)]

    def rule_id(self, segment: str | None = None) -> str:
        """Name of this rule for the record, for example settlements.late.ceiling.fees."""
        return ".".join(part for part in (self.file, segment, self.key) if part)

    def resolve(
        self,
        day: date,
        creditor: str = "",
        segment: str | None = None,
        circumstances: Sequence[str] = (),
        currency: str | None = None,
    ) -> Any:
        """The value that holds, within the bounds of its kind.

        Args:
            day: the business date.
            creditor: normalised name (see `creditor_key`); unknown ones have the general values.
            segment: name of the segment; None where the number does not depend on it.
            circumstances: adjustments to apply, in their order.
            currency: for amounts.
        """
        entry = self.entry_on(day)
        value = entry.base(creditor, segment)
        if self.spec.kind is NumberKind.MONEY and currency is not None:
            value = value[currency]
        for circumstance in circumstances:
            adjustment = entry.adjustment(creditor, circumstance)
            if adjustment is not None:
                value = adjustment.applied(value, segment)
        return self._bounded(value)

    def adjusted_by(
        self, day: date, creditor: str, segment: str | None, circumstances: Sequence[str]
    ) -> list[str]:
        """Which of the circumstances bear on this number."""
        entry, names = self.entry_on(day), []
        for circumstance in circumstances:
            adjustment = entry.adjustment(creditor, circumstance)
            if adjustment is not None and (adjustment.only_in is None or segment in adjustment.only_in):
                names.append(circumstance)
        return names

    def _bounded(self, value: Any) -> Any:
        if self.spec.kind is NumberKind.SHARE:
            return min(Decimal(1), max(Decimal(0), Decimal(value)))
        if self.spec.kind is NumberKind.WHOLE:
            return min(self.spec.high, max(self.spec.low, int(value)))
        return value


def creditor_key(name: str) -> str:
    """A creditor's name as a key: the portfolio and the rulebook may differ in case and spaces."""
    return " ".join(name.casefold().split())
