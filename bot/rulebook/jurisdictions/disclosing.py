"""From a profile to what has to be said: the `discloses` entries of its facts as rules of the core."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.debt.disclosures import BEFORE_IDENTITY, TO_ANYBODY, Code, Moment, Often, Rule, strictest
from bot.rulebook.jurisdictions.profile import Profile


def disclosure_rules(profile: Profile) -> tuple[Rule, ...]:
    """What a profile has us say, when and how often."""
    return strictest(
        _rule(entry, fact.fact_id) for fact in profile.facts for entry in fact.content.get("discloses", ())
    )


def _rule(entry: Mapping[str, Any], fact_id: str) -> Rule:
    return Rule(
        Code(entry["code"]),
        Moment(entry["moment"]),
        Often(entry["often"]),
        (fact_id,),
        entry.get("each_language", False),
        Code(entry["covered_by"]) if "covered_by" in entry else None,
        entry.get("only_collectors", False),
    )


def given_away(content: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Entries that would speak of a debt to whoever holds the phone: their key and code.

    Args:
        content: of a profile, as read.
    """
    if isinstance(content, Mapping):
        if {"code", "moment"} <= content.keys():
            code, moment = Code(content["code"]), Moment(content["moment"])
            if moment in TO_ANYBODY and code not in BEFORE_IDENTITY:
                yield key, code.value
        for name, value in content.items():
            yield from given_away(value, f"{key}.{name}" if key else str(name))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from given_away(value, f"{key}[{number}]")
