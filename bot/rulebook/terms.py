"""Terms: turns the numbers that hold for an account into the plain limits of the core."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol

from bot.debt.arrangements import Frequency
from bot.debt.limits import Ladder, Limits, PlanLimits, PromiseLimits, SettlementLimits
from bot.debt.money import Money
from bot.debt.segments import Placement
from bot.rulebook.numbers import Number


class _Get(Protocol):
    def __call__(self, file: str, name: str) -> Any: ...


def limits_for(
    numbers: Mapping[str, Mapping[str, Number]],
    creditor: str,
    place: Placement,
    currency: str,
    today: date,
    edition: str,
) -> Limits:
    """Limits of every account in the same circumstances: creditor, placement, currency and day."""

    def get(file: str, name: str) -> Any:
        number = numbers[file][name]
        return number.resolve(today, creditor, place.segment, place.circumstances, currency)

    return Limits(
        edition=edition,
        decided_on=today,
        segment=place.segment,
        tone=place.tone,
        segment_rule_id=place.rule_id,
        asks_affordability_first=place.asks_affordability_first,
        settlement=_settlement(get, place.segment),
        plan=_plan(get, place.segment, currency),
        promise=_promise(get, place.segment),
        ladder=Ladder(
            opening=get("ladder", "opening"),
            step=get("ladder", "step"),
            earned_by=frozenset(get("ladder", "earned_by")),
            rule_id=f"ladder.{place.segment}.opening",
            smallest_improvement=get("ladder", "smallest_improvement"),
        ),
        is_time_barred=False,
    )


def _settlement(get: _Get, segment: str) -> SettlementLimits | None:
    if not get("settlements", "is_offered"):
        return None
    return SettlementLimits(
        fees_share=get("settlements", "ceiling.fees"),
        interest_share=get("settlements", "ceiling.interest"),
        principal_share=get("settlements", "ceiling.principal"),
        floor_share=get("settlements", "floor"),
        max_payments=get("settlements", "payments"),
        pay_within_days=get("settlements", "pay_within"),
        valid_days=get("settlements", "valid_for"),
        rule_id=f"settlements.{segment}.ceiling",
    )


def _plan(get: _Get, segment: str, currency: str) -> PlanLimits | None:
    if not get("payment_plans", "is_offered"):
        return None
    return PlanLimits(
        max_months=get("payment_plans", "length"),
        min_instalment=Money.nearest(get("payment_plans", "smallest_instalment"), currency),
        down_payment_share=get("payment_plans", "down_payment"),
        frequencies=tuple(Frequency(name) for name in get("payment_plans", "frequencies")),
        first_due_within_days=get("payment_plans", "first_due_within"),
        round_to=Money.nearest(get("payment_plans", "round_to"), currency),
        valid_days=get("payment_plans", "valid_for"),
        date_changes=get("payment_plans", "date_changes"),
        max_days_moved=get("payment_plans", "longest_move"),
        rule_id=f"payment_plans.{segment}.length",
    )


def _promise(get: _Get, segment: str) -> PromiseLimits | None:
    if not get("promises", "is_offered"):
        return None
    return PromiseLimits(
        longest_days=get("promises", "longest"),
        max_broken=get("promises", "may_be_broken"),
        min_share=get("promises", "smallest"),
        rule_id=f"promises.{segment}.longest",
    )
