"""Whatever a person wishes of hours and channels, the gate only ever gets stricter."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.debt.contact_gate import CHANNELS, Allowed, Purpose, Reach, decide
from bot.debt.contact_gate.wishes import DAY, excluded, leaves_some, stopped
from tests.properties.gates import ZONES, jurisdictions, moments

minutes = st.integers(0, DAY).map(lambda minute: minute - minute % 15)
spans = st.lists(
    st.tuples(minutes, minutes).map(sorted).filter(lambda s: s[0] < s[1]), min_size=1, max_size=3
)
hours = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["only", "not"]),
        "days": st.sets(st.integers(0, 6), min_size=1).map(sorted),
        "spans": spans,
    }
)
channels = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["only", "not", "prefer"]),
        "channels": st.lists(st.sampled_from([*CHANNELS, "work"]), min_size=1, max_size=3, unique=True),
    }
)


@settings(max_examples=300, deadline=None)
@given(
    moment=moments,
    zone=st.sampled_from(ZONES),
    wish=hours,
    other=channels,
    country=st.sampled_from(["ES", "MX", "CO", "CL", "US", "GB"]),
    channel=st.sampled_from(["sms", "telegram"]),
)
def test_a_wish_never_opens_anything(
    moment: datetime, zone: str, wish: dict[str, Any], other: dict[str, Any], country: str, channel: str
) -> None:
    from zoneinfo import ZoneInfo

    rules = jurisdictions().gate(country)
    plain = Reach(zones=(ZoneInfo(zone),), consents=frozenset({channel}), wrote_on=frozenset({channel}))
    wished = replace(plain, inconvenient=excluded(wish), opted_out=stopped(other, plain.wrote_on))
    after = decide(moment, wished, channel, Purpose.COLLECTION, (), rules)
    if isinstance(after, Allowed):
        assert isinstance(decide(moment, plain, channel, Purpose.COLLECTION, (), rules), Allowed)
        local = moment.astimezone(ZoneInfo(zone))
        minute = local.hour * 60 + local.minute
        inside = local.weekday() in wish["days"] and any(
            start <= minute < end for start, end in wish["spans"]
        )
        assert inside is (wish["mode"] == "only")


@given(wish=hours, country=st.sampled_from(["ES", "CO", "US", "GB"]))
def test_a_week_without_an_open_hour_is_known(wish: dict[str, Any], country: str) -> None:
    rules = jurisdictions().gate(country)
    windows, open_hours = excluded(wish), rules.spans("sms")
    assert open_hours is not None
    free = any(
        start <= minute < end
        and not any(day in w.days and w.start <= minute < w.end for w in windows)
        and day not in rules.closings["sms"].weekdays
        for day, spans_of_day in enumerate(open_hours)
        for start, end in spans_of_day
        for minute in range(0, DAY, 15)
    )
    assert leaves_some(windows, rules, "sms") is free
