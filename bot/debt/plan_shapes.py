"""Plan shapes: how a balance is cut into instalments as a debtor asked, or as near to it as the rules allow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from bot.debt.arrangements import Frequency
from bot.debt.limits import PlanLimits
from bot.debt.money import Money
from bot.debt.proposals import Position
from bot.debt.schedules import amounts_of, equal_amounts, longest_count, per_month, rounded_down, rounded_up
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


def plan_limits(position: Position) -> PlanLimits:
    limits = position.limits.plan
    if limits is None:
        raise ValueError("no plans in this segment")
    return limits


def smallest_instalment(limits: PlanLimits, frequency: Frequency) -> Money:
    """The smallest regular instalment of a frequency: the monthly minimum scaled to it, rounded up."""
    minimum = limits.min_instalment
    scaled = -(-minimum.minor * per_month(frequency).denominator // per_month(frequency).numerator)
    return rounded_up(Money(max(1, scaled), minimum.currency), limits.round_to)


def required_down_payment(position: Position) -> Money:
    """The least that the first payment of a plan must be (zero where none is asked for)."""
    limits = plan_limits(position)
    share = Fraction(limits.down_payment_share) * position.balance.minor
    return min(rounded_up(Money(-(-share.numerator // share.denominator), position.balance.currency), limits.round_to),
               position.balance, key=lambda m: m.minor)


@dataclass(frozen=True)
class Shape:
    """The amounts of a plan and what had to change in them."""

    amounts: tuple[Money, ...]
    problem: Reason | None


def _longest(rest: Money, slots: int, minimum: Money, step: Money) -> tuple[Money, ...]:
    """The smallest equal instalments that the rules allow for a sum."""
    return equal_amounts(rest, max(1, min(slots, rest.minor // minimum.minor)), step)


def longest_amounts(position: Position, frequency: Frequency, spare_slots: int = 0) -> tuple[Money, ...]:
    """The longest plan: required first payment, then the smallest equal instalments."""
    limits = plan_limits(position)
    down, slots = required_down_payment(position), longest_count(limits.max_months, frequency) - spare_slots
    minimum = smallest_instalment(limits, frequency)
    even = _longest(position.balance, slots, minimum, limits.round_to)
    if even[0] >= down:
        return even
    rest = position.balance - down
    return (down, *_longest(rest, max(1, slots - 1), minimum, limits.round_to)) if rest else (down,)


def _shape_by_amount(rest: Money, each: Money, count: int | None, slots: int, minimum: Money, step: Money) -> Shape:
    """Instalments of the debtor's own size."""
    if each >= rest:
        return Shape((rest,), None if each == rest or count is None else Reason.MORE_THAN_OWED)
    if each < minimum:
        return Shape(_longest(rest, slots, minimum, step), Reason.INSTALMENT_TOO_SMALL)
    if count and count <= slots and each.minor * (count - 1) < rest.minor <= each.minor * count + each.minor // 4:
        last = Money(rest.minor - each.minor * (count - 1), rest.currency)
        return Shape((each,) * (count - 1) + (last,), None)
    amounts = amounts_of(rest, each, slots)
    if len(amounts) > slots:
        return Shape(_longest(rest, slots, minimum, step), Reason.TOO_LONG)
    if count is None or count == len(amounts):
        return Shape(amounts, None)
    return Shape(amounts, Reason.LEAVES_A_REST if count < len(amounts) else Reason.MORE_THAN_OWED)


def _shape_by_count(rest: Money, count: int, slots: int, minimum: Money, step: Money) -> Shape:
    """A number of equal instalments."""
    longest = _longest(rest, slots, minimum, step)
    if count > slots:
        return Shape(longest, Reason.TOO_LONG)
    if count > len(longest):
        return Shape(longest, Reason.INSTALMENT_TOO_SMALL)
    return Shape(equal_amounts(rest, count, step), None)


def _shape_by_budget(position: Position, rest: Money, slots: int, frequency: Frequency) -> tuple[Money, ...]:
    """Instalments that fit what the debtor can pay a month; a middle length where that is not known."""
    limits, minimum = plan_limits(position), smallest_instalment(plan_limits(position), frequency)
    longest = _longest(rest, slots, minimum, limits.round_to)
    if position.affordable is None:
        return equal_amounts(rest, min(len(longest), max(2, -(-len(longest) // 2))), limits.round_to)
    budget = rounded_down(Money(int(position.affordable.minor / per_month(frequency)), rest.currency), limits.round_to)
    if budget < minimum or -(-rest.minor // budget.minor) > slots:
        return longest
    count = -(-rest.minor // budget.minor)
    even = rounded_up(Money(-(-rest.minor // count), rest.currency), limits.round_to)
    each = max(even, minimum, key=lambda m: m.minor)
    whole, last = divmod(rest.minor, each.minor)
    return (each,) * whole + ((Money(last, rest.currency),) if last else ())


def shape_of(position: Position, ask: PlanAsk, frequency: Frequency) -> Shape:
    """Cut the balance (after a down payment) as asked, or as near to it as the rules allow."""
    limits, balance, step = plan_limits(position), position.balance, plan_limits(position).round_to
    slots, minimum = longest_count(limits.max_months, frequency), smallest_instalment(limits, frequency)
    needed, problem = required_down_payment(position), None
    down = ask.down
    if down is not None and down < needed:
        down, problem = needed, Reason.DOWN_PAYMENT_NEEDED
    if down is None:
        shape = _cut(position, ask, balance, slots, frequency, minimum, step)
        if shape.amounts[0] >= needed:
            return shape
        down, problem = needed, Reason.DOWN_PAYMENT_NEEDED
        if ask.count is not None and ask.each is None:
            ask = replace(ask, count=max(1, ask.count - 1))
    rest = balance - down
    if rest.minor <= 0:
        return Shape((balance,), problem)
    if slots < 2:
        return Shape((balance,), problem or Reason.TOO_LONG)
    shape = _cut(position, ask, rest, slots - 1, frequency, minimum, step)
    return Shape((down, *shape.amounts), shape.problem or problem)


def _cut(
    position: Position, ask: PlanAsk, rest: Money, slots: int, frequency: Frequency, minimum: Money, step: Money
) -> Shape:
    if ask.each is not None:
        return _shape_by_amount(rest, ask.each, ask.count, slots, minimum, step)
    if ask.count is not None:
        return _shape_by_count(rest, ask.count, slots, minimum, step)
    return Shape(_shape_by_budget(position, rest, slots, frequency), None)


