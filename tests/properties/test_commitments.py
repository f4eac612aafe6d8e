"""Laws of promises and of moved due dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.debt.arrangements import Arrangement, ArrangementStatus, InstalmentStatus
from bot.debt.money import Money
from bot.debt.negotiation import (
    Moved,
    NotMoved,
    Position,
    PromiseAllowed,
    PromiseTooFar,
    PromiseTooSmall,
    decide_promise,
    move_due_date,
    opening_offers,
)
from bot.debt.party import AccountReference
from tests.properties.positions import positions

AGREED = datetime(2026, 1, 1, tzinfo=timezone.utc)


@given(positions(), st.integers(-5, 60), st.integers(-10, 6_000_000), st.integers(0, 4))
def test_a_promise_that_is_allowed_keeps_every_limit_and_a_refusal_names_one_that_works(
    position: Position, ahead: int, minor: int, broken: int
) -> None:
    account, limits, today = position.account, position.limits, position.today
    rules = limits.promise
    assert rules is not None
    amount, due_on = Money(minor, account.currency), today + timedelta(days=ahead)
    verdict = decide_promise(account, limits, amount, due_on, today, broken)
    assert verdict.rule_id
    if isinstance(verdict, PromiseAllowed):
        assert (verdict.amount, verdict.due_on) == (amount, due_on)
        assert 0 <= ahead <= rules.longest_days
        assert broken <= rules.max_broken
        assert 0 < amount.minor <= position.balance.minor
    if isinstance(verdict, PromiseTooFar):
        assert decide_promise(account, limits, None, verdict.latest, today, broken) == PromiseAllowed(
            position.balance, verdict.latest, rules.rule_id
        )
    if isinstance(verdict, PromiseTooSmall):
        assert amount < verdict.minimum
        again = decide_promise(account, limits, verdict.minimum, due_on, today, broken)
        assert isinstance(again, PromiseAllowed)


@given(positions(with_plan=True), st.integers(-5, 60), st.data())
def test_moving_a_day_keeps_money_order_and_bounds(
    position: Position, ahead: int, data: st.DataObject
) -> None:
    terms = data.draw(st.sampled_from(opening_offers(position)))
    number = data.draw(st.integers(0, len(terms.schedule) + 1))
    arrangement = Arrangement("P1", AccountReference("AD-1"), terms, ArrangementStatus.ACTIVE, AGREED)
    index = min(max(number, 1), len(terms.schedule)) - 1
    new_day = terms.schedule[index].due_on + timedelta(days=ahead)
    verdict = move_due_date(arrangement, number, new_day, position.limits, position.today)
    limits = position.limits.plan
    assert limits is not None
    if isinstance(verdict, Moved):
        after = verdict.arrangement.terms.schedule
        assert [i.amount for i in after] == [i.amount for i in terms.schedule]
        assert after[index].due_on == new_day
        assert all(a.due_on < b.due_on for a, b in zip(after, after[1:], strict=False))
        assert new_day >= position.today
        assert (new_day - terms.schedule[index].due_on).days <= limits.max_days_moved
        assert verdict.arrangement.date_changes == 1
        second = move_due_date(verdict.arrangement, number, new_day, position.limits, position.today)
        assert isinstance(second, NotMoved)  # once is what the rule allows
    elif verdict.latest is not None:
        assert isinstance(
            move_due_date(arrangement, number, verdict.latest, position.limits, position.today), Moved
        )


@given(positions(with_plan=True))
def test_what_is_paid_or_over_is_not_moved(position: Position) -> None:
    terms = opening_offers(position)[-1]
    paid = replace(terms, schedule=(replace(terms.schedule[0], status=InstalmentStatus.PAID),))
    day = terms.schedule[0].due_on
    assume(day >= position.today)
    for arrangement in (
        Arrangement("P1", AccountReference("AD-1"), paid, ArrangementStatus.ACTIVE, AGREED),
        Arrangement("P1", AccountReference("AD-1"), terms, ArrangementStatus.BROKEN, AGREED),
    ):
        assert isinstance(move_due_date(arrangement, 1, day, position.limits, position.today), NotMoved)
