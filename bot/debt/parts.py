"""Parts: the answer to payments on days of the debtor's own choice ("half now, the other half in April")."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from bot.debt.arrangements import Frequency
from bot.debt.money import Money
from bot.debt.plan_shapes import limits_of, required_down_payment, smallest_instalment
from bot.debt.plans import counter_with_longest, full_payment, latest_start, plan_terms
from bot.debt.proposals import Position
from bot.debt.schedules import add_months, longest_count
from bot.debt.verdicts import Accepted, Countered, Reason

# Payments on days of the debtor's choice may run at half the pace of the longest plan, never slower: a token
# first payment must not buy the whole length of a plan for the rest.
_SLOWEST_PACE = Fraction(1, 2)


def decide_parts(position: Position, parts: Sequence[tuple[date, Money]]) -> Accepted | Countered | None:
    """Answer a list of payments that covers the whole balance.

    Args:
        position: the circumstances.
        parts: at least one, on strictly increasing days, summing to the balance.

    Returns:
        Accepted as it is, Countered with the same payments on earlier days (or the longest plan where that
        does not fit), or None where the segment has no plans.
    """
    limits = position.limits.plan
    if limits is None:
        return None
    amounts, days = [amount for _, amount in parts], [day for day, _ in parts]
    if len(parts) > longest_count(limits.max_months, Frequency.WEEKLY):
        return counter_with_longest(position, Reason.TOO_LONG)
    smallest = max(required_down_payment(position), smallest_instalment(limits, Frequency.MONTHLY))
    needed = min(smallest, position.balance)
    if amounts[0] >= needed:
        return _dated(position, amounts, days, None)
    reason = Reason.DOWN_PAYMENT_NEEDED if limits.down_payment_share else Reason.INSTALMENT_TOO_SMALL
    raised = [needed, *_reduced(amounts[1:], needed - amounts[0])]
    if len(raised) != len(days):
        return counter_with_longest(position, reason)
    return _dated(position, raised, days, reason)


def _reduced(amounts: Sequence[Money], by: Money) -> list[Money]:
    """Take a sum from the last of some amounts, backwards."""
    left: list[Money] = []
    for amount in reversed(amounts):
        taken = min(amount, by)
        by = by - taken
        if amount > taken:
            left.insert(0, amount - taken)
    return left


def _latest_days(position: Position, amounts: Sequence[Money]) -> list[date]:
    """How long each payment may wait: the longer, the more was paid before it."""
    months, balance = limits_of(position).max_months, position.balance.minor
    first, end = latest_start(position), add_months(position.today, months)
    latest, paid = [first], amounts[0].minor
    for amount in amounts[1:]:
        waits = int(Fraction(paid, balance) / _SLOWEST_PACE * months)
        latest.append(min(end, add_months(first, waits)))
        paid += amount.minor
    return latest


def _dated(
    position: Position, amounts: Sequence[Money], days: Sequence[date], reason: Reason | None
) -> Accepted | Countered:
    """Keep the debtor's days, or bring forward those that lie too far out."""
    allowed = [min(day, latest) for day, latest in zip(days, _latest_days(position, amounts), strict=True)]
    if any(b <= a for a, b in zip(allowed, allowed[1:], strict=False)):
        return counter_with_longest(position, Reason.TOO_LONG)
    if reason is None and allowed != list(days):
        reason = Reason.TOO_LATE_START if allowed[0] != days[0] else Reason.TOO_LONG
    rule_id = limits_of(position).rule_id
    terms = (
        full_payment(position, allowed[0])
        if len(amounts) == 1
        else plan_terms(position, amounts, allowed, rule_id)
    )
    return Accepted(terms, terms.rule_id) if reason is None else Countered(terms, rule_id, reason)
