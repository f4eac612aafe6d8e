"""What a payment does, as laws over all balances, schedules and amounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.debt.accounts import Balance
from bot.debt.arrangements import (
    Arrangement,
    ArrangementStatus,
    Frequency,
    Instalment,
    InstalmentStatus,
    Kind,
    Terms,
)
from bot.debt.errors import CurrencyMismatch
from bot.debt.money import Money, total
from bot.debt.party import AccountReference
from bot.debt.payments import Paid, allocate, is_in_time, judge, judge_promises, outstanding, receive
from bot.debt.promises import Promise, PromiseStatus

DAY = date(2026, 3, 11)
AT = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
REF = AccountReference("AD-ES-0001")
minors = st.integers(min_value=0, max_value=10**9)
positive = st.integers(min_value=1, max_value=10**9)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def plan(*amounts: int, kind: Kind = Kind.PAYMENT_PLAN, saving: int = 0, first: date = DAY) -> Arrangement:
    schedule = tuple(Instalment(first + timedelta(days=30 * n), eur(each)) for n, each in enumerate(amounts))
    terms = Terms(kind, Frequency.MONTHLY, schedule, eur(saving), "rule", "edition")
    return Arrangement("A-1", REF, terms, ArrangementStatus.ACTIVE, AT)


def owed(arrangement: Arrangement) -> Money:
    return total([outstanding(each) for each in arrangement.terms.schedule], "EUR")


balances = st.builds(lambda p, i, f: Balance(eur(p), eur(i), eur(f)), minors, minors, minors)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Balance, Arrangement | None, Money]:
    """A balance, a plan over all of it, a settlement over less or nothing, and a payment."""
    balance = draw(balances.filter(lambda b: b.total.minor > 0))
    whole = balance.total.minor
    kind = draw(st.sampled_from([None, Kind.PAYMENT_PLAN, Kind.SETTLEMENT]))
    payment = eur(draw(st.integers(min_value=1, max_value=2 * whole)))
    if kind is None:
        return balance, None, payment
    agreed = whole if kind is Kind.PAYMENT_PLAN else draw(st.integers(min_value=1, max_value=whole))
    cuts = sorted(draw(st.sets(st.integers(min_value=1, max_value=agreed), max_size=5)) | {agreed})
    amounts = [cut - before for cut, before in zip(cuts, [0, *cuts], strict=False)]
    return balance, plan(*amounts, kind=kind, saving=whole - agreed), payment


@given(cases())
def test_money_is_neither_made_nor_lost(case: tuple[Balance, Arrangement | None, Money]) -> None:
    balance, arrangement, payment = case
    receipt = receive(balance, arrangement, payment)
    assert receipt.applied + receipt.overpaid == payment
    assert receipt.applied + receipt.forgiven + receipt.balance.total == balance.total
    assert (
        min(
            part.minor for part in (receipt.balance.fees, receipt.balance.interest, receipt.balance.principal)
        )
        >= 0
    )


@given(cases())
def test_a_settlement_forgives_when_and_only_when_it_is_paid(
    case: tuple[Balance, Arrangement | None, Money],
) -> None:
    balance, arrangement, payment = case
    receipt = receive(balance, arrangement, payment)
    if arrangement is None or receipt.arrangement is None or arrangement.terms.kind is not Kind.SETTLEMENT:
        assert not receipt.forgiven
    elif payment >= owed(arrangement):
        assert receipt.forgiven == arrangement.terms.saving
        assert not receipt.balance.total
        assert judge(receipt.arrangement, DAY).status is ArrangementStatus.KEPT
    else:
        assert not receipt.forgiven
        assert receipt.applied == payment


@given(cases(), st.integers(min_value=1, max_value=10**9))
def test_two_payments_do_what_one_of_their_sum_does(
    case: tuple[Balance, Arrangement | None, Money], second: int
) -> None:
    balance, arrangement, first = case
    one = receive(balance, arrangement, first)
    if one.overpaid or not one.balance.total:
        return
    two = receive(one.balance, one.arrangement, eur(second))
    both = receive(balance, arrangement, first + eur(second))
    assert two.balance == both.balance
    assert two.arrangement == both.arrangement
    assert two.overpaid == both.overpaid


@given(st.lists(positive, min_size=1, max_size=8), positive)
def test_allocation_pays_the_oldest_first_and_keeps_the_sum(amounts: list[int], paid: int) -> None:
    before = plan(*amounts)
    schedule, left = allocate(before.terms.schedule, eur(paid))
    after = before.with_schedule(schedule)
    assert owed(after) + eur(paid) - left == owed(before)
    assert total([each.amount for each in schedule], "EUR") == before.terms.total
    statuses = [each.status for each in schedule]
    assert statuses == sorted(statuses, key=["paid", "partly_paid", "due"].index)
    assert statuses.count(InstalmentStatus.PARTLY_PAID) <= 1
    assert not left or not owed(after)


def test_fees_then_interest_then_principal() -> None:
    receipt = receive(Balance(eur(400_00), eur(120_00), eur(80_00)), None, eur(150_00))
    assert receipt.balance == Balance(eur(400_00), eur(50_00), eur(0))


def test_an_overpaid_settlement_reduces_no_more_than_was_agreed() -> None:
    settlement = plan(300_00, kind=Kind.SETTLEMENT, saving=100_00)
    receipt = receive(Balance(eur(400_00), eur(0), eur(0)), settlement, eur(350_00))
    assert (receipt.applied, receipt.forgiven, receipt.overpaid) == (eur(300_00), eur(100_00), eur(50_00))


def test_currencies_do_not_mix() -> None:
    with pytest.raises(CurrencyMismatch):
        receive(Balance(eur(1), eur(0), eur(0)), None, Money(5, "USD"))


@pytest.mark.parametrize(
    ("days", "status", "first"),
    [
        (0, ArrangementStatus.ACTIVE, InstalmentStatus.DUE),
        (3, ArrangementStatus.ACTIVE, InstalmentStatus.DUE),
        (4, ArrangementStatus.LATE, InstalmentStatus.MISSED),
        (33, ArrangementStatus.LATE, InstalmentStatus.MISSED),
        (34, ArrangementStatus.BROKEN, InstalmentStatus.MISSED),
    ],
)
def test_a_plan_is_late_after_one_missed_instalment_and_broken_after_two(
    days: int, status: ArrangementStatus, first: InstalmentStatus
) -> None:
    judged = judge(plan(100, 100, 100), DAY + timedelta(days=days))
    assert (judged.status, judged.terms.schedule[0].status) == (status, first)


def test_a_missed_last_instalment_breaks() -> None:
    assert judge(plan(100), DAY + timedelta(days=3)).status is ArrangementStatus.ACTIVE
    assert judge(plan(100), DAY + timedelta(days=4)).status is ArrangementStatus.BROKEN


def test_catching_up_makes_a_late_plan_active_again() -> None:
    late = judge(plan(100, 100, 100), DAY + timedelta(days=5))
    schedule, _ = allocate(late.terms.schedule, eur(100))
    assert judge(late.with_schedule(schedule), DAY + timedelta(days=5)).status is ArrangementStatus.ACTIVE


def test_part_of_a_missed_instalment_is_not_enough() -> None:
    late = judge(plan(100, 100, 100), DAY + timedelta(days=5))
    schedule, _ = allocate(late.terms.schedule, eur(99))
    judged = judge(late.with_schedule(schedule), DAY + timedelta(days=5))
    assert judged.status is ArrangementStatus.LATE
    assert judged.terms.schedule[0].status is InstalmentStatus.MISSED
    assert judged.terms.schedule[0].paid == eur(99)


def test_nothing_owed_is_kept() -> None:
    assert judge(plan(100, 100), DAY + timedelta(days=99), is_owed=False).status is ArrangementStatus.KEPT


def test_in_time_is_up_to_the_days_of_grace() -> None:
    assert is_in_time(plan(100), DAY + timedelta(days=3))
    assert not is_in_time(plan(100), DAY + timedelta(days=4))


def promise(name: str = "P-1", amount: int = 50, due: int = 0, made_at: datetime = AT) -> Promise:
    return Promise(name, REF, eur(amount), DAY + timedelta(days=due), PromiseStatus.OPEN, made_at)


def paid(amount: int, day: int) -> Paid:
    return Paid(eur(amount), DAY + timedelta(days=day))


@pytest.mark.parametrize(
    ("payments", "today", "expected"),
    [
        ([], 3, PromiseStatus.OPEN),
        ([], 4, PromiseStatus.BROKEN),
        ([(50, 0)], 0, PromiseStatus.KEPT),
        ([(20, -3), (30, 0)], 0, PromiseStatus.KEPT),
        ([(50, 1)], 1, PromiseStatus.LATE),
        ([(49, 0), (1, 3)], 3, PromiseStatus.LATE),
        ([(49, 0)], 3, PromiseStatus.OPEN),
        ([(49, 0)], 4, PromiseStatus.BROKEN),
        ([(50, 4)], 4, PromiseStatus.BROKEN),
        ([(50, -11)], 4, PromiseStatus.BROKEN),
        ([(500, 0)], 9, PromiseStatus.KEPT),
    ],
)
def test_a_promise_is_kept_late_or_broken(
    payments: list[tuple[int, int]], today: int, expected: PromiseStatus
) -> None:
    given_payments = [paid(*each) for each in payments]
    (judged,) = judge_promises([promise()], given_payments, DAY + timedelta(days=today))
    assert judged.status is expected


def test_a_payment_counts_for_one_promise() -> None:
    promises = [promise("P-2", due=5), promise("P-1", due=0)]
    judged = judge_promises(promises, [paid(50, -1)], DAY + timedelta(days=9))
    assert [(p.promise_id, p.status.value) for p in judged] == [("P-2", "broken"), ("P-1", "kept")]


def test_a_broken_promise_is_mended_by_a_payment_made_in_time_but_posted_later() -> None:
    broken = replace(promise(), status=PromiseStatus.BROKEN)
    assert judge_promises([broken], [paid(50, 0)], DAY + timedelta(days=9))[0].status is PromiseStatus.KEPT
    assert judge_promises([broken], [], DAY, is_owed=False)[0].status is PromiseStatus.BROKEN


@pytest.mark.parametrize("status", [PromiseStatus.KEPT, PromiseStatus.LATE, PromiseStatus.WITHDRAWN])
def test_final_promises_stay(status: PromiseStatus) -> None:
    final = replace(promise(), status=status)
    assert judge_promises([final], [], DAY + timedelta(days=99)) == (final,)


def test_nothing_owed_keeps_an_open_promise() -> None:
    assert (
        judge_promises([promise()], [], DAY + timedelta(days=9), is_owed=False)[0].status
        is PromiseStatus.KEPT
    )


def test_the_day_of_a_promise_is_the_debtors() -> None:
    evening = promise(made_at=datetime(2026, 3, 6, 3, tzinfo=timezone.utc))  # still the 5th in Mexico
    zone = ZoneInfo("America/Mexico_City")
    assert judge_promises([evening], [paid(50, -6)], DAY, zone=zone)[0].status is PromiseStatus.KEPT
    assert judge_promises([evening], [paid(50, -6)], DAY)[0].status is PromiseStatus.OPEN
