"""The contact gate holds, whatever the place, the hour, the clock change and the history."""

from __future__ import annotations

import random
import time
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.debt.contact_gate import Allowed, Blocked, BlockKind, Purpose, Reach, decide
from bot.debt.contact_gate.hours import is_open
from tests.properties.gates import (
    acknowledged,
    channels,
    codes,
    contacts,
    jurisdictions,
    moments,
    reaches,
    tightened,
)

_BOUND = st.sampled_from(
    [Purpose.COLLECTION, Purpose.SERVICE, Purpose.AGREEMENT_CONFIRMATION, Purpose.RIGHTS_NOTICE]
)
_ANY = st.sampled_from(list(Purpose))


@given(codes, moments, channels, _BOUND, st.data())
def test_nothing_unasked_goes_out_outside_the_hours_of_any_place(
    code, moment, channel, purpose, data
) -> None:
    rules = acknowledged(jurisdictions().gate(code))
    person = data.draw(reaches(moment, free=True))
    decision = decide(moment, person, channel, purpose, [], rules)
    exempt = any("window" in e.of and purpose.value in e.purposes for e in rules.exemptions)
    places = person.zones or rules.zones
    if isinstance(decision, Allowed) and not exempt and rules.spans(channel) is not None:
        assert places
        assert all(is_open(rules, channel, moment.astimezone(zone)) for zone in places)


@given(codes, moments, channels, _ANY, st.data())
def test_what_is_blocked_until_a_moment_is_allowed_then_and_not_before(
    code, moment, channel, purpose, data
) -> None:
    rules = acknowledged(jurisdictions().gate(code))
    person = data.draw(reaches(moment))
    history = data.draw(st.lists(contacts(moment), max_size=6))
    decision = decide(moment, person, channel, purpose, history, rules)
    if isinstance(decision, Blocked) and decision.next_allowed_at is not None:
        after = decision.next_allowed_at
        assert after > moment
        assert isinstance(decide(after, person, channel, purpose, history, rules), Allowed)
        share = data.draw(st.floats(0, 0.999))
        between = moment + (after - moment) * share
        assert isinstance(decide(between, person, channel, purpose, history, rules), Blocked)


@given(codes, moments, channels, st.data())
def test_a_person_in_one_known_place_can_always_be_written_to_some_day(code, moment, channel, data) -> None:
    rules = acknowledged(jurisdictions().gate(code))
    known = Reach(zones=(data.draw(st.sampled_from(rules.zones or ())),)) if rules.zones else None
    if known is None or channel not in rules.channels:
        return
    person = Reach(zones=known.zones, consents=frozenset([channel]))
    decision = decide(moment, person, channel, Purpose.COLLECTION, [], rules)
    assert isinstance(decision, Allowed) or decision.next_allowed_at is not None
    if isinstance(decision, Blocked):
        assert decision.next_allowed_at - moment < timedelta(days=7)


@given(codes, moments, channels, _ANY, st.data(), st.randoms(use_true_random=False))
def test_the_order_of_the_history_does_not_matter(
    code, moment, channel, purpose, data, shuffler: random.Random
) -> None:
    rules = acknowledged(jurisdictions().gate(code))
    person = data.draw(reaches(moment, free=True))
    history = data.draw(st.lists(contacts(moment), max_size=8))
    shuffled = list(history)
    shuffler.shuffle(shuffled)
    assert decide(moment, person, channel, purpose, history, rules) == decide(
        moment, person, channel, purpose, shuffled, rules
    )


@given(codes, moments, channels, _ANY, st.data())
def test_tightening_never_lets_out_what_was_blocked(code, moment, channel, purpose, data) -> None:
    rules = jurisdictions().gate(code)
    person = data.draw(reaches(moment))
    history = data.draw(st.lists(contacts(moment), max_size=6))
    stricter = data.draw(tightened(rules))
    if isinstance(decide(moment, person, channel, purpose, history, rules), Blocked):
        assert isinstance(decide(moment, person, channel, purpose, history, stricter), Blocked)


@given(codes, moments, channels, _ANY, st.data())
def test_one_more_contact_never_lets_out_what_was_blocked(code, moment, channel, purpose, data) -> None:
    rules = acknowledged(jurisdictions().gate(code))
    person = data.draw(reaches(moment))
    history = data.draw(st.lists(contacts(moment), max_size=6))
    more = [*history, data.draw(contacts(moment))]
    if isinstance(decide(moment, person, channel, purpose, history, rules), Blocked):
        assert isinstance(decide(moment, person, channel, purpose, more, rules), Blocked)


@given(codes, moments, channels, st.data())
def test_the_crisis_line_always_goes_out(code, moment, channel, data) -> None:
    person = data.draw(reaches(moment))
    history = data.draw(st.lists(contacts(moment), max_size=6))
    assert isinstance(
        decide(moment, person, channel, Purpose.CRISIS, history, jurisdictions().gate(code)), Allowed
    )


@given(codes, moments, channels, st.data())
def test_nothing_that_collects_goes_out_under_any_hold(code, moment, channel, data) -> None:
    rules = acknowledged(jurisdictions().gate(code))
    person = data.draw(reaches(moment).filter(lambda person: person.holds))
    decision = decide(moment, person, channel, Purpose.COLLECTION, [], rules)
    assert isinstance(decision, Blocked)
    assert decision.kind is BlockKind.HOLD
    assert decision.next_allowed_at is None


def test_a_decision_takes_less_than_a_millisecond() -> None:
    from tests.properties.gates import measured

    assert measured(time.process_time) < 0.001
