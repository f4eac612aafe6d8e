"""Which rules hold: by day, creditor, segment and circumstances, and how they are named and explained."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.debt.limits import SegmentFacts
from bot.debt.money import Money
from bot.debt.segments import Segment, partition_faults
from bot.rulebook import Rulebook
from bot.rulebook.schema import CURRENCIES
from tests.properties.positions import account
from tests.rulebook.cases import DIRECTORY
from tests.rulebook.test_loading import spoil

TODAY = date(2026, 11, 23)
FACTS = SegmentFacts(
    creditor="Crediclaro",
    days_past_due=120,
    balance=Money.of(1000, "EUR"),
    installments_broken=0,
    promises_broken=0,
    open_accounts=1,
    in_hardship=False,
)


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return Rulebook.load(DIRECTORY)


@pytest.mark.parametrize(
    ("days", "segment"),
    [(0, "upcoming"), (1, "early"), (30, "early"), (31, "mid"), (90, "mid"), (91, "late"), (181, "recovery")],
)
def test_days_past_due_choose_the_segment(book: Rulebook, days: int, segment: str) -> None:
    place = book.segment(replace(FACTS, days_past_due=days), TODAY)
    assert (place.segment, place.rule_id) == (segment, f"segments.{segment}")


def test_hardship_is_spoken_to_reassuringly_and_asked_what_fits(book: Rulebook) -> None:
    place = book.segment(replace(FACTS, days_past_due=10, in_hardship=True), TODAY)
    assert place.tone == "reassuring"
    assert place.asks_affordability_first


def test_yesterdays_decision_is_computed_with_yesterdays_rule(book: Rulebook) -> None:
    facts = replace(FACTS, days_past_due=300)
    before = book.limits(account(), facts, date(2025, 12, 31)).settlement
    after = book.limits(account(), facts, date(2026, 1, 1)).settlement
    assert before is not None
    assert after is not None
    assert (before.principal_share, after.principal_share) == (Decimal("0.35"), Decimal("0.4"))


def test_the_edition_changes_exactly_when_a_rule_does(book: Rulebook) -> None:
    assert book.edition(date(2025, 3, 1)) == book.edition(date(2025, 12, 31))
    assert book.edition(date(2025, 12, 31)) != book.edition(date(2026, 1, 1))
    assert book.edition(TODAY).startswith("2026-01-01.")
    assert book.limits(account(), FACTS, TODAY).edition == book.edition(TODAY)


def test_a_rule_of_the_future_leaves_todays_edition_alone(book: Rulebook, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(DIRECTORY, tmp_path / "r")
    spoil(
        tmp_path / "r", "ladder.yml", "value: 0.2\n", "value: 0.2\n    - from: 2030-01-01\n      value: 0.3\n"
    )
    changed = Rulebook.load(tmp_path / "r")
    assert changed.edition(TODAY) == book.edition(TODAY)
    assert changed.edition(date(2030, 1, 1)) != book.edition(date(2030, 1, 1))


def test_a_comment_or_another_order_of_keys_is_no_new_edition(book: Rulebook, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(DIRECTORY, tmp_path / "r")
    spoil(tmp_path / "r", "ladder.yml", "opening:", "# a remark\nopening:")
    spoil(tmp_path / "r", "settlements.yml", "{upcoming: 1, early: 0.85,", "{early: 0.850, upcoming: 1,")
    assert Rulebook.load(tmp_path / "r").edition(TODAY) == book.edition(TODAY)


def test_a_creditors_own_rule_goes_before_everybodys(book: Rulebook) -> None:
    facts = replace(FACTS, days_past_due=300, creditor="LUZ DEL  DUERO energía")
    limits = book.limits(account(), facts, TODAY)
    assert limits.settlement is not None
    assert limits.settlement.principal_share == 0
    assert limits.settlement.fees_share == 1  # what the creditor does not say is everybody's
    own = book.payment_methods("Luz del Duero Energía", "ES")
    assert [method.kind for method in own] == ["transfer", "cash"]


def test_only_what_is_owed_and_how_it_went_moves_the_limits(book: Rulebook) -> None:
    """Two people in the same circumstances have the same limits, whoever they are and wherever they live."""
    one = book.limits(account(), FACTS, TODAY)
    other = replace(account(), debtor_id="D9", reference="X", product="card")  # type: ignore[arg-type]
    assert book.limits(other, FACTS, TODAY) == one


@given(
    days=st.integers(0, 3000),
    minor=st.integers(1, 10**9),
    currency=st.sampled_from(CURRENCIES),
    broken=st.integers(0, 3),
    promises=st.integers(0, 3),
    hardship=st.booleans(),
    creditor=st.sampled_from(["Crediclaro", "Luz del Duero Energía"]),
    ahead=st.integers(-900, 2000),
)
def test_limits_exist_and_are_sane_in_all_circumstances(
    book: Rulebook,
    days: int,
    minor: int,
    currency: str,
    broken: int,
    promises: int,
    hardship: bool,
    creditor: str,
    ahead: int,
) -> None:
    facts = SegmentFacts(creditor, days, Money(minor, currency), broken, promises, 1, hardship)
    today = TODAY + timedelta(days=ahead)
    limits = book.limits(account(currency=currency), facts, today)
    assert limits.plan is not None
    assert limits.plan.min_instalment >= limits.plan.round_to
    assert 1 <= limits.plan.max_months <= 60
    settlement = limits.settlement
    if settlement is not None:
        assert 0 <= settlement.principal_share < 1
        assert settlement.floor_share > 0
    if days <= 90 and settlement is not None:
        assert settlement.principal_share == 0
    if hardship:
        calm = book.limits(account(currency=currency), replace(facts, in_hardship=False), today)
        assert calm.plan is not None
        assert limits.plan.max_months >= calm.plan.max_months
        assert limits.plan.min_instalment <= calm.plan.min_instalment
        assert limits.tone == "reassuring"


def test_every_rule_is_explained_with_its_reason(book: Rulebook) -> None:
    rules = book.explain(account(), replace(FACTS, installments_broken=1), TODAY)
    by_id = {rule.rule_id: rule for rule in rules}
    assert len(by_id) == len(rules)
    length = by_id["payment_plans.late.length"]
    assert (length.value, length.unit, length.adjusted_by) == ("12", "months", ("broken_plan",))
    assert by_id["settlements.late.ceiling.principal"].since == date(2026, 1, 1)
    assert by_id["countries.ES.time_bar"].value == "5"
    assert all(rule.description and rule.reference for rule in rules)


def test_a_country_profile_has_what_the_texts_need(book: Rulebook) -> None:
    for code in book.country_codes():
        profile = book.country(code, TODAY)
        for language in ("es", "en"):
            assert profile.words[language]["instalments"]
            assert profile.complaint_body_in(language)
            assert profile.debt_advice_in(language)
            assert profile.desk_hours_in(language)
            assert profile.crisis_line.hours_in(language)
        assert profile.crisis_line.phone
        assert profile.time_bar_years >= 3
    assert [c for c in book.country_codes() if book.country(c).refusal_stops_contact] == ["US"]
    assert book.country("AR").form == "vos"


@pytest.mark.parametrize(
    ("phone", "country"),
    [
        ("+34600000000", "ES"),
        ("+12025550123", "US"),
        ("+447700900123", "GB"),
        ("+5215550000000", "MX"),
        ("+390", None),
    ],
)
def test_a_phone_prefix_tells_the_country(book: Rulebook, phone: str, country: str | None) -> None:
    assert book.country_of_phone(phone) == country


def test_payment_texts_take_exactly_what_the_service_fills_in(book: Rulebook) -> None:
    values = {"reference": "RF18AD1", "amount": "10.00", "currency": "EUR", "link": "https://pay.example/x"}
    for code in book.country_codes():
        for method in book.payment_methods("{odd} Creditor", code):
            for language in ("es", "en"):
                said = method.text_in(language).format_map(values)
                assert "{" not in said
                assert "RF18AD1" in said or "https://pay.example/x" in said


def test_identity_and_conversation_rules(book: Rulebook) -> None:
    identity = book.identity(TODAY)
    assert (identity.factors_needed, identity.failures_before_lock) == (2, 3)
    assert (identity.lock_hours, identity.verification_minutes) == (24, 30)
    assert book.conversation(TODAY).no_progress_turns == 3
    assert book.contact(TODAY).reminder_before_due == 2


@given(st.lists(st.integers(1, 60), min_size=0, max_size=5), st.integers(-3, 3))
def test_a_partition_is_recognised_exactly(lengths: list[int], shift: int) -> None:
    starts = [sum(lengths[:n]) for n in range(len(lengths) + 1)]
    ends: list[int | None] = [start - 1 for start in starts[1:]]
    segments = [
        Segment(f"s{n}", start, end, "practical", False)
        for n, (start, end) in enumerate(zip(starts, [*ends, None], strict=True))
    ]
    assert partition_faults(segments) == []
    moved = [*segments[:-1], replace(segments[-1], from_day=segments[-1].from_day + shift)]
    assert bool(partition_faults(moved)) is (shift != 0)
