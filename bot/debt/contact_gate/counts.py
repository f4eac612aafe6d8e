"""How often: which contacts a limit counts, and from when on another one is within it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, tzinfo

from bot.debt.contact_gate.hours import instant
from bot.debt.contact_gate.rules import Frequency
from bot.debt.contact_gate.situation import Contact, Purpose, Reach, Result

# What never counts: the person asked for it, or the law did.
_NOT_COUNTED = frozenset({Purpose.RIGHTS_NOTICE, Purpose.STOP_CONFIRMATION, Purpose.CRISIS})
_A_DAY_ANYWHERE = timedelta(days=2)
_RANK = {
    "attempt": Result.ATTEMPT,
    "delivered": Result.DELIVERED,
    "contact": Result.CONTACT,
    "conversation": Result.CONVERSATION,
    "distinct_channel": Result.ATTEMPT,
}


def counted_by(rule: Frequency, history: Sequence[Contact], reach: Reach) -> list[Contact]:
    """The contacts that a limit counts for this person."""
    return [contact for contact in history if _is_counted(rule, contact, reach)]


def within_from(
    rule: Frequency, moment: datetime, channel: str, counted: Sequence[Contact], zones: Sequence[tzinfo]
) -> datetime | None:
    """From when on one more contact is within a limit; a moment not after `moment` means now, None never.

    Args:
        counted: by `counted_by`.
        zones: where the person may be; a calendar day is one in each of them.
    """
    if channel not in rule.channels:
        return moment
    if rule.counts == "distinct_channel":
        return _distinct(rule, moment, channel, counted)
    ready = moment
    if rule.min_gap is not None and counted:
        ready = max(ready, max(contact.at for contact in counted) + rule.min_gap.length)
    if rule.most == 0 and not rule.after_conversation:
        return None
    if rule.is_calendar:
        return _calendar(rule, ready, counted, zones)
    # At most n in a span: the n-th latest has to be out of it.
    latest = sorted((contact.at for contact in counted), reverse=True)
    place = max(rule.most, 1)
    if len(latest) >= place:
        ready = max(ready, latest[place - 1] + rule.per.length)
    return ready


def _is_counted(rule: Frequency, contact: Contact, reach: Reach) -> bool:
    if contact.channel not in rule.channels or contact.purpose in _NOT_COUNTED:
        return False
    if contact.purpose is Purpose.REPLY and not rule.counts_replies:
        return False
    needed = Result.CONVERSATION if rule.after_conversation else _RANK[rule.counts]
    if contact.result < needed:
        return False
    if rule.scope != "debtor" and _differ(contact.creditor, reach.creditor):
        return False
    return rule.scope != "debt" or not _differ(contact.debt, reach.debt)


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def _distinct(rule: Frequency, moment: datetime, channel: str, counted: Iterable[Contact]) -> datetime | None:
    if rule.most == 0:
        return None
    last: dict[str, datetime] = {}
    for contact in counted:
        if contact.channel != channel:
            last[contact.channel] = max(contact.at, last.get(contact.channel, contact.at))
    others = sorted(last.values(), reverse=True)
    if len(others) < rule.most:
        return moment
    return max(moment, others[rule.most - 1] + rule.per.length)


def _calendar(
    rule: Frequency, ready: datetime, counted: Sequence[Contact], zones: Sequence[tzinfo]
) -> datetime | None:
    if rule.most == 0:
        return None
    near = [contact.at for contact in counted if ready - contact.at < rule.per.length + _A_DAY_ANYWHERE]
    while near:
        before = ready
        for zone in zones:
            first, after = _period(ready.astimezone(zone).date(), rule.per.unit)
            days = (at.astimezone(zone).date() for at in near)
            if sum(1 for day in days if first <= day < after) >= rule.most:
                ready = max(ready, instant(after, 0, zone))
        if ready == before:
            break
    return ready


def _period(day: date, unit: str) -> tuple[date, date]:
    """The calendar period that a day is in: its first day, and the first day after it."""
    if unit == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=7)
    if unit == "month":
        first = day.replace(day=1)
        return first, (first + timedelta(days=31)).replace(day=1)
    return day, day + timedelta(days=1)
