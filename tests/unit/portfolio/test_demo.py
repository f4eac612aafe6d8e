"""The demo portfolio covers every situation and imports without a refusal on any day."""

from __future__ import annotations

import csv
from datetime import date, timedelta

import pytest
from stdnum.ar import dni as ar_dni
from stdnum.cl import rut
from stdnum.es import dni, nie
from stdnum.mx import curp

from bot.debt.holds import HoldKind
from bot.debt.party import AccountReference, DebtorId
from bot.demo.people import EVERYBODY
from bot.demo.portfolio import identities, lines, load
from bot.storage.unit_of_work import SqlUnitOfWorkFactory
from tests.unit.portfolio.files import HASHER, TODAY, SetClock

_CHECKS = {
    ("ES", "DNI"): dni,
    ("ES", "NIE"): nie,
    ("CL", "RUT"): rut,
    ("MX", "CURP"): curp,
    ("AR", "DNI"): ar_dni,
}


def test_it_covers_every_country_band_and_situation() -> None:
    debts = [(debtor, debt) for debtor in EVERYBODY for debt in debtor.debts]
    assert len(EVERYBODY) >= 24
    assert {debtor.country for debtor in EVERYBODY} == {"ES", "MX", "CO", "CL", "PE", "AR", "US", "GB"}
    late = [debt.late for _, debt in debts]
    for first, last in ((-99, 0), (1, 30), (31, 90), (91, 180), (181, 999), (5 * 365, 9999)):
        assert any(first <= days <= last for days in late), (first, last)
    assert any(len(debtor.debts) > 1 and len({d.creditor for d in debtor.debts}) > 1 for debtor in EVERYBODY)
    assert any(debt.broken for _, debt in debts)
    assert any({debt.principal, debt.interest, debt.fees} == {"0.00"} for _, debt in debts)
    assert {debtor.language for debtor in EVERYBODY} == {"es", "en"}
    assert len({debt.creditor for debtor, debt in debts if debtor.country == "ES"}) >= 2


def test_documents_have_valid_check_digits_and_phones_are_fictional() -> None:
    for debtor in EVERYBODY:
        check = _CHECKS.get((debtor.country, debtor.document_type))
        if check is not None:
            assert check.is_valid(debtor.document), debtor.debtor_id
        if debtor.country == "US":
            assert debtor.phone[5:10] == "55501"
        if debtor.country == "GB":
            assert debtor.phone.startswith("+447700900")


def test_references_and_people_are_unique() -> None:
    references = [debt.reference for debtor in EVERYBODY for debt in debtor.debts]
    assert len(set(references)) == len(references)
    assert len({debtor.debtor_id for debtor in EVERYBODY}) == len(EVERYBODY)
    assert len({debtor.phone for debtor in EVERYBODY}) == len(EVERYBODY)
    assert all(reference.startswith("AD-") for reference in references)


@pytest.mark.parametrize("day", [date(2024, 2, 29), TODAY, date(2031, 12, 31)])
def test_it_imports_without_a_refusal_on_any_day(sqlite_units: SqlUnitOfWorkFactory, day: date) -> None:
    clock = SetClock(day)
    first = load(sqlite_units, HASHER, clock)
    assert first.refused == []
    assert first.created == sum(len(debtor.debts) for debtor in EVERYBODY)
    assert load(sqlite_units, HASHER, clock).unchanged == first.created
    later = load(sqlite_units, HASHER, SetClock(day + timedelta(days=1)))
    assert (later.changed, later.refused_count) == (first.created, 0)
    with sqlite_units(write=False) as uow:
        assert list(uow.audit.check()) == []
        holds = uow.holds.in_force(DebtorId("D-ES-06"), AccountReference("AD-ES-0007"))
        assert [hold.kind for hold in holds] == [HoldKind.DISPUTE]
        account = uow.accounts.get(AccountReference("AD-MX-0003"))
        plan = uow.arrangements.open_for(AccountReference("AD-MX-0003"))
        assert account is not None
        assert plan is not None
        assert plan.terms.total == account.balance.total
        late = uow.accounts.get(AccountReference("AD-ES-0001"))
        assert late is not None
        assert late.days_past_due(day + timedelta(days=1)) == 120


def test_the_printed_identities_are_those_of_the_file(sqlite_units: SqlUnitOfWorkFactory) -> None:
    load(sqlite_units, HASHER, SetClock())
    rows = {each["account_reference"]: each for each in csv.DictReader(lines(TODAY))}
    assert len(identities()) == 3
    with sqlite_units(write=False) as uow:
        for identity in identities():
            row = rows[identity.reference]
            assert (row["date_of_birth"], row["postal_code"]) == (
                identity.date_of_birth.isoformat(),
                identity.postal_code,
            )
            account = uow.accounts.get(AccountReference(identity.reference))
            assert account is not None
            record = uow.debtors.identity(account.debtor_id)
            assert record is not None
            assert HASHER.same(record.date_of_birth, HASHER.date_of_birth(identity.date_of_birth))
            assert HASHER.same(record.postal_code, HASHER.postal_code(identity.postal_code))
