"""Schedules: on which days instalments fall due and how a sum is cut into them without losing a cent."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

from bot.debt.arrangements import Frequency, Instalment
from bot.debt.money import Money

_PER_MONTH = {
    Frequency.ONCE: Fraction(1),
    Frequency.MONTHLY: Fraction(1),
    Frequency.SEMIMONTHLY: Fraction(2),
    Frequency.BIWEEKLY: Fraction(26, 12),
    Frequency.WEEKLY: Fraction(52, 12),
    Frequency.IRREGULAR: Fraction(1),
}
_DAYS = {Frequency.WEEKLY: 7, Frequency.BIWEEKLY: 14}


def per_month(frequency: Frequency) -> Fraction:
    """Instalments in an average month."""
    return _PER_MONTH[frequency]


def longest_count(months: int, frequency: Frequency) -> int:
    """How many instalments fit in a number of months, at least one."""
    return max(1, int(months * _PER_MONTH[frequency]))


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last day when it is shorter (31 January -> 28 February)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def semimonthly_on_or_after(day: date) -> date:
    """The next pay day "de quincena": the 15th or the last day of the month."""
    last = calendar.monthrange(day.year, day.month)[1]
    return day.replace(day=15 if day.day <= 15 else last)


def first_due(frequency: Frequency, not_before: date) -> date:
    """The first day on or after a day on which an instalment of this frequency can fall."""
    return semimonthly_on_or_after(not_before) if frequency is Frequency.SEMIMONTHLY else not_before


def due_dates(frequency: Frequency, first: date, count: int) -> tuple[date, ...]:
    """The days on which `count` instalments fall due, strictly increasing.

    Args:
        frequency: semimonthly means the 15th and the last day of each month, from the first such day on.
        first: the first day; monthly ones keep its day of the month, or the last day of a shorter month.
        count: how many, at least one.
    """
    if frequency in _DAYS:
        return tuple(first + timedelta(days=_DAYS[frequency] * i) for i in range(count))
    if frequency is Frequency.SEMIMONTHLY:
        days = [semimonthly_on_or_after(first)]
        while len(days) < count:
            days.append(semimonthly_on_or_after(days[-1] + timedelta(days=1)))
        return tuple(days)
    return tuple(add_months(first, i) for i in range(count))


def frequency_of(days: Sequence[date]) -> Frequency:
    """The frequency that explains a list of days, or irregular."""
    if len(days) == 1:
        return Frequency.ONCE
    for frequency in (Frequency.MONTHLY, Frequency.SEMIMONTHLY, Frequency.BIWEEKLY, Frequency.WEEKLY):
        if tuple(days) == due_dates(frequency, days[0], len(days)):
            return frequency
    return Frequency.IRREGULAR


def rounded_down(amount: Money, step: Money) -> Money:
    """The largest multiple of `step` that is not above `amount`."""
    return Money(amount.minor - amount.minor % max(1, step.minor), amount.currency)


def rounded_up(amount: Money, step: Money) -> Money:
    """The smallest multiple of `step` that is not below `amount`."""
    return Money(amount.minor + -amount.minor % max(1, step.minor), amount.currency)


def share_up(amount: Money, rate: Decimal | Fraction) -> Money:
    """A share of an amount, rounded up to the minor unit: a least amount is never rounded below itself."""
    return Money(ceil(Fraction(rate) * amount.minor), amount.currency)


def equal_amounts(total: Money, count: int, round_to: Money) -> tuple[Money, ...]:
    """Cut a sum into equal amounts that add up to it; every amount is positive, the last takes the remainder.

    Args:
        total: a positive sum of at least `count` minor units.
        count: how many amounts.
        round_to: amounts are a multiple of this where the sum is large enough for it.
    """
    each = rounded_down(Money(total.minor // count, total.currency), round_to)
    if not each:
        each = Money(total.minor // count, total.currency)
    return (each,) * (count - 1) + (total - each * (count - 1),)


def amounts_of(total: Money, each: Money, longest: int) -> tuple[Money, ...]:
    """Cut a sum into payments of one size; only the last differs: a tenth to five quarters of the others.

    A small remainder goes into the last payment rather than into one more payment of a few cents; a larger
    one (up to a quarter) only where that is what makes the payments fit in `longest`.
    """
    whole, rest = divmod(total.minor, each.minor)
    if whole == 0 or (whole == 1 and not rest):
        return (total,)
    is_small = rest * 10 <= each.minor or (rest * 4 <= each.minor and whole >= longest)
    if whole > 1 and is_small:
        return (each,) * (whole - 1) + (Money(each.minor + rest, each.currency),)
    return (each,) * whole + (Money(rest, each.currency),)


def schedule(amounts: Sequence[Money], days: Sequence[date]) -> tuple[Instalment, ...]:
    """Instalments from amounts and days of the same number."""
    if len(amounts) != len(days):
        raise ValueError("a schedule needs one day for each amount")
    return tuple(Instalment(day, amount) for day, amount in zip(days, amounts, strict=True))


def equal_instalments(
    total: Money, count: int, frequency: Frequency, first: date, round_to: Money
) -> tuple[Instalment, ...]:
    """Equal instalments of a sum on regular days; the last one takes the remainder."""
    return schedule(equal_amounts(total, count, round_to), due_dates(frequency, first, count))
