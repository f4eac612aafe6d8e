"""Payments received: posted once each, taken into the books, and what they make of plans and promises."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING

from bot.debt.errors import InvalidMoney
from bot.debt.money import Money, exponent
from bot.debt.party import AccountReference
from bot.debt.payments import GRACE_DAYS
from bot.rulebook.schema import CURRENCIES
from bot.services.application import Clock
from bot.services.books import post, sweep
from bot.services.csv_rows import MAX_REFUSALS, CsvFile, Progress, Refusal, Row, RowRefused, Source
from bot.services.unit_of_work import Payment

if TYPE_CHECKING:
    from bot.services.unit_of_work import UnitOfWork, UnitOfWorkFactory

COLUMNS = ("account_reference", "amount", "currency", "paid_on", "payment_reference")
BATCH = 200  # rows in one transaction: each holds its debtor
_EASTERNMOST = "Europe/Madrid"  # of our countries: a day that has begun somewhere is not in the future


@dataclass
class PaymentsReport:
    """What became of the rows. `overpaid` names payments of which a part is to be returned."""

    posted: int = 0
    already_posted: int = 0
    overpaid: list[tuple[str, Money]] = field(default_factory=list)
    arrangements_moved: int = 0
    promises_moved: int = 0
    refused: list[Refusal] = field(default_factory=list)
    refused_count: int = 0

    @property
    def rows(self) -> int:
        """All rows read."""
        return self.posted + self.already_posted + self.refused_count

    def refuse(self, refusal: Refusal) -> None:
        """Count a refused row."""
        self.refused_count += 1
        if len(self.refused) < MAX_REFUSALS:
            self.refused.append(refusal)


@dataclass(frozen=True)
class _Line:
    number: int
    payment: Payment


def import_payments(
    source: Source,
    uow_factory: UnitOfWorkFactory,
    clock: Clock,
    progress: Progress | None = None,
    *,
    name: str | None = None,
    grace_days: int = GRACE_DAYS,
) -> PaymentsReport:
    """Post the payments of a file (columns: `COLUMNS`), each once, then move what has fallen due.

    A payment reduces fees, interest and principal in that order, and pays the instalments of the open
    arrangement, the oldest first. A reference that was posted before is passed over; with another content
    it is refused.

    Args:
        source: a path or lines of text.
        uow_factory: opens one transaction for each two hundred rows.
        clock: no payment may be later than today.
        progress: called with the rows done and, for a path, the lines of the file.
        name: what to call the file in messages.
        grace_days: days after a due date during which a payment is in time.

    Raises:
        FileRefused: it cannot be read, is not UTF-8, or lacks a column.
    """
    file = CsvFile.open(source, COLUMNS, name)
    report = PaymentsReport()
    today, now = clock.today(_EASTERNMOST), clock.now()
    rows = file.rows()
    while batch := list(islice(rows, BATCH)):
        lines = list(_checked(file.name, batch, today, report))
        with uow_factory() as uow:
            _lock_debtors(uow, lines)
            for line in lines:
                try:
                    _take(uow, line.payment, now, today, grace_days, report)
                except RowRefused as refused:
                    report.refuse(Refusal(file.name, line.number, refused.column, refused.reason))
            uow.commit()
        if progress is not None:
            progress(report.rows, file.lines)
    swept = sweep(uow_factory, clock, grace_days=grace_days)
    report.arrangements_moved += swept.arrangements_moved
    report.promises_moved += swept.promises_moved
    return report


def _lock_debtors(uow: UnitOfWork, lines: Sequence[_Line]) -> None:
    # All at once and in one order: two imports cannot wait for each other in a circle.
    owners = set()
    for reference in {line.payment.account for line in lines}:
        account = uow.accounts.get(reference)
        if account is not None:
            owners.add(account.debtor_id)
    for debtor_id in sorted(owners):
        uow.debtors.lock(debtor_id)


def _take(
    uow: UnitOfWork, payment: Payment, now: datetime, today: date, grace_days: int, report: PaymentsReport
) -> None:
    before = uow.payments.get(payment.payment_reference)
    if before is not None:
        _refuse_difference(before, payment)
        report.already_posted += 1
        return
    account = uow.accounts.get(payment.account)
    if account is None:
        raise RowRefused("account_reference", f"there is no account {payment.account}")
    if account.currency != payment.amount.currency:
        raise RowRefused("currency", f"the account is in {account.currency}")
    posted = post(uow, payment, account, now, today, grace_days=grace_days)
    report.posted += 1
    report.arrangements_moved += posted.arrangements_moved
    report.promises_moved += posted.promises_moved
    if posted.overpaid:
        report.overpaid.append((payment.payment_reference, posted.overpaid))


def _refuse_difference(before: Payment, payment: Payment) -> None:
    for column, one, other in (
        ("account_reference", before.account, payment.account),
        ("amount", before.amount, payment.amount),
        ("paid_on", before.paid_on, payment.paid_on),
    ):
        if one != other:
            reason = f"payment {payment.payment_reference} was posted before with another {column} ({one})"
            raise RowRefused("payment_reference", reason)


def _checked(
    file: str, rows: Sequence[Row | Refusal], today: date, report: PaymentsReport
) -> Iterator[_Line]:
    for row in rows:
        if isinstance(row, Refusal):
            report.refuse(row)
            continue
        try:
            yield _Line(row.line, _read(row.values, today))
        except RowRefused as refused:
            report.refuse(Refusal(file, row.line, refused.column, refused.reason))


def _read(values: Mapping[str, str], today: date) -> Payment:
    for column in COLUMNS:
        if not values[column]:
            raise RowRefused(column, "is blank")
    currency = values["currency"].upper()
    if currency not in CURRENCIES:
        raise RowRefused("currency", f"{values['currency'][:20]!r} is not one of {', '.join(CURRENCIES)}")
    reference = values["payment_reference"]
    if not re.fullmatch(r"[^\x00-\x1f]{1,100}", reference):
        raise RowRefused("payment_reference", "is longer than 100 characters or holds a control character")
    return Payment(
        payment_reference=reference,
        account=AccountReference(values["account_reference"].upper()),
        amount=_amount(values["amount"], currency),
        paid_on=_paid_on(values["paid_on"], today),
    )


def _amount(text: str, currency: str) -> Money:
    if not re.fullmatch(r"\d{1,13}(\.\d+)?", text):
        raise RowRefused(
            "amount", f"{text[:20]!r} is not an amount like 1250.50 (a point, no sign, no separators)"
        )
    try:
        amount = Money.of(text, currency)
    except InvalidMoney as error:
        raise RowRefused("amount", f"{text[:20]!r} has more than {exponent(currency)} decimals") from error
    if not amount:
        raise RowRefused("amount", "is zero")
    return amount


def _paid_on(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise RowRefused("paid_on", f"{text[:20]!r} is not a date like 2026-03-05") from error
    if day > today:
        raise RowRefused("paid_on", f"{day} is in the future")
    return day
