"""Settlements: the lowest sum that closes a debt on a rung, and the answer to a debtor's own sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

from bot.debt.arrangements import Frequency, Instalment, Kind, Terms
from bot.debt.limits import SettlementLimits
from bot.debt.money import Money
from bot.debt.proposals import Position
from bot.debt.schedules import due_dates, equal_amounts, frequency_of, rounded_up, schedule, share_up
from bot.debt.verdicts import Accepted, Countered, Reason

# Where nobody named a day, the first of several payments is due so many days ahead, or earlier if need be.
FIRST_PAYMENT_DAYS = 15
# A single payment is due by this day unless the debtor names a later one that the rules allow.
SINGLE_PAYMENT_DAYS = 30


@dataclass(frozen=True)
class SettlementAsk:
    """A settlement as the debtor wants it; `total` is None when no figure was named."""

    total: Money | None
    payments: int = 1
    frequency: Frequency = Frequency.MONTHLY
    starts_on: date | None = None
    parts: tuple[tuple[date, Money], ...] = ()


def lowest_total(position: Position, released: Decimal | None = None) -> Money | None:
    """The smallest sum that closes the debt, or None where the rules give no discount.

    Args:
        position: the account and its limits; its rung says how much of the ceiling is open.
        released: share of the ceiling to use instead of the rung's.

    Returns:
        A sum that is at least the floor, rounded up to what instalments are rounded to, and below the
        balance.
    """
    limits = position.limits.settlement
    if limits is None:
        return None
    owed, balance = position.account.balance, position.balance
    share = position.limits.ladder.released(position.rung) if released is None else released
    ceiling = (
        Fraction(limits.fees_share) * max(0, owed.fees.minor)
        + Fraction(limits.interest_share) * max(0, owed.interest.minor)
        + Fraction(limits.principal_share) * max(0, owed.principal.minor)
    )
    least = max(share_up(balance, limits.floor_share).minor, 1)
    total = Money(max(balance.minor - floor(ceiling * Fraction(share)), least), balance.currency)
    step = position.limits.plan.round_to if position.limits.plan else Money(1, balance.currency)
    total = rounded_up(total, step)
    return total if total < balance else None


def cheapest_on_table(position: Position) -> Terms | None:
    """The cheapest settlement already put to the debtor."""
    settlements = [t for t in position.table_in_force if t.kind is Kind.SETTLEMENT]
    return min(settlements, key=lambda t: (t.total.minor, -len(t.schedule)), default=None)


def open_total(position: Position) -> Money | None:
    """The lowest total this debtor can have now: what the rung released or what is already on the table."""
    sums = [s for s in (lowest_total(position), _total(cheapest_on_table(position))) if s is not None]
    return min(sums, default=None)


def _total(terms: Terms | None) -> Money | None:
    return terms.total if terms else None


def _days_that_fit(
    payments: int, frequency: Frequency, starts_on: date | None, today: date, deadline: date
) -> tuple[date, ...]:
    """Days for at most `payments` payments, the last by the deadline, as late and as many as fit."""
    if payments == 1 and starts_on is None:
        return (min(deadline, today + timedelta(days=SINGLE_PAYMENT_DAYS)),)
    wanted = starts_on or today + timedelta(days=FIRST_PAYMENT_DAYS)
    for count in range(payments, 1, -1):
        for first in range((min(wanted, deadline) - today).days, -1, -1):
            days = due_dates(frequency, today + timedelta(days=first), count)
            if days[-1] <= deadline:
                return days
    return (min(wanted, deadline),)


def _raised(parts: Sequence[tuple[date, Money]], total: Money) -> tuple[Instalment, ...]:
    """The debtor's own payments with the difference to `total` added to (or taken from) the last ones."""
    amounts = [amount for _, amount in parts]
    difference = total.minor - sum(a.minor for a in amounts)
    if amounts[-1].minor + difference <= 0:
        return schedule(equal_amounts(total, len(parts), Money(1, total.currency)), [day for day, _ in parts])
    amounts[-1] = Money(amounts[-1].minor + difference, total.currency)
    return schedule(amounts, [day for day, _ in parts])


