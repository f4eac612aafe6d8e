"""Readings: what kind of agreement a proposal asks for, once the senseless ones are turned back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from bot.debt.arrangements import Frequency
from bot.debt.money import Money
from bot.debt.plan_shapes import PlanAsk, longest_amounts
from bot.debt.plans import offered_frequency
from bot.debt.proposals import Position, Proposal
from bot.debt.schedules import add_months
from bot.debt.settlements import SettlementAsk, open_total
from bot.debt.verdicts import Declined, Reason

SENSE_RULE = "proposals.sense"
# A day this many months beyond the longest plan is a slip of the tongue, not a wish.
_ABSURD_MONTHS = 24


@dataclass(frozen=True)
class FullPayment:
    """Everything at once."""

    due_on: date | None


@dataclass(frozen=True)
class Settlement:
    """A sum that closes the debt."""

    ask: SettlementAsk


@dataclass(frozen=True)
class Plan:
    """Regular instalments over the whole balance."""

    ask: PlanAsk


@dataclass(frozen=True)
class Parts:
    """Payments on days of the debtor's choice that cover the balance; `adds_rest`: we completed them."""

    parts: tuple[tuple[date, Money], ...]
    adds_rest: bool = False


Reading = FullPayment | Settlement | Plan | Parts


def nonsense(position: Position, proposal: Proposal) -> Declined | None:
    """The correction for what cannot be meant: another currency, zero, more than owed, impossible days."""
    balance = position.balance
    if balance.minor <= 0:
        return Declined(Reason.NOTHING_OWED, SENSE_RULE, Money.zero(balance.currency))
    if any(m.currency != balance.currency for m in proposal.money):
        return Declined(Reason.OTHER_CURRENCY, SENSE_RULE, balance)
    if _is_not_positive(proposal):
        return Declined(Reason.NOT_POSITIVE, SENSE_RULE, _smallest_sensible(position, proposal))
    if _is_too_much(balance, proposal):
        return Declined(Reason.MORE_THAN_OWED, SENSE_RULE, balance)
    if any(day < position.today for day in proposal.days):
        return Declined(Reason.DATE_IN_THE_PAST, SENSE_RULE, position.today)
    months = position.limits.plan.max_months if position.limits.plan else 0
    if any(day > add_months(position.today, months + _ABSURD_MONTHS) for day in proposal.days):
        return Declined(Reason.DATE_TOO_FAR, SENSE_RULE, add_months(position.today, max(1, months)))
    return None


def _is_not_positive(proposal: Proposal) -> bool:
    numbers = [proposal.installments, proposal.share]
    return any(m.minor <= 0 for m in proposal.money) or any(n is not None and n <= 0 for n in numbers)


def _is_too_much(balance: Money, proposal: Proposal) -> bool:
    named = sum(amount.minor for _, amount in proposal.parts if amount is not None)
    return any(m > balance for m in proposal.money) or named > balance.minor or (proposal.share or 0) > 1


def _smallest_sensible(position: Position, proposal: Proposal) -> Money | None:
    """The figure to tell someone who named zero or less."""
    lowest = open_total(position)
    if lowest is not None and (proposal.wants_settlement or position.limits.plan is None):
        return lowest
    if position.limits.plan is None:
        return position.balance
    frequency, _, _ = offered_frequency(position, PlanAsk(frequency=proposal.frequency))
    return min(longest_amounts(position, frequency))


def read(position: Position, proposal: Proposal) -> Reading | None:
    """What the proposal asks for, or None when it says nothing that could be decided.

    Args:
        position: the circumstances: a bare amount is a settlement if the rung allows it as one.
        proposal: already checked by `nonsense`.
    """
    if proposal.is_empty:
        return None
    proposal = _with_share(position, proposal)
    if proposal.parts:
        return _read_parts(position, proposal)
    if proposal.amount is not None:
        return _read_amount(position, proposal, proposal.amount)
    if proposal.wants_settlement:
        return Settlement(_settlement_ask(proposal, None, proposal.installments or 1))
    if proposal.down_payment is not None:
        return _read_down_payment(position, proposal)
    is_single = proposal.installments == 1 or proposal.frequency is Frequency.ONCE
    says_only_day = (
        proposal.due_on is not None and proposal.installments is None and proposal.frequency is None
    )
    if is_single or says_only_day:
        return FullPayment(proposal.due_on or proposal.starts_on)
    return Plan(_plan_ask(proposal))


