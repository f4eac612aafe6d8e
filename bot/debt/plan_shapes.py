"""Plan shapes: how a balance is cut into instalments as asked for, or as near to it as the rules allow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from bot.debt.arrangements import Frequency
from bot.debt.limits import PlanLimits
from bot.debt.money import Money
from bot.debt.proposals import Position
from bot.debt.schedules import (
    amounts_of,
    equal_amounts,
    longest_count,
    per_month,
    rounded_down,
    rounded_up,
    share_up,
)
from bot.debt.verdicts import Reason


@dataclass(frozen=True)
class PlanAsk:
    """Instalments as the debtor wants them; what is None is ours to choose."""

    each: Money | None = None
    count: int | None = None  # with a down payment: how many after it
    frequency: Frequency | None = None
    starts_on: date | None = None
    down: Money | None = None
    down_on: date | None = None


@dataclass(frozen=True)
class Shape:
    """The amounts of a plan, and what had to change in them."""

    amounts: tuple[Money, ...]
    problem: Reason | None = None


@dataclass(frozen=True)
class Bounds:
    """How many instalments of a frequency fit, how small one may be and what they are rounded to."""

    slots: int
    smallest: Money
    step: Money

    def longest(self, rest: Money) -> tuple[Money, ...]:
        """The smallest equal instalments for a sum."""
        return equal_amounts(rest, max(1, min(self.slots, rest.minor // self.smallest.minor)), self.step)


def limits_of(position: Position) -> PlanLimits:
    """The plan limits of a segment that has plans."""
    if position.limits.plan is None:
        raise ValueError("no plans in this segment")
    return position.limits.plan


def smallest_instalment(limits: PlanLimits, frequency: Frequency) -> Money:
    """The smallest regular instalment of a frequency: the monthly minimum scaled to it, rounded up."""
    scaled = share_up(limits.min_instalment, 1 / per_month(frequency))
    return rounded_up(Money(max(1, scaled.minor), scaled.currency), limits.round_to)


def required_down_payment(position: Position) -> Money:
    """The least that the first payment of a plan must be (zero where none is asked for)."""
    limits = limits_of(position)
    share = rounded_up(share_up(position.balance, limits.down_payment_share), limits.round_to)
    return min(share, position.balance)


def bounds_of(position: Position, frequency: Frequency) -> Bounds:
    """The bounds on instalments of a frequency."""
    limits = limits_of(position)
    slots = longest_count(limits.max_months, frequency)
    return Bounds(slots, smallest_instalment(limits, frequency), limits.round_to)


def longest_amounts(position: Position, frequency: Frequency) -> tuple[Money, ...]:
    """The longest plan: the first payment that is required, then the smallest equal instalments."""
    bounds, down = bounds_of(position, frequency), required_down_payment(position)
    even = bounds.longest(position.balance)
    if even[0] >= down:
        return even
    rest = position.balance - down
    fewer = replace(bounds, slots=max(1, bounds.slots - 1))
    return (down, *fewer.longest(rest)) if rest else (down,)


def shape_of(position: Position, ask: PlanAsk, frequency: Frequency) -> Shape:
    """Cut the balance (after a down payment) as asked, or as near to it as the rules allow."""
    bounds, needed = bounds_of(position, frequency), required_down_payment(position)
    if ask.down is None:
        shape = _cut(position, ask, position.balance, bounds, frequency)
        if shape.amounts[0] >= needed:
            return shape
        fewer = max(1, ask.count - 1) if ask.count is not None and ask.each is None else ask.count
        return _after_down(
            position, replace(ask, down=needed, count=fewer), frequency, Reason.DOWN_PAYMENT_NEEDED
        )
    if ask.down < needed:
        return _after_down(position, replace(ask, down=needed), frequency, Reason.DOWN_PAYMENT_NEEDED)
    return _after_down(position, ask, frequency, None)


def _after_down(position: Position, ask: PlanAsk, frequency: Frequency, problem: Reason | None) -> Shape:
    """The down payment, then the rest cut as asked."""
    assert ask.down is not None
    bounds, rest = bounds_of(position, frequency), position.balance - ask.down
    if rest.minor <= 0:
        return Shape((position.balance,), problem)
    if bounds.slots < 2:
        return Shape((position.balance,), problem or Reason.TOO_LONG)
    shape = _cut(position, ask, rest, replace(bounds, slots=bounds.slots - 1), frequency)
    return Shape((ask.down, *shape.amounts), shape.problem or problem)


def _cut(position: Position, ask: PlanAsk, rest: Money, bounds: Bounds, frequency: Frequency) -> Shape:
    if ask.each is not None:
        return _by_amount(rest, ask.each, ask.count, bounds)
    if ask.count is not None:
        return _by_count(rest, ask.count, bounds)
    return Shape(_by_budget(position, rest, bounds, frequency))


def _by_amount(rest: Money, each: Money, count: int | None, bounds: Bounds) -> Shape:
    """Instalments of the debtor's own size."""
    if each >= rest:
        return Shape((rest,), None if each == rest or count is None else Reason.MORE_THAN_OWED)
    if each < bounds.smallest:
        return Shape(bounds.longest(rest), Reason.INSTALMENT_TOO_SMALL)
    if count and count <= bounds.slots and _fills(rest, each, count):
        last = Money(rest.minor - each.minor * (count - 1), rest.currency)
        return Shape((each,) * (count - 1) + (last,))
    amounts = amounts_of(rest, each, bounds.slots)
    if len(amounts) > bounds.slots:
        return Shape(bounds.longest(rest), Reason.TOO_LONG)
    if count is None or count == len(amounts):
        return Shape(amounts)
    return Shape(amounts, Reason.LEAVES_A_REST if count < len(amounts) else Reason.MORE_THAN_OWED)


def _fills(rest: Money, each: Money, count: int) -> bool:
    """Whether so many payments of a size make up a sum, the last one at most a quarter larger."""
    return each.minor * (count - 1) < rest.minor <= each.minor * count + each.minor // 4


def _by_count(rest: Money, count: int, bounds: Bounds) -> Shape:
    """A number of equal instalments."""
    longest = bounds.longest(rest)
    if count > bounds.slots:
        return Shape(longest, Reason.TOO_LONG)
    if count > len(longest):
        return Shape(longest, Reason.INSTALMENT_TOO_SMALL)
    return Shape(equal_amounts(rest, count, bounds.step))


def _by_budget(position: Position, rest: Money, bounds: Bounds, frequency: Frequency) -> tuple[Money, ...]:
    """Instalments within what the debtor can pay a month; a middle length where that is not known."""
    longest = bounds.longest(rest)
    if position.affordable is None:
        return equal_amounts(rest, min(len(longest), max(2, -(-len(longest) // 2))), bounds.step)
    a_period = Money(int(position.affordable.minor / per_month(frequency)), rest.currency)
    budget = rounded_down(a_period, bounds.step)
    if budget < bounds.smallest or -(-rest.minor // budget.minor) > bounds.slots:
        return longest
    count = -(-rest.minor // budget.minor)
    each = max(rounded_up(Money(-(-rest.minor // count), rest.currency), bounds.step), bounds.smallest)
    whole, last = divmod(rest.minor, each.minor)
    return (each,) * whole + ((Money(last, rest.currency),) if last else ())