def terms_for(
    position: Position, limits: SettlementLimits, total: Money, instalments: tuple[Instalment, ...]
) -> Terms:
    """Settlement terms of a sum on given days."""
    return Terms(
        kind=Kind.SETTLEMENT,
        frequency=frequency_of([i.due_on for i in instalments]),
        schedule=instalments,
        saving=position.balance - total,
        rule_id=limits.rule_id,
        edition=position.limits.edition,
    )


def settlement_terms(position: Position, total: Money, ask: SettlementAsk) -> Terms:
    """Terms of a settlement at `total`, on the days and in the number of payments nearest to those asked for.

    Raises:
        ValueError: the account has no settlement limits.
    """
    limits = position.limits.settlement
    if limits is None:
        raise ValueError("no settlement in this segment")
    deadline = position.today + timedelta(days=limits.pay_within_days)
    if ask.parts and len(ask.parts) <= limits.max_payments and ask.parts[-1][0] <= deadline:
        return terms_for(position, limits, total, _raised(ask.parts, total))
    payments = max(1, min(ask.payments, limits.max_payments, total.minor))
    days = _days_that_fit(payments, ask.frequency, ask.starts_on, position.today, deadline)
    step = position.limits.plan.round_to if position.limits.plan else Money(1, total.currency)
    return terms_for(position, limits, total, schedule(equal_amounts(total, len(days), step), days))


def _schedule_problem(limits: SettlementLimits, ask: SettlementAsk, terms: Terms) -> Reason | None:
    """Why the payments could not be laid out as asked, if so."""
    if max(ask.payments, len(ask.parts)) > limits.max_payments:
        return Reason.TOO_LONG
    days = [i.due_on for i in terms.schedule]
    if ask.parts:
        return None if days == [day for day, _ in ask.parts] else Reason.TOO_LATE_START
    if len(days) < ask.payments:
        return Reason.TOO_LONG
    if ask.starts_on is not None and days != list(due_dates(ask.frequency, ask.starts_on, len(days))):
        return Reason.TOO_LATE_START
    return None


def decide_settlement(position: Position, ask: SettlementAsk) -> Accepted | Countered | None:
    """Answer a wish to close the debt for a sum.

    Returns:
        Accepted at the debtor's own figure and days; Countered with the nearest allowed, never dearer than
        what is on the table; None where no discount can be given at all.
    """
    limits, lowest, best = position.limits.settlement, open_total(position), cheapest_on_table(position)
    if lowest is None:
        return None
    if limits is None:  # only an offer made under an earlier rule is left: it holds as it was made
        assert best is not None
        reason = (
            Reason.BETTER_ON_TABLE if ask.total is not None and ask.total > best.total else Reason.TOO_LOW
        )
        return Countered(best, best.rule_id, reason)
    if ask.total is None:
        return Countered(_with_table(position, lowest, ask), limits.rule_id, Reason.NO_FIGURE)
    if ask.total < lowest:
        return Countered(_with_table(position, lowest, ask), limits.rule_id, Reason.TOO_LOW)
    if best is not None and best.total < ask.total:
        return Countered(_with_table(position, best.total, ask), best.rule_id, Reason.BETTER_ON_TABLE)
    terms = settlement_terms(position, ask.total, ask)
    problem = _schedule_problem(limits, ask, terms)
    if problem is None:
        return Accepted(terms, limits.rule_id)
    return Countered(terms, limits.rule_id, problem)


def _with_table(position: Position, total: Money, ask: SettlementAsk) -> Terms:
    """Terms at `total`: those on the table when they cost that and no other days were asked for."""
    best = cheapest_on_table(position)
    says_when = ask.payments > 1 or ask.starts_on is not None or bool(ask.parts)
    if best is not None and best.total == total and not says_when:
        return best
    return settlement_terms(position, total, ask)
