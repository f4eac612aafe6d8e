"""Once means once, always means always, and never a debt word to somebody whom we do not know."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from bot.debt.disclosures import (
    BEFORE_IDENTITY,
    Code,
    Given,
    Moment,
    Often,
    Rule,
    Situation,
    due,
    may_be_due,
    strictest,
)
from tests.properties.gates import jurisdictions

NOW = datetime(2026, 3, 11, 11, 0, tzinfo=timezone.utc)
CONVERSATIONS, ACCOUNTS, LANGUAGES = ("C-1", "C-2"), (None, "A-1", "A-2"), ("es", "en")
CODES = jurisdictions().codes()

_instants = st.integers(-600, 0).map(lambda minutes: NOW + timedelta(minutes=minutes))
_rules = st.one_of(
    st.sampled_from(CODES).map(jurisdictions().disclosures),
    st.lists(
        st.builds(
            Rule,
            st.sampled_from(Code),
            st.sampled_from(Moment),
            st.sampled_from(Often),
            st.sampled_from("abc").map(lambda fact: (fact,)),
            st.booleans(),
            st.none() | st.sampled_from(Code),
        ),
        max_size=8,
    ).map(strictest),
)
_histories = st.lists(
    st.builds(
        Given,
        st.sampled_from(Code),
        st.sampled_from(CONVERSATIONS),
        st.sampled_from(ACCOUNTS),
        st.sampled_from(LANGUAGES),
        _instants,
    ),
    max_size=12,
)
_situations = st.builds(
    Situation,
    st.frozensets(st.sampled_from(Moment)),
    st.sampled_from(CONVERSATIONS),
    st.sampled_from(ACCOUNTS),
    st.sampled_from(LANGUAGES),
    st.none() | _instants,
)


def _as_given(code: Code, now: Situation) -> Given:
    return Given(code, now.conversation, now.account, now.language, NOW)


@given(_rules, _situations, _histories)
def test_nothing_of_a_debt_before_identification(rules, situation, history) -> None:
    told = due(rules, situation, history)
    assert situation.is_identified or {each.code for each in told} <= BEFORE_IDENTITY


@given(_rules, _situations, _histories)
def test_each_thing_once_in_an_answer_and_only_at_its_moment(rules, situation, history) -> None:
    told = due(rules, situation, history)
    assert len({each.code for each in told}) == len(told)
    assert {each.moment for each in told} <= situation.moments
    asked = {fact for rule in may_be_due(rules, situation) for fact in rule.facts}
    assert all(each.facts and set(each.facts) <= asked for each in told)


@given(_rules, _situations, _histories)
def test_once_means_once_and_always_means_always(rules, situation, history) -> None:
    first = {each.code for each in due(rules, situation, history)}
    again = {
        each.code for each in due(rules, situation, [*history, *(_as_given(c, situation) for c in first)])
    }
    always = {rule.code for rule in may_be_due(rules, situation) if rule.often is Often.MESSAGE}
    assert again <= always
    uncovered = {
        rule.code
        for rule in may_be_due(rules, situation)
        if rule.often is Often.MESSAGE and rule.covered_by is None
    }
    assert uncovered <= again & first


@given(_rules, _situations, _histories, st.randoms())
def test_the_order_of_what_was_said_does_not_matter(rules, situation, history, random) -> None:
    mixed = list(history)
    random.shuffle(mixed)
    assert due(rules, situation, mixed) == due(rules, situation, history)


@given(_rules, _situations, _histories, _histories)
def test_more_that_was_said_never_makes_more_due(rules, situation, history, more) -> None:
    """Save the short form of a long one that need not be said any more."""
    less = {each.code for each in due(rules, situation, [*history, *more])}
    short = {rule.code for rule in rules if rule.covered_by is not None}
    assert less <= {each.code for each in due(rules, situation, history)} | short


@given(_rules, _situations)
def test_what_was_said_elsewhere_or_before_does_not_count_for_a_session(rules, situation) -> None:
    elsewhere = [Given(code, "C-3", situation.account, situation.language, NOW) for code in Code]
    told = {each.code for each in due(rules, situation, elsewhere)}
    for rule in may_be_due(rules, situation):
        if rule.often in (Often.CONVERSATION, Often.SESSION, Often.MESSAGE) and rule.covered_by is None:
            assert rule.code in told


@given(_rules, _situations)
def test_another_account_counts_for_nothing(rules, situation) -> None:
    others = [Given(code, situation.conversation, "A-9", situation.language, NOW) for code in Code]
    assert due(rules, situation, others) == due(rules, situation, [])


def test_every_jurisdiction_says_who_writes_and_that_it_is_a_machine() -> None:
    for code in CODES:
        rules = jurisdictions().disclosures(code)
        opening = {rule.code for rule in rules if rule.moment is Moment.OPENING}
        assert {Code.AI, Code.HUMAN} <= opening, code
        after = {rule.code for rule in rules if rule.moment in (Moment.IDENTIFIED, Moment.ACCOUNT)}
        assert after & {Code.IDENTIFICATION, Code.MINI_MIRANDA, Code.PRIVACY}, code
