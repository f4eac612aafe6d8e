"""The demo portfolio as the CSV that `aldia import` reads, for a given day, and what the demo starts with."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from bot.audit.tags import Tag
from bot.debt.arrangements import Arrangement, ArrangementStatus, Frequency, Instalment, Kind, Terms
from bot.debt.holds import Hold, HoldKind
from bot.debt.money import Money
from bot.debt.party import AccountReference, DebtorId
from bot.demo.people import EVERYBODY, PRINTED, DemoDebt, DemoDebtor
from bot.services.portfolio import ImportReport, import_portfolio
from bot.services.portfolio_rows import COLUMNS, OPTIONAL

if TYPE_CHECKING:
    from bot.services.application import Clock
    from bot.services.identity_hashes import IdentityHasher
    from bot.services.unit_of_work import UnitOfWork, UnitOfWorkFactory

_DISPUTED = (DebtorId("D-ES-06"), AccountReference("AD-ES-0007"))
_ON_PLAN = (DebtorId("D-MX-03"), AccountReference("AD-MX-0003"))


@dataclass(frozen=True)
class DemoIdentity:
    """What to type as one of the printed debtors."""

    reference: str
    full_name: str
    date_of_birth: date
    postal_code: str
    country: str
    language: str


def identities() -> tuple[DemoIdentity, ...]:
    """The three debtors to print when the demo starts."""
    owners = {debt.reference: debtor for debtor in EVERYBODY for debt in debtor.debts}
    return tuple(_identity(reference, owners[reference]) for reference in PRINTED)


def lines(today: date) -> Iterator[str]:
    """The CSV, line by line, with dates reckoned from a day."""
    columns = (*COLUMNS, *OPTIONAL)
    yield _line(columns)
    for debtor in EVERYBODY:
        for debt in debtor.debts:
            row = _row(debtor, debt, today)
            yield _line([row[column] for column in columns])


def load(uow_factory: UnitOfWorkFactory, hasher: IdentityHasher, clock: Clock) -> ImportReport:
    """Import the demo portfolio; one debt is disputed, one on a plan. Repeating it is harmless.

    Args:
        uow_factory: on a migrated database.
        hasher: of this installation.
        clock: today is the day from which all dates are reckoned.
    """
    report = import_portfolio(lines(clock.today()), uow_factory, hasher, clock, name="demo portfolio")
    with uow_factory() as uow:
        _dispute(uow, clock.now())
        _agree_plan(uow, clock.now(), clock.today())
        uow.commit()
    return report


def _identity(reference: str, debtor: DemoDebtor) -> DemoIdentity:
    return DemoIdentity(
        reference=reference,
        full_name=debtor.full_name,
        date_of_birth=date.fromisoformat(debtor.born),
        postal_code=debtor.postal_code,
        country=debtor.country,
        language=debtor.language,
    )


def _row(debtor: DemoDebtor, debt: DemoDebt, today: date) -> dict[str, str]:
    def day(ago: int) -> str:
        return (today - timedelta(days=ago)).isoformat()

    return {
        "creditor": debt.creditor,
        "account_reference": debt.reference,
        "debtor_id": debtor.debtor_id,
        "full_name": debtor.full_name,
        "date_of_birth": debtor.born,
        "document_type": debtor.document_type,
        "document_number": debtor.document,
        "postal_code": debtor.postal_code,
        "country": debtor.country,
        "language": debtor.language,
        "time_zone": debtor.time_zone,
        "phone": debtor.phone,
        "email": f"{debtor.debtor_id.lower()}@example.com",
        "preferred_channel": debtor.channel,
        "product": debt.product,
        "currency": debtor.currency,
        "principal": debt.principal,
        "interest": debt.interest,
        "fees": debt.fees,
        "opened_on": day(debt.opened),
        "due_on": day(debt.late),
        "last_payment_on": "" if debt.last_paid is None else day(debt.last_paid),
        "installments_broken": str(debt.broken),
        "region": debtor.region,
        "consent_channels": debtor.consents,
        "consent_on": day(365) if debtor.consents else "",
        "consent_proof": debtor.proof,
    }


def _line(fields: list[str] | tuple[str, ...]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(fields)
    return stream.getvalue()


def _dispute(uow: UnitOfWork, now: datetime) -> None:
    debtor_id, reference = _DISPUTED
    if uow.holds.place(Hold(HoldKind.DISPUTE, debtor_id, reference, now)):
        payload = {"kind": HoldKind.DISPUTE, "account": reference, "because": "demo"}
        uow.audit.append(f"debtor:{debtor_id}", Tag.HOLD_PLACED.value, now, payload)


def _agree_plan(uow: UnitOfWork, now: datetime, today: date) -> None:
    debtor_id, reference = _ON_PLAN
    account = uow.accounts.get(reference)
    if account is None or account.is_settled or uow.arrangements.latest_for(reference) is not None:
        return
    count = 6
    share, rest = divmod(account.balance.total.minor, count)
    amounts = [Money(share, account.currency)] * (count - 1) + [Money(share + rest, account.currency)]
    terms = Terms(
        kind=Kind.PAYMENT_PLAN,
        frequency=Frequency.BIWEEKLY,
        schedule=tuple(
            Instalment(today + timedelta(days=10 + 14 * n), each) for n, each in enumerate(amounts)
        ),
        saving=Money.zero(account.currency),
        rule_id="demo",
        edition="demo",
    )
    plan = Arrangement("A-demo-plan", reference, terms, ArrangementStatus.ACTIVE, now)
    uow.arrangements.add(plan, None)
    payload = {
        "account": reference,
        "arrangement_id": plan.arrangement_id,
        "kind": terms.kind,
        "total": terms.total,
        "saving": terms.saving,
        "schedule": [[each.due_on, each.amount] for each in terms.schedule],
        "because": "demo",
    }
    uow.audit.append(
        f"debtor:{debtor_id}", Tag.OFFER_ACCEPTED.value, now, payload, rule_id="demo", edition="demo"
    )


if __name__ == "__main__":
    # python -m bot.demo.portfolio [YYYY-MM-DD] > portfolio.csv
    sys.stdout.writelines(lines(date.fromisoformat(sys.argv[1]) if sys.argv[1:] else date.today()))
