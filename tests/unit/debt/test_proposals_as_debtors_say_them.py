"""The sentences of debtors, as understood, and what each one gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.debt.arrangements import Frequency, Kind
from bot.debt.money import Money
from bot.debt.negotiation import (
    Accepted,
    Countered,
    Declined,
    NeedsApproval,
    Proposal,
    Reason,
    decide,
    improves,
    opening_offers,
    pays_today,
    room_left,
)
from tests.properties.positions import TODAY, plan_limits, position, settlement_limits

OWES_1000 = position(100_000, settlement=settlement_limits(), plan=plan_limits())


def eur(amount: str | int) -> Money:
    return Money.of(amount, "EUR")


def figures(verdict: object) -> list[tuple[str, str]]:
    assert isinstance(verdict, (Accepted, Countered))
    return [(i.due_on.isoformat(), str(i.amount.decimal)) for i in verdict.terms.schedule]


def test_50_al_mes() -> None:
    verdict = decide(position(plan=plan_limits()), Proposal(amount=eur(50), frequency=Frequency.MONTHLY))
    assert isinstance(verdict, Accepted)
    assert figures(verdict)[0] == ("2026-12-07", "50.00")
    assert figures(verdict)[-1] == ("2027-11-07", "50.00")
    assert len(figures(verdict)) == 12


def test_300_y_lo_cerramos() -> None:
    verdict = decide(OWES_1000, Proposal(amount=eur(300), wants_settlement=True))
    assert isinstance(verdict, Countered)
    assert verdict.reason is Reason.TOO_LOW
    assert verdict.terms.kind is Kind.SETTLEMENT
    assert (verdict.terms.total, verdict.terms.saving) == (eur(800), eur(200))


def test_en_3_veces_desde_el_dia_5() -> None:
    verdict = decide(OWES_1000, Proposal(installments=3, starts_on=date(2026, 12, 5)))
    assert isinstance(verdict, Accepted)
    assert figures(verdict) == [("2026-12-05", "333.33"), ("2027-01-05", "333.33"), ("2027-02-05", "333.34")]


@pytest.mark.parametrize(
    "proposal",
    [
        Proposal(share=Decimal("0.5"), due_on=date(2027, 4, 5)),
        Proposal(parts=((None, eur(500)), (date(2027, 4, 5), None))),
        Proposal(parts=((TODAY, eur(500)), (date(2027, 4, 5), eur(500)))),
    ],
)
def test_la_mitad_ahora_y_la_otra_en_abril(proposal: Proposal) -> None:
    verdict = decide(OWES_1000, proposal)
    assert isinstance(verdict, Accepted)
    assert figures(verdict) == [("2026-11-22", "500.00"), ("2027-04-05", "500.00")]
    assert verdict.terms.frequency is Frequency.IRREGULAR


def test_cada_quincena_400() -> None:
    verdict = decide(OWES_1000, Proposal(amount=eur(400), frequency=Frequency.SEMIMONTHLY))
    assert isinstance(verdict, Accepted)
    assert figures(verdict) == [("2026-11-30", "400.00"), ("2026-12-15", "400.00"), ("2026-12-31", "200.00")]


def test_instalments_from_the_31st_fall_on_the_last_day_of_shorter_months() -> None:
    start = date(2026, 12, 31)
    late_start = position(40_000, plan=plan_limits(first_due_within_days=45))
    verdict = decide(late_start, Proposal(installments=4, starts_on=start))
    assert [day for day, _ in figures(verdict)] == ["2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31"]


def test_an_amount_alone_is_what_it_can_be() -> None:
    settles = decide(OWES_1000, Proposal(amount=eur(850)))
    assert isinstance(settles, Accepted)
    assert settles.terms.kind is Kind.SETTLEMENT
    monthly = decide(OWES_1000, Proposal(amount=eur(100)))
    assert isinstance(monthly, Accepted)
    assert len(monthly.terms.schedule) == 10
    full = decide(OWES_1000, Proposal(amount=eur(1000)))
    assert isinstance(full, Accepted)
    assert full.terms.is_full_payment
    bid = decide(OWES_1000, Proposal(amount=eur(700)))
    assert isinstance(bid, Countered)
    assert (bid.reason, bid.terms.total) == (Reason.TOO_LOW, eur(800))


def test_more_than_owed_is_told_what_is_owed() -> None:
    assert decide(OWES_1000, Proposal(amount=eur(1001))) == Declined(
        Reason.MORE_THAN_OWED, "proposals.sense", eur(1000)
    )


def test_what_lowers_an_offer_that_is_on_the_table_is_told_so() -> None:
    with_table = replace(OWES_1000, table=opening_offers(OWES_1000))
    verdict = decide(with_table, Proposal(amount=eur(900), wants_settlement=True))
    assert isinstance(verdict, Countered)
    assert verdict.reason is Reason.BETTER_ON_TABLE
    assert verdict.terms in with_table.table


def test_payment_in_full_stays_possible_beside_a_cheaper_offer() -> None:
    with_table = replace(OWES_1000, table=opening_offers(OWES_1000))
    verdict = decide(with_table, Proposal(amount=eur(1000)))
    assert isinstance(verdict, Accepted)
    assert verdict.terms.is_full_payment


def test_terms_for_another_balance_are_not_on_the_table_any_more() -> None:
    stale = opening_offers(position(50_000, settlement=settlement_limits(), plan=plan_limits()))
    verdict = decide(replace(OWES_1000, table=stale), Proposal(amount=eur(300), wants_settlement=True))
    assert isinstance(verdict, Countered)
    assert verdict.terms.total == eur(800)


def test_terms_whose_day_has_passed_are_not_on_the_table_any_more() -> None:
    earlier = opening_offers(replace(OWES_1000, rung=2, today=date(2026, 10, 1)))
    verdict = decide(replace(OWES_1000, table=earlier), Proposal(amount=eur(300), wants_settlement=True))
    assert isinstance(verdict, Countered)
    assert verdict.terms.total == eur(800)


def test_a_discount_where_there_is_none_gets_the_nearest_plan() -> None:
    verdict = decide(position(plan=plan_limits()), Proposal(amount=eur(200), wants_settlement=True))
    assert isinstance(verdict, Countered)
    assert verdict.reason is Reason.NO_DISCOUNT_HERE
    assert [amount for _, amount in figures(verdict)] == ["200.00"] * 3


def test_instalments_where_there_are_none_go_to_a_person_unless_a_settlement_is_near() -> None:
    monthly = Proposal(amount=eur(50), frequency=Frequency.MONTHLY)
    nothing = decide(position(), monthly)
    assert isinstance(nothing, NeedsApproval)
    assert (nothing.proposal, nothing.reason) == (monthly, Reason.NO_PLAN_HERE)
    settlement = decide(position(settlement=settlement_limits()), monthly)
    assert isinstance(settlement, Countered)
    assert settlement.terms.kind is Kind.SETTLEMENT


def test_who_insists_gets_a_person() -> None:
    verdict = decide(OWES_1000, Proposal(amount=eur(300), wants_settlement=True, insists=True))
    assert isinstance(verdict, NeedsApproval)
    assert verdict.reason is Reason.TOO_LOW


def test_a_lighter_plan_offered_under_an_earlier_rule_still_stands() -> None:
    long_before = position(100_000, plan=plan_limits(max_months=20))
    earlier = room_left(long_before).longest_plan
    assert earlier is not None
    now = position(100_000, plan=plan_limits(), table=(earlier,))
    verdict = decide(now, Proposal(amount=eur(30), frequency=Frequency.MONTHLY))
    assert isinstance(verdict, Countered)
    assert verdict.terms == earlier


def test_a_cheaper_settlement_offered_under_an_earlier_rule_still_stands() -> None:
    earlier = opening_offers(OWES_1000)[0]
    now = position(100_000, plan=plan_limits(), table=(earlier,))
    verdict = decide(now, Proposal(amount=eur(300), wants_settlement=True))
    assert isinstance(verdict, Countered)
    assert verdict.terms == earlier


def test_parts_that_all_lie_too_far_out_become_the_longest_plan() -> None:
    parts = ((TODAY, eur(600)), (date(2028, 1, 1), eur(200)), (date(2028, 2, 1), eur(200)))
    verdict = decide(OWES_1000, Proposal(parts=parts))
    assert isinstance(verdict, Countered)
    assert verdict.reason is Reason.TOO_LONG
    assert len(verdict.terms.schedule) == 12


def test_a_token_first_payment_does_not_buy_a_year() -> None:
    parts = ((TODAY, eur(20)), (date(2027, 11, 1), eur(980)))
    verdict = decide(OWES_1000, Proposal(parts=parts))
    assert isinstance(verdict, Countered)
    assert verdict.terms.schedule[1].due_on == date(2026, 12, 22)


@pytest.mark.parametrize(
    ("proposal", "reason"),
    [
        (Proposal(), Reason.UNCLEAR),
        (Proposal(amount=eur(0)), Reason.NOT_POSITIVE),
        (Proposal(amount=eur(-5), frequency=Frequency.MONTHLY), Reason.NOT_POSITIVE),
        (Proposal(installments=0), Reason.NOT_POSITIVE),
        (Proposal(share=Decimal("1.5")), Reason.MORE_THAN_OWED),
        (Proposal(amount=Money.of(50, "USD")), Reason.OTHER_CURRENCY),
        (Proposal(amount=eur(50), starts_on=date(2026, 11, 21)), Reason.DATE_IN_THE_PAST),
        (Proposal(amount=eur(50), starts_on=date(2050, 1, 1)), Reason.DATE_TOO_FAR),
    ],
)
def test_what_makes_no_sense_is_corrected(proposal: Proposal, reason: Reason) -> None:
    verdict = decide(OWES_1000, proposal)
    assert isinstance(verdict, Declined)
    assert verdict.reason is reason


def test_nothing_owed_needs_no_agreement() -> None:
    settled = position(0)
    verdict = decide(settled, Proposal(amount=eur(50)))
    assert isinstance(verdict, Declined)
    assert verdict.reason is Reason.NOTHING_OWED
    assert opening_offers(settled) == ()


def test_a_better_bid_earns_a_step_and_one_more_coin_does_not() -> None:
    def bid(amount: int) -> Proposal:
        return Proposal(amount=eur(amount), wants_settlement=True)

    assert improves(bid(300), bid(400), OWES_1000)  # a fifth of the gap of 500
    assert not improves(bid(300), bid(301), OWES_1000)
    assert not improves(bid(300), bid(200), OWES_1000)
    assert not improves(None, bid(700), OWES_1000)


def test_larger_instalments_earn_a_step() -> None:
    def monthly(amount: int) -> Proposal:
        return Proposal(amount=eur(amount), frequency=Frequency.MONTHLY)

    assert improves(monthly(20), monthly(40), OWES_1000)
    assert not improves(monthly(20), monthly(21), OWES_1000)


def test_paying_today_is_seen() -> None:
    assert pays_today(Proposal(amount=eur(900), due_on=TODAY), OWES_1000)
    assert not pays_today(Proposal(amount=eur(900)), OWES_1000)


def test_the_plan_comes_first_where_the_budget_cannot_hold_a_settlement() -> None:
    offers = opening_offers(replace(OWES_1000, affordable=eur(100)))
    assert [o.kind for o in offers] == [Kind.PAYMENT_PLAN, Kind.SETTLEMENT, Kind.PAYMENT_PLAN]
    assert all(i.amount <= eur(100) for i in offers[0].schedule)


def test_room_left_tells_a_human_agent_how_far_the_rules_go() -> None:
    room = room_left(OWES_1000)
    assert room.settlement_now is not None
    assert room.settlement_at_ceiling is not None
    assert room.longest_plan is not None
    assert (room.settlement_now.total, room.settlement_at_ceiling.total) == (eur(800), eur(600))
    assert len(room.longest_plan.schedule) == 12
    assert room.rungs_to_ceiling == 2
