"""Laws of negotiation that must hold for every account, limit, rung and proposal."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.debt.arrangements import Frequency, Kind, Terms
from bot.debt.money import Money
from bot.debt.negotiation import (
    Accepted,
    Countered,
    Declined,
    NeedsApproval,
    Position,
    Proposal,
    Verdict,
    decide,
    improves,
    opening_offers,
    room_left,
)
from bot.debt.plans import monthly_burden
from bot.debt.schedules import per_month
from bot.debt.settlements import lowest_total
from tests.properties.positions import positions, proposals


@st.composite
def situations(draw: st.DrawFn) -> tuple[Position, Proposal]:
    """A position, perhaps with its own offers of a lower rung on the table, and any proposal."""
    position = draw(positions())
    if draw(st.booleans()):
        lower = replace(position, rung=draw(st.integers(0, position.rung)), affordable=None)
        position = replace(position, table=opening_offers(lower))
    return position, draw(proposals(position))


def ceiling(position: Position) -> Fraction:
    """The most that may be saved on this rung, in minor units, computed anew from the limits."""
    limits, owed = position.limits.settlement, position.account.balance
    if limits is None:
        return Fraction(0)
    parts = (
        Fraction(limits.fees_share) * owed.fees.minor
        + Fraction(limits.interest_share) * owed.interest.minor
        + Fraction(limits.principal_share) * owed.principal.minor
    )
    return parts * Fraction(position.limits.ladder.released(position.rung))


def check_terms(position: Position, terms: Terms) -> None:
    """What holds for any terms that we ever name."""
    assert terms.total + terms.saving == position.balance
    assert sum(i.amount.minor for i in terms.schedule) == position.balance.minor - terms.saving.minor
    assert all(i.amount.minor > 0 for i in terms.schedule)
    days = [i.due_on for i in terms.schedule]
    assert days[0] >= position.today
    assert all(a < b for a, b in zip(days, days[1:], strict=False))
    assert 0 <= terms.saving.minor <= ceiling(position)
    if terms.saving:
        limits = position.limits.settlement
        assert terms.kind is Kind.SETTLEMENT
        assert limits is not None
        assert terms.total.minor >= Fraction(limits.floor_share) * position.balance.minor
        assert len(days) <= limits.max_payments
        assert (days[-1] - position.today).days <= limits.pay_within_days
    if terms.kind is Kind.PAYMENT_PLAN:
        assert not terms.saving
    if terms.frequency is Frequency.ONCE:
        assert len(days) == 1
    assert terms.edition == position.limits.edition
    assert terms.rule_id


def terms_of(verdict: Verdict) -> Terms | None:
    return verdict.terms if isinstance(verdict, (Accepted, Countered)) else None


@given(situations())
def test_every_answer_adds_up_and_stays_within_the_ceiling(situation: tuple[Position, Proposal]) -> None:
    position, proposal = situation
    verdict = decide(position, proposal)
    assert verdict.rule_id
    terms = terms_of(verdict)
    if terms is not None:
        check_terms(position, terms)


@given(positions())
def test_opening_offers_are_few_valid_and_end_with_payment_in_full(position: Position) -> None:
    offers = opening_offers(position)
    assert 1 <= len(offers) <= 3
    assert offers[-1].is_full_payment
    assert (
        len({(o.kind, len(o.schedule) > 1) for o in offers}) == len(offers)
        or offers[0].kind is Kind.SETTLEMENT
    )
    for offer in offers:
        check_terms(position, offer)
    settlements = [o for o in offers if o.kind is Kind.SETTLEMENT]
    assert all(o.saving.minor > 0 for o in settlements)
    assert not settlements or position.limits.settlement is not None


@given(positions(with_plan=True))
def test_the_plan_offered_fits_the_budget_whenever_the_rules_can_hold_it(position: Position) -> None:
    plans = [o for o in opening_offers(position) if o.kind is Kind.PAYMENT_PLAN and len(o.schedule) > 1]
    longest = room_left(position).longest_plan
    assume(plans and longest is not None and position.affordable is not None)
    assert longest is not None
    assert position.affordable is not None
    assert not position.limits.plan or position.limits.plan.frequencies
    if position.limits.plan is not None and position.limits.plan.down_payment_share:
        return  # the first payment is set by the rules, whatever the budget
    if monthly_burden(longest) <= position.affordable.minor:
        scale = per_month(plans[0].frequency)
        last = plans[0].schedule[-1].amount.minor
        assert all(i.amount.minor * scale <= position.affordable.minor for i in plans[0].schedule[:-1])
        assert last * scale <= position.affordable.minor or plans[0].schedule == longest.schedule


@given(situations())
def test_the_same_position_always_gets_the_same_answer(situation: tuple[Position, Proposal]) -> None:
    position, proposal = situation
    assert decide(position, proposal) == decide(replace(position), replace(proposal))


@given(situations())
def test_nothing_depends_on_who_the_debtor_is(situation: tuple[Position, Proposal]) -> None:
    position, proposal = situation
    other = replace(position.account, debtor_id="another", country="CO", product="card", reference="AD-2")  # type: ignore[arg-type]
    assert decide(replace(position, account=other), proposal) == decide(position, proposal)


@given(situations())
def test_accepted_means_the_debtors_own_figures(situation: tuple[Position, Proposal]) -> None:
    position, proposal = situation
    verdict = decide(position, proposal)
    if not isinstance(verdict, Accepted):
        return
    schedule = verdict.terms.schedule
    if proposal.parts:
        named = [a for _, a in proposal.parts if a is not None]
        assert all(day in {i.due_on for i in schedule} for day, _ in proposal.parts if day is not None)
        assert sum(a.minor for a in named) <= verdict.terms.total.minor
        return
    regular = schedule[1:-1] if proposal.down_payment or proposal.share else schedule[:-1]
    if proposal.down_payment and not proposal.share and len(schedule) > 1:
        assert schedule[0].amount == proposal.down_payment
    if proposal.amount is not None and verdict.terms.kind is Kind.PAYMENT_PLAN and not proposal.share:
        is_total = proposal.amount == position.balance or proposal.is_per_instalment is False
        assert is_total or all(i.amount == proposal.amount for i in regular)
    if proposal.amount is not None and verdict.terms.kind is Kind.SETTLEMENT and not proposal.share:
        count = proposal.installments or 1
        assert verdict.terms.total in (proposal.amount, proposal.amount * count)
    if proposal.installments and verdict.terms.kind is Kind.SETTLEMENT:
        assert len(schedule) == proposal.installments
    if (
        proposal.frequency not in (None, Frequency.ONCE, Frequency.IRREGULAR)
        and len(schedule) > 1
        and not proposal.share
    ):
        assert verdict.terms.frequency is proposal.frequency or verdict.terms.kind is Kind.SETTLEMENT
    if proposal.starts_on and not (proposal.share or proposal.down_payment or proposal.due_on):
        gap = (schedule[0].due_on - proposal.starts_on).days
        assert (
            gap == 0
            or (verdict.terms.frequency is Frequency.SEMIMONTHLY and 0 <= gap < 16)
            or (proposal.frequency is Frequency.SEMIMONTHLY and 0 <= gap < 16)
        )


@given(situations())
def test_a_counter_offer_is_never_worse_than_what_is_on_the_table(
    situation: tuple[Position, Proposal],
) -> None:
    position, proposal = situation
    verdict = decide(position, proposal)
    terms = terms_of(verdict)
    if not position.table or terms is None:
        return
    if terms.kind is Kind.SETTLEMENT:
        settlements = [t.total.minor for t in position.table if t.kind is Kind.SETTLEMENT]
        assert not settlements or terms.total.minor <= min(settlements)
    elif (
        isinstance(verdict, Countered)
        and not proposal.parts
        and not proposal.share
        and not proposal.down_payment
    ):
        plans = [
            monthly_burden(t) for t in position.table if t.kind is Kind.PAYMENT_PLAN and len(t.schedule) > 1
        ]
        named = (
            proposal.amount.minor * (per_month(proposal.frequency) if proposal.frequency else 1)
            if proposal.amount
            else 0
        )
        if plans and len(terms.schedule) > 1:
            assert monthly_burden(terms) <= max(min(plans), named) or terms in position.table


def rank(verdict: Verdict) -> int:
    return {Accepted: 3, Countered: 2, NeedsApproval: 1, Declined: 0}[type(verdict)]


def is_worse(after: Verdict, before: Verdict) -> bool:
    """Worse for the debtor: dearer in all, or no longer a yes without being cheaper."""
    old, new = terms_of(before), terms_of(after)
    if old is None:
        return False
    if new is None:
        return True
    if new.total > old.total:
        return True
    return rank(after) < rank(before) and new.total == old.total


@given(situations())
def test_a_higher_rung_never_gives_a_worse_answer(situation: tuple[Position, Proposal]) -> None:
    position, proposal = situation
    before = decide(position, proposal)
    after = decide(replace(position, rung=position.rung + 1), proposal)
    assert not is_worse(after, before)


@given(positions(), st.data())
def test_who_offers_more_to_settle_is_answered_no_worse(position: Position, data: st.DataObject) -> None:
    owed = position.balance.minor
    less = data.draw(st.integers(1, owed))
    more = data.draw(st.integers(less, owed))
    currency = position.balance.currency
    proposal = Proposal(
        wants_settlement=True, installments=data.draw(st.none() | st.integers(1, 4)), is_per_instalment=False
    )
    low = decide(position, replace(proposal, amount=Money(less, currency)))
    high = decide(position, replace(proposal, amount=Money(more, currency)))
    assert rank(high) >= rank(low)
    if isinstance(high, Countered) and isinstance(low, Countered):
        assert high.terms.total <= low.terms.total or high.terms.total.minor <= more
    if isinstance(high, Accepted):
        assert high.terms.total.minor <= max(more, 1)


@given(positions(with_plan=True), st.data())
def test_who_offers_more_a_month_is_answered_no_worse(position: Position, data: st.DataObject) -> None:
    owed = position.balance.minor
    less = data.draw(st.integers(1, owed))
    more = data.draw(st.integers(less, owed))
    currency = position.balance.currency
    monthly = Proposal(frequency=Frequency.MONTHLY)
    low = decide(position, replace(monthly, amount=Money(less, currency)))
    high = decide(position, replace(monthly, amount=Money(more, currency)))
    assert rank(high) >= rank(low)


@given(positions(with_settlement=True))
def test_one_coin_never_settles_more_than_the_rules_forgive(position: Position) -> None:
    coin = Money(1, position.balance.currency)
    verdict = decide(position, Proposal(amount=coin, wants_settlement=True))
    terms = terms_of(verdict)
    if terms is not None and terms.kind is Kind.SETTLEMENT:
        assert position.balance.minor - terms.total.minor <= ceiling(position)
    assert not isinstance(verdict, Accepted) or position.balance.minor - 1 <= ceiling(position)


@given(positions(with_settlement=True))
def test_the_lowest_settlement_is_a_yes_and_one_coin_less_is_not(position: Position) -> None:
    lowest = lowest_total(position)
    assume(lowest is not None and lowest.minor > 1)
    assert lowest is not None
    assert isinstance(decide(position, Proposal(amount=lowest, wants_settlement=True)), Accepted)
    less = Money(lowest.minor - 1, lowest.currency)
    verdict = decide(position, Proposal(amount=less, wants_settlement=True))
    assert isinstance(verdict, Countered)
    assert verdict.terms.total == lowest


@given(positions(with_settlement=False), st.data())
def test_without_settlement_limits_nothing_is_saved(position: Position, data: st.DataObject) -> None:
    verdict = decide(position, data.draw(proposals(position)))
    terms = terms_of(verdict)
    assert terms is None or not terms.saving


@given(positions(), st.data())
def test_senseless_figures_are_corrected_with_a_figure(position: Position, data: st.DataObject) -> None:
    currency, owed = position.balance.currency, position.balance.minor
    minor = data.draw(st.integers(-1_000_000, 0) | st.integers(owed + 1, owed * 3))
    verdict = decide(position, Proposal(amount=Money(minor, currency)))
    assert isinstance(verdict, Declined)
    assert isinstance(verdict.correction, Money)
    assert 0 < verdict.correction.minor <= owed


@given(situations())
def test_what_was_accepted_can_be_accepted_again(situation: tuple[Position, Proposal]) -> None:
    """Terms put on the table do not turn a yes into a no when the debtor repeats the proposal."""
    position, proposal = situation
    verdict = decide(position, proposal)
    if isinstance(verdict, Accepted):
        again = decide(replace(position, table=(*position.table, verdict.terms)), proposal)
        assert isinstance(again, Accepted)
        assert again.terms.total == verdict.terms.total


@given(situations())
def test_a_counter_offer_taken_up_as_a_plan_is_accepted(situation: tuple[Position, Proposal]) -> None:
    """What we say is allowed is allowed: the figures of a counter-offer, proposed back, get a yes."""
    position, proposal = situation
    verdict = decide(position, proposal)
    if not isinstance(verdict, Countered):
        return
    parts = tuple((i.due_on, i.amount) for i in verdict.terms.schedule)
    if verdict.terms.kind is Kind.SETTLEMENT:
        back = decide(position, Proposal(parts=parts, wants_settlement=True))
        assert isinstance(back, Accepted)
        assert back.terms.total == verdict.terms.total


@given(situations())
def test_repeating_a_proposal_improves_on_nothing(situation: tuple[Position, Proposal]) -> None:
    position, proposal = situation
    assert not improves(proposal, proposal, position)
    assert not improves(None, proposal, position)
