"""What a person wishes of hours and channels, as the gate understands it: it only ever makes the gate stricter."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from bot.debt.contact_gate.rules import CHANNELS, GateRules, Window

DAY = 24 * 60
WEEK = range(7)
Span = tuple[int, int]
# What no reminder goes by: a wish about them is for people to heed.
UNGATED = frozenset({"work"})


def excluded(details: Mapping[str, Any]) -> tuple[Window, ...]:
    """The hours that a wish keeps free, of every channel.

    Args:
        details: `mode` "not" keeps `days` at `spans` free; "only" keeps everything else free.
    """
    days, spans = frozenset(details["days"]), [(int(start), int(end)) for start, end in details["spans"]]
    if details["mode"] == "not":
        return tuple(_window(days, span) for span in spans)
    others = frozenset(WEEK) - days
    found = [_window(days, gap) for gap in _gaps(spans)]
    return tuple([*found, _window(others, (0, DAY))] if others else found)


def whole_week() -> tuple[Window, ...]:
    """Any hour of any day."""
    return (_window(frozenset(WEEK), (0, DAY)),)


def stopped(details: Mapping[str, Any], wrote_on: Collection[str]) -> frozenset[str]:
    """The channels that a wish closes.

    Args:
        details: `mode` "not" closes `channels`, "only" all others; "prefer" too, once the person has written there:
            a wish for a channel on which nobody is reached must not silence everything.
        wrote_on: channels on which the person has written to us.
    """
    named = frozenset(details["channels"]) - UNGATED
    if details["mode"] == "not" or not named:
        return named
    if details["mode"] == "prefer" and not named & frozenset(wrote_on):
        return frozenset()
    return frozenset(CHANNELS) - named


def leaves_some(windows: Iterable[Window], rules: GateRules, channel: str) -> bool:
    """Whether any hour of a week is still open on a channel beside the hours kept free."""
    kept = [window for window in windows if channel in window.channels]
    open_hours = rules.spans(channel) or tuple(((0, DAY),) for _ in WEEK)
    for day, spans in enumerate(open_hours):
        if day in rules.closings[channel].weekdays:
            continue
        free = _gaps([(window.start, window.end) for window in kept if day in window.days])
        if any(max(a, c) < min(b, d) for a, b in spans for c, d in free):
            return True
    return False


def _window(days: frozenset[int], span: Span) -> Window:
    return Window("wish", days, span[0], span[1], frozenset(CHANNELS))


def _gaps(spans: Sequence[Span]) -> list[Span]:
    """What of a day is outside these spans."""
    found, at = [], 0
    for start, end in sorted(spans):
        if start > at:
            found.append((at, start))
        at = max(at, end)
    return [*found, (at, DAY)] if at < DAY else found
