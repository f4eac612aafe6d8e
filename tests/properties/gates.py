"""Random people, histories and rules for the contact gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bot.debt.contact_gate import (
    CHANNELS,
    ChannelRule,
    ClosedDays,
    Contact,
    GateRules,
    Purpose,
    Reach,
    Result,
    Window,
    decide,
)
from bot.debt.holds import HoldKind
from bot.rulebook.jurisdictions import Jurisdictions, load_jurisdictions

PROFILES = Path(__file__).parents[2] / "rulebook" / "jurisdictions"
# Places whose clocks move at midnight, by half an hour, at odd times, or not at all.
ZONES = (
    *("Europe/Madrid", "Atlantic/Canary", "Europe/London", "America/Santiago", "America/Havana"),
    *("Australia/Lord_Howe", "America/New_York", "Pacific/Guam", "America/Sao_Paulo", "Africa/Casablanca"),
    *("Pacific/Apia", "Asia/Kathmandu", "America/Bogota", "America/Tijuana", "America/St_Johns"),
)
WRITTEN = ("sms", "whatsapp", "telegram", "email")


@lru_cache(maxsize=1)
def jurisdictions() -> Jurisdictions:
    found, problems = load_jurisdictions(PROFILES)
    assert found is not None, problems
    return found


def clock_changes() -> list[datetime]:
    """Instants at which the clocks of some zone move, over two years."""
    found = []
    for name in ZONES:
        zone = ZoneInfo(name)
        at = datetime(2026, 1, 1, tzinfo=timezone.utc)
        while at < datetime(2028, 1, 1, tzinfo=timezone.utc):
            following = at + timedelta(hours=1)
            if at.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
                found.append(following)
            at = following
    return found


moments = st.one_of(
    st.datetimes(datetime(2025, 1, 1), datetime(2030, 12, 31)).map(
        lambda at: at.replace(tzinfo=timezone.utc)
    ),
    st.builds(
        lambda at, minutes: at + timedelta(minutes=minutes),
        st.sampled_from(clock_changes()),
        st.integers(-36 * 60, 36 * 60),
    ),
)
channels = st.sampled_from(WRITTEN + ("voice", "webchat"))
zones = st.lists(st.sampled_from(ZONES), max_size=3, unique=True).map(
    lambda names: tuple(map(ZoneInfo, names))
)
codes = st.sampled_from(jurisdictions().codes())


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start = draw(st.integers(0, 1438))
    end = draw(st.integers(start + 1, 1440))
    days = draw(st.frozensets(st.integers(0, 6), min_size=1))
    return Window("test", days, start, end, draw(st.frozensets(st.sampled_from(WRITTEN), min_size=1)))


@st.composite
def contacts(draw: st.DrawFn, moment: datetime) -> Contact:
    at = moment - timedelta(minutes=draw(st.integers(0, 20 * 24 * 60)))
    purpose = draw(st.sampled_from([*Purpose, Purpose.COLLECTION, Purpose.COLLECTION]))
    answers = at - timedelta(minutes=draw(st.integers(0, 90))) if purpose is Purpose.REPLY else None
    creditor = draw(st.sampled_from([None, "Ribera", "Luz"]))
    return Contact(at, draw(channels), purpose, draw(st.sampled_from(list(Result))), answers, creditor)


@st.composite
def reaches(draw: st.DrawFn, moment: datetime, *, free: bool = False) -> Reach:
    """A person. `free`: nothing that only a change of mind could heal stands in the way."""
    answers = draw(
        st.one_of(st.none(), st.integers(0, 15 * 24 * 60).map(lambda m: moment - timedelta(minutes=m)))
    )
    return Reach(
        zones=draw(zones),
        consents=frozenset(CHANNELS) if free else draw(st.frozensets(st.sampled_from(WRITTEN))),
        wrote_on=draw(st.frozensets(st.sampled_from(WRITTEN))),
        opted_out=frozenset() if free else draw(st.frozensets(st.sampled_from(WRITTEN), max_size=1)),
        holds=frozenset() if free else draw(st.frozensets(st.sampled_from(list(HoldKind)), max_size=1)),
        answers_at=answers,
        inconvenient=tuple(draw(st.lists(windows(), max_size=1))),
        creditor=draw(st.sampled_from([None, "Ribera"])),
    )


def acknowledged(rules: GateRules) -> GateRules:
    """The same rules after the deployer looked into every restricted channel."""
    agreed = {
        name: tuple(replace(rule, is_acknowledged=True) for rule in own)
        for name, own in rules.channels.items()
    }
    return replace(rules, channels=agreed)


@st.composite
def tightened(draw: st.DrawFn, rules: GateRules) -> GateRules:
    """Rules that are stricter in one respect."""
    kind = draw(st.integers(0, 7))
    if kind == 0:
        return replace(rules, windows=(*rules.windows, (draw(windows()),)))
    if kind == 1:
        days = frozenset([draw(st.integers(0, 6))])
        extra = frozenset([date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 700)))])
        return replace(rules, closed=(*rules.closed, ClosedDays("test", days, extra)))
    if kind == 2 and rules.frequencies:
        place = draw(st.integers(0, len(rules.frequencies) - 1))
        limits = list(rules.frequencies)
        limits[place] = replace(limits[place], most=max(0, limits[place].most - 1))
        return replace(rules, frequencies=tuple(limits))
    if kind == 3 and rules.frequencies:
        limits = list(rules.frequencies)
        limits[0] = replace(limits[0], channels=frozenset(CHANNELS), scope="debtor", counts_replies=True)
        return replace(rules, frequencies=tuple(limits))
    if kind == 4:
        asks = ChannelRule("test", needs_consent=True)
        return replace(rules, channels={name: (*own, asks) for name, own in rules.channels.items()})
    if kind == 5:
        return replace(rules, inbound=replace(rules.inbound, max_replies=0, limit_always=True))
    if kind == 6:
        return replace(
            rules, inbound=replace(rules.inbound, exempt_from_window=False, exempt_from_frequency=False)
        )
    half = rules.inbound.live_for / 2
    return replace(rules, inbound=replace(rules.inbound, live_for=half, reply_for=half))


def measured(clock: Callable[[], float]) -> float:
    """Mean time of a decision over all jurisdictions, with a full history, in units of the clock."""
    start = datetime(2026, 11, 25, tzinfo=timezone.utc)
    rules = [acknowledged(jurisdictions().gate(code)) for code in jurisdictions().codes()]
    history = [
        Contact(start - timedelta(hours=11 * n), WRITTEN[n % 4], Purpose.COLLECTION) for n in range(40)
    ]
    asked = [(rule, start + timedelta(hours=n)) for rule in rules for n in range(48)]
    for rule, at in asked[::48]:
        decide(at, Reach(), "sms", Purpose.COLLECTION, history, rule)
    began = clock()
    for rule, at in asked:
        decide(at, Reach(consents=frozenset(CHANNELS)), "sms", Purpose.COLLECTION, history, rule)
    return (clock() - began) / len(asked)
