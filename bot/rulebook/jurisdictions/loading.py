"""All jurisdictions: read, merged with their parents and the deployer's files, checked; the strict one for the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from bot.debt.contact_gate import GateRules
from bot.debt.disclosures import Rule
from bot.rulebook.editions import canonical
from bot.rulebook.errors import Problem, Problems
from bot.rulebook.jurisdictions.deadlines import Deadline, after, deadline
from bot.rulebook.jurisdictions.disclosing import disclosure_rules
from bot.rulebook.jurisdictions.gate import gate_rules, holidays_of
from bot.rulebook.jurisdictions.merging import Node, either, merge, overlay
from bot.rulebook.jurisdictions.profile import Profile
from bot.rulebook.jurisdictions.reading import read_profiles
from bot.rulebook.jurisdictions.translating import NONE, Catalogue, read_catalogue

STRICT = "strict"
_ANYWHERE = "-*"  # after a country: it is not known where in it
# Profiles that only lend facts to others.
ABSTRACT = frozenset({"base", "EU"})
# What no profile that the gate uses may lack, once merged.
_NEEDED = (
    "contact.timezone",
    "contact.windows",
    "contact.inbound",
    "contact.exceptions",
    "frequency",
    "channels",
    "opt_out.right",
    "opt_out.confirmation",
    "cease_triggers",
)


@dataclass(frozen=True)
class Jurisdictions:
    """Every profile, merged. Build it with `load_jurisdictions`."""

    profiles: Mapping[str, Profile]
    digest: str
    anywhere: Mapping[str, Profile]  # by country: somewhere in it, where places have rules of their own
    spanish: Catalogue = NONE
    _gates: dict[tuple[str, str], GateRules] = field(default_factory=dict, repr=False, compare=False)
    _disclosures: dict[str, tuple[Rule, ...]] = field(default_factory=dict, repr=False, compare=False)

    def codes(self) -> list[str]:
        """Every jurisdiction that a person can be in, and the strict one."""
        return [code for code in sorted(self.profiles) if code not in ABSTRACT]

    def profile(self, place: str) -> Profile:
        """The profile of a place: of itself, else of what it lies in, else the strict one.

        Args:
            place: a country, or part of one, such as ES or US-NY-NYC; or what `place` gives.
        """
        if place.endswith(_ANYWHERE):
            return self.anywhere[place[:2]]
        while place and (place not in self.profiles or place in ABSTRACT):
            place = place.rpartition("-")[0]
        return self.profiles[place or STRICT]

    def place(self, country: str, region: str | None) -> str:
        """Where a person's rules are looked up: their region, or anywhere in the country when nobody knows it.

        Args:
            country: of the person.
            region: as the portfolio gives it, such as US-WA.
        """
        if region is not None and region.startswith(f"{country}-"):
            return region
        return f"{country}{_ANYWHERE}" if country in self.anywhere else country

    def gate(self, place: str) -> GateRules:
        """The contact gate's rules of a place."""
        found = self.profile(place)
        # A city has the holidays of what it lies in.
        country, region = (*place.split("-"), "")[:2]
        key = (found.code, f"{country}-{region}")
        if key not in self._gates:
            self._gates[key] = gate_rules(found, country, None if region in ("", "*") else region)
        return self._gates[key]

    def disclosures(self, place: str) -> tuple[Rule, ...]:
        """What has to be said in a place, when and how often."""
        found = self.profile(place)
        if found.code not in self._disclosures:
            self._disclosures[found.code] = disclosure_rules(found)
        return self._disclosures[found.code]

    def disputable_until(self, place: str, told_on: date) -> date | None:
        """The last day of the period in which a debt can be disputed, after a notice of it; None where there is none.

        Args:
            told_on: the day, there, on which the notice was sent; the period begins when it is taken to have arrived.
        """
        profile = self.profile(place)
        period, arrival = (
            profile.fact(f"disputes.{name}") for name in ("validation_period", "assumed_receipt")
        )
        if period is None:
            return None
        arrived_on = told_on
        if arrival is not None:
            arrived_on = after(told_on, arrival.content["value"], holidays_of(place[:2]))
        return after(arrived_on, period.content["value"], ())

    def stop_one_is_stop_all(self, place: str, today: date) -> str | None:
        """The fact because of which a stop on one channel is a stop on all on a day; None where there is none."""
        coming = (fact for fact in self.profile(place).under("pending"))
        return next(
            (
                fact.fact_id
                for fact in coming
                if fact.content.get("stop_one_is_stop_all")
                and date.fromisoformat(fact.content["date"]) <= today
            ),
            None,
        )

    def deadline(self, place: str, request: str, opened_on: date) -> Deadline | None:
        """By when a request has to be answered in a place; None where no fact says."""
        return deadline(self.profile(place), request, opened_on, holidays_of(place[:2]))


