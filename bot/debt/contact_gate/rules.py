"""The rules that the gate applies, as plain values. `bot.rulebook.jurisdictions` makes them from the profiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from enum import Enum
from functools import cached_property

from bot.debt.holds import HoldKind

CHANNELS = ("sms", "whatsapp", "telegram", "webchat", "email", "voice", "letter", "visit")
_DAY = 24 * 60
Spans = tuple[tuple[int, int], ...]


class CeaseAction(str, Enum):
    """What a hold stops."""

    PAUSE = "pause"  # nothing that asks for money
    STOP = "stop"  # nothing but the notices that the law prescribes
    STOP_ADDRESS = "stop_address"  # nothing at all to this address: it is not, or no longer, the person's


@dataclass(frozen=True)
class Window:
    """Hours at which writing is allowed: minutes of the local day, the end not included."""

    fact_id: str
    days: frozenset[int]  # 0 is Monday
    start: int
    end: int
    channels: frozenset[str]


@dataclass(frozen=True)
class ClosedDays:
    """Days on which nothing is written."""

    fact_id: str
    weekdays: frozenset[int] = frozenset()
    holidays: frozenset[date] = frozenset()
    channels: frozenset[str] = frozenset(CHANNELS)


@dataclass(frozen=True)
class Closings:
    """The days on which one channel is closed, each with the fact that closes it."""

    weekdays: Mapping[int, str]
    holidays: Mapping[date, str]

    @classmethod
    def of(cls, closed: Iterable[ClosedDays]) -> Closings:
        """Of several facts the first names a day."""
        last_first = [*closed][::-1]
        return cls(
            {day: each.fact_id for each in last_first for day in each.weekdays},
            {day: each.fact_id for each in last_first for day in each.holidays},
        )

    def __contains__(self, day: date) -> bool:
        return day.weekday() in self.weekdays or day in self.holidays


@dataclass(frozen=True)
class Span:
    """A length of time. A calendar span begins with the local day, week or month."""

    n: int
    unit: str  # minute | hour | day | week | month | year

    @property
    def length(self) -> timedelta:
        """The longest that it can last."""
        days = {"day": 1, "week": 7, "month": 31, "year": 366}
        if self.unit in days:
            return timedelta(days=self.n * days[self.unit])
        return timedelta(**{f"{self.unit}s": self.n})


@dataclass(frozen=True)
class Frequency:
    """How often: at most `most` of what it counts within `per`."""

    fact_id: str
    channels: frozenset[str]
    most: int
    per: Span
    is_calendar: bool = False
    counts: str = "attempt"  # attempt | delivered | contact | conversation | distinct_channel
    min_gap: Span | None = None
    after_conversation: bool = False  # only what follows a conversation is limited
    scope: str = "debtor_creditor"  # debt | debtor_creditor | debtor
    counts_replies: bool = False


@dataclass(frozen=True)
class ChannelRule:
    """What a channel needs before we write on it unasked."""

    fact_id: str
    is_prohibited: bool = False
    needs_consent: bool = False
    writing_is_consent: bool = False
    needs_acknowledgment: bool = False  # the deployer has looked into it and says so
    is_acknowledged: bool = False


@dataclass(frozen=True)
class Trigger:
    """A hold, and what it stops here."""

    fact_id: str
    action: CeaseAction


@dataclass(frozen=True)
class Inbound:
    """How far an answer to the debtor is free."""

    fact_id: str
    exempt_from_window: bool
    exempt_from_frequency: bool
    max_replies: int | None  # to one message of theirs; None: as many as it takes
    limit_always: bool  # False: only outside the hours or on a channel that they stopped
    live_for: timedelta  # so long after their message the hours do not matter
    reply_for: timedelta  # so long after it an answer is an answer, and no new contact


@dataclass(frozen=True)
class Exemption:
    """Purposes that a law lets out of the hours or the counts."""

    fact_id: str
    purposes: frozenset[str]
    of: frozenset[str]  # window, frequency


@dataclass(frozen=True)
class GateRules:
    """One jurisdiction's rules, merged.

    Attributes:
        windows: one group for each profile that sets hours; the time must be within every group.
        inconvenient_fact: the fact by which a person's inconvenient hours are kept free.
        convenient_fact: the fact that lets a person choose other hours; None where no law does.
    """

    code: str
    zones: tuple[tzinfo, ...]
    zone_fact: str
    windows: tuple[tuple[Window, ...], ...]
    closed: tuple[ClosedDays, ...]
    frequencies: tuple[Frequency, ...]
    channels: Mapping[str, tuple[ChannelRule, ...]]
    triggers: Mapping[HoldKind, tuple[Trigger, ...]]
    inbound: Inbound
    opt_out_fact: str
    confirmation_fact: str
    inconvenient_fact: str
    convenient_fact: str | None = None
    exemptions: tuple[Exemption, ...] = ()
    _spans: dict[str, tuple[Spans, ...] | None] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def closings(self) -> Mapping[str, Closings]:
        """For each channel the days on which it is closed."""
        return {name: Closings.of(c for c in self.closed if name in c.channels) for name in CHANNELS}

    def spans(self, channel: str) -> tuple[Spans, ...] | None:
        """For each weekday when a channel is open, in minutes of the day; None when it has no hours at all."""
        if channel not in self._spans:
            self._spans[channel] = _spans(self.windows, channel)
        return self._spans[channel]

    def window_fact(self, channel: str, weekday: int, minute: int) -> str:
        """The fact that forbids a moment: of the first group that does not hold it."""
        for group in self.windows:
            own = [window for window in group if channel in window.channels]
            if own and not any(weekday in w.days and w.start <= minute < w.end for w in own):
                return next((w for w in own if weekday in w.days), own[0]).fact_id
        return self.zone_fact


def _spans(groups: tuple[tuple[Window, ...], ...], channel: str) -> tuple[Spans, ...] | None:
    own = [[w for w in group if channel in w.channels] for group in groups]
    own = [group for group in own if group]
    if not own:
        return None
    week = []
    for day in range(7):
        spans: Spans = ((0, _DAY),)
        for group in own:
            spans = _both(spans, tuple(sorted((w.start, w.end) for w in group if day in w.days)))
        week.append(spans)
    return tuple(week)


def _both(one: Spans, other: Spans) -> Spans:
    cut = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return tuple(sorted({(start, end) for start, end in cut if start < end}))
