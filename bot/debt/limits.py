"""The limits that the rulebook sets for one account today, as plain values to decide with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.debt.arrangements import Frequency
from bot.debt.money import Money


@dataclass(frozen=True)
class SegmentFacts:
    """What a segment may depend on: nothing about who the person is, where they live or how they write."""

    creditor: str
    days_past_due: int
    balance: Money
    installments_broken: int
    promises_broken: int
    open_accounts: int
    in_hardship: bool


@dataclass(frozen=True)
class SettlementLimits:
    """How far a reduced sum may go. Shares are of that part of the balance (0.5: half of the fees)."""

    fees_share: Decimal
    interest_share: Decimal
    principal_share: Decimal
    floor_share: Decimal  # never ask for less than this share of the whole balance
    max_payments: int
    pay_within_days: int  # the last payment is due at most this many days from today
    valid_days: int  # an offer is open this many days
    rule_id: str


@dataclass(frozen=True)
class PlanLimits:
    """How long and how small instalments may be."""

    max_months: int
    min_instalment: Money  # for one month; other frequencies scale it down
    down_payment_share: Decimal
    frequencies: tuple[Frequency, ...]
    first_due_within_days: int
    round_to: Money  # instalments are a multiple of this; the last takes the remainder
    valid_days: int
    date_changes: int  # how many times a due date may be moved
    max_days_moved: int
    rule_id: str


@dataclass(frozen=True)
class PromiseLimits:
    """How far away a promise may lie and how many may have been broken."""

    longest_days: int
    max_broken: int
    min_share: Decimal  # a promise covers at least this share of the balance
    rule_id: str


@dataclass(frozen=True)
class Ladder:
    """How concessions are released: rung 0 shows `opening` of the ceiling, each rung adds `step`."""

    opening: Decimal
    step: Decimal
    earned_by: frozenset[str]  # of: "improved_counter_offer", "affordability_stated", "pays_today"
    rule_id: str
    smallest_improvement: Decimal = Decimal("0.1")  # of the gap, to earn a step

    def released(self, rung: int) -> Decimal:
        """Share of the ceiling that is open on a rung, at most 1."""
        return min(Decimal(1), self.opening + self.step * rung)


@dataclass(frozen=True)
class Limits:
    """All that may be decided for one account on one day, with the edition and rules it comes from."""

    edition: str
    decided_on: date
    segment: str
    tone: str  # "reassuring" | "practical" | "firm_kind"
    segment_rule_id: str
    asks_affordability_first: bool
    settlement: SettlementLimits | None  # None: no discount in this segment
    plan: PlanLimits | None
    promise: PromiseLimits | None
    ladder: Ladder
    is_time_barred: bool
