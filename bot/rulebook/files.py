"""Files: reads a rulebook's directory, every file of it, and gathers everything that is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.rulebook.countries import CountryEntry, load_countries
from bot.rulebook.desk import (
    CannedReply,
    OpeningHours,
    load_canned_replies,
    load_desk_hours,
)
from bot.rulebook.editions import canonical
from bot.rulebook.errors import Problem, Problems
from bot.rulebook.jurisdictions import Jurisdictions, load_jurisdictions
from bot.rulebook.loader import load_numbers, segment_names
from bot.rulebook.numbers import Number
from bot.rulebook.payment_methods import PaymentMethod, load_payment_methods
from bot.rulebook.reading import read_yaml
from bot.rulebook.schema import FILES, OTHER_FILES
from bot.rulebook.who_writes import WhoWrites, load_who_writes
from bot.rulebook.wording import Wording, load_wording
from bot.rulebook.wording.rules import FILE as WORDING


@dataclass(frozen=True)
class Contents:
    """A rulebook's files, read and checked."""

    numbers: Mapping[str, Mapping[str, Number]]
    countries: Mapping[str, CountryEntry]
    methods: Mapping[tuple[str, str], tuple[PaymentMethod, ...]]
    desk_hours: Mapping[str, OpeningHours]
    canned_replies: tuple[CannedReply, ...]
    jurisdictions: Jurisdictions
    wording: Wording
    who_writes: WhoWrites
    digests: Mapping[str, str]  # of what has no history


def read_directory(directory: Path, own: Path | None = None) -> tuple[Contents | None, list[Problem]]:
    """Read every file; the contents can only be used when there are no problems.

    Args:
        directory: of the rulebook.
        own: of the deployer's changes to jurisdictions, if there are any.
    """
    if not directory.is_dir():
        return None, [Problem(str(directory), "", "there is no such directory")]
    raw: dict[str, Any] = {}
    problems: list[Problem] = []
    for name in (*FILES, *OTHER_FILES):
        raw[name], problem = read_yaml(directory / f"{name}.yml")
        problems += [problem] if problem is not None else []
    if problems:
        return None, problems
    numbers = _read_numbers(raw, problems)
    out = Problems("countries.yml")
    countries = load_countries(raw["countries"], out)
    problems += out.found
    out = Problems("payment_methods.yml")
    methods = load_payment_methods(raw["payment_methods"], out)
    problems += out.found
    out = Problems("who_writes.yml")
    who_writes = load_who_writes(raw["who_writes"], out)
    problems += out.found
    outs = [Problems(f"{name}.yml") for name in ("desk_hours", "canned_replies")]
    hours = load_desk_hours(raw["desk_hours"], outs[0])
    replies = load_canned_replies(raw["canned_replies"], outs[1])
    problems += [problem for out in outs for problem in out.found]
    if not problems:
        problems += _contradictions(numbers)
    jurisdictions, found = load_jurisdictions(directory / "jurisdictions", own)
    problems += found
    wording_rules, raw["wording"], found = load_wording(directory / WORDING)
    problems += found
    if jurisdictions is None:
        return None, problems
    facts = {code: {k: v for k, v in c.facts.items() if k not in c.numbers} for code, c in countries.items()}
    digests = {"countries": canonical(facts), "jurisdictions": jurisdictions.digest}
    for name in (*OTHER_FILES[1:], "wording"):
        digests[name] = canonical(raw[name])
    wording = Wording(wording_rules, jurisdictions)
    return (
        Contents(numbers, countries, methods, hours, replies, jurisdictions, wording, who_writes, digests),
        problems,
    )


def _read_numbers(raw: Mapping[str, Any], problems: list[Problem]) -> dict[str, dict[str, Number]]:
    numbers: dict[str, dict[str, Number]] = {}
    segments: frozenset[str] = frozenset()
    for name, specs in FILES.items():
        out = Problems(f"{name}.yml")
        numbers[name] = load_numbers(name, raw[name], specs, segments, out)
        if name == "segments":
            segments = segment_names(numbers["segments"].get("segments"))
        problems += out.found
    return numbers


def _contradictions(numbers: Mapping[str, Mapping[str, Number]]) -> list[Problem]:
    """Values that are fine alone and wrong together."""
    problems = []
    plans = numbers["payment_plans"]
    for entry in plans["smallest_instalment"].entries:
        steps = plans["round_to"].resolve(entry.starts_on)
        for amounts in (entry.value, *entry.segments.values()):
            for currency, amount in (amounts or {}).items():
                if amount < steps[currency]:
                    key = f"smallest_instalment.values {currency}"
                    problems.append(
                        Problem("payment_plans.yml", key, f"is below round_to ({steps[currency]})")
                    )
    return problems
