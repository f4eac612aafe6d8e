"""Erasing by itself: when every period is over and nothing stands against it, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.debt.money import Money
from bot.debt.party import AccountReference, DebtorId
from bot.debt.retention import Due, File, Keep, Kept, decide
from bot.services import cases, personal_data, retention
from bot.services.application import Application
from tests.records.conftest import Run
from tests.support.people import Known, Person, add, build

YEARS = Keep("retention.keep_records.ES", 5, "year")
DAY = date(2026, 3, 11)
LATER = date(2031, 3, 11)


def file(**changes: Any) -> File:
    return replace(File(DebtorId("T-1"), "ES", DAY), **changes)


@pytest.mark.parametrize(
    ("changes", "today", "verdict"),
    [
        ({}, LATER - timedelta(days=1), Kept("period", YEARS.rule_id, LATER)),
        ({}, LATER, Due(YEARS.rule_id, LATER)),
        ({"legal_holds": 1}, LATER, Kept("legal_hold")),
        ({"open_cases": 2}, LATER, Kept("open_case")),
        ({"owes": True}, LATER, Kept("owes")),
        ({"owes": True, "is_returned": True}, LATER, Due(YEARS.rule_id, LATER)),
        ({"is_returned": True, "legal_holds": 1}, LATER, Kept("legal_hold")),
        ({"last_activity": None}, LATER, Kept("no_activity")),
    ],
)
def test_the_decision(changes: dict[str, Any], today: date, verdict: Due | Kept) -> None:
    assert decide(file(**changes), [YEARS, Keep("x", 15, "business_day")], today) == verdict


def test_the_longest_duty_counts_and_no_duty_erases_nothing() -> None:
    books = Keep("MX.records.merchant_books", 10, "year")
    assert decide(file(), [YEARS, books], LATER) == Kept("period", books.rule_id, date(2036, 3, 11))
    assert decide(file(), [], LATER) == Kept("no_rule")


@pytest.fixture
def app(database_url: str) -> Application:
    """Three people in Spain: one has paid and is long gone, one has paid too, one still owes."""
    built = build(database_url)
    for number in (1, 2, 3):
        known = add(built, _known(number))
        with built.unit_of_work() as uow:
            imported = {"account": known.reference}
            uow.audit.append(f"debtor:T-{number}", "ACCOUNT_IMPORTED", built.clock.now(), imported)
            uow.commit()
        person = Person(built, address=f"chat-{number}")
        person.identifies(known)
        person.says("out_of_scope", "mi vecina Marcelina lo sabe todo")
        if number < 3:
            _settle(built, known.reference)
    return built


def _known(number: int) -> Known:
    return Known(reference=f"AD-ES-900{number}", debtor_id=f"T-{number}", document=f"1234567{number}A")


def _settle(app: Application, reference: str) -> None:
    with app.unit_of_work() as uow:
        account = uow.accounts.get(AccountReference(reference))
        assert account is not None
        nothing = Money.zero(account.currency)
        paid = replace(account.balance, principal=nothing, interest=nothing, fees=nothing)
        uow.accounts.save(replace(account, balance=paid))
        uow.commit()


def erased(app: Application) -> list[str]:
    with app.unit_of_work(write=False) as uow:
        return [n for n in ("T-1", "T-2", "T-3") if uow.personal_data.erased_at(DebtorId(n)) is not None]


def entries(app: Application, debtor: str) -> list[dict[str, Any]]:
    with app.unit_of_work(write=False) as uow:
        assert list(uow.audit.check()) == []
        return [entry for entry in uow.audit.of_debtor(debtor) if entry["tag"] == "DEBTOR_ERASED"]


def test_nobody_is_erased_before_the_period_ends(app: Application) -> None:
    done = retention.apply(app, LATER - timedelta(days=1))
    assert (done.erased, dict(done.kept)) == (0, {"period": 3})


def test_a_dry_run_counts_and_a_run_erases_with_the_rule_on_record(app: Application) -> None:
    asked = retention.apply(app, LATER, dry_run=True)
    assert (dict(asked.due), dict(asked.kept), erased(app)) == ({YEARS.rule_id: 2}, {"owes": 1}, [])
    assert retention.apply(app, LATER).due == asked.due
    assert erased(app) == ["T-1", "T-2"]
    (entry,) = entries(app, "T-1")
    assert (entry["rule_id"], entry["payload"]["actor"]) == (YEARS.rule_id, "retention")
    assert retention.apply(app, LATER).erased == 0


def test_a_legal_hold_and_an_open_case_keep_the_record(app: Application) -> None:
    personal_data.place_hold(app, DebtorId("T-1"), "autos 12/2027", "counsel")
    Person(app, address="chat-2").says("complain", "quiero reclamar")
    done = retention.apply(app, LATER)
    assert (done.erased, dict(done.kept)) == (0, {"legal_hold": 1, "open_case": 1, "owes": 1})
    personal_data.release_holds(app, DebtorId("T-1"), "closed", "counsel")
    with app.unit_of_work() as uow:
        for case in uow.rights_cases.listed():
            uow.rights_cases.close(case.case_id, "answered", app.clock.now())
        for waiting in uow.handoffs.open_for(["complaint"]):
            uow.handoffs.close(waiting.handoff_id, app.clock.now(), "closed")
        uow.commit()
    assert retention.apply(app, LATER).erased == 2
    assert cases.listed(app) == []


def test_a_file_that_was_returned_is_erased_though_something_is_owed(app: Application) -> None:
    retention.returned(app, DebtorId("T-3"), "list of 3 March", "Ana")
    assert retention.apply(app, LATER).erased == 3
    with app.unit_of_work(write=False) as uow:
        assert [hold.kind.value for hold in uow.holds.in_force(DebtorId("T-3"))] == ["cease_contact"]


def test_a_run_that_ended_in_the_middle_goes_on(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    assert retention.apply(app, LATER, 1).erased == 1
    real = retention._destroy

    def dies(*given: Any) -> None:
        real(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(retention, "_destroy", dies)
    with pytest.raises(KeyboardInterrupt):
        retention.apply(app, LATER)
    assert len(erased(app)) == 1, "what was not committed is as it was"
    monkeypatch.undo()
    assert retention.apply(app, LATER).erased == 1
    assert len(erased(app)) == 2


def test_somebody_who_came_back_in_the_meantime_stays(app: Application) -> None:
    (files,) = retention._batches(app)
    app.clock.at += timedelta(days=365 * 5 + 2)  # type: ignore[attr-defined]
    Person(app, address="chat-1").identifies(_known(1))
    done = retention.Applied()
    retention._take(app, files, app.clock.today(), done, None, dry_run=False)
    assert erased(app) == ["T-2"]


def test_by_itself_only_when_it_is_switched_on(app: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    app.clock.at += timedelta(days=365 * 5 + 2)  # type: ignore[attr-defined]
    assert retention.apply_by_itself(app).erased == 0
    assert erased(app) == []
    monkeypatch.setattr(type(app.rulebook), "erases_by_itself", lambda self, today: True)
    assert retention.apply_by_itself(app).erased == 2
    assert erased(app) == ["T-1", "T-2"]


def test_the_commands(database_url: str, app: Application, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALDIA_DATABASE_URL", database_url)
    monkeypatch.setenv("ALDIA_TODAY", LATER.isoformat())
    dry = run("debtor", "retention", "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "would be erased: retention.keep_records.ES" in dry.output
    assert erased(app) == []
    assert run("debtor", "returned", "AD-ES-9003", "--reason", "list").exit_code == 0
    assert run("debtor", "retention").exit_code == 2
    assert run("debtor", "retention", "--apply").exit_code == 0
    assert erased(app) == ["T-1", "T-2", "T-3"]