def load_jurisdictions(
    directory: Path, own: Path | None = None
) -> tuple[Jurisdictions | None, list[Problem]]:
    """Read, merge and check; None when something is wrong.

    Args:
        directory: with our profiles.
        own: with the deployer's files, named as the profiles that they change.
    """
    if not directory.is_dir():
        return None, [Problem("jurisdictions/", "", "there is no such directory")]
    raw, problems = read_profiles(directory)
    changes, found = read_profiles(own, is_overlay=True) if own is not None else ({}, [])
    problems += found
    for code in changes.keys() - raw.keys():
        problems.append(
            Problem(f"{code}.yml", "", "changes a profile that does not exist", tuple(sorted(raw)))
        )
    for needed in ("base", STRICT):
        if needed not in raw and not problems:
            problems.append(Problem(f"jurisdictions/{needed}.yml", "", "the file is missing"))
    for code, node in raw.items():
        if node.get("parent") is not None and node["parent"] not in raw:
            problems.append(Problem(f"{code}.yml", "parent", f"is {node['parent']!r}", tuple(sorted(raw))))
    if problems:
        return None, problems
    merger = _Merger(raw, changes)
    profiles = {code: merger.profile(code) for code in raw}
    problems = merger.problems + [p for code, each in profiles.items() for p in _incomplete(code, each)]
    if problems:
        return None, problems
    spanish, problems = read_catalogue(directory, own, raw, changes)
    if problems:
        return None, problems
    return Jurisdictions(profiles, _digest(raw, changes), _anywhere(profiles), spanish), []


def _anywhere(profiles: Mapping[str, Profile]) -> dict[str, Profile]:
    """For each country in which places have profiles: what holds for somebody who may live in any of them."""
    found: dict[str, Profile] = {}
    for code, profile in sorted(profiles.items()):
        country = code.partition("-")[0]
        if code != country and country in profiles:
            whole = found.get(country, profiles[country])
            content = either(whole.content, profile.content)
            parents = (country, *profiles[country].parents)
            found[country] = Profile(
                f"{country}{_ANYWHERE}", content, parents, profiles[country].acknowledged
            )
    return found


def _digest(*read: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(read).encode()).hexdigest()


class _Merger:
    """Merges each profile once, parents first."""

    def __init__(self, raw: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
        self._raw, self._changes = raw, changes
        self._done: dict[str, Node] = {}
        self.problems: list[Problem] = []

    def profile(self, code: str) -> Profile:
        """One merged profile."""
        parents = []
        parent = self._raw[code].get("parent")
        while parent is not None and parent not in parents:
            parents.append(parent)
            parent = self._raw[parent].get("parent")
        agreed = [
            each for name in (code, *parents) for each in self._changes.get(name, {}).get("acknowledged", ())
        ]
        return Profile(code, self._merged(code, ()), tuple(parents), tuple(agreed))

    def _merged(self, code: str, below: tuple[str, ...]) -> Node:
        if code in self._done:
            return self._done[code]
        parent = self._raw[code].get("parent")
        if parent in (*below, code):
            self.problems.append(Problem(f"{code}.yml", "parent", f"{parent} is a child of {code}"))
            parent = None
        result = merge(self._merged(parent, (*below, code)) if parent else {}, self._raw[code])
        if code in self._changes:
            out = Problems(f"{code}.yml (deployer)")
            result = overlay(result, self._changes[code], out)
            self.problems += out.found
        self._done[code] = result
        return result


def _incomplete(code: str, profile: Profile) -> list[Problem]:
    if code in ABSTRACT:
        return []
    problems = [
        Problem(f"{code}.yml", path, "is missing, here and in every parent")
        for path in _NEEDED
        if not profile.under(path)
    ]
    for fact in profile.facts:
        missing = [name for name in ("effect", "evidence", "source") if name not in fact.content]
        if missing:
            file = f"{code}.yml (deployer)" if fact.origin == "deployer" else f"{code}.yml"
            problems.append(Problem(file, fact.path, f"is a new fact without {', '.join(missing)}"))
    return problems
