"""Negotiation: what to offer, and the answer to whatever a debtor proposes. Same position, same answer."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from bot.debt.arrangements import Kind, Terms
from bot.debt.commitments import decide_promise, move_due_date
from bot.debt.money import Money
from bot.debt.parts import decide_parts
from bot.debt.plan_shapes import PlanAsk
from bot.debt.plans import (
    decide_plan,
    full_payment,
    latest_start,
    lightest_on_table,
    longest_plan,
    monthly_burden,
    plan_offer,
)
from bot.debt.proposals import Position, Proposal
from bot.debt.readings import FullPayment, Parts, Plan, Reading, Settlement, nonsense, read
from bot.debt.schedules import per_month
from bot.debt.settlements import (
    SettlementAsk,
    cheapest_on_table,
    decide_settlement,
    lowest_total,
    settlement_terms,
)
from bot.debt.verdicts import (
    Accepted,
    Countered,
    Declined,
    Moved,
    NeedsApproval,
    NotMoved,
    PromiseAllowed,
    PromiseNotAllowed,
    PromiseTooFar,
    PromiseTooSmall,
    PromiseVerdict,
    Reason,
    Verdict,
)

__all__ = [
    "Accepted",
    "Countered",
    "Declined",
    "Moved",
    "NeedsApproval",
    "NotMoved",
    "Position",
    "PromiseAllowed",
    "PromiseNotAllowed",
    "PromiseTooFar",
    "PromiseTooSmall",
    "PromiseVerdict",
    "Proposal",
    "Reason",
    "Room",
    "Verdict",
    "decide",
    "decide_promise",
    "improves",
    "move_due_date",
    "opening_offers",
    "pays_today",
    "room_left",
]

UNCLEAR_RULE = "proposals.unclear"


@dataclass(frozen=True)
class Room:
    """What the rules can still give one account: for `explain` and for human agents, never for the debtor."""

    settlement_now: Terms | None
    settlement_at_ceiling: Terms | None
    longest_plan: Terms | None
    rungs_to_ceiling: int


def opening_offers(position: Position) -> tuple[Terms, ...]:
    """At most three offers, the fittest for this person first; payment in full is always the last.

    What is already on the table is repeated as it was unless something better is open now. A plan comes
    before a settlement where the debtor's monthly budget cannot hold the settlement.
    """
    if position.balance.minor <= 0:
        return ()
    settlement, plan = _settlement_offer(position), _plan_offer(position)
    offers = [o for o in (settlement, plan) if o is not None]
    budget = position.affordable
    if len(offers) == 2 and budget is not None and any(i.amount > budget for i in offers[0].schedule):
        offers.reverse()
    return (*offers, full_payment(position))


def _settlement_offer(position: Position) -> Terms | None:
    lowest, best, limits = lowest_total(position), cheapest_on_table(position), position.limits.settlement
    if best is not None and (lowest is None or best.total <= lowest):
        return best
    if lowest is None or limits is None:
        return None
    single = settlement_terms(position, lowest, SettlementAsk(lowest))
    budget = position.affordable
    if budget is None or lowest <= budget:
        return single
    for payments in range(2, limits.max_payments + 1):
        terms = settlement_terms(position, lowest, SettlementAsk(lowest, payments))
        if all(i.amount <= budget for i in terms.schedule):
            return terms
    return single


def _plan_offer(position: Position) -> Terms | None:
    best = lightest_on_table(position)
    if best is not None and (
        position.affordable is None or monthly_burden(best) <= position.affordable.minor
    ):
        return best
    offer = plan_offer(position)
    return (
        best
        if best and offer and monthly_burden(best) < monthly_burden(offer) and not position.affordable
        else offer
    )


def decide(position: Position, proposal: Proposal) -> Verdict:
    """The answer to what a debtor proposes.

    Args:
        position: account, limits, rung and table; nothing about the person.
        proposal: what was understood.

    Returns:
        Accepted at the debtor's own figures; Countered with the nearest that the rules allow, never worse
        than the table; Declined with a correction when it makes no sense; NeedsApproval when only a person
        could say yes.
    """
    correction = nonsense(position, proposal)
    if correction is not None:
        return correction
    reading = read(position, proposal)
    if reading is None:
        return Declined(Reason.UNCLEAR, UNCLEAR_RULE)
    verdict = _answer(position, proposal, reading)
    if isinstance(verdict, Countered) and proposal.insists:
        return NeedsApproval(proposal, verdict.rule_id, verdict.reason)
    return verdict


def _answer(position: Position, proposal: Proposal, reading: Reading) -> Verdict:
    if isinstance(reading, FullPayment):
        return _answer_full(position, reading)
    if isinstance(reading, Settlement):
        return decide_settlement(position, reading.ask) or _without_discount(position, proposal, reading)
    if isinstance(reading, Parts):
        verdict = decide_parts(position, reading.parts)
        if isinstance(verdict, Accepted) and reading.adds_rest:
            verdict = Countered(verdict.terms, verdict.rule_id, Reason.LEAVES_A_REST)
    else:
        verdict = decide_plan(position, reading.ask)
    return verdict or _without_plan(position, proposal)


def _answer_full(position: Position, reading: FullPayment) -> Accepted | Countered:
    latest = latest_start(position)
    if reading.due_on is not None and reading.due_on > latest:
        terms = full_payment(position, latest)
        return Countered(terms, terms.rule_id, Reason.TOO_LATE_START)
    terms = full_payment(position, reading.due_on)
    return Accepted(terms, terms.rule_id)


def _without_discount(position: Position, proposal: Proposal, reading: Settlement) -> Verdict:
    """Where there is no discount, the nearest is a plan with payments of the size they named."""
    rule_id, total = position.limits.segment_rule_id, reading.ask.total
    each = Money(max(1, total.minor // reading.ask.payments), total.currency) if total else None
    plan = decide_plan(position, PlanAsk(each=each, starts_on=reading.ask.starts_on))
    if plan is None and max(reading.ask.payments, len(reading.ask.parts)) > 1:
        return _without_plan(position, proposal)
    terms = plan.terms if plan is not None else full_payment(position)
    return Countered(terms, rule_id, Reason.NO_DISCOUNT_HERE)


def _without_plan(position: Position, proposal: Proposal) -> Verdict:
    """Instalments were asked for where there are none: a settlement if the rules have one, else a person."""
    settlement = decide_settlement(position, SettlementAsk(None))
    if settlement is None:
        return NeedsApproval(proposal, position.limits.segment_rule_id, Reason.NO_PLAN_HERE)
    return Countered(settlement.terms, settlement.rule_id, Reason.NO_PLAN_HERE)


def improves(previous: Proposal | None, now: Proposal, position: Position) -> bool:
    """Whether a new proposal is so much better for the creditor than the last that it earns a rung.

    It must close at least the ladder's `smallest_improvement` of the gap to what the rules ask for, so that
    naming one more coin each time moves nothing. A first proposal improves on nothing.
    """
    if previous is None or nonsense(position, previous) or nonsense(position, now):
        return False
    before, after = _bid(position, previous), _bid(position, now)
    if before is None or after is None or before[0] is not after[0]:
        return False
    gap = before[2] - before[1]
    needed = gap * Fraction(position.limits.ladder.smallest_improvement) if gap > 0 else Fraction(0)
    return after[1] > before[1] and after[1] - before[1] >= needed


def _bid(position: Position, proposal: Proposal) -> tuple[Kind, Fraction, Fraction] | None:
    """Kind, size in minor units and the size asked for: a total to settle, a month's burden of a plan."""
    reading = read(position, proposal)
    lowest, longest = lowest_total(position), longest_plan(position)
    if isinstance(reading, Settlement) and reading.ask.total is not None and lowest is not None:
        return Kind.SETTLEMENT, Fraction(reading.ask.total.minor), Fraction(lowest.minor)
    if isinstance(reading, Plan) and longest is not None:
        asked, needed = reading.ask, monthly_burden(longest)
        if asked.each is not None:
            each = asked.each.minor * (per_month(asked.frequency) if asked.frequency else 1)
            return Kind.PAYMENT_PLAN, Fraction(each), needed
        if asked.count is not None:
            rate = per_month(asked.frequency) if asked.frequency else Fraction(1)
            return Kind.PAYMENT_PLAN, Fraction(position.balance.minor, asked.count) * rate, needed
    return None


def pays_today(proposal: Proposal, position: Position) -> bool:
    """Whether the first payment proposed is due today: another way to earn a rung."""
    days = proposal.days
    return bool(days) and min(days) == position.today


def room_left(position: Position) -> Room:
    """The best settlement and plan that the rules can still give, and how many rungs away the ceiling is."""
    now, ceiling = lowest_total(position), lowest_total(position, Decimal(1))
    rungs, ladder = 0, position.limits.ladder
    while ladder.step > 0 and ladder.released(position.rung + rungs) < 1:
        rungs += 1
    return Room(
        settlement_now=settlement_terms(position, now, SettlementAsk(now)) if now else None,
        settlement_at_ceiling=settlement_terms(position, ceiling, SettlementAsk(ceiling))
        if ceiling
        else None,
        longest_plan=longest_plan(position),
        rungs_to_ceiling=rungs,
    )
