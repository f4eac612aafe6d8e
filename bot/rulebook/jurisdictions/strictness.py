"""Which of two values of a fact is the stricter: one rule for each key, so that merging never loosens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.debt.contact_gate import CHANNELS
from bot.rulebook.jurisdictions.schema import ACTIONS, COUNTS, DAYS, SCOPES, STATUSES, WHEN

_IN_DAYS = {
    "minute": 1 / 1440,
    "hour": 1 / 24,
    "day": 1,
    "week": 7,
    "business_day": 1.4,
    "month": 31,
    "year": 366,
}
# What is counted, from what counts most contacts to what counts fewest; another way of counting is not comparable.
_COUNTS = ("conversation", "contact", "delivered", "attempt", "distinct_channel")
assert set(_COUNTS) == set(COUNTS)

Combine = Callable[[Any, Any], Any]


def days_of(duration: Mapping[str, Any]) -> float:
    """A duration in days, for comparing only."""
    return float(duration["n"]) * _IN_DAYS[duration["unit"]]


def _ranked(order: Sequence[str]) -> Combine:
    return lambda one, other: max(one, other, key=order.index)


def _least(one: Any, other: Any) -> Any:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _shorter(one: Any, other: Any) -> Any:
    return min(one, other, key=days_of)


def _longer(one: Any, other: Any) -> Any:
    return max(one, other, key=days_of)


def _union(one: Sequence[Any], other: Sequence[Any]) -> list[Any]:
    return [*one, *(item for item in other if item not in one)]


def _common(one: Sequence[Any], other: Sequence[Any]) -> list[Any]:
    return [item for item in one if item in other]


def _channels(one: Sequence[str], other: Sequence[str]) -> list[str]:
    both = {*one, *other}
    return ["all"] if "all" in both else [channel for channel in CHANNELS if channel in both]


def _common_days(one: Sequence[str], other: Sequence[str]) -> list[str]:
    return [day for day in DAYS if day in one and day in other]


def _any(one: Any, other: Any) -> Any:
    return one or other


def _both(one: Any, other: Any) -> Any:
    return one and other


def _value(one: Any, other: Any) -> Any:
    if isinstance(one, bool) and isinstance(other, bool):
        return one or other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return _shorter(one, other)
    return other


# The stricter of two values, by key. `{section}.{key}` goes before `{key}`.
RULES: dict[str, Combine] = {
    "windows.days": _common_days,
    "start": max,
    "end": min,
    "weekdays": _union,
    "public_holidays": _any,
    "calendars": _union,
    "zones": _union,
    "policy": _ranked(("national", "debtor_local")),
    "unknown_location": _ranked(("use_default_zone", "intersect_all_zones")),
    "exempt_from_window": _both,
    "exempt_from_frequency": _both,
    "max_replies_per_inbound": _least,
    "applies_when": _ranked(("outside_window_or_opted_out_medium", "always")),
    "live_for": _shorter,
    "reply_for": _shorter,
    "exempt_from": _common,
    "purposes": _common,
    "channels": _channels,
    "max": min,
    "per": _longer,
    "min_gap": _longer,
    "frequency.kind": _ranked(("calendar", "rolling")),
    "counts": _ranked(_COUNTS),
    "scope": _ranked(SCOPES),
    "count_replies": _any,
    "status": _ranked(STATUSES),
    "writing_is_consent": _both,
    "needs_acknowledgment": _any,
    "needs_consent": _any,
    "content": _union,
    "discloses": _union,
    "deadline": _shorter,
    "when": _ranked(WHEN),
    "required_by_law": _any,
    "list": _union,
    "free_text_counts": _any,
    "holds": _union,
    "intents": _union,
    "answers": _union,
    "action": _ranked(ACTIONS),
    "cease_triggers.duration": _longer,
    "duration": _shorter,
    "max_duration": _shorter,
    "extension": _shorter,
    "keep": _longer,
    "value": _value,
}
# What a missing key means, where a missing one is the looser or the stricter value.
DEFAULTS: dict[str, Any] = {
    "writing_is_consent": False,
    "needs_acknowledgment": False,
    "needs_consent": False,
    "count_replies": False,
    "applies_when": "outside_window_or_opted_out_medium",
    "frequency.kind": "rolling",
    "closed_days.channels": ["all"],
}


def rule_for(section: str, key: str) -> Combine | None:
    """How two values of a key are combined; None when they cannot be compared (texts, sources)."""
    return RULES.get(f"{section}.{key}", RULES.get(key))


def default_for(section: str, key: str) -> Any:
    """What a key that is not there means; None when nothing."""
    return DEFAULTS.get(f"{section}.{key}", DEFAULTS.get(key))


def stricter(section: str, key: str, one: Any, other: Any) -> Any:
    """The stricter of two values of a key, or what is stricter than both; the second where no rule compares them."""
    rule = rule_for(section, key)
    one = default_for(section, key) if one is None else one
    other = default_for(section, key) if other is None else other
    if rule is None:
        return other if other is not None else one
    if key == "max_replies_per_inbound":
        return rule(one, other)
    if one is None or other is None:
        return other if one is None else one
    return rule(one, other)


def is_as_strict(section: str, key: str, new: Any, old: Any) -> bool:
    """Whether a new value is at least as strict as the old one."""
    if rule_for(section, key) is None:
        return True
    combined = stricter(section, key, old, new)
    return _same(combined, default_for(section, key) if new is None else new)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return sorted(map(str, one)) == sorted(map(str, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping) and "unit" in one and "unit" in other:
        return days_of(one) == days_of(other)
    return bool(one == other)
