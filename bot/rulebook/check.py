"""Checking a rulebook before it is used: every mistake, and what is allowed but looks unwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.debt.disclosures import Code
from bot.rulebook.book import Rulebook
from bot.rulebook.errors import Problem, RulebookError
from bot.rulebook.jurisdictions.plain_words import SPANISH_SPEAKING
from bot.rulebook.numbers import creditor_key


@dataclass(frozen=True)
class CheckReport:
    """The outcome of a check. It passes when there are no problems; warnings are for a person to judge."""

    directory: str
    edition: str | None
    counts: Mapping[str, int]
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]
    unverified: Mapping[str, tuple[str, ...]]  # by jurisdiction, the facts that nobody has confirmed
    spanish: tuple[str, ...] = ()  # what counsel would read in English where Spanish is read

    @property
    def passes(self) -> bool:
        """Whether the rulebook can be used."""
        return not self.problems


def check(directory: Path | str, today: date | None = None, own: Path | None = None) -> CheckReport:
    """Check a rulebook without using it.

    Args:
        directory: where the YAML files are.
        today: the day for which the edition is named and values are compared; the newest values when None.
        own: of the deployer's changes to jurisdictions, if there are any.
    """
    try:
        book = Rulebook.load(directory, own)
    except RulebookError as error:
        return CheckReport(str(directory), None, {}, error.problems, (), {})
    day = today or date.max
    segments = book.numbers["segments"]["segments"].resolve(day)
    counts = {
        "numbers": sum(len(numbers) for numbers in book.numbers.values()),
        "values": sum(len(n.entries) for numbers in book.numbers.values() for n in numbers.values()),
        "segments": len(segments),
        "countries": len(book.countries),
        "payment_methods": sum(len(methods) for methods in book.methods.values()),
        "jurisdictions": len(book.jurisdictions.codes()),
        "facts": len({fact.fact_id for each in book.jurisdictions.profiles.values() for fact in each.facts}),
    }
    unverified = {
        code: tuple(fact.path for fact in book.jurisdictions.profiles[code].unverified)
        for code in book.jurisdictions.codes()
    }
    warnings = tuple(_warnings(book, day))
    for code in book.countries:
        warnings += (*missing_words(book, code), *_without_effect(book, code))
    return CheckReport(
        str(directory), book.edition(day), counts, (), warnings, unverified, _not_in_spanish(book)
    )


def missing_words(book: Rulebook, code: str) -> list[str]:
    """What who_writes.yml has to name for a jurisdiction and does not: a notice would name a wrong address.

    Args:
        book: the rulebook.
        code: of a country, or of a place in one.
    """
    country, writers = code.partition("-")[0], book.who_writes.writers
    notice = next((r for r in book.jurisdictions.disclosures(code) if r.code is Code.VALIDATION), None)
    if notice is None or (country in writers and writers[country].mailing_address is not None):
        return []
    key, facts = f"writer.{country}.mailing_address", ", ".join(notice.facts)
    return [f"who_writes.yml: {key} is missing: the validation notice has to name it ({facts})"]


def _without_effect(book: Rulebook, country: str) -> list[str]:
    """Creditors of whom it is said that they collect by themselves, where another name writes."""
    if not any(rule.only_collectors for rule in book.jurisdictions.disclosures(country)):
        return []
    name = book.who_writes.writer(country).name
    return [
        f"who_writes.yml: creditors.{key}.first_party has no effect in {country}: {name} writes, and whoever collects"
        " under another name is a debt collector"
        for key, each in book.who_writes.creditors.items()
        if each.is_first_party and key != creditor_key(name)
    ]


def _not_in_spanish(book: Rulebook) -> tuple[str, ...]:
    """How many facts have no Spanish, by jurisdiction, and which translations are of an English that has changed."""
    found = book.jurisdictions
    missing = {code: found.spanish.untranslated(found.profiles[code]) for code in SPANISH_SPEAKING}
    lines = [
        f"{code}: without Spanish: {len(facts)} ({', '.join(facts)})"
        for code, facts in missing.items()
        if facts
    ]
    changed = [f"Spanish to look at, its English has changed: {each}" for each in found.spanish.changed]
    return (*(lines or ["In Spanish: every fact of " + ", ".join(SPANISH_SPEAKING)]), *changed)


def _warnings(book: Rulebook, day: date) -> list[str]:
    """Values that are allowed but contradict one another or have no effect."""
    warnings = []
    numbers = book.numbers["settlements"]
    for segment in book.numbers["segments"]["segments"].resolve(day):
        terms = {name: number.resolve(day, segment=segment.name) for name, number in numbers.items()}
        if terms["is_offered"]:
            warnings += [f"settlements.{segment.name}: {fault}" for fault in _doubts(terms)]
    return warnings


def _doubts(terms: Mapping[str, Any]) -> list[str]:
    """What looks unwise in one segment's settlement."""
    doubts = []
    payments, days = terms["payments"], terms["pay_within"]
    if not any(terms[f"ceiling.{part}"] for part in ("fees", "interest", "principal")):
        doubts.append("offered, but its ceiling is zero on every part")
    if payments > 1 and days < 30 * (payments - 1):
        doubts.append(f"{payments} monthly payments do not fit in {days} days")
    if terms["ceiling.principal"] > 0 and terms["floor"] > 1 - terms["ceiling.principal"]:
        doubts.append("the floor cuts into the ceiling on principal alone")
    if terms["valid_for"] > days:
        doubts.append("an offer is open longer than there is time to pay it")
    return doubts
