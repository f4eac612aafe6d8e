"""Commitments outside a negotiation: promises to pay, and moving the day of an agreed instalment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from bot.debt.accounts import Account
from bot.debt.arrangements import Arrangement, InstalmentStatus
from bot.debt.limits import Limits
from bot.debt.money import Money
from bot.debt.verdicts import (
    Moved,
    NotMoved,
    PromiseAllowed,
    PromiseNotAllowed,
    PromiseTooFar,
    PromiseTooSmall,
    PromiseVerdict,
    Reason,
)


def decide_promise(
    account: Account, limits: Limits, amount: Money | None, due_on: date, today: date, broken_count: int
) -> PromiseVerdict:
    """Whether a promise to pay can be noted.

    Args:
        account: the debt.
        limits: today's limits of that account.
        amount: what was promised; None means all that is owed.
        due_on: the day promised.
        today: the business date.
        broken_count: promises this debtor has broken before.
    """
    rules, owed = limits.promise, account.balance.total
    if rules is None:
        return PromiseNotAllowed(Reason.NO_PROMISE_HERE, limits.segment_rule_id)
    amount = owed if amount is None else amount
    if owed.minor <= 0:
        return PromiseNotAllowed(Reason.NOTHING_OWED, rules.rule_id, owed)
    if amount.currency != owed.currency:
        return PromiseNotAllowed(Reason.OTHER_CURRENCY, rules.rule_id, owed)
    if broken_count > rules.max_broken:
        return PromiseNotAllowed(Reason.TOO_MANY_BROKEN, rules.rule_id)
    if amount > owed:
        return PromiseNotAllowed(Reason.MORE_THAN_OWED, rules.rule_id, owed)
    if due_on < today:
        return PromiseNotAllowed(Reason.DATE_IN_THE_PAST, rules.rule_id, today)
    latest = today + timedelta(days=rules.longest_days)
    if due_on > latest:
        return PromiseTooFar(latest, rules.rule_id)
    share = Fraction(rules.min_share) * owed.minor
    minimum = Money(max(1, -(-share.numerator // share.denominator)), owed.currency)
    if amount < minimum:
        return PromiseTooSmall(minimum, rules.rule_id)
    return PromiseAllowed(amount, due_on, rules.rule_id)


def move_due_date(
    arrangement: Arrangement, number_of_instalment: int, new_day: date, limits: Limits, today: date
) -> Moved | NotMoved:
    """Move one unpaid instalment to another day, keeping the order of the instalments.

    Args:
        arrangement: an open plan or settlement.
        number_of_instalment: counted from 1.
        new_day: where to.
        limits: today's limits: how many times and how far days may be moved (the plan's rule).
        today: the business date.
    """
    rules, schedule = limits.plan, arrangement.terms.schedule
    if rules is None:
        return NotMoved(Reason.NO_MORE_CHANGES, limits.segment_rule_id)
    if not arrangement.is_open or not 1 <= number_of_instalment <= len(schedule):
        return NotMoved(Reason.NOT_OPEN, rules.rule_id)
    index = number_of_instalment - 1
    moving = schedule[index]
    if moving.status is InstalmentStatus.PAID:
        return NotMoved(Reason.NOT_OPEN, rules.rule_id)
    if arrangement.date_changes >= rules.date_changes:
        return NotMoved(Reason.NO_MORE_CHANGES, rules.rule_id)
    latest = moving.due_on + timedelta(days=rules.max_days_moved)
    if index + 1 < len(schedule):
        latest = min(latest, schedule[index + 1].due_on - timedelta(days=1))
    if new_day < today:
        return NotMoved(Reason.DATE_IN_THE_PAST, rules.rule_id, latest if latest >= today else None)
    if new_day > latest:
        return NotMoved(Reason.DATE_TOO_FAR, rules.rule_id, latest if latest >= today else None)
    if index and new_day <= schedule[index - 1].due_on:
        return NotMoved(Reason.DATE_IN_THE_PAST, rules.rule_id, latest)
    moved = (*schedule[:index], replace(moving, due_on=new_day), *schedule[index + 1 :])
    changed = replace(arrangement.with_schedule(moved), date_changes=arrangement.date_changes + 1)
    return Moved(changed, rules.rule_id)
