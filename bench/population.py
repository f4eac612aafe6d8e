"""People in bulk, each with an account of their own: as many as a measurement needs, the same ones every time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from bot.services.portfolio_rows import COLUMNS


@dataclass(frozen=True)
class Place:
    """What the people of a country have in common."""

    country: str
    language: str
    time_zone: str
    currency: str
    creditor: str
    document_type: str
    phone: str  # before the digits
    digits: int
    scale: int  # of an amount that hurts as much as one euro


SPAIN = Place("ES", "es", "Europe/Madrid", "EUR", "Financiera Ribera", "DNI", "+346", 8, 1)
MEXICO = Place("MX", "es", "America/Mexico_City", "MXN", "Crédito Jacaranda", "CURP", "+5255", 8, 20)
COLOMBIA = Place("CO", "es", "America/Bogota", "COP", "Finanzas Guayacán", "CC", "+57310", 7, 4_000)
BRITAIN = Place("GB", "en", "Europe/London", "GBP", "Harbourside Credit", "NINO", "+4474", 8, 1)
STATES = Place("US", "en", "America/Chicago", "USD", "Bluebonnet Lending", "SSN4", "+1512", 7, 1)

PLACES = (SPAIN, MEXICO, COLOMBIA, BRITAIN, STATES)
_SHARES = (40, 20, 10, 20, 10)
_FIRST = {
    "es": ("Lucía", "Mateo", "Carmen", "Diego", "Elena", "Jorge", "Pilar", "Andrés", "Rosa", "Iván"),
    "en": ("Grace", "Owen", "Priya", "Liam", "Hannah", "Marcus", "Ella", "Noah", "Ruth", "Sean"),
}
_LAST = {
    "es": ("Romero", "Vidal", "Ortega", "Castillo", "Méndez", "Fuentes", "Salas", "Prieto", "Luna", "Rivas"),
    "en": ("Evans", "Shah", "Campbell", "Brooks", "Walker", "Doyle", "Hughes", "Price", "Ward", "Barnes"),
}
_CHANNELS = ("whatsapp", "sms", "web", "telegram")


@dataclass(frozen=True)
class Person:
    """One debtor and the one account."""

    number: int
    place: Place
    full_name: str
    born: date
    document: str
    postal_code: str
    phone: str
    channel: str
    product: str
    principal: str
    interest: str
    fees: str
    days_late: int
    days_open: int

    @property
    def debtor_id(self) -> str:
        """As the portfolio names them."""
        return f"D-B{self.number:08d}"

    @property
    def reference(self) -> str:
        """Of their account."""
        return f"AD-{self.place.country}-{self.number:08d}"

    @property
    def facts(self) -> str:
        """Reference and two factors, as one would type them."""
        return f"{self.reference}, {self.born}, {self.postal_code}"

    @property
    def sixth(self) -> int:
        """What paying in half a year would take a month, in whole units."""
        return int((float(self.principal) + float(self.interest) + float(self.fees)) / 6) + 1


def person(number: int) -> Person:
    """The number-th person; always the same one."""
    chance = Random(number)
    (place,) = chance.choices(PLACES, _SHARES)
    owed = chance.lognormvariate(6.2, 0.9) * place.scale
    late = int(min(chance.expovariate(1 / 120), 900)) + 1
    language = place.language
    return Person(
        number=number,
        place=place,
        full_name=f"{chance.choice(_FIRST[language])} {chance.choice(_LAST[language])} {chance.choice(_LAST[language])}",
        born=date(1945, 1, 1) + timedelta(days=chance.randrange(21_000)),
        document=f"{number:09d}{chance.choice('ABCDEFGHJKLMNPQRSTVWXYZ')}",
        postal_code=_postal_code(place, chance.randrange(10_000, 99_999)),
        phone=f"{place.phone}{number:0{place.digits}d}",
        channel=chance.choice(_CHANNELS),
        product=chance.choice(("Tarjeta de crédito", "Préstamo personal", "Credit card")),
        principal=_amount(owed, place),
        interest=_amount(owed * chance.uniform(0, 0.2), place),
        fees=_amount(min(owed * 0.08, 30 * place.scale), place),
        days_late=late,
        days_open=late + chance.randrange(200, 2_000),
    )


def lines(numbers: range, today: date) -> Iterator[str]:
    """Their portfolio, as `aldia import` reads it."""
    yield _line(list(COLUMNS))
    for number in numbers:
        row = _row(person(number), today)
        yield _line([row[column] for column in COLUMNS])


def _row(one: Person, today: date) -> dict[str, str]:
    return {
        "creditor": one.place.creditor,
        "account_reference": one.reference,
        "debtor_id": one.debtor_id,
        "full_name": one.full_name,
        "date_of_birth": one.born.isoformat(),
        "document_type": one.place.document_type,
        "document_number": one.document,
        "postal_code": one.postal_code,
        "country": one.place.country,
        "language": one.place.language,
        "time_zone": one.place.time_zone,
        "phone": one.phone,
        "email": f"b{one.number}@example.com",
        "preferred_channel": one.channel,
        "product": one.product,
        "currency": one.place.currency,
        "principal": one.principal,
        "interest": one.interest,
        "fees": one.fees,
        "opened_on": (today - timedelta(days=one.days_open)).isoformat(),
        "due_on": (today - timedelta(days=one.days_late)).isoformat(),
        "last_payment_on": "",
        "installments_broken": "0",
    }


def _postal_code(place: Place, number: int) -> str:
    if place is BRITAIN:
        return f"LE{number % 9 + 1} {number // 10 % 9 + 1}TX"
    return f"{number}{0 if place is COLOMBIA else ''}"


def _amount(value: float, place: Place) -> str:
    # Colombian pesos are owed in whole ones.
    return str(max(1, int(value))) if place.scale >= 1_000 else f"{value:.2f}"


def _line(fields: list[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(fields)
    return stream.getvalue()
