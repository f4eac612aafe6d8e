"""The books: posting one payment, and moving plans and promises when a due date passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.audit.tags import Tag
from bot.debt.accounts import Account
from bot.debt.arrangements import Arrangement, ArrangementStatus
from bot.debt.money import Money
from bot.debt.party import AccountReference
from bot.debt.payments import GRACE_DAYS, Paid, Receipt, is_in_time, judge, judge_promises, receive
from bot.services.application import Clock

if TYPE_CHECKING:
    from bot.services.unit_of_work import Payment, UnitOfWork, UnitOfWorkFactory

BATCH = 100  # accounts in one transaction of a sweep


@dataclass(frozen=True)
class Posted:
    """What posting one payment changed."""

    overpaid: Money
    arrangements_moved: int
    promises_moved: int


@dataclass(frozen=True)
class Swept:
    """How many changed their status because a day passed."""

    arrangements_moved: int = 0
    promises_moved: int = 0


def post(
    uow: UnitOfWork,
    payment: Payment,
    account: Account,
    now: datetime,
    today: date,
    *,
    grace_days: int = GRACE_DAYS,
) -> Posted:
    """Post a payment that is not posted yet, in the caller's transaction; the caller holds the debtor.

    Args:
        uow: open for writing.
        payment: in the account's currency.
        account: the one it pays.
        now: instant of posting.
        today: the business date.
        grace_days: days after a due date during which a payment is in time.
    """
    arrangement = _payable(uow, account.reference, payment.paid_on, grace_days)
    receipt = receive(account.balance, arrangement, payment.amount)
    paid_on = max(payment.paid_on, account.last_payment_on or payment.paid_on)
    account = replace(account, balance=receipt.balance, last_payment_on=paid_on)
    uow.payments.add(payment, now)
    uow.accounts.save(account)
    _audit_posting(uow, payment, account, receipt, now)
    moved = 0
    if arrangement is not None and receipt.arrangement is not None:
        moved = _settle(uow, account, arrangement, receipt.arrangement, now, today, grace_days)
    return Posted(receipt.overpaid, moved, _move_promises(uow, account, now, today, grace_days))


def sweep(
    uow_factory: UnitOfWorkFactory, clock: Clock, *, today: date | None = None, grace_days: int = GRACE_DAYS
) -> Swept:
    """Move every open promise and arrangement of which a due date and its days of grace have passed.

    Safe to run at any time and as often as wanted.

    Args:
        uow_factory: opens one transaction for each hundred accounts.
        clock: for the instant of the audit entries, and the business date unless `today` is given.
        today: the business date.
        grace_days: days after a due date during which a payment is in time.
    """
    today = today or clock.today()
    overdue = today - timedelta(days=grace_days)
    with uow_factory(write=False) as uow:
        references = sorted(
            {each.account for each in uow.arrangements.open_due_before(overdue)}
            | {each.account for each in uow.promises.open_due_before(overdue)}
        )
    arrangements = promises = 0
    for start in range(0, len(references), BATCH):
        with uow_factory() as uow:
            for account in _locked(uow, references[start : start + BATCH]):
                now = clock.now()
                arrangement = uow.arrangements.open_for(account.reference)
                if arrangement is not None:
                    arrangements += _settle(uow, account, arrangement, arrangement, now, today, grace_days)
                promises += _move_promises(uow, account, now, today, grace_days)
            uow.commit()
    return Swept(arrangements, promises)


def _locked(uow: UnitOfWork, references: Sequence[AccountReference]) -> list[Account]:
    """Accounts by reference, their debtors held in one order, read again under the lock."""
    owners = {
        reference: account.debtor_id for reference in references if (account := uow.accounts.get(reference))
    }
    for debtor_id in sorted(set(owners.values())):
        uow.debtors.lock(debtor_id)
    return [account for reference in owners if (account := uow.accounts.get(reference)) is not None]


def _payable(
    uow: UnitOfWork, reference: AccountReference, paid_on: date, grace_days: int
) -> Arrangement | None:
    """The arrangement that a payment pays: the open one, or a broken one if it was paid in time."""
    arrangement = uow.arrangements.open_for(reference)
    if arrangement is not None:
        return arrangement
    latest = uow.arrangements.latest_for(reference)
    if latest is None or latest.status is not ArrangementStatus.BROKEN:
        return None
    return latest if is_in_time(latest, paid_on, grace_days=grace_days) else None


def _settle(
    uow: UnitOfWork,
    account: Account,
    before: Arrangement,
    paid: Arrangement,
    now: datetime,
    today: date,
    grace_days: int,
) -> int:
    """Store how an arrangement stands; 1 if its status moved."""
    after = judge(paid, today, is_owed=not account.is_settled, grace_days=grace_days)
    if after != before:
        uow.arrangements.update(after)
    if after.status is before.status:
        return 0
    payload = {
        "account": account.reference,
        "arrangement_id": after.arrangement_id,
        "kind": after.terms.kind,
        "from": before.status,
        "to": after.status,
        "instalments": [each.status.value for each in after.terms.schedule],
    }
    uow.audit.append(
        f"debtor:{account.debtor_id}",
        Tag.ARRANGEMENT_MOVED.value,
        now,
        payload,
        edition=after.terms.edition,
        rule_id=after.terms.rule_id,
    )
    return 1


def _move_promises(uow: UnitOfWork, account: Account, now: datetime, today: date, grace_days: int) -> int:
    """Store how an account's promises stand; how many moved."""
    promises = uow.promises.of_account(account.reference)
    if not promises:
        return 0
    payments = [Paid(each.amount, each.paid_on) for each in uow.payments.of_account(account.reference)]
    judged = judge_promises(
        promises,
        [each for each in payments if each.amount.currency == account.currency],
        today,
        is_owed=not account.is_settled,
        grace_days=grace_days,
        zone=_zone(uow, account),
    )
    moved = 0
    for before, after in zip(promises, judged, strict=True):
        if after.status is before.status:
            continue
        uow.promises.update(after)
        payload = {
            "account": account.reference,
            "promise_id": after.promise_id,
            "amount": after.amount,
            "due_on": after.due_on,
            "from": before.status,
            "to": after.status,
        }
        uow.audit.append(f"debtor:{account.debtor_id}", Tag.PROMISE_MOVED.value, now, payload)
        moved += 1
    return moved


def _zone(uow: UnitOfWork, account: Account) -> tzinfo:
    debtor = uow.debtors.get(account.debtor_id)
    return ZoneInfo(debtor.time_zone) if debtor is not None and debtor.time_zone else timezone.utc


def _audit_posting(
    uow: UnitOfWork, payment: Payment, account: Account, receipt: Receipt, now: datetime
) -> None:
    payload = {
        "account": account.reference,
        "payment_reference": payment.payment_reference,
        "amount": payment.amount,
        "paid_on": payment.paid_on,
        "applied": receipt.applied,
        "forgiven": receipt.forgiven,
        "overpaid": receipt.overpaid,
        "balance": account.balance.total,
        "arrangement_id": receipt.arrangement.arrangement_id if receipt.arrangement is not None else None,
    }
    uow.audit.append(f"debtor:{account.debtor_id}", Tag.PAYMENT_POSTED.value, now, payload)
