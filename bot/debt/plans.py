"""Payment plans over the whole balance: the answer to instalments that a debtor proposes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

from bot.debt.arrangements import Frequency, Kind, Terms
from bot.debt.limits import PlanLimits
from bot.debt.money import Money
from bot.debt.proposals import Position
from bot.debt.schedules import (
    add_months,
    amounts_of,
    due_dates,
    equal_amounts,
    first_due,
    longest_count,
    per_month,
    rounded_down,
    rounded_up,
    schedule,
)
from bot.debt.settlements import FIRST_PAYMENT_DAYS, frequency_of
from bot.debt.verdicts import Accepted, Countered, Reason

FULL_PAYMENT_RULE = "payment_in_full"
# Payments on days of the debtor's choice may run at half the pace of the longest plan, never slower.
_PACE = 2


def latest_start(position: Position, frequency: Frequency = Frequency.MONTHLY) -> date:
    """The last day on which a first instalment may fall."""
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
    step = {Frequency.WEEKLY: 7, Frequency.BIWEEKLY: 14, Frequency.SEMIMONTHLY: 1}.get(frequency, FIRST_PAYMENT_DAYS)
    return min(first_due(frequency, position.today + timedelta(days=step)), latest_start(position, frequency))


def full_payment(position: Position, due_on: date | None = None) -> Terms:
    """The whole balance in one payment."""
    day = due_on or usual_start(position, Frequency.ONCE)
    return _terms(position, [position.balance], [day], FULL_PAYMENT_RULE, Frequency.ONCE)


def _terms(
    position: Position, amounts: list[Money], days: list[date], rule_id: str, frequency: Frequency | None = None
) -> Terms:
    return Terms(
        kind=Kind.PAYMENT_PLAN,
        frequency=Frequency.ONCE if len(days) == 1 else frequency or frequency_of(days),
        schedule=schedule(amounts, days),
        saving=Money.zero(position.balance.currency),
        rule_id=rule_id,
        edition=position.limits.edition,
    )


def _offered_frequency(position: Position, ask: PlanAsk) -> tuple[Frequency, PlanAsk, Reason | None]:
    """The frequency to use: the one asked for, or the nearest that is offered with the figures converted to it."""
    offered = [f for f in _limits(position).frequencies if f not in (Frequency.ONCE, Frequency.IRREGULAR)]
    offered = offered or [Frequency.MONTHLY]
    if ask.frequency is None:
        return (Frequency.MONTHLY if Frequency.MONTHLY in offered else offered[0]), ask, None
    if ask.frequency in offered:
        return ask.frequency, ask, None
    nearest = min(offered, key=lambda f: (abs(per_month(f) - per_month(ask.frequency or f)), per_month(f)))
    ratio = per_month(ask.frequency) / per_month(nearest)
    each = Money(max(1, int(ask.each.minor * ratio)), ask.each.currency) if ask.each else None
    count = max(1, -(-int(ask.count / ratio * 1000) // 1000)) if ask.count else None
    return nearest, replace(ask, frequency=nearest, each=each, count=count), Reason.FREQUENCY_NOT_OFFERED


def decide_plan(position: Position, ask: PlanAsk) -> Accepted | Countered | None:
    """Answer instalments over the whole balance.

    Returns:
        Accepted at the debtor's own figures, Countered with the nearest plan that the rules allow, or None where the
        segment has no plans.
    """
    if position.limits.plan is None:
        return None
    frequency, ask, problem = _offered_frequency(position, ask)
    shape = _shape(position, ask, frequency)
    days, late = _days(position, ask, frequency, len(shape.amounts))
    problem = shape.problem or problem or late
    if len(shape.amounts) == 1:
        terms = full_payment(position, days[0])
    else:
        terms = _terms(position, list(shape.amounts), list(days), position.limits.plan.rule_id, frequency)
    if problem is None:
        return Accepted(terms, terms.rule_id)
    return Countered(_not_worse(position, terms, ask), position.limits.plan.rule_id, problem)


def _days(
    position: Position, ask: PlanAsk, frequency: Frequency, count: int
) -> tuple[tuple[date, ...], Reason | None]:
    """The due dates, and the reason if the first had to be brought forward."""
    latest = latest_start(position, frequency)
    if ask.down is None or count == 1:
        wanted = ask.down_on or ask.starts_on or usual_start(position, frequency)
        start = first_due(frequency, wanted)
        late = Reason.TOO_LATE_START if start > latest else None
        return due_dates(frequency, min(start, latest), count), late
    bound = position.today + timedelta(days=_limits(position).first_due_within_days)
    down_on = ask.down_on or position.today
    late = Reason.TOO_LATE_START if down_on > bound else None
    down_on = min(down_on, bound)
    following = due_dates(frequency, down_on, 2)[1]
    if frequency is Frequency.SEMIMONTHLY:
        following = first_due(frequency, down_on + timedelta(days=1))
    start = first_due(frequency, ask.starts_on) if ask.starts_on and ask.starts_on > down_on else following
    if start > max(latest, following):
        start, late = max(latest, following), Reason.TOO_LATE_START
    return (down_on, *due_dates(frequency, start, count - 1)), late


def regular_instalment(terms: Terms) -> Money:
    """What the debtor pays in an ordinary period: neither the first nor the last payment of a long plan."""
    amounts = [i.amount for i in terms.schedule]
    return amounts[-2] if len(amounts) > 2 else max(amounts, key=lambda m: m.minor)


def monthly_burden(terms: Terms) -> Fraction:
    """The regular instalment in minor units a month, to compare plans of different frequencies."""
    return regular_instalment(terms).minor * per_month(terms.frequency)


def lightest_on_table(position: Position) -> Terms | None:
    """The plan with the smallest monthly burden already put to the debtor."""
    plans = [t for t in position.table_in_force if t.kind is Kind.PAYMENT_PLAN and len(t.schedule) > 1]
    return min(plans, key=lambda t: (monthly_burden(t), -len(t.schedule)), default=None)


def _not_worse(position: Position, terms: Terms, ask: PlanAsk) -> Terms:
    """The counter-offer, or the plan on the table where that is lighter than both it and what the debtor named."""
    best = lightest_on_table(position)
    if best is None:
        return terms
    named = ask.each.minor * per_month(ask.frequency or Frequency.MONTHLY) if ask.each else Fraction(0)
    return best if monthly_burden(terms) > max(monthly_burden(best), named) else terms


def _fallback(position: Position, reason: Reason) -> Countered:
    """The longest plan, where the debtor's own payments cannot be kept."""
    frequency, _, _ = _offered_frequency(position, PlanAsk())
    amounts = longest_amounts(position, frequency)
    days = due_dates(frequency, usual_start(position, frequency), len(amounts))
    terms = _terms(position, list(amounts), list(days), _limits(position).rule_id, frequency)
    return Countered(_not_worse(position, terms, PlanAsk()), _limits(position).rule_id, reason)


def plan_offer(position: Position) -> Terms | None:
    """The plan to offer first: within what the debtor can pay a month, else of middle length; None if it is one payment."""
    verdict = decide_plan(position, PlanAsk())
    if verdict is None or len(verdict.terms.schedule) < 2:
        return None
    return verdict.terms


def longest_plan(position: Position) -> Terms | None:
    """The plan with the smallest instalments that the rules can give, or None where there is none."""
    if position.limits.plan is None:
        return None
    return _fallback(replace(position, table=()), Reason.TOO_LONG).terms
