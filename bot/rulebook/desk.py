"""The desk's rules without history: opening hours, ready answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from bot.rulebook.errors import Problems, describe
from bot.rulebook.jurisdictions.gate import holidays_of
from bot.rulebook.schema import COUNTRIES, LANGUAGES

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TOPICS = ("start", "care", "dispute", "offers", "end")
PLACEHOLDERS = frozenset({"agent", "name", "hours"})
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


@dataclass(frozen=True)
class DeskRules:
    """How fast people answer, in minutes unless the name says otherwise."""

    first_answer_within: int
    distress_answer_within: int
    tell_after: int
    answer_within: int
    most_chats: int
    reveal_for: int
    approval_valid_for: int  # days


@dataclass(frozen=True)
class OpeningHours:
    """When the desk answers debtors of one country, in that country's time."""

    spans: tuple[tuple[int, time, time], ...]  # weekday (Monday is 0), from, to
    country: str = ""
    is_closed_on_holidays: bool = False  # the country's public holidays, not those of a region

    def is_open(self, at: datetime) -> bool:
        """Whether people answer at an instant that is given in the country's time zone."""
        if self.is_closed_on_holidays and at.date() in holidays_of(self.country):
            return False
        clock = at.time()
        return any(day == at.weekday() and start <= clock < end for day, start, end in self.spans)


@dataclass(frozen=True)
class CannedReply:
    """One ready answer."""

    reply_id: str
    topic: str
    before_identity: bool
    texts: Mapping[str, str]


def load_desk_hours(content: Any, out: Problems) -> dict[str, OpeningHours]:
    """Read the opening hours of every country."""
    found: dict[str, OpeningHours] = {}
    if isinstance(content, dict):
        content = {"public_holidays": "closed", **content}
    if not out.keys("", content, ["hours", "public_holidays"]) or not out.keys(
        "hours", content["hours"], COUNTRIES
    ):
        return found
    on_holidays = content["public_holidays"]
    if on_holidays not in ("closed", "open"):
        out.add("public_holidays", f"is {describe(on_holidays)}", ("closed", "open"))
    for country, node in content["hours"].items():
        spans: list[tuple[int, time, time]] = []
        for number, span in enumerate(node if isinstance(node, list) else [node]):
            spans += _span(f"hours.{country}[{number}]", span, out)
        found[country] = OpeningHours(tuple(spans), country, on_holidays == "closed")
    return found


def _span(key: str, node: Any, out: Problems) -> list[tuple[int, time, time]]:
    if not out.keys(key, node, ["days", "from", "to"]):
        return []
    hours = [str(node["from"]), str(node["to"])]
    if not all(_TIME.fullmatch(hour) for hour in hours) or hours[0] >= hours[1]:
        out.add(key, f'needs from before to, written like "09:00", not {describe(node)}')
        return []
    days = node["days"] if isinstance(node["days"], list) else []
    for day in days:
        if day not in DAYS:
            out.unknown(f"{key}.days", day, DAYS)
    start, end = (time.max if hour == "24:00" else time.fromisoformat(hour) for hour in hours)
    return [(DAYS.index(day), start, end) for day in days if day in DAYS]


def load_canned_replies(content: Any, out: Problems) -> tuple[CannedReply, ...]:
    """Read the ready answers."""
    found: list[CannedReply] = []
    if not out.keys("", content, ["replies"]):
        return ()
    for number, node in enumerate(content["replies"] or ()):
        key = f"replies[{number}]"
        if not out.keys(key, node, ["id", "topic", "before_identity", *LANGUAGES]):
            continue
        if node["topic"] not in TOPICS:
            out.add(f"{key}.topic", f"is {describe(node['topic'])}", TOPICS)
        texts = {language: str(node[language]) for language in LANGUAGES}
        for language, text in texts.items():
            unknown = set(re.findall(r"\{(\w+)\}", text)) - PLACEHOLDERS
            if unknown:
                out.add(f"{key}.{language}", f"has {{{'}, {'.join(sorted(unknown))}}}", sorted(PLACEHOLDERS))
        found.append(CannedReply(str(node["id"]), str(node["topic"]), bool(node["before_identity"]), texts))
    return tuple(found)