def _with_share(position: Position, proposal: Proposal) -> Proposal:
    """A share in money: the first part of several, or like an amount when it stands alone."""
    if proposal.share is None:
        return proposal
    amount, proposal = position.balance.share(proposal.share), replace(proposal, share=None)
    amount = Money(max(1, amount.minor), amount.currency)
    if amount == position.balance or proposal.wants_settlement:
        return replace(proposal, amount=amount)
    if proposal.installments is not None and proposal.installments > 1 or proposal.amount is not None:
        return replace(proposal, down_payment=amount)
    if proposal.due_on is not None and proposal.frequency in (None, Frequency.ONCE):
        return replace(proposal, parts=((proposal.starts_on, amount), (proposal.due_on, None)))
    return replace(proposal, amount=amount)


def _plan_ask(proposal: Proposal) -> PlanAsk:
    frequency = None if proposal.frequency in (Frequency.ONCE, Frequency.IRREGULAR) else proposal.frequency
    return PlanAsk(
        each=proposal.amount,
        count=proposal.installments,
        frequency=frequency,
        starts_on=proposal.starts_on or proposal.due_on,
    )


def _settlement_ask(proposal: Proposal, total: Money | None, payments: int) -> SettlementAsk:
    frequency = proposal.frequency
    if frequency is None or frequency in (Frequency.ONCE, Frequency.IRREGULAR):
        frequency = Frequency.MONTHLY
    return SettlementAsk(total, payments, frequency, proposal.starts_on or proposal.due_on)


def _read_amount(position: Position, proposal: Proposal, amount: Money) -> Reading:
    balance, count = position.balance, proposal.installments or 1
    if proposal.down_payment is not None:
        return _read_down_payment(position, proposal)
    if proposal.wants_settlement:
        return _read_settlement(position, proposal, amount)
    is_all = amount == balance and proposal.is_per_instalment is not True
    if is_all and count > 1:
        return Plan(replace(_plan_ask(proposal), each=None))
    if amount == balance:
        return FullPayment(proposal.due_on or proposal.starts_on)
    if count > 1:
        return _read_several(position, proposal, amount, count)
    if proposal.installments == 1 or proposal.frequency is Frequency.ONCE:
        return _read_settlement(position, proposal, amount)
    if proposal.frequency is not None or proposal.is_per_instalment:
        return Plan(_plan_ask(proposal))
    return _read_bare(position, proposal, amount)


def _read_bare(position: Position, proposal: Proposal, amount: Money) -> Reading:
    """An amount alone: it closes the debt if the rung allows that, else it is an instalment."""
    lowest = open_total(position)
    if lowest is not None:
        is_large = (
            amount.minor * 2 > position.balance.minor
        )  # nobody means a first of two unequal monthly payments
        if amount >= lowest or is_large or position.limits.plan is None:
            return _read_settlement(position, proposal, amount)
    return Plan(_plan_ask(proposal))


def _read_several(position: Position, proposal: Proposal, amount: Money, count: int) -> Reading:
    """An amount and a number of payments: each of them, or all of them together."""
    balance, lowest = position.balance.minor, open_total(position)
    is_each = proposal.is_per_instalment
    if is_each is None:
        is_each = amount.minor * (count - 1) < balance
    total = amount * count if is_each else amount
    if (
        lowest is not None
        and lowest <= total < position.balance
        and not _nearly(total, position.balance, count)
    ):
        return Settlement(_settlement_ask(proposal, total, count))
    if is_each:
        return Plan(_plan_ask(proposal))
    if lowest is None:
        return Plan(replace(_plan_ask(proposal), each=None))
    return Settlement(_settlement_ask(proposal, total, count))


