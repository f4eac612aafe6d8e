"""What a portfolio says of consents and places: columns that may be missing, taken once, refused with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from bot.debt.consents import Consent, standing
from bot.debt.party import DebtorId
from bot.rulebook.schema import CITIES
from bot.services.portfolio import ImportReport, import_portfolio
from bot.services.portfolio_rows import COLUMNS, OPTIONAL
from bot.services.regions import is_region, region_of
from bot.storage.unit_of_work import SqlUnitOfWorkFactory
from tests.unit.portfolio.files import HASHER, SetClock, import_rows, row, text

ME = DebtorId("D-1")
SAID = {"consent_channels": "whatsapp sms", "consent_on": "2026-01-10", "consent_proof": "Contrato 12"}


def imported(units: SqlUnitOfWorkFactory, *rows: Mapping[str, str], day: int = 11) -> ImportReport:
    lines = text(rows, (*COLUMNS, *OPTIONAL)).splitlines(keepends=True)
    clock = SetClock(date(2026, 3, day))
    return import_portfolio(lines, units, HASHER, clock, name="portfolio.csv")


def known(units: SqlUnitOfWorkFactory) -> list[Consent]:
    with units(write=False) as uow:
        return list(uow.consents.of_debtor(ME))


def authorised(units: SqlUnitOfWorkFactory) -> frozenset[str]:
    return standing(known(units), "Financiera Ribera", "whatsapp").contact


def test_stated_consents_are_rows_with_day_and_proof_once(units: SqlUnitOfWorkFactory) -> None:
    assert imported(units, row(**SAID)).created == 1
    assert sorted((c.channel, c.at.date(), c.proof, c.creditor) for c in known(units)) == [
        ("sms", date(2026, 1, 10), "Contrato 12", "Financiera Ribera"),
        ("whatsapp", date(2026, 1, 10), "Contrato 12", "Financiera Ribera"),
    ]
    again = imported(units, row(**SAID))
    assert (again.unchanged, len(known(units))) == (1, 2)
    with units(write=False) as uow:
        tags = [entry["tag"] for entry in uow.audit.of_debtor(ME)]
        assert list(uow.audit.check()) == []
    assert tags.count("CONSENT_GIVEN") == 2


def test_a_channel_that_the_file_drops_ends_and_may_be_named_again(units: SqlUnitOfWorkFactory) -> None:
    imported(units, row(**SAID))
    changed = imported(units, row(**{**SAID, "consent_channels": "sms"}), day=12)
    assert changed.changed == 1
    assert authorised(units) == {"sms"}
    imported(units, row(**SAID), day=13)
    assert authorised(units) == {"sms", "whatsapp"}


def test_none_says_that_not_even_the_preferred_channel_is_authorised(units: SqlUnitOfWorkFactory) -> None:
    import_rows(units, row())
    assert authorised(units) == {"whatsapp"}
    imported(units, row(consent_channels="none"))
    assert authorised(units) == frozenset()
    imported(units, row(), day=12)
    assert authorised(units) == frozenset(), "a blank field says nothing"


def test_two_rows_of_one_person_may_not_contradict_for_one_creditor(units: SqlUnitOfWorkFactory) -> None:
    other = {"account_reference": "AD-ES-0002"}
    report = imported(units, row(**SAID), row(**other, consent_channels="none"))
    assert [(refused.line, refused.column) for refused in report.refused] == [(3, "consent_channels")]
    report = imported(
        units, row(**SAID), row(**other, consent_channels="none", creditor="Luz del Duero"), day=12
    )
    assert report.refused_count == 0


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"consent_channels": "fax", "consent_on": "2026-01-10"}, "consent_channels"),
        ({"consent_channels": "sms"}, "consent_on"),
        ({"consent_channels": "sms", "consent_on": "2026-12-10"}, "consent_on"),
        ({"consent_channels": "sms", "consent_on": "10/01/2026"}, "consent_on"),
        (
            {"consent_channels": "sms", "consent_on": "2026-01-10", "consent_proof": "x" * 201},
            "consent_proof",
        ),
        ({"region": "Madrid"}, "region"),
        ({"region": "GB-SCT"}, "region"),
        ({"region": "ES-XX"}, "region"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_column(
    units: SqlUnitOfWorkFactory, changes: dict[str, str], column: str
) -> None:
    assert [refused.column for refused in imported(units, row(**changes)).refused] == [column]


@pytest.mark.parametrize(
    ("changes", "region"),
    [
        ({}, "ES-MD"),
        ({"region": "es-ct"}, "ES-CT"),
        ({"postal_code": "08001"}, "ES-CT"),
        ({"country": "US", "postal_code": "10025", "currency": "USD"}, "US-NY-NYC"),
        ({"country": "US", "postal_code": "14201", "currency": "USD"}, "US-NY"),
        ({"country": "US", "postal_code": "98101", "currency": "USD"}, "US-WA"),
        ({"country": "US", "postal_code": "06390", "currency": "USD"}, None),
        ({"country": "GB", "postal_code": "EH6 5QA", "currency": "GBP"}, None),
    ],
)
def test_where_a_person_lives(
    units: SqlUnitOfWorkFactory, changes: dict[str, str], region: str | None
) -> None:
    assert imported(units, row(**changes)).created == 1
    with units(write=False) as uow:
        debtor = uow.debtors.get(ME)
    assert debtor is not None
    assert debtor.region == region


def test_every_region_that_a_postal_code_gives_is_one() -> None:
    found: list[Any] = [
        (country, region_of(country, f"{number:0{digits}d}"))
        for country, digits in (("ES", 2), ("US", 3))
        for number in range(10**digits)
    ]
    named = {(country, region) for country, region in found if region is not None}
    assert len(named) == 19 + 54
    assert all(is_region(region, country) for country, region in named)


def test_cities_with_rules_are_those_that_have_a_profile() -> None:
    from pathlib import Path

    profiles = Path(__file__).parents[3] / "rulebook" / "jurisdictions"
    assert {path.stem for path in profiles.glob("*-*-*.yml")} == set(CITIES)
    assert not is_region("US-NY-NCY", "US"), "a slip of the pen must not lose a city its rules"
