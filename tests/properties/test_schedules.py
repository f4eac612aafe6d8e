"""Laws of schedules: nothing is lost by cutting, and days are where people expect them."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.debt.arrangements import Frequency
from bot.debt.money import Money
from bot.debt.schedules import (
    add_months,
    amounts_of,
    due_dates,
    equal_amounts,
    equal_instalments,
    frequency_of,
    longest_count,
    rounded_down,
    rounded_up,
)

days = st.integers(0, 4000).map(lambda n: date(2024, 1, 1) + timedelta(days=n))
regular = st.sampled_from([Frequency.WEEKLY, Frequency.BIWEEKLY, Frequency.SEMIMONTHLY, Frequency.MONTHLY])
money = st.integers(1, 10**10).map(lambda minor: Money(minor, "EUR"))
steps = st.sampled_from([1, 10, 100, 5000]).map(lambda minor: Money(minor, "EUR"))


def last_of_month(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


@given(money, st.integers(1, 120), steps)
def test_equal_amounts_add_up_and_only_the_last_differs(total: Money, count: int, step: Money) -> None:
    count = min(count, total.minor)
    amounts = equal_amounts(total, count, step)
    assert len(amounts) == count
    assert sum(a.minor for a in amounts) == total.minor
    assert all(a.minor > 0 for a in amounts)
    assert len(set(amounts[:-1])) <= 1
    assert all(a <= amounts[-1] for a in amounts)


@given(money, money, st.integers(1, 120))
def test_payments_of_one_size_add_up_and_the_last_is_near_the_rest(
    total: Money, each: Money, longest: int
) -> None:
    each = max(each, Money(-(-total.minor // 500), "EUR"))
    amounts = amounts_of(total, each, longest)
    assert sum(a.minor for a in amounts) == total.minor
    assert all(a == each for a in amounts[:-1])
    assert amounts[-1].minor > 0
    if each < total:
        assert len(amounts) >= 2
    if len(amounts) > 2:
        assert amounts[-1].minor * 4 <= each.minor * 5
        assert amounts[-1].minor * 10 > each.minor


@given(money, money, money, st.integers(1, 120))
def test_larger_payments_are_never_more_payments(total: Money, one: Money, two: Money, longest: int) -> None:
    low, high = sorted((one.minor, two.minor))
    low = max(low, -(-total.minor // 500))
    high = max(low, high)
    fewer = amounts_of(total, Money(high, "EUR"), longest)
    more = amounts_of(total, Money(low, "EUR"), longest)
    assert len(fewer) <= longest or len(more) > longest


@given(regular, days, st.integers(1, 60))
def test_due_dates_are_on_their_days_in_order(frequency: Frequency, first: date, count: int) -> None:
    dates = due_dates(frequency, first, count)
    assert len(dates) == count
    assert dates[0] >= first
    assert all(a < b for a, b in zip(dates, dates[1:], strict=False))
    if frequency is Frequency.MONTHLY:
        assert all(d.day == min(first.day, last_of_month(d)) for d in dates)
        months = [d.year * 12 + d.month for d in dates]
        assert months == list(range(months[0], months[0] + count))
    elif frequency is Frequency.SEMIMONTHLY:
        assert all(d.day in (15, last_of_month(d)) for d in dates)
        assert (dates[0] - first).days < 17
        assert all(13 <= (b - a).days <= 16 for a, b in zip(dates, dates[1:], strict=False))
    else:
        gap = 7 if frequency is Frequency.WEEKLY else 14
        assert all((b - a).days == gap for a, b in zip(dates, dates[1:], strict=False))


@given(regular, days, st.integers(3, 24))
def test_a_frequency_is_recognised_from_its_days(frequency: Frequency, first: date, count: int) -> None:
    assert frequency_of(due_dates(frequency, first, count)) is frequency


@given(days, st.integers(0, 400))
def test_adding_months_keeps_the_day_or_the_end_of_the_month(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == min(day.day, last_of_month(later))


@given(money, steps)
def test_rounding_brackets_the_amount(amount: Money, step: Money) -> None:
    down, up = rounded_down(amount, step), rounded_up(amount, step)
    assert down <= amount <= up
    assert down.minor % step.minor == up.minor % step.minor == 0
    assert (up - down).minor in (0, step.minor)


@given(money, st.integers(1, 60), regular, days, steps)
def test_instalments_have_one_amount_for_each_day(
    total: Money, count: int, frequency: Frequency, first: date, step: Money
) -> None:
    count = min(count, total.minor)
    instalments = equal_instalments(total, count, frequency, first, step)
    assert sum(i.amount.minor for i in instalments) == total.minor
    assert tuple(i.due_on for i in instalments) == due_dates(frequency, first, count)


@given(regular, st.integers(1, 60))
def test_as_many_instalments_fit_as_the_months_hold(frequency: Frequency, months: int) -> None:
    first = date(2026, 1, 1)
    dates = due_dates(frequency, first, longest_count(months, frequency))
    assert dates[-1] <= add_months(first, months) + timedelta(days=1)
