"""From a profile to the rules that the gate applies: holidays computed, durations and channels made plain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from bot.debt.contact_gate import (
    CHANNELS,
    CeaseAction,
    ChannelRule,
    ClosedDays,
    Exemption,
    Frequency,
    GateRules,
    Inbound,
    Span,
    Trigger,
    Window,
)
from bot.debt.holds import HoldKind
from bot.rulebook.jurisdictions.merging import GROUP
from bot.rulebook.jurisdictions.profile import Fact, Profile
from bot.rulebook.jurisdictions.schema import DAYS
from bot.rulebook.jurisdictions.strictness import days_of

# Years for which holidays are known in advance.
_YEARS = range(2020, 2041)
_ACTIONS = {
    "pause": CeaseAction.PAUSE,
    "stop_collection_keep_service": CeaseAction.PAUSE,
    "stop_all": CeaseAction.STOP,
    "redirect_to_representative": CeaseAction.STOP,
    "stop_address": CeaseAction.STOP_ADDRESS,
}


def gate_rules(profile: Profile, country: str, region: str | None = None) -> GateRules:
    """The gate's rules of a merged profile.

    Args:
        profile: complete: hours, channels and what is common to all.
        country: of the person, whose holidays and zones serve when the profile names none (the strict one).
        region: of the person, as ISO 3166-2 names it after the country; its holidays are closed too.
    """
    zone = _only(profile, "contact.timezone")
    inconvenient = [
        f for f in profile.under("contact.exceptions") if f.content["kind"] == "inconvenient_hours"
    ]
    convenient = [
        f for f in profile.under("contact.exceptions") if f.content["kind"] == "debtor_chooses_hours"
    ]
    return GateRules(
        code=profile.code,
        zones=tuple(ZoneInfo(name) for name in zone.content["zones"] or zones_of(country)),
        zone_fact=zone.fact_id,
        windows=_windows(profile.under("contact.windows")),
        closed=tuple(_closed(fact, country, region) for fact in profile.under("contact.closed_days")),
        frequencies=tuple(_frequency(fact) for fact in _laws_first(profile.under("frequency"))),
        channels=_channels(profile),
        triggers=_triggers(profile.under("cease_triggers")),
        inbound=_inbound(_only(profile, "contact.inbound")),
        opt_out_fact=_only(profile, "opt_out.right").fact_id,
        confirmation_fact=_only(profile, "opt_out.confirmation").fact_id,
        inconvenient_fact=_laws_first(inconvenient)[0].fact_id,
        convenient_fact=convenient[0].fact_id if convenient else None,
        exemptions=tuple(
            Exemption(f.fact_id, frozenset(f.content["purposes"]), frozenset(f.content["exempt_from"]))
            for f in profile.under("contact.exceptions")
            if f.content["kind"] == "purposes_exempt"
        ),
    )


def _only(profile: Profile, path: str) -> Fact:
    fact = profile.fact(path)
    assert fact is not None, f"{profile.code}: {path} is checked when profiles are loaded"
    return fact


def _laws_first(facts: Iterable[Fact]) -> list[Fact]:
    """Laws before choices, and what the country says before what is common to all: the first one is named."""
    return sorted(facts, key=lambda fact: (fact.is_our_choice, fact.origin == "base"))


def _named(channels: Iterable[str]) -> frozenset[str]:
    names = frozenset(channels)
    return frozenset(CHANNELS) if "all" in names else names


def _windows(facts: Iterable[Fact]) -> tuple[tuple[Window, ...], ...]:
    groups: dict[str, list[Window]] = {}
    for fact in facts:
        node = fact.content
        days = frozenset(DAYS.index(day) for day in node["days"])
        window = Window(
            fact.fact_id, days, _minute(node["start"]), _minute(node["end"]), _named(node["channels"])
        )
        groups.setdefault(node[GROUP], []).append(window)
    return tuple(tuple(group) for group in groups.values())


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _closed(fact: Fact, country: str, region: str | None) -> ClosedDays:
    node = fact.content
    calendars = node["calendars"] or [{"country": country}]
    days: set[date] = set()
    if node["public_holidays"]:
        for calendar in calendars:
            parts = tuple(calendar.get("subdivisions", ()))
            own = (region,) if region is not None and calendar["country"] == country else ()
            days |= holidays_of(calendar["country"], parts + own)
    weekdays = frozenset(DAYS.index(day) for day in node["weekdays"])
    return ClosedDays(fact.fact_id, weekdays, frozenset(days), _named(node.get("channels", ("all",))))


@lru_cache(maxsize=64)
def holidays_of(country: str, subdivisions: tuple[str, ...] = ()) -> frozenset[date]:
    """Public holidays of a country, and of the named parts of it; none for a country that nobody knows."""
    # Late, because it takes a third of a second.
    import holidays

    days: set[date] = set()
    for part in (None, *subdivisions):
        try:
            days.update(holidays.country_holidays(country, subdiv=part, years=_YEARS))
        except NotImplementedError:
            continue  # a part that has none of its own
    return frozenset(days)


@lru_cache(maxsize=8)
def zones_of(country: str) -> tuple[str, ...]:
    """The time zones of a country, by the table that comes with the time-zone database."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return tuple(row[2] for row in rows if row[0] == country[:2])


def _frequency(fact: Fact) -> Frequency:
    node = fact.content
    gap = node.get("min_gap")
    return Frequency(
        fact_id=fact.fact_id,
        channels=_named(node["channels"]),
        most=node["max"],
        per=Span(node["per"]["n"], node["per"]["unit"]),
        is_calendar=node.get("kind") == "calendar",
        counts=node["counts"],
        min_gap=Span(gap["n"], gap["unit"]) if gap else None,
        after_conversation=node.get("after") == "conversation",
        scope=node["scope"],
        counts_replies=node.get("count_replies", False),
    )


def _channels(profile: Profile) -> dict[str, tuple[ChannelRule, ...]]:
    agreed = {each["fact"] for each in profile.acknowledged}
    found: dict[str, tuple[ChannelRule, ...]] = {}
    for name, node in profile.content.get("channels", {}).items():
        fact = Fact(f"channels.{name}", node)
        found[name] = (
            ChannelRule(
                fact_id=fact.fact_id,
                is_prohibited=node["status"] == "prohibited",
                needs_consent=node.get("needs_consent", False),
                writing_is_consent=node.get("writing_is_consent", False),
                needs_acknowledgment=node.get("needs_acknowledgment", False),
                is_acknowledged=fact.path in agreed,
            ),
        )
    return found


def _triggers(facts: Iterable[Fact]) -> dict[HoldKind, tuple[Trigger, ...]]:
    found: dict[HoldKind, list[Trigger]] = {}
    for fact in _laws_first(facts):
        action = _ACTIONS.get(fact.content["action"])
        for kind in fact.content["holds"] if action is not None else ():
            found.setdefault(HoldKind(kind), []).append(Trigger(fact.fact_id, action or CeaseAction.PAUSE))
    return {kind: tuple(triggers) for kind, triggers in found.items()}


def _inbound(fact: Fact) -> Inbound:
    node: Mapping[str, Any] = fact.content
    return Inbound(
        fact_id=fact.fact_id,
        exempt_from_window=node["exempt_from_window"],
        exempt_from_frequency=node["exempt_from_frequency"],
        max_replies=node["max_replies_per_inbound"],
        limit_always=node.get("applies_when") == "always",
        live_for=timedelta(days=days_of(node["live_for"])),
        reply_for=timedelta(days=days_of(node["reply_for"])),
    )
