"""Payment plans over the whole balance: the answer to regular instalments that a debtor proposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from bot.debt.arrangements import Frequency, Kind, Terms
from bot.debt.money import Money
from bot.debt.plan_shapes import PlanAsk, limits_of, longest_amounts, shape_of
from bot.debt.proposals import Position
from bot.debt.schedules import due_dates, first_due, frequency_of, per_month, schedule
from bot.debt.settlements import FIRST_PAYMENT_DAYS
from bot.debt.verdicts import Accepted, Countered, Reason

FULL_PAYMENT_RULE = "payment_in_full"
_NOT_REGULAR = (Frequency.ONCE, Frequency.IRREGULAR)
_USUAL_DAYS = {Frequency.WEEKLY: 7, Frequency.BIWEEKLY: 14, Frequency.SEMIMONTHLY: 1}


def latest_start(position: Position, frequency: Frequency = Frequency.MONTHLY) -> date:
    """The last day on which a first instalment may fall; the next pay day is never too late."""
    limits = position.limits.plan
    days = limits.first_due_within_days if limits else _full_payment_days(position)
    latest = position.today + timedelta(days=days)
    if frequency is not Frequency.SEMIMONTHLY:
        return latest
    soonest = first_due(frequency, position.today)
    while (following := first_due(frequency, soonest + timedelta(days=1))) <= latest:
        soonest = following
    return soonest


def _full_payment_days(position: Position) -> int:
    promise = position.limits.promise
    return promise.longest_days if promise else FIRST_PAYMENT_DAYS


def usual_start(position: Position, frequency: Frequency) -> date:
    """The first due date where the debtor named none."""
    wanted = position.today + timedelta(days=_USUAL_DAYS.get(frequency, FIRST_PAYMENT_DAYS))
    return min(first_due(frequency, wanted), latest_start(position, frequency))


def full_payment(position: Position, due_on: date | None = None) -> Terms:
    """The whole balance in one payment."""
    day = due_on or usual_start(position, Frequency.ONCE)
    return plan_terms(position, [position.balance], [day], FULL_PAYMENT_RULE)


def plan_terms(
    position: Position,
    amounts: Sequence[Money],
    days: Sequence[date],
    rule_id: str,
    frequency: Frequency | None = None,
) -> Terms:
    """Terms of a plan; the frequency is read off the days where it is not given."""
    return Terms(
        kind=Kind.PAYMENT_PLAN,
        frequency=Frequency.ONCE if len(days) == 1 else frequency or frequency_of(days),
        schedule=schedule(amounts, days),
        saving=Money.zero(position.balance.currency),
        rule_id=rule_id,
        edition=position.limits.edition,
    )


def offered_frequency(position: Position, ask: PlanAsk) -> tuple[Frequency, PlanAsk, Reason | None]:
    """The frequency to use: the one asked for, or the nearest offered with the figures converted to it."""
    offered = [f for f in limits_of(position).frequencies if f not in _NOT_REGULAR] or [Frequency.MONTHLY]
    if ask.frequency is None:
        return (Frequency.MONTHLY if Frequency.MONTHLY in offered else offered[0]), ask, None
    if ask.frequency in offered:
        return ask.frequency, ask, None
    wanted = per_month(ask.frequency)
    nearest = min(offered, key=lambda f: (abs(per_month(f) - wanted), per_month(f)))
    ratio = wanted / per_month(nearest)
    each = Money(max(1, int(ask.each.minor * ratio)), ask.each.currency) if ask.each else None
    count = max(1, int(ask.count / ratio)) if ask.count else None
    return nearest, replace(ask, frequency=nearest, each=each, count=count), Reason.FREQUENCY_NOT_OFFERED


def decide_plan(position: Position, ask: PlanAsk) -> Accepted | Countered | None:
    """Answer instalments over the whole balance.

    Returns:
        Accepted at the debtor's own figures, Countered with the nearest plan that the rules allow, or None
        where the segment has no plans.
    """
    if position.limits.plan is None:
        return None
    frequency, ask, converted = offered_frequency(position, ask)
    shape = shape_of(position, ask, frequency)
    days, late = _days(position, ask, frequency, len(shape.amounts))
    rule_id = position.limits.plan.rule_id
    if len(shape.amounts) == 1:
        terms = full_payment(position, days[0])
    else:
        terms = plan_terms(position, shape.amounts, days, rule_id, frequency)
    problem = shape.problem or converted or late
    if problem is None:
        return Accepted(terms, terms.rule_id)
    return Countered(_not_worse(position, terms, ask), rule_id, problem)


def _days(
    position: Position, ask: PlanAsk, frequency: Frequency, count: int
) -> tuple[tuple[date, ...], Reason | None]:
    """The due dates, and the reason if the first had to be brought forward."""
    if ask.down is not None and count > 1:
        return _days_after_down(position, ask, frequency, count)
    latest = latest_start(position, frequency)
    start = first_due(frequency, ask.down_on or ask.starts_on or usual_start(position, frequency))
    late = Reason.TOO_LATE_START if start > latest else None
    return due_dates(frequency, min(start, latest), count), late


def _days_after_down(
    position: Position, ask: PlanAsk, frequency: Frequency, count: int
) -> tuple[tuple[date, ...], Reason | None]:
    """A first payment today or on its day; the instalments from one period later or from their day."""
    bound = position.today + timedelta(days=limits_of(position).first_due_within_days)
    wanted = ask.down_on or position.today
    late = Reason.TOO_LATE_START if wanted > bound else None
    down_on = min(wanted, bound)
    if frequency is Frequency.SEMIMONTHLY:
        following = first_due(frequency, down_on + timedelta(days=1))
    else:
        following = due_dates(frequency, down_on, 2)[1]
    named = ask.starts_on is not None and ask.starts_on > down_on
    start = first_due(frequency, ask.starts_on) if named and ask.starts_on else following
    latest = max(latest_start(position, frequency), following)
    late = Reason.TOO_LATE_START if start > latest else late
    return (down_on, *due_dates(frequency, min(start, latest), count - 1)), late


def regular_instalment(terms: Terms) -> Money:
    """What is paid in an ordinary period: neither the first nor the last payment of a long plan."""
    amounts = [i.amount for i in terms.schedule]
    return amounts[-2] if len(amounts) > 2 else max(amounts)


def monthly_burden(terms: Terms) -> Fraction:
    """The regular instalment in minor units a month, to compare plans of different frequencies."""
    return regular_instalment(terms).minor * per_month(terms.frequency)


def lightest_on_table(position: Position) -> Terms | None:
    """The plan with the smallest monthly burden already put to the debtor."""
    plans = [t for t in position.table_in_force if t.kind is Kind.PAYMENT_PLAN and len(t.schedule) > 1]
    return min(plans, key=lambda t: (monthly_burden(t), -len(t.schedule)), default=None)


def _not_worse(position: Position, terms: Terms, ask: PlanAsk) -> Terms:
    """The counter-offer, or the plan on the table where that is lighter than it and than what was named."""
    best = lightest_on_table(position)
    if best is None:
        return terms
    named = ask.each.minor * per_month(ask.frequency or Frequency.MONTHLY) if ask.each else Fraction(0)
    return best if monthly_burden(terms) > max(monthly_burden(best), named) else terms


def longest_plan(position: Position) -> Terms | None:
    """The plan with the smallest instalments that the rules can give, or None where there are no plans."""
    if position.limits.plan is None:
        return None
    frequency, _, _ = offered_frequency(position, PlanAsk())
    amounts = longest_amounts(position, frequency)
    days = due_dates(frequency, usual_start(position, frequency), len(amounts))
    return plan_terms(position, amounts, days, position.limits.plan.rule_id, frequency)


def counter_with_longest(position: Position, reason: Reason) -> Countered:
    """The lightest plan there is, where the debtor's own payments cannot be kept."""
    terms = longest_plan(position)
    if terms is None:
        raise ValueError("no plans in this segment")
    return Countered(_not_worse(position, terms, PlanAsk()), limits_of(position).rule_id, reason)


def plan_offer(position: Position) -> Terms | None:
    """The plan to offer first: within the budget, else of middle length; None if it is one payment."""
    verdict = decide_plan(position, PlanAsk())
    if verdict is None or len(verdict.terms.schedule) < 2:
        return None
    return verdict.terms
