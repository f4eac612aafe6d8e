"""Positions to negotiate from: a builder for examples and hypothesis strategies for everything else."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from bot.debt.accounts import Account, Balance
from bot.debt.arrangements import Frequency
from bot.debt.limits import Ladder, Limits, PlanLimits, PromiseLimits, SettlementLimits
from bot.debt.money import Money
from bot.debt.party import AccountReference, DebtorId
from bot.debt.proposals import Position, Proposal
from bot.debt.settlements import lowest_total

TODAY = date(2026, 11, 22)
CURRENCIES = ("EUR", "MXN", "COP", "CLP", "ARS", "PEN", "USD", "GBP")


def account(
    principal: int = 60_000, interest: int = 0, fees: int = 0, currency: str = "EUR", today: date = TODAY
) -> Account:
    """An account with its balance in minor units."""
    balance = Balance(Money(principal, currency), Money(interest, currency), Money(fees, currency))
    return Account(
        reference=AccountReference("AD-1"),
        creditor="crediclaro",
        debtor_id=DebtorId("D1"),
        country="ES",
        product="loan",
        balance=balance,
        opened_on=today - timedelta(days=900),
        due_on=today - timedelta(days=120),
        last_payment_on=None,
        installments_broken=0,
    )


def settlement_limits(**changes: object) -> SettlementLimits:
    """Settlement limits with a ceiling of all fees, half the interest and 40 % of the principal."""
    values: dict[str, object] = {
        "fees_share": Decimal("1"),
        "interest_share": Decimal("0.5"),
        "principal_share": Decimal("0.4"),
        "floor_share": Decimal("0.5"),
        "max_payments": 3,
        "pay_within_days": 75,
        "valid_days": 7,
        "rule_id": "settlements.late.ceiling",
    }
    return SettlementLimits(**{**values, **changes})  # type: ignore[arg-type]


def plan_limits(currency: str = "EUR", **changes: object) -> PlanLimits:
    """Plan limits of up to twelve months and twenty units an instalment."""
    values: dict[str, object] = {
        "max_months": 12,
        "min_instalment": Money.of(20, currency),
        "down_payment_share": Decimal(0),
        "frequencies": (Frequency.WEEKLY, Frequency.BIWEEKLY, Frequency.SEMIMONTHLY, Frequency.MONTHLY),
        "first_due_within_days": 30,
        "round_to": Money(1, currency),
        "valid_days": 7,
        "date_changes": 1,
        "max_days_moved": 15,
        "rule_id": "payment_plans.late.length",
    }
    return PlanLimits(**{**values, **changes})  # type: ignore[arg-type]


def limits(
    settlement: SettlementLimits | None = None,
    plan: PlanLimits | None = None,
    ladder: Ladder | None = None,
) -> Limits:
    """All limits of one account."""
    return Limits(
        edition="2025-01-01.test",
        decided_on=TODAY,
        segment="late",
        tone="firm_kind",
        segment_rule_id="segments.late",
        asks_affordability_first=True,
        settlement=settlement,
        plan=plan,
        promise=PromiseLimits(30, 1, Decimal("0.1"), "promises.late.longest"),
        ladder=ladder
        or Ladder(Decimal("0.5"), Decimal("0.25"), frozenset({"improved_counter_offer"}), "ladder.late"),
        is_time_barred=False,
    )


def position(
    principal: int = 60_000,
    interest: int = 0,
    fees: int = 0,
    *,
    settlement: SettlementLimits | None = None,
    plan: PlanLimits | None = None,
    currency: str = "EUR",
    **changes: object,
) -> Position:
    """A position on rung 0 with nothing on the table."""
    values: dict[str, object] = {"rung": 0, "table": (), "today": TODAY, "affordable": None}
    values.update(changes)
    return Position(
        account=account(principal, interest, fees, currency),
        limits=limits(settlement, plan),
        **values,  # type: ignore[arg-type]
    )


_shares = st.integers(0, 100).map(lambda percent: Decimal(percent) / 100)
_days = st.integers(0, 120)


@st.composite
def _settlements(draw: st.DrawFn) -> SettlementLimits:
    return settlement_limits(
        fees_share=draw(_shares),
        interest_share=draw(_shares),
        principal_share=draw(_shares),
        floor_share=draw(_shares),
        max_payments=draw(st.integers(1, 6)),
        pay_within_days=draw(_days),
    )


@st.composite
def _plans(draw: st.DrawFn, currency: str) -> PlanLimits:
    frequencies = st.lists(
        st.sampled_from([Frequency.WEEKLY, Frequency.BIWEEKLY, Frequency.SEMIMONTHLY, Frequency.MONTHLY]),
        min_size=1,
        unique=True,
    )
    return plan_limits(
        currency,
        max_months=draw(st.integers(1, 60)),
        min_instalment=Money(draw(st.integers(1, 50_000)), currency),
        down_payment_share=draw(st.sampled_from([Decimal(0), Decimal(0), Decimal("0.1"), Decimal("0.33")])),
        frequencies=tuple(draw(frequencies)),
        first_due_within_days=draw(st.integers(0, 60)),
        round_to=Money(draw(st.sampled_from([1, 10, 100, 10_000])), currency),
    )


@st.composite
def positions(
    draw: st.DrawFn, with_settlement: bool | None = None, with_plan: bool | None = None
) -> Position:
    """Any account, any limits, any rung, nothing on the table yet."""
    currency = draw(st.sampled_from(CURRENCIES))
    minor = st.integers(0, 5_000_000)
    owed = account(draw(st.integers(1, 5_000_000)), draw(minor), draw(minor), currency)
    has_settlement = draw(st.booleans()) if with_settlement is None else with_settlement
    has_plan = draw(st.booleans()) if with_plan is None else with_plan
    ladder = Ladder(draw(_shares), draw(_shares), frozenset({"improved_counter_offer"}), "ladder.late")
    today = date(2024, 1, 1) + timedelta(days=draw(st.integers(0, 3_000)))
    affordable = draw(st.none() | st.integers(0, 1_000_000).map(lambda minor: Money(minor, currency)))
    bounds = limits(
        draw(_settlements()) if has_settlement else None, draw(_plans(currency)) if has_plan else None, ladder
    )
    return Position(owed, bounds, draw(st.integers(0, 8)), (), today, affordable)


def proposals(for_position: Position) -> st.SearchStrategy[Proposal]:
    """What debtors say: half of it sensible, half of it anything at all."""
    return sensible(for_position) | anything(for_position)


@st.composite
def sensible(draw: st.DrawFn, for_position: Position) -> Proposal:
    """Proposals as people make them, with figures near what the rules ask for."""
    balance, today = for_position.balance, for_position.today
    lowest = lowest_total(for_position) or balance
    near_lowest = st.integers(-50, 200).map(lambda d: lowest.minor + d * balance.minor // 200)
    sums = (near_lowest | st.integers(1, balance.minor)).map(
        lambda minor: Money(min(max(1, minor), balance.minor), balance.currency)
    )
    count = draw(st.integers(1, 24))
    each = Money(max(1, balance.minor // count), balance.currency)
    soon = st.none() | st.integers(0, 40).map(lambda n: today + timedelta(days=n))
    frequency = draw(st.sampled_from([Frequency.MONTHLY, Frequency.SEMIMONTHLY, Frequency.WEEKLY, None]))
    later = today + timedelta(days=draw(st.integers(20, 500)))
    latest = later + timedelta(days=draw(st.integers(1, 100)))
    return draw(
        st.sampled_from(
            [
                Proposal(amount=draw(sums), wants_settlement=True, due_on=draw(soon)),
                Proposal(amount=draw(sums), wants_settlement=True, installments=draw(st.integers(1, 8))),
                Proposal(amount=draw(sums), due_on=draw(soon)),
                Proposal(amount=each, frequency=frequency, starts_on=draw(soon)),
                Proposal(installments=count, frequency=frequency, starts_on=draw(soon)),
                Proposal(share=Decimal("0.5"), due_on=later),
                Proposal(down_payment=draw(sums), installments=count),
                Proposal(parts=((None, draw(sums)), (later, None))),
                Proposal(
                    parts=((None, draw(sums)), (later, draw(sums))), wants_settlement=draw(st.booleans())
                ),
                Proposal(parts=((None, draw(sums)), (later, draw(sums)), (latest, None))),
                Proposal(amount=balance, due_on=draw(soon)),
            ]
        )
    )


@st.composite
def anything(draw: st.DrawFn, for_position: Position) -> Proposal:
    """Anything that can be put into a proposal, sensible or not."""
    owed, today = for_position.balance.minor, for_position.today
    money = st.one_of(
        st.integers(-10, owed + owed // 5 + 10), st.sampled_from([owed, owed // 2, owed // 3, owed // 12, 1])
    ).map(lambda minor: Money(minor, for_position.balance.currency))
    days = st.none() | st.integers(-3, 800).map(lambda n: today + timedelta(days=n))
    near = st.none() | st.integers(0, 90).map(lambda n: today + timedelta(days=n))
    maybe = st.none() | money
    return Proposal(
        amount=draw(maybe),
        installments=draw(st.none() | st.integers(-1, 80)),
        frequency=draw(st.none() | st.sampled_from(list(Frequency))),
        starts_on=draw(near | days),
        due_on=draw(near | days),
        share=draw(st.none() | st.none() | _shares),
        down_payment=draw(st.none() | maybe),
        parts=tuple(draw(st.just([]) | st.lists(st.tuples(near, maybe), max_size=4))),
        wants_settlement=draw(st.booleans()),
        is_per_instalment=draw(st.none() | st.booleans()),
    )
