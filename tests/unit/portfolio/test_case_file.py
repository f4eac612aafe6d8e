"""What `aldia show` prints."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.debt.accounts import Account
from bot.debt.arrangements import ArrangementStatus, Kind
from bot.debt.holds import Hold, HoldKind
from bot.debt.promises import PromiseStatus
from bot.services.case_file import UnknownAccount, show
from bot.storage.unit_of_work import SqlUnitOfWorkFactory
from tests.storage import samples
from tests.storage.samples import ANA, CHAT, NOW, REF, TODAY

Units = SqlUnitOfWorkFactory


@pytest.fixture
def case(sqlite_units: Units) -> Units:
    """One debtor with one account and one conversation."""
    with sqlite_units() as uow:
        samples.fill(uow)
        uow.commit()
    return sqlite_units


def segment(_: Any, account: Account) -> str:
    return f"late:{account.reference}"


def shown(units: Units) -> dict[str, Any]:
    return show(REF, units, TODAY, segment)


def test_an_open_account(case: Units) -> None:
    found = shown(case)
    assert json.loads(json.dumps(found)) == {
        "account_reference": "AD-ES-0001",
        "creditor": "Financiera Ribera",
        "status": "open",
        "balance": {"amount": "600.00", "currency": "EUR"},
        "segment": "late:AD-ES-0001",
        "days_past_due": 120,
        "holds": [],
        "arrangement": None,
        "promises": [],
        "conversations": [{"id": "C-1", "channel": "whatsapp", "owner": "bot", "disposition": None}],
    }


def test_with_an_agreement_promises_and_holds(case: Units) -> None:
    given = samples.terms("200.00", "200.00", saving="200.00", kind=Kind.SETTLEMENT)
    with case() as uow:
        uow.arrangements.add(samples.arrangement(given=given), CHAT)
        uow.promises.add(samples.promise(), CHAT)
        uow.holds.place(Hold(HoldKind.HARDSHIP, ANA, REF, NOW))
        uow.commit()
    found = shown(case)
    first, second = given.schedule
    assert found["status"] == "on_settlement"
    assert found["arrangement"] == {
        "kind": "settlement",
        "status": "active",
        "total": "400.00",
        "saving": "200.00",
        "frequency": "monthly",
        "schedule": [
            {"due_on": first.due_on.isoformat(), "amount": "200.00", "status": "due"},
            {"due_on": second.due_on.isoformat(), "amount": "200.00", "status": "due"},
        ],
    }
    due_on = (TODAY + timedelta(days=7)).isoformat()
    assert found["promises"] == [{"amount": "50.00", "due_on": due_on, "status": "open"}]
    assert found["holds"] == [{"kind": "hardship", "placed_at": NOW.isoformat()}]


@pytest.mark.parametrize(
    ("settled", "hold", "agreed", "promised", "expected"),
    [
        (True, HoldKind.DISPUTE, ArrangementStatus.ACTIVE, PromiseStatus.OPEN, "settled"),
        (False, HoldKind.DISPUTE, ArrangementStatus.ACTIVE, PromiseStatus.OPEN, "held"),
        (False, HoldKind.CEASE_CONTACT, ArrangementStatus.ACTIVE, PromiseStatus.OPEN, "on_plan"),
        (False, None, ArrangementStatus.LATE, None, "on_plan"),
        (False, None, ArrangementStatus.BROKEN, None, "open"),
        (False, HoldKind.HARDSHIP, None, PromiseStatus.OPEN, "promised"),
        (False, HoldKind.HARDSHIP, None, PromiseStatus.BROKEN, "held"),
        (False, None, None, PromiseStatus.KEPT, "open"),
    ],
)
def test_one_word_for_the_status(
    case: Units,
    settled: bool,
    hold: HoldKind | None,
    agreed: ArrangementStatus | None,
    promised: PromiseStatus | None,
    expected: str,
) -> None:
    with case() as uow:
        account = samples.account()
        if settled:
            uow.accounts.save(replace(account, balance=account.balance.reduced_by(account.balance.total)))
        if hold is not None:
            uow.holds.place(Hold(hold, ANA, REF, NOW))
        if agreed is not None:
            uow.arrangements.add(samples.arrangement(status=agreed), CHAT)
        if promised is not None:
            uow.promises.add(replace(samples.promise(), status=promised), CHAT)
        uow.commit()
    assert shown(case)["status"] == expected


def test_a_reference_in_any_case_and_an_unknown_one(case: Units) -> None:
    assert show(" ad-es-0001 ", case, TODAY, segment)["account_reference"] == REF
    with pytest.raises(UnknownAccount, match="AD-ES-9999"):
        show("AD-ES-9999", case, TODAY, segment)
