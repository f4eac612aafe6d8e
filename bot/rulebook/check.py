"""Checking a rulebook before it is used: what it holds, every mistake, and what is allowed but looks unwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.rulebook.book import Rulebook
from bot.rulebook.errors import Problem, RulebookError


@dataclass(frozen=True)
class CheckReport:
    """The outcome of a check. It passes when there are no problems; warnings are for a person to judge."""

    directory: str
    edition: str | None
    counts: Mapping[str, int]
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]

    @property
    def passes(self) -> bool:
        """Whether the rulebook can be used."""
        return not self.problems


def check(directory: Path | str, today: date | None = None) -> CheckReport:
    """Check a rulebook without using it.

    Args:
        directory: where the YAML files are.
        today: the day for which the edition is named and values are compared; the newest values when None.
    """
    try:
        book = Rulebook.load(directory)
    except RulebookError as error:
        return CheckReport(str(directory), None, {}, error.problems, ())
    day = today or date.max
    segments = book.numbers["segments"]["segments"].resolve(day)
    counts = {
        "numbers": sum(len(numbers) for numbers in book.numbers.values()),
        "values": sum(len(n.entries) for numbers in book.numbers.values() for n in numbers.values()),
        "segments": len(segments),
        "countries": len(book.countries),
        "payment_methods": sum(len(methods) for methods in book.methods.values()),
    }
    return CheckReport(str(directory), book.edition(day), counts, (), tuple(_warnings(book, day)))


def _warnings(book: Rulebook, day: date) -> list[str]:
    """Values that are allowed but contradict one another or have no effect."""
    warnings = []
    for segment in book.numbers["segments"]["segments"].resolve(day):
        settle = {n: book.numbers["settlements"][n].resolve(day, segment=segment.name) for n in book.numbers["settlements"]}
        if not settle["is_offered"]:
            continue
        ceiling = [settle[f"ceiling.{part}"] for part in ("fees", "interest", "principal")]
        if not any(ceiling):
            warnings.append(f"settlements.{segment.name}: offered, but its ceiling is zero on every part")
        if settle["payments"] > 1 and settle["pay_within"] < 30 * (settle["payments"] - 1):
            warnings.append(
                f"settlements.{segment.name}: {settle['payments']} monthly payments do not fit in {settle['pay_within']} days"
            )
        if settle["floor"] > 1 - ceiling[2] and ceiling[2] > 0:
            warnings.append(f"settlements.{segment.name}: the floor cuts into the ceiling on principal alone")
        if settle["valid_for"] > settle["pay_within"]:
            warnings.append(f"settlements.{segment.name}: an offer is open longer than there is time to pay it")
    return warnings
