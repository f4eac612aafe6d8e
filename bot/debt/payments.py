"""What a payment does: which parts of a balance and which instalments it pays, what becomes of promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta, timezone, tzinfo

from bot.debt.accounts import Balance
from bot.debt.arrangements import Arrangement, ArrangementStatus, Instalment, InstalmentStatus, Kind
from bot.debt.money import Money
from bot.debt.promises import Promise, PromiseStatus

GRACE_DAYS = 3  # a transfer of the due date may reach the creditor's books after a weekend
MISSED_TO_BREAK = 2  # instalments missed before a plan counts as broken


@dataclass(frozen=True)
class Receipt:
    """One money movement and all that it changed.

    `applied + overpaid` is the payment; `applied + forgiven + balance.total` is what was owed before it.
    """

    balance: Balance
    arrangement: Arrangement | None
    applied: Money
    forgiven: Money
    overpaid: Money


@dataclass(frozen=True)
class Paid:
    """A payment as far as promises go."""

    amount: Money
    paid_on: date


@dataclass
class _Left:
    paid_on: date
    minor: int


def allocate(schedule: Sequence[Instalment], amount: Money) -> tuple[tuple[Instalment, ...], Money]:
    """Pay instalments, the oldest first.

    Args:
        schedule: in order of due date.
        amount: what was paid.

    Returns:
        The schedule after it, and what is left when every instalment is paid.
    """
    paid = []
    for each in schedule:
        taken = Money(min(outstanding(each).minor, amount.minor), amount.currency)
        amount = amount - taken
        paid.append(_with_more(each, taken) if taken else each)
    return tuple(paid), amount


def outstanding(instalment: Instalment) -> Money:
    """What is still to be paid of an instalment."""
    return instalment.amount - instalment.paid if instalment.paid is not None else instalment.amount


def _with_more(instalment: Instalment, taken: Money) -> Instalment:
    paid = taken if instalment.paid is None else instalment.paid + taken
    is_paid = paid == instalment.amount
    return replace(
        instalment, paid=paid, status=InstalmentStatus.PAID if is_paid else InstalmentStatus.PARTLY_PAID
    )


def receive(balance: Balance, arrangement: Arrangement | None, amount: Money) -> Receipt:
    """Take a payment into the books.

    Fees are paid first, then interest, then principal. A settlement paid to the last cent forgives the rest
    of the balance; what exceeds the settlement, or the balance, is overpaid and reduces nothing.

    Args:
        balance: what is owed before it.
        arrangement: the agreement that it pays, if there is one.
        amount: what was paid, more than zero.

    Raises:
        CurrencyMismatch: it was paid in another currency.
    """
    owed = balance.total
    zero = Money.zero(owed.currency)
    limit, forgiven = owed, zero
    if arrangement is not None:
        schedule, left = allocate(arrangement.terms.schedule, amount)
        arrangement = arrangement.with_schedule(schedule)
        if arrangement.terms.kind is Kind.SETTLEMENT and _is_paid(schedule):
            limit = min(owed, amount - left, key=lambda money: money.minor)
            forgiven = owed - limit
    applied = min(amount, limit, key=lambda money: money.minor)
    after = balance.reduced_by(applied)
    return Receipt(
        balance=after.reduced_by(forgiven),
        arrangement=arrangement,
        applied=applied,
        forgiven=forgiven,
        overpaid=amount - applied,
    )


def judge(
    arrangement: Arrangement, today: date, *, is_owed: bool = True, grace_days: int = GRACE_DAYS
) -> Arrangement:
    """Where an arrangement stands on a day.

    An instalment is missed once its due date and the days of grace have passed. One missed instalment makes
    the arrangement late, a second one or a missed last one breaks it; paying up makes a late one active
    again.

    Args:
        arrangement: an open one, or a broken one that a payment made in time may mend.
        today: the business date.
        is_owed: whether the account still owes anything: nothing owed is kept, however the schedule stands.
        grace_days: days after the due date during which a payment is still in time.
    """
    if _is_paid(arrangement.terms.schedule) or not is_owed:
        return replace(arrangement, status=ArrangementStatus.KEPT)
    schedule = tuple(_on_day(each, today, grace_days) for each in arrangement.terms.schedule)
    missed = sum(1 for each in schedule if each.status is InstalmentStatus.MISSED)
    is_broken = missed >= MISSED_TO_BREAK or schedule[-1].status is InstalmentStatus.MISSED
    status = ArrangementStatus.ACTIVE
    if missed:
        status = ArrangementStatus.BROKEN if is_broken else ArrangementStatus.LATE
    return replace(arrangement.with_schedule(schedule), status=status)


def is_in_time(arrangement: Arrangement, paid_on: date, *, grace_days: int = GRACE_DAYS) -> bool:
    """Whether a payment of that day is in time for the earliest unpaid instalment: posting may take days."""
    earliest = arrangement.next_instalment()
    return earliest is not None and paid_on <= earliest.due_on + timedelta(days=grace_days)


def _is_paid(schedule: Sequence[Instalment]) -> bool:
    return all(each.status is InstalmentStatus.PAID for each in schedule)


def _on_day(instalment: Instalment, today: date, grace_days: int) -> Instalment:
    if instalment.status is InstalmentStatus.PAID:
        return instalment
    status = InstalmentStatus.PARTLY_PAID if instalment.paid else InstalmentStatus.DUE
    if instalment.due_on + timedelta(days=grace_days) < today:
        status = InstalmentStatus.MISSED
    return replace(instalment, status=status)


def judge_promises(
    promises: Sequence[Promise],
    payments: Sequence[Paid],
    today: date,
    *,
    is_owed: bool = True,
    grace_days: int = GRACE_DAYS,
    zone: tzinfo = timezone.utc,
) -> tuple[Promise, ...]:
    """Where the promises of one account stand on a day, in the order given.

    A payment counts from the day of the promise on, for the promise that falls due first, and only once.
    Paid by the due date is kept; within the days of grace after it, late; otherwise the promise is broken.
    A broken promise is mended when a payment made in time is posted later. Nothing owed any more keeps an
    open promise.

    Args:
        promises: of one account, withdrawn ones too.
        payments: of that account.
        today: the business date.
        is_owed: whether the account still owes anything.
        grace_days: days after the due date during which a payment still counts.
        zone: the debtor's, in which the day of a promise is reckoned.
    """
    left = [
        _Left(each.paid_on, each.amount.minor) for each in sorted(payments, key=lambda each: each.paid_on)
    ]
    judged = {}
    for promise in sorted(promises, key=lambda each: (each.due_on, each.made_at, each.promise_id)):
        if promise.status is not PromiseStatus.WITHDRAWN:
            made_on = promise.made_at.astimezone(zone).date()
            last_day = promise.due_on + timedelta(days=grace_days)
            paid_by = _use(left, promise.amount, made_on, last_day)
            judged[promise.promise_id] = _judge_one(promise, paid_by, last_day < today, is_owed)
    return tuple(judged.get(promise.promise_id, promise) for promise in promises)


def _use(left: list[_Left], amount: Money, first: date, last: date) -> date | None:
    """Take an amount from payments of these days; the day on which it was complete, None if it never was."""
    missing = amount.minor
    for payment in left:
        if missing and payment.minor and first <= payment.paid_on <= last:
            taken = min(missing, payment.minor)
            payment.minor -= taken
            missing -= taken
            if not missing:
                return payment.paid_on
    return None


def _judge_one(promise: Promise, paid_by: date | None, is_over: bool, is_owed: bool) -> Promise:
    if promise.status in (PromiseStatus.KEPT, PromiseStatus.LATE):
        return promise  # final, though what it used stays used
    if paid_by is not None:
        return replace(
            promise, status=PromiseStatus.KEPT if paid_by <= promise.due_on else PromiseStatus.LATE
        )
    if promise.status is PromiseStatus.OPEN and not is_owed:
        return replace(promise, status=PromiseStatus.KEPT)
    if promise.status is PromiseStatus.OPEN and is_over:
        return replace(promise, status=PromiseStatus.BROKEN)
    return promise
