"""Explanations: which rules give an account its offers, for the command line and for compliance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.debt.limits import SegmentFacts
from bot.debt.segments import Placement
from bot.rulebook.numbers import Number, creditor_key


@dataclass(frozen=True)
class ExplainedRule:
    """One rule as it bears on an account today."""

    rule_id: str
    description: str
    value: str
    unit: str
    reference: str
    since: date
    adjusted_by: tuple[str, ...] = ()


def explain_rules(
    numbers: Mapping[str, Mapping[str, Number]],
    time_bar: Number | None,
    place: Placement,
    facts: SegmentFacts,
    today: date,
) -> list[ExplainedRule]:
    """Every number that bears on an account, as it stands after the circumstances that adjust it."""
    creditor, currency = creditor_key(facts.creditor), facts.balance.currency
    found = f"{place.segment} ({facts.days_past_due} days past due), tone {place.tone}"
    rules = [_explained(numbers["segments"]["segments"], place.rule_id, found, today, place.circumstances)]
    for file in ("settlements", "payment_plans", "promises", "ladder"):
        for number in numbers[file].values():
            value = number.resolve(today, creditor, place.segment, place.circumstances, currency)
            adjusted = number.adjusted_by(today, creditor, place.segment, place.circumstances)
            rules.append(_explained(number, number.rule_id(place.segment), value, today, tuple(adjusted)))
    if time_bar is not None:
        rules.append(_explained(time_bar, time_bar.rule_id(), time_bar.resolve(today), today))
    return rules


def _explained(
    number: Number, rule_id: str, value: Any, today: date, adjusted_by: tuple[str, ...] = ()
) -> ExplainedRule:
    since = number.entry_on(today).starts_on
    return ExplainedRule(
        rule_id, number.description, _as_text(value), number.unit, number.reference, since, adjusted_by
    )


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)
