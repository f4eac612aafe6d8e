"""Importing payments: each posted once, balances reduced, plans and promises moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.debt.arrangements import Arrangement, ArrangementStatus, Kind
from bot.debt.money import Money
from bot.debt.party import AccountReference
from bot.debt.promises import PromiseStatus
from bot.services.books import sweep
from bot.services.csv_rows import FileRefused
from bot.services.payments_in import COLUMNS, PaymentsReport, import_payments
from bot.services.unit_of_work import Payment
from bot.storage.unit_of_work import SqlUnitOfWorkFactory
from tests.storage import samples
from tests.storage.samples import ANA, CHAT, NOW, REF, TODAY, eur
from tests.unit.portfolio.files import SetClock, text

Units = SqlUnitOfWorkFactory


@pytest.fixture
def books(units: Units) -> Units:
    """One debtor who owes 600.00: 400 principal, 120 interest, 80 fees."""
    with units() as uow:
        samples.fill(uow)
        uow.commit()
    return units


def payment(amount: str = "100.00", reference: str = "PAY-1", **changes: str) -> dict[str, str]:
    given = {"account_reference": REF, "amount": amount, "currency": "EUR", "payment_reference": reference}
    return {**given, "paid_on": TODAY.isoformat(), **changes}


def post(units: Units, *rows: dict[str, str], day: int = 0) -> PaymentsReport:
    lines = text(rows, COLUMNS).splitlines(True)
    return import_payments(lines, units, SetClock(TODAY + timedelta(days=day)), name="payments.csv")


def counts(report: PaymentsReport) -> tuple[int, int, int]:
    return report.posted, report.already_posted, report.refused_count


def balance(units: Units) -> Money:
    with units(write=False) as uow:
        account = uow.accounts.get(REF)
        assert account is not None
        return account.balance.total


def agree(units: Units, arrangement: Arrangement) -> None:
    with units() as uow:
        uow.arrangements.add(arrangement, CHAT)
        uow.commit()


def arrangement(units: Units) -> Arrangement:
    with units(write=False) as uow:
        found = uow.arrangements.latest_for(REF)
        assert found is not None
        return found


def tags(units: Units) -> list[str]:
    with units(write=False) as uow:
        assert list(uow.audit.check()) == []
        found = [e["tag"] for e in uow.audit.of_debtor(ANA)]
    return [tag for tag in found if tag not in ("ACCOUNT_IMPORTED", "MESSAGE_RECEIVED")]


def test_a_payment_reduces_the_balance_once(books: Units) -> None:
    assert counts(post(books, payment())) == (1, 0, 0)
    assert counts(post(books, payment())) == (0, 1, 0)
    assert balance(books) == eur("500.00")
    assert tags(books) == ["PAYMENT_POSTED"]
    with books(write=False) as uow:
        assert uow.payments.get("PAY-1") == Payment("PAY-1", REF, eur("100.00"), TODAY)
        account = uow.accounts.get(REF)
        assert account is not None
        assert account.last_payment_on == TODAY
        assert account.balance.fees == eur("0.00")
        assert account.balance.interest == eur("100.00")


@pytest.mark.parametrize(
    "changes", [{"amount": "99.00"}, {"paid_on": "2026-03-01"}, {"account_reference": "AD-ES-0002"}]
)
def test_the_same_reference_with_another_content_is_refused(books: Units, changes: dict[str, str]) -> None:
    with books() as uow:
        uow.accounts.save(samples.account("AD-ES-0002"))
        uow.commit()
    report = post(books, payment(), payment(**changes))
    assert counts(report) == (1, 0, 1)
    assert (report.refused[0].line, report.refused[0].column) == (3, "payment_reference")
    assert balance(books) == eur("500.00")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("account_reference", "AD-ES-9999"),
        ("account_reference", ""),
        ("amount", "0"),
        ("amount", "-5.00"),
        ("amount", "1.005"),
        ("amount", "1,5"),
        ("currency", "USD"),
        ("currency", "XXX"),
        ("paid_on", "2026-03-12"),
        ("paid_on", "11/03/2026"),
        ("payment_reference", ""),
        ("payment_reference", "x" * 101),
    ],
)
def test_bad_rows_are_refused_and_the_good_ones_posted(books: Units, column: str, value: str) -> None:
    report = post(books, {**payment(reference="BAD"), column: value}, payment())
    assert counts(report) == (1, 0, 1)
    assert (report.refused[0].line, report.refused[0].column) == (2, column)
    assert balance(books) == eur("500.00")


def test_missing_columns_are_named(books: Units) -> None:
    with pytest.raises(FileRefused, match="lacks paid_on"):
        import_payments(["account_reference,amount,currency,payment_reference\n"], books, SetClock(TODAY))


def test_an_overpayment_is_posted_and_reported(books: Units) -> None:
    report = post(books, payment("650.00"))
    assert report.overpaid == [("PAY-1", eur("50.00"))]
    assert balance(books) == eur("0.00")


def test_a_plan_is_paid_instalment_by_instalment_and_kept(books: Units) -> None:
    agree(books, samples.arrangement())
    post(books, payment("350.00"))
    assert [each.status.value for each in arrangement(books).terms.schedule] == ["paid", "partly_paid"]
    report = post(books, payment("250.00", "PAY-2"))
    assert report.arrangements_moved == 1
    assert arrangement(books).status is ArrangementStatus.KEPT
    assert balance(books) == eur("0.00")
    assert tags(books) == ["PAYMENT_POSTED", "PAYMENT_POSTED", "ARRANGEMENT_MOVED"]


def test_a_settlement_paid_in_full_forgives_the_rest(books: Units) -> None:
    agree(
        books,
        samples.arrangement(given=samples.terms("250.00", "150.00", saving="200.00", kind=Kind.SETTLEMENT)),
    )
    post(books, payment("250.00"))
    assert balance(books) == eur("350.00")
    post(books, payment("150.00", "PAY-2"))
    assert balance(books) == eur("0.00")
    assert arrangement(books).status is ArrangementStatus.KEPT


def test_a_broken_settlement_is_mended_by_money_that_was_on_its_way(books: Units) -> None:
    settlement = samples.arrangement(
        given=samples.terms("400.00", saving="200.00", kind=Kind.SETTLEMENT, first=TODAY)
    )
    agree(books, settlement)
    assert sweep(books, SetClock(TODAY + timedelta(days=4))).arrangements_moved == 1
    assert arrangement(books).status is ArrangementStatus.BROKEN
    post(books, payment("400.00"), day=6)
    assert arrangement(books).status is ArrangementStatus.KEPT
    assert balance(books) == eur("0.00")


def test_money_sent_too_late_does_not_mend_a_settlement(books: Units) -> None:
    settlement = samples.arrangement(
        given=samples.terms("400.00", saving="200.00", kind=Kind.SETTLEMENT, first=TODAY)
    )
    agree(books, settlement)
    sweep(books, SetClock(TODAY + timedelta(days=4)))
    post(books, payment("400.00", paid_on=(TODAY + timedelta(days=5)).isoformat()), day=6)
    assert arrangement(books).status is ArrangementStatus.BROKEN
    assert balance(books) == eur("200.00")


def test_sweeping_moves_plans_to_late_and_broken_once(books: Units) -> None:
    agree(books, samples.arrangement(given=samples.terms("300.00", "300.00", first=TODAY)))
    assert sweep(books, SetClock(TODAY + timedelta(days=3))).arrangements_moved == 0
    assert sweep(books, SetClock(TODAY + timedelta(days=4))).arrangements_moved == 1
    assert arrangement(books).status is ArrangementStatus.LATE
    assert sweep(books, SetClock(TODAY + timedelta(days=5))).arrangements_moved == 0
    assert sweep(books, SetClock(), today=TODAY + timedelta(days=34)).arrangements_moved == 1
    assert arrangement(books).status is ArrangementStatus.BROKEN
    assert tags(books) == ["ARRANGEMENT_MOVED", "ARRANGEMENT_MOVED"]


def promised(units: Units) -> str:
    with units(write=False) as uow:
        return uow.promises.of_account(REF)[0].status.value


@pytest.mark.parametrize(
    ("amount", "paid", "day", "expected"),
    [("50.00", 0, 1, "kept"), ("50.00", 2, 2, "late"), ("49.00", 0, 4, "broken"), ("49.00", 0, 3, "open")],
)
def test_promises_move(books: Units, amount: str, paid: int, day: int, expected: str) -> None:
    with books() as uow:
        uow.promises.add(samples.promise(due_on=TODAY), CHAT)
        uow.commit()
    paid_on = (TODAY + timedelta(days=paid)).isoformat()
    report = post(books, payment(amount, paid_on=paid_on), day=day)
    assert promised(books) == expected
    assert report.promises_moved == (expected != "open")


def test_sweeping_breaks_promises(books: Units) -> None:
    with books() as uow:
        uow.promises.add(samples.promise(due_on=TODAY), CHAT)
        uow.promises.add(replace(samples.promise("P-2", TODAY), status=PromiseStatus.WITHDRAWN), CHAT)
        uow.commit()
    assert sweep(books, SetClock(TODAY + timedelta(days=4)), grace_days=4).promises_moved == 0
    assert sweep(books, SetClock(TODAY + timedelta(days=4))).promises_moved == 1
    assert promised(books) == "broken"
    assert tags(books) == ["PROMISE_MOVED"]
    assert sweep(books, SetClock(TODAY + timedelta(days=9))).promises_moved == 0


def test_importing_payments_also_sweeps(books: Units) -> None:
    with books() as uow:
        uow.promises.add(samples.promise(due_on=TODAY), CHAT)
        uow.commit()
    assert post(books, day=10).promises_moved == 1


def test_a_plan_is_kept_when_new_figures_say_that_nothing_is_owed(books: Units) -> None:
    agree(books, samples.arrangement(given=samples.terms("300.00", "300.00", first=TODAY)))
    with books() as uow:
        account = uow.accounts.get(REF)
        assert account is not None
        uow.accounts.save(replace(account, balance=account.balance.reduced_by(account.balance.total)))
        uow.commit()
    sweep(books, SetClock(TODAY + timedelta(days=9)))
    assert arrangement(books).status is ArrangementStatus.KEPT


def test_every_posting_is_in_the_record_with_its_sums(books: Units) -> None:
    post(books, payment("650.00"))
    with books(write=False) as uow:
        entry: dict[str, Any] = next(e for e in uow.audit.of_debtor(ANA) if e["tag"] == "PAYMENT_POSTED")
    assert entry["payload"]["applied"] == {"amount": "600.00", "currency": "EUR"}
    assert entry["payload"]["overpaid"] == {"amount": "50.00", "currency": "EUR"}
    assert entry["payload"]["account"] == REF
    assert AccountReference(entry["payload"]["account"]) == REF
    assert entry["at"].startswith(f"{NOW:%Y-%m-%d}")
