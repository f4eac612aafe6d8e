"""Hours, days and counts by the plain reading of a merged profile: what the gate's own code has no part in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.debt.contact_gate import Contact
from bot.rulebook.jurisdictions.gate import holidays_of
from bot.rulebook.jurisdictions.schema import DAYS


def by_the_clock(content: Mapping[str, Any], channel: str, local: datetime) -> list[str]:
    """What is wrong with writing on a channel at a local moment."""
    weekday, clock = DAYS[local.weekday()], f"{local:%H:%M}"
    groups: dict[str, bool] = {}
    for window in content["contact"]["windows"]:
        if _names(window, channel):
            fits = weekday in window["days"] and window["start"] <= clock < window["end"]
            groups[window["_group"]] = groups.get(window["_group"], False) or fits
    found = [f"outside the hours of {group}" for group, fits in groups.items() if not fits]
    for closed in content["contact"].get("closed_days", ()) if groups else ():
        if _names(closed, channel):
            if weekday in closed["weekdays"]:
                found.append("a closed weekday")
            if closed["public_holidays"] and local.date() in _holidays(closed["calendars"]):
                found.append("a public holiday")
    return found


def by_the_count(
    content: Mapping[str, Any], contact: Contact, earlier: Sequence[Contact], zone: ZoneInfo
) -> list[str]:
    """Which limits one more contact goes beyond, after earlier ones that count."""
    found = []
    for limit in content["frequency"]:
        if (
            not _names(limit, contact.channel)
            or limit["counts"] not in ("attempt", "distinct_channel")
            or "after" in limit
        ):
            continue
        counted = [other for other in earlier if _names(limit, other.channel)]
        if limit.get("kind") == "calendar":
            today = contact.at.astimezone(zone).date()
            near = [other for other in counted if other.at.astimezone(zone).date() == today]
        else:
            length = timedelta(days=limit["per"]["n"])
            near = [other for other in counted if contact.at - other.at < length]
        kinds = {other.channel for other in near} | {contact.channel}
        many = len(kinds) if limit["counts"] == "distinct_channel" else len(near) + 1
        if many > limit["max"]:
            found.append(f"too many: {limit['id']}")
        gap = limit.get("min_gap")
        if gap and any(contact.at - other.at < timedelta(days=gap["n"]) for other in counted):
            found.append(f"too soon: {limit['id']}")
    return found


def _names(fact: Mapping[str, Any], channel: str) -> bool:
    return bool({"all", channel} & set(fact.get("channels", ["all"])))


def _holidays(calendars: Sequence[Mapping[str, Any]]) -> set[date]:
    return {
        day for each in calendars for day in holidays_of(each["country"], tuple(each.get("subdivisions", ())))
    }
