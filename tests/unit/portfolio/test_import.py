"""Importing a portfolio: created, changed, unchanged, refused."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.debt.money import Money
from bot.debt.party import AccountReference, DebtorId
from bot.services.csv_rows import FileRefused
from bot.services.portfolio import import_portfolio
from bot.services.portfolio_rows import COLUMNS
from bot.storage.unit_of_work import SqlUnitOfWorkFactory
from tests.unit.portfolio.files import GOOD, HASHER, SetClock, import_rows, row, text, write

Units = SqlUnitOfWorkFactory
REF, ANA = AccountReference("AD-ES-0001"), DebtorId("D-1")


def outcome(report: Any) -> tuple[int, int, int, int]:
    return (report.created, report.changed, report.unchanged, report.refused_count)


def entries(units: Units, debtor_id: str = "D-1") -> list[dict[str, Any]]:
    with units(write=False) as uow:
        assert list(uow.audit.check()) == []
        return list(uow.audit.of_debtor(debtor_id))


def balance(units: Units, reference: str = REF) -> Money:
    with units(write=False) as uow:
        account = uow.accounts.get(AccountReference(reference))
        assert account is not None
        return account.balance.total


def test_a_row_becomes_debtor_account_addresses_and_record(units: Units) -> None:
    assert outcome(import_rows(units, row())) == (1, 0, 0, 0)
    with units(write=False) as uow:
        account, debtor = uow.accounts.get(REF), uow.debtors.get(ANA)
        assert account is not None
        assert debtor is not None
        assert (account.creditor, account.debtor_id, account.country) == ("Financiera Ribera", "D-1", "ES")
        assert account.balance.total == Money.of("600.00", "EUR")
        assert (debtor.full_name, debtor.phone, debtor.time_zone) == (
            "Lucía Peña Núñez",
            "+34600000001",
            "Europe/Madrid",
        )
        assert uow.debtors.by_document(HASHER.document("12345678-z")) == ANA
        assert uow.debtors.by_address("whatsapp", "+34600000001") == ANA
        assert uow.debtors.by_address("sms", "+34600000001") == ANA
        identity = uow.debtors.identity(ANA)
        assert identity is not None
        assert identity.postal_code == HASHER.postal_code("28 013")
    assert [e["tag"] for e in entries(units)] == ["ACCOUNT_IMPORTED"]


def test_identity_data_are_nowhere_in_the_database(sqlite_units: Units, tmp_path: Path) -> None:
    import_rows(
        sqlite_units, row(date_of_birth="1985-03-12", document_number="98765432M", postal_code="28999")
    )
    import_rows(
        sqlite_units, row(date_of_birth="1985-03-13", document_number="98765431X", postal_code="28998")
    )
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("aldia.db*"))
    for datum in (b"1985-03-1", b"9876543", b"2899"):
        assert datum not in stored


def test_importing_twice_changes_nothing(units: Units) -> None:
    rows = [row(), row(account_reference="AD-ES-0002", creditor="Otra")]
    assert outcome(import_rows(units, *rows)) == (2, 0, 0, 0)
    assert outcome(import_rows(units, *rows)) == (0, 0, 2, 0)
    assert len(entries(units)) == 2


def test_spelling_that_means_the_same_is_unchanged(units: Units) -> None:
    import_rows(units, row())
    same = row(
        account_reference="ad-es-0001", principal="400.0", document_number="12.345.678-Z", country="es"
    )
    assert outcome(import_rows(units, same)) == (0, 0, 1, 0)


def test_a_changed_row_updates_and_names_its_columns(units: Units) -> None:
    import_rows(units, row())
    changed = row(product="Préstamo", phone="+34600000009", postal_code="28014", document_type="NIE")
    assert outcome(import_rows(units, changed)) == (0, 1, 0, 0)
    last = entries(units)[-1]
    assert last["tag"] == "ACCOUNT_CHANGED"
    assert set(last["payload"]["columns"]) == {"product", "phone", "postal_code", "document_type"}
    assert "+34600000009" not in str(last)
    with units(write=False) as uow:
        assert uow.debtors.by_address("sms", "+34600000009") == ANA
        assert uow.debtors.by_address("sms", "+34600000001") is None
    assert outcome(import_rows(units, changed)) == (0, 0, 1, 0)


def test_a_person_changed_counts_once_over_their_accounts(units: Units) -> None:
    rows = [row(), row(account_reference="AD-ES-0002")]
    import_rows(units, *rows)
    assert outcome(import_rows(units, *({**each, "language": "en"} for each in rows))) == (0, 1, 1, 0)


def pay(units: Units, amount: str) -> None:
    with units() as uow:
        account = uow.accounts.get(REF)
        assert account is not None
        uow.accounts.save(replace(account, balance=account.balance.reduced_by(Money.of(amount, "EUR"))))
        uow.commit()


def test_what_was_paid_stays_deducted_when_other_columns_change(units: Units) -> None:
    import_rows(units, row())
    pay(units, "100.00")
    assert outcome(import_rows(units, row())) == (0, 0, 1, 0)
    assert balance(units) == Money.of("500.00", "EUR")
    assert outcome(import_rows(units, row(product="Préstamo"))) == (0, 1, 0, 0)
    assert balance(units) == Money.of("500.00", "EUR")
    assert outcome(import_rows(units, row(product="Préstamo", full_name="Otra"))) == (0, 1, 0, 0)
    assert balance(units) == Money.of("500.00", "EUR")


def test_new_figures_become_the_balance(units: Units) -> None:
    import_rows(units, row())
    pay(units, "100.00")
    assert outcome(import_rows(units, row(fees="0.00"))) == (0, 1, 0, 0)
    assert balance(units) == Money.of("520.00", "EUR")
    payload = entries(units)[-1]["payload"]
    assert payload["columns"] == ["fees"]
    assert payload["balance_before"] == {"amount": "500.00", "currency": "EUR"}
    assert payload["balance"] == {"amount": "520.00", "currency": "EUR"}


def test_several_accounts_with_several_creditors(units: Units) -> None:
    import_rows(units, row(), row(account_reference="AD-ES-0002", creditor="Otra"))
    with units(write=False) as uow:
        assert [a.creditor for a in uow.accounts.of_debtor(ANA)] == ["Financiera Ribera", "Otra"]


def test_an_account_moved_to_another_debtor_is_in_both_records(units: Units) -> None:
    import_rows(units, row(), row(account_reference="AD-ES-0002"))
    other = row(debtor_id="D-2", full_name="Marta Gil", document_number="87654321X", phone="+34600000002")
    assert outcome(import_rows(units, other)) == (0, 1, 0, 0)
    assert entries(units, "D-1")[-1]["payload"]["moved_to"] == "D-2"
    assert entries(units, "D-2")[-1]["payload"]["columns"][0] == "debtor_id"


def test_bad_rows_are_refused_and_the_good_ones_go_in(units: Units) -> None:
    report = import_rows(
        units,
        row(),
        row(account_reference="AD-ES-0002", principal="cuatro"),
        row(account_reference="AD-ES-0003", country="FR"),
        row(account_reference="AD-ES-0004"),
    )
    assert outcome(report) == (2, 0, 0, 2)
    assert [(r.file, r.line, r.column) for r in report.refused] == [
        ("portfolio.csv", 3, "principal"),
        ("portfolio.csv", 4, "country"),
    ]
    assert "portfolio.csv:4: country: 'FR' is not one of ES" in str(report.refused[1])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("creditor", ""),
        ("creditor", "x" * 121),
        ("account_reference", "AD ES 1"),
        ("account_reference", "x" * 41),
        ("debtor_id", ""),
        ("debtor_id", "D 1"),
        ("full_name", "Lucía\u202eañeP"),
        ("date_of_birth", "12/03/1985"),
        ("date_of_birth", "2009-03-12"),
        ("date_of_birth", "1900-01-01"),
        ("date_of_birth", ""),
        ("document_type", "?"),
        ("document_number", "12"),
        ("postal_code", ""),
        ("country", "ZZ"),
        ("language", "fr"),
        ("time_zone", "Madrid"),
        ("phone", "600000001"),
        ("phone", "+34 600 000 001"),
        ("phone", "+3460"),
        ("phone", ""),
        ("email", "lucia"),
        ("preferred_channel", "fax"),
        ("product", " "),
        ("currency", "EURO"),
        ("currency", "JPY"),
        ("principal", "-1.00"),
        ("principal", "1,000.00"),
        ("principal", "1.005"),
        ("principal", "1e3"),
        ("principal", "9" * 14),
        ("principal", "NaN"),
        ("interest", ""),
        ("opened_on", "2026-03-12"),
        ("opened_on", "2025-13-01"),
        ("due_on", "2019-01-01"),
        ("due_on", "11/11/2025"),
        ("last_payment_on", "2026-03-12"),
        ("installments_broken", "-1"),
        ("installments_broken", "1.5"),
    ],
)
def test_every_column_is_checked(sqlite_units: Units, column: str, value: str) -> None:
    report = import_rows(sqlite_units, row(**{column: value}))
    assert outcome(report) == (0, 0, 0, 1)
    assert (report.refused[0].line, report.refused[0].column) == (2, column)


@pytest.mark.parametrize(
    "column", ["full_name", "date_of_birth", "document_number", "postal_code", "phone", "email"]
)
def test_a_reason_holds_no_personal_value(sqlite_units: Units, column: str) -> None:
    report = import_rows(sqlite_units, row(**{column: "SECRETO\u202e"}))
    assert report.refused_count == 1
    assert "SECRETO" not in str(report.refused[0])


@pytest.mark.parametrize("column", ["time_zone", "email", "last_payment_on"])
def test_columns_that_may_be_blank(sqlite_units: Units, column: str) -> None:
    assert outcome(import_rows(sqlite_units, row(**{column: ""}))) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("country", "kind", "number", "phone", "currency", "principal"),
    [
        ("MX", "CURP", "HERG900417MDFRZD05", "+525500000001", "MXN", "9000.50"),
        ("CL", "RUT", "16.543.210-K", "+56900000001", "CLP", "210000"),
        ("CO", "CC", "1020764513", "+573000000001", "COP", "850000.00"),
        ("US", "SSN4", "4417", "+15125550101", "USD", "0.01"),
        ("GB", "NINO", "QQ 12 34 56 C", "+447700900001", "GBP", "0"),
        ("AR", "CUIT", "20-12345678-6", "+5491112345678", "ARS", "1.5"),
        ("ES", "PASSPORT", "AAA123456", "+34600000001", "EUR", "9999999999999.99"),
    ],
)
def test_what_is_usual_in_each_country_is_taken(
    units: Units, country: str, kind: str, number: str, phone: str, currency: str, principal: str
) -> None:
    taken = row(
        country=country, document_type=kind, document_number=number, phone=phone, currency=currency,
        principal=principal, interest="0", fees="0",
    )  # fmt: skip
    assert outcome(import_rows(units, taken)) == (1, 0, 0, 0)
    assert balance(units) == Money.of(principal, currency)


def test_a_currency_without_decimals_takes_none(sqlite_units: Units) -> None:
    report = import_rows(sqlite_units, row(currency="CLP", principal="100.50"))
    assert report.refused[0].column == "principal"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("full_name", "Otra"),
        ("phone", "+34600000009"),
        ("date_of_birth", "1985-03-13"),
        ("postal_code", "28014"),
    ],
)
def test_two_rows_that_contradict_each_other_about_a_person(units: Units, column: str, value: str) -> None:
    report = import_rows(units, row(), row(account_reference="AD-ES-0002", **{column: value}))
    assert outcome(report) == (1, 0, 0, 1)
    assert (report.refused[0].line, report.refused[0].column) == (3, column)
    again = import_rows(units, row(account_reference="AD-ES-0002", **{column: value}), row())
    assert outcome(again) == (1, 0, 0, 1)


def test_an_account_twice_in_one_file(units: Units) -> None:
    report = import_rows(units, row(), row(), row(fees="1.00"))
    assert outcome(report) == (1, 0, 0, 2)
    assert [r.column for r in report.refused] == ["account_reference", "fees"]
    assert balance(units) == Money.of("600.00", "EUR")


def test_contradictions_are_found_across_batches(
    sqlite_units: Units, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.portfolio.BATCH", 1)
    rows = [
        row(),
        row(),
        row(account_reference="AD-ES-0002", language="en"),
        row(account_reference="AD-ES-0003"),
    ]
    assert outcome(import_rows(sqlite_units, *rows)) == (2, 0, 0, 2)
    assert outcome(import_rows(sqlite_units, *rows)) == (0, 0, 2, 2)


def test_missing_columns_are_named_in_one_error(sqlite_units: Units) -> None:
    columns = [c for c in COLUMNS if c not in ("phone", "fees")]
    with pytest.raises(FileRefused, match="the header lacks phone, fees"):
        import_portfolio(text([GOOD], columns).splitlines(True), sqlite_units, HASHER, SetClock())


def test_another_order_and_further_columns_are_fine(sqlite_units: Units) -> None:
    columns = [*reversed(COLUMNS), "notes"]
    lines = text([{**GOOD, "notes": "x"}], columns).splitlines(True)
    assert outcome(import_portfolio(lines, sqlite_units, HASHER, SetClock())) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (text([GOOD]).encode("latin-1"), "line 2: not UTF-8"),
        (text([GOOD]).encode("utf-16"), "line 1: "),
        (text([GOOD]).replace("Tarjeta", "Tar\x00jeta").encode(), "line 2: a NUL"),
        (text([GOOD]).replace(",", ";").encode(), "separated by commas"),
        (text([GOOD]).replace("Tarjeta", '"Tarjeta').encode(), "line 2: .*quotation mark"),
    ],
)
def test_a_file_that_is_no_utf8_csv_is_refused(
    sqlite_units: Units, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(FileRefused, match=f"bad.csv.*{message}"):
        import_portfolio(path, sqlite_units, HASHER, SetClock())
    with sqlite_units(write=False) as uow:
        assert uow.accounts.get(REF) is None


def test_a_missing_file_is_refused(sqlite_units: Units, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="cannot be read"):
        import_portfolio(tmp_path / "none.csv", sqlite_units, HASHER, SetClock())


def test_excel_files_with_bom_crlf_blank_and_multiline_fields(sqlite_units: Units, tmp_path: Path) -> None:
    rows = [row(), row(account_reference="X-2", product="una\ncosa"), row(account_reference="X-3")]
    content = text(rows).replace("\n", "\r\n").replace("una\r\ncosa", "una\ncosa") + "\r\n,,\r\nx,y\r\n"
    path = tmp_path / "excel.csv"
    path.write_bytes(b"\xef\xbb\xbf" + content.encode())
    report = import_portfolio(path, sqlite_units, HASHER, SetClock())
    assert outcome(report) == (2, 0, 0, 2)
    assert [(r.line, r.column) for r in report.refused] == [(3, "product"), (8, "(row)")]


def test_progress_counts_every_row(
    sqlite_units: Units, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.services.portfolio.BATCH", 2)
    seen: list[tuple[int, int | None]] = []
    path = write(tmp_path, row(), row(account_reference="X-2"), row(account_reference="X-3", fees="x"))
    import_portfolio(path, sqlite_units, HASHER, SetClock(), lambda done, total: seen.append((done, total)))
    assert seen == [(2, 4), (3, 4)]


@pytest.mark.stack
def test_five_thousand_rows_take_seconds(sqlite_units: Units, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text(text(many(5_000)), encoding="utf-8")
    started = time.process_time()
    assert outcome(import_portfolio(path, sqlite_units, HASHER, SetClock())) == (5_000, 0, 0, 0)
    first = time.process_time() - started
    assert outcome(import_portfolio(path, sqlite_units, HASHER, SetClock())) == (0, 0, 5_000, 0)
    # 100,000 rows in three minutes are 9 s for 5,000.
    assert first < 9


def many(count: int) -> Any:
    for number in range(count):
        yield row(
            account_reference=f"AD-ES-{number:07}",
            debtor_id=f"D-{number:07}",
            document_number=f"{number:08}Z",
            phone=f"+346{number:08}",
        )
