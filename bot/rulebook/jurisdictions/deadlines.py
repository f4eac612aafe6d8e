"""Deadlines: by when a request of a person has to be answered, by the strictest fact that sets one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bot.debt.schedules import add_months
from bot.rulebook.jurisdictions.profile import Fact, Profile


@dataclass(frozen=True)
class Deadline:
    """The last day for an answer, and the fact that says so."""

    due_on: date
    fact: Fact


def deadline(profile: Profile, request: str, opened_on: date, holidays: Collection[date]) -> Deadline | None:
    """The earliest of all deadlines for a request; None where no fact sets one.

    Args:
        profile: of the place.
        request: complaint, dispute, data_rights or document.
        opened_on: the day, there, on which the person asked.
        holidays: public holidays there, which are no business days.
    """
    found = []
    for fact in profile.facts:
        duration = fact.content.get("duration", fact.content.get("value"))
        if request in fact.content.get("answers", ()) and isinstance(duration, Mapping):
            found.append(Deadline(after(opened_on, duration, holidays), fact))
    return min(found, key=lambda each: each.due_on, default=None)


def after(day: date, duration: Mapping[str, Any], holidays: Collection[date]) -> date:
    """The last day of a period that begins on the day after."""
    number, unit = duration["n"], duration["unit"]
    if unit == "business_day":
        while number > 0:
            day += timedelta(days=1)
            number -= day.weekday() < 5 and day not in holidays
        return day
    if unit in ("month", "year"):
        return add_months(day, number * (12 if unit == "year" else 1))
    return day + timedelta(days=number) if unit == "day" else day
