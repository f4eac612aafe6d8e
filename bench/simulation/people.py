"""Who is simulated: debtors of every country with random debts, as rows of a portfolio file."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from bot.demo.people import EVERYBODY, DemoDebtor
from bot.services.portfolio_rows import COLUMNS

# What a typical debt is, in whole units of each currency.
_TYPICAL = {
    "EUR": 900, "USD": 1000, "GBP": 800, "MXN": 14_000, "COP": 3_200_000, "CLP": 700_000, "PEN": 3_000, "ARS": 900_000,
}  # fmt: skip
_PHONES = {
    "ES": "+346{:08d}", "MX": "+5255{:08d}", "CO": "+57301{:07d}", "CL": "+569{:08d}", "PE": "+519{:08d}",
    "AR": "+54911{:08d}", "GB": "+447700{:06d}", "US": "+1{area}55501{:02d}",
}  # fmt: skip
_AREAS = ("212", "312", "512", "808", "503", "850", "907")
_CHANNELS = ("sms", "whatsapp", "telegram", "web")


@dataclass(frozen=True)
class Debt:
    """One account as the portfolio states it."""

    reference: str
    creditor: str
    product: str
    parts: tuple[str, str, str]  # principal, interest, fees
    late: int  # days
    broken: int

    @property
    def total(self) -> Decimal:
        """All that is owed at the start."""
        return sum((Decimal(part) for part in self.parts), Decimal(0))


@dataclass(frozen=True)
class Simulated:
    """One debtor, with what they know of themselves."""

    base: DemoDebtor
    debtor_id: str
    born: date
    phone: str
    time_zone: str  # "" when the portfolio does not know it
    preferred: str
    debts: tuple[Debt, ...]

    @property
    def country(self) -> str:
        """Where they live."""
        return self.base.country

    def factors(self) -> dict[str, str]:
        """What proves who they are."""
        return {
            "date_of_birth": f"{self.born:%d/%m/%Y}",
            "last_four": "".join(c for c in self.base.document if c.isdigit())[-4:],
            "postal_code": self.base.postal_code,
        }


def born(dice: random.Random, number: int) -> Simulated:
    """A debtor.

    Args:
        dice: decides everything about them.
        number: never used before in this process, as keys are remembered by debtor.
    """
    base = dice.choice(EVERYBODY)
    area = dice.choice(_AREAS)
    return Simulated(
        base=base,
        debtor_id=f"D-{number}",
        born=date(1945, 1, 1) + timedelta(days=dice.randrange(60 * 365)),
        phone=_PHONES[base.country].format(dice.randrange(100), area=area)
        if base.country == "US"
        else _PHONES[base.country].format(dice.randrange(10**6 if base.country == "GB" else 10**7)),
        time_zone=base.time_zone if dice.random() < 0.7 else "",
        preferred=dice.choice(_CHANNELS),
        debts=tuple(_debt(dice, base, number, place) for place in range(1 if dice.random() < 0.8 else 2)),
    )


def _debt(dice: random.Random, base: DemoDebtor, number: int, place: int) -> Debt:
    whole = _TYPICAL[base.currency] * dice.choice((0.05, 0.3, 1, 1, 2, 8)) * dice.uniform(0.5, 1.5)
    cents = base.currency not in ("CLP",)
    shares = (1.0, dice.choice((0.0, 0.08, 0.3)), dice.choice((0.0, 0.04, 0.2)))
    amounts = [round(whole * share, 2) if cents else round(whole * share) for share in shares]
    parts = tuple(f"{amount:.2f}" if cents else str(int(amount)) for amount in amounts)
    model = dice.choice(base.debts)
    late = dice.choice((-5, 3, 20, 45, 75, 100, 150, 250, 400, 900, 2200, 4200))
    return Debt(
        f"AD-{base.country}-{number:05d}{place}", model.creditor, model.product,
        (parts[0], parts[1], parts[2]), late, dice.choice((0, 0, 0, 1, 2)),
    )  # fmt: skip


def portfolio(people: Sequence[Simulated], today: date) -> list[str]:
    """The people as lines of a portfolio file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for person in people:
        for debt in person.debts:
            writer.writerow(_row(person, debt, today))
    return out.getvalue().splitlines(keepends=True)


def _row(person: Simulated, debt: Debt, today: date) -> dict[str, str]:
    base = person.base
    return {
        "creditor": debt.creditor,
        "account_reference": debt.reference,
        "debtor_id": person.debtor_id,
        "full_name": base.full_name,
        "date_of_birth": person.born.isoformat(),
        "document_type": base.document_type,
        "document_number": base.document,
        "postal_code": base.postal_code,
        "country": base.country,
        "language": base.language,
        "time_zone": person.time_zone,
        "phone": person.phone,
        "email": "",
        "preferred_channel": person.preferred,
        "product": debt.product,
        "currency": base.currency,
        "principal": debt.parts[0],
        "interest": debt.parts[1],
        "fees": debt.parts[2],
        "opened_on": (today - timedelta(days=max(debt.late, 0) + 700)).isoformat(),
        "due_on": (today - timedelta(days=debt.late)).isoformat(),
        "last_payment_on": "",
        "installments_broken": str(debt.broken),
    }