def _nearly(total: Money, balance: Money, count: int) -> bool:
    """Short of the balance only by rounding: 3 x 333 for 1,000 is the whole debt."""
    return (balance.minor - total.minor) * 4 * count <= total.minor and (
        balance.minor - total.minor
    ) * 100 <= balance.minor


def _read_settlement(position: Position, proposal: Proposal, amount: Money) -> Reading:
    count = proposal.installments or 1
    is_each = proposal.is_per_instalment
    if is_each is None:
        is_each = count > 1 and amount.minor * count <= position.balance.minor
    total = amount * count if is_each else amount
    if total >= position.balance:
        return (
            FullPayment(proposal.due_on or proposal.starts_on)
            if count == 1
            else Plan(replace(_plan_ask(proposal), each=None))
        )
    return Settlement(_settlement_ask(proposal, total, count))


def _read_down_payment(position: Position, proposal: Proposal) -> Reading:
    """A first payment, then the rest."""
    assert proposal.down_payment is not None
    if proposal.down_payment == position.balance:
        return FullPayment(proposal.due_on or proposal.starts_on)
    ask = _plan_ask(proposal)
    starts_on = proposal.starts_on
    return Plan(replace(ask, down=proposal.down_payment, down_on=proposal.due_on, starts_on=starts_on))


def _read_parts(position: Position, proposal: Proposal) -> Reading:
    """A list of payments: fill in what was left open, then see whether they cover the debt."""
    days = _part_days(position, proposal)
    named = [amount for _, amount in proposal.parts]
    rest = position.balance.minor - sum(a.minor for a in named if a is not None)
    open_parts = sum(1 for a in named if a is None)
    currency = position.balance.currency
    if open_parts and rest >= open_parts:
        shares = [Money(rest // open_parts, currency)] * (open_parts - 1)
        fill = iter([*shares, Money(rest - rest // open_parts * (open_parts - 1), currency)])
        return Parts(_merged(zip(days, (a or next(fill) for a in named), strict=True)))
    parts = _merged((day, amount) for day, amount in zip(days, named, strict=True) if amount is not None)
    if rest == 0:
        return Parts(parts)
    total, lowest = Money(position.balance.minor - rest, currency), open_total(position)
    if proposal.wants_settlement or (lowest is not None and total >= lowest):
        return Settlement(SettlementAsk(total, len(parts), parts=parts))
    return Parts(_completed(parts, rest), adds_rest=True)


def _part_days(position: Position, proposal: Proposal) -> list[date]:
    days: list[date] = []
    for index, (day, _) in enumerate(proposal.parts):
        follows = add_months(days[-1], 1) if days else proposal.starts_on or position.today
        days.append(day or (proposal.due_on if index and proposal.due_on else None) or follows)
    return days


def _merged(parts: Iterable[tuple[date, Money]]) -> tuple[tuple[date, Money], ...]:
    """Payments in the order of their days; those of one day are one payment."""
    merged: dict[date, Money] = {}
    for day, amount in sorted(parts, key=lambda part: part[0]):
        merged[day] = merged[day] + amount if day in merged else amount
    return tuple(merged.items())


def _completed(parts: tuple[tuple[date, Money], ...], rest: int) -> tuple[tuple[date, Money], ...]:
    """The debtor's payments, carried on monthly with their last amount until the debt is paid."""
    last_day, each = parts[-1]
    tail: list[tuple[date, Money]] = []
    while rest > 0 and len(tail) < 240:
        amount = Money(min(rest, each.minor), each.currency)
        tail.append((add_months(last_day, len(tail) + 1), amount))
        rest -= amount.minor
    if rest > 0:
        tail[-1] = (tail[-1][0], Money(tail[-1][1].minor + rest, each.currency))
    return (*parts, *tail)
