"""Hours and days: when, in every place where the person may be, the gate is open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, timezone, tzinfo

from bot.debt.contact_gate.rules import GateRules, Window

_MOST_DAYS = 400  # no jurisdiction closes longer
_MINUTE = timedelta(minutes=1)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def minute_of(local: datetime) -> int:
    """Minutes since local midnight, by the clock on the wall."""
    return local.hour * 60 + local.minute


def is_open(rules: GateRules, channel: str, local: datetime) -> bool:
    """Whether a channel is open at a local moment."""
    spans = rules.spans(channel)
    if spans is None:
        return True
    day = local.weekday()
    if local.date() in rules.closings[channel]:
        return False
    minute = minute_of(local)
    return any(start <= minute < end for start, end in spans[day])


def next_open(rules: GateRules, channel: str, moment: datetime, zone: tzinfo) -> datetime | None:
    """The first moment after this one at which a channel opens in one zone; None if it never does."""
    spans, local = rules.spans(channel), moment.astimezone(zone)
    assert spans is not None
    for ahead in range(_MOST_DAYS):
        day = local.date() + timedelta(days=ahead)
        if day in rules.closings[channel]:
            continue
        for start, end in spans[day.weekday()]:
            if ahead == 0 and end <= minute_of(local):
                continue
            found = instant(day, start, zone)
            if found > moment:
                return found
            if ahead == 0 and start <= minute_of(local):
                # The wall clock was put back over the opening: the next minute is looked at again.
                return moment + _MINUTE
    return None


def instant(day: date, minute: int, zone: tzinfo) -> datetime:
    """A minute of a local day as an instant. One that the clocks skip is the moment after they moved."""
    days, minute = divmod(minute, 24 * 60)
    local = datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60), tzinfo=zone)
    return local.astimezone(timezone.utc)


def within(windows: Sequence[Window], channel: str, local: datetime) -> Window | None:
    """The first of these windows that holds a local moment."""
    day, minute = local.weekday(), minute_of(local)
    for window in windows:
        if channel in window.channels and day in window.days and window.start <= minute < window.end:
            return window
    return None
