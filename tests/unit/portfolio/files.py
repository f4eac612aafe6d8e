"""Portfolio files for tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path

from bot.services.identity_hashes import IdentityHasher
from bot.services.portfolio import ImportReport, import_portfolio
from bot.services.portfolio_rows import COLUMNS
from bot.storage.unit_of_work import SqlUnitOfWorkFactory

TODAY = date(2026, 3, 11)
HASHER = IdentityHasher(b"k" * 32)


@dataclass
class SetClock:
    """A clock that stands still."""

    day: date = TODAY

    def now(self) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, 11, tzinfo=timezone.utc)

    def today(self, zone: str | None = None) -> date:
        return self.day


GOOD = {
    "creditor": "Financiera Ribera",
    "account_reference": "AD-ES-0001",
    "debtor_id": "D-1",
    "full_name": "Lucía Peña Núñez",
    "date_of_birth": "1985-03-12",
    "document_type": "DNI",
    "document_number": "12345678Z",
    "postal_code": "28013",
    "country": "ES",
    "language": "es",
    "time_zone": "Europe/Madrid",
    "phone": "+34600000001",
    "email": "lucia@example.com",
    "preferred_channel": "whatsapp",
    "product": "Tarjeta",
    "currency": "EUR",
    "principal": "400.00",
    "interest": "120.00",
    "fees": "80.00",
    "opened_on": "2020-01-05",
    "due_on": "2025-11-11",
    "last_payment_on": "2025-10-01",
    "installments_broken": "1",
}


def row(**changes: str) -> dict[str, str]:
    """A good row with some columns changed."""
    return {**GOOD, **changes}


def text(rows: Iterable[Mapping[str, str]], columns: Iterable[str] = COLUMNS) -> str:
    """Rows as CSV."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(columns), extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def write(folder: Path, *rows: Mapping[str, str], name: str = "portfolio.csv") -> Path:
    """A CSV file of these rows."""
    path = folder / name
    path.write_text(text(rows), encoding="utf-8")
    return path


def import_rows(
    units: SqlUnitOfWorkFactory, *rows: Mapping[str, str], clock: SetClock | None = None
) -> ImportReport:
    """Import rows."""
    lines = text(rows).splitlines(keepends=True)
    return import_portfolio(lines, units, HASHER, clock or SetClock(), name="portfolio.csv")
