"""Importing a portfolio: new rows go in, changed ones update, bad ones are refused by line and column."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING

from bot.audit.tags import Tag
from bot.debt.accounts import Account
from bot.debt.party import AccountReference, DebtorId
from bot.services.application import Clock
from bot.services.csv_rows import MAX_REFUSALS, CsvFile, Progress, Refusal, Row, RowRefused, Source
from bot.services.portfolio_consents import StatedIn
from bot.services.portfolio_port import KnownAccount, KnownPerson, PortfolioAccount, PortfolioPerson
from bot.services.portfolio_rows import COLUMNS, OPTIONAL, PortfolioRow, read

if TYPE_CHECKING:
    from bot.services.identity_hashes import IdentityHasher
    from bot.services.unit_of_work import UnitOfWork, UnitOfWorkFactory

BATCH = 1_000  # rows in one transaction: a chat waits for the database at most a fraction of a second
_EASTERNMOST = "Europe/Madrid"  # of our countries: a date that has begun somewhere is not in the future


@dataclass
class ImportReport:
    """What became of the rows. `refused` keeps the first ten thousand; `refused_count` counts all."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    refused_count: int = 0

    @property
    def rows(self) -> int:
        """All rows read."""
        return self.created + self.changed + self.unchanged + self.refused_count

    def refuse(self, refusal: Refusal) -> None:
        """Count a refused row."""
        self.refused_count += 1
        if len(self.refused) < MAX_REFUSALS:
            self.refused.append(refusal)


def import_portfolio(
    source: Source,
    uow_factory: UnitOfWorkFactory,
    hasher: IdentityHasher,
    clock: Clock,
    progress: Progress | None = None,
    *,
    name: str | None = None,
) -> ImportReport:
    """Import a portfolio file (columns: `bot.services.portfolio_rows.COLUMNS`).

    Importing it again changes nothing. New figures of an account become its balance, as what was paid
    before is in them; when only other columns change, what was paid since stays deducted. Two rows of one
    file may not contradict each other about one person or one account: the second is refused.

    Args:
        source: a path or lines of text.
        uow_factory: opens one transaction for each thousand rows.
        hasher: for the identity data.
        clock: no date but the due date may be later than today.
        progress: called with the rows done and, for a path, the lines of the file.
        name: what to call the file in messages and in the record.

    Raises:
        FileRefused: it cannot be read, is not UTF-8, or lacks a column.
    """
    file = CsvFile.open(source, COLUMNS, name, OPTIONAL)
    report = ImportReport()
    run = uuid.uuid4().hex
    today, now = clock.today(_EASTERNMOST), clock.now()
    for rows in _batches(file.rows()):
        checked = list(_checked(file.name, rows, today, hasher, report))
        with uow_factory() as uow:
            _Batch(uow, run, now, file.name, report).take(checked)
            uow.commit()
        if progress is not None:
            progress(report.rows, file.lines)
    return report


def _batches(rows: Iterator[Row | Refusal]) -> Iterator[list[Row | Refusal]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _checked(
    file: str, rows: Iterable[Row | Refusal], today: date, hasher: IdentityHasher, report: ImportReport
) -> Iterator[PortfolioRow]:
    for row in rows:
        if isinstance(row, Refusal):
            report.refuse(row)
            continue
        try:
            yield read(row.line, row.values, today, hasher)
        except RowRefused as refused:
            report.refuse(Refusal(file, row.line, refused.column, refused.reason))


class _Batch:
    """One transaction's rows against what is stored and against the rows before them in the file."""

    def __init__(self, uow: UnitOfWork, run: str, now: datetime, file: str, report: ImportReport) -> None:
        self._uow, self._run, self._now, self._file, self._report = uow, run, now, file, report
        self._accounts: dict[AccountReference, KnownAccount] = {}
        self._people: dict[DebtorId, KnownPerson] = {}
        self._new_accounts: list[PortfolioAccount] = []
        self._changed_accounts: list[PortfolioAccount] = []
        self._seen_accounts: list[AccountReference] = []
        self._new_people: list[PortfolioPerson] = []
        self._changed_people: list[PortfolioPerson] = []
        self._seen_people: list[DebtorId] = []
        self._consents = StatedIn(uow, file, now)

    def take(self, rows: Sequence[PortfolioRow]) -> None:
        """Decide every row, then write them all."""
        portfolio, run = self._uow.portfolio, self._run
        self._accounts.update(portfolio.accounts({row.account.account.reference for row in rows}))
        self._people.update(portfolio.people({row.person.debtor.debtor_id for row in rows}))
        self._consents.look_up(rows)
        for row in rows:
            try:
                self._take(row)
            except RowRefused as refused:
                self._report.refuse(Refusal(self._file, row.line, refused.column, refused.reason))
        portfolio.add_people(self._new_people, run)
        portfolio.change_people(self._changed_people, run)
        portfolio.add_accounts(self._new_accounts, run)
        portfolio.change_accounts(self._changed_accounts, run)
        portfolio.mark_seen(self._seen_accounts, self._seen_people, run)
        self._consents.write()

    def _take(self, row: PortfolioRow) -> None:
        self._refuse_contradiction(row)
        consent_columns = ["consent_channels"] if self._consents.take(row) else []
        person_columns = self._take_person(row.person) + consent_columns
        known = self._accounts.get(row.account.account.reference)
        if known is None:
            self._create(row.account)
        elif known.row_hash != row.account.row_hash or person_columns:
            self._change(known, row.account, person_columns)
        else:
            self._report.unchanged += 1
            self._seen_accounts.append(known.account.reference)
            self._accounts[known.account.reference] = replace(known, last_import=self._run)

    def _refuse_contradiction(self, row: PortfolioRow) -> None:
        account = self._accounts.get(row.account.account.reference)
        if account is not None and account.last_import == self._run:
            differing = _differing_accounts(account, row.account)
            what = "again, with another value" if differing else "again"
            raise RowRefused((differing or ["account_reference"])[0], f"this account is in the file {what}")
        person = self._people.get(row.person.debtor.debtor_id)
        if person is not None and person.is_erased:
            raise RowRefused("debtor_id", "this debtor's data was erased: leave the row out of the file")
        if person is not None and person.last_import == self._run:
            columns = _differing_people(person.person, row.person)
            if columns:
                raise RowRefused(
                    columns[0], "an earlier row of the file states another value for this debtor_id"
                )

    def _take_person(self, person: PortfolioPerson) -> list[str]:
        """Names of the columns in which a stored person changed."""
        debtor_id = person.debtor.debtor_id
        known = self._people.get(debtor_id)
        columns = [] if known is None else _differing_people(known.person, person)
        if known is None:
            self._new_people.append(person)
        elif known.last_import != self._run:
            if columns:
                self._changed_people.append(person)
            else:
                self._seen_people.append(debtor_id)
        self._people[debtor_id] = KnownPerson(person, self._run)
        return columns

    def _create(self, stated: PortfolioAccount) -> None:
        account = stated.account
        self._report.created += 1
        self._new_accounts.append(stated)
        self._remember(stated)
        self._audit(account.debtor_id, Tag.ACCOUNT_IMPORTED, account, creditor=account.creditor)

    def _change(self, known: KnownAccount, stated: PortfolioAccount, person_columns: list[str]) -> None:
        before, after = known.account, stated
        if known.row_hash == stated.row_hash:
            after = replace(stated, account=before)
        elif known.stated == stated.stated:
            after = replace(stated, account=_with_payments(stated.account, before))
        columns = list(dict.fromkeys(_differing_accounts(known, after) + person_columns))
        self._report.changed += 1
        self._changed_accounts.append(after)
        self._remember(after)
        facts = {"columns": columns, "balance_before": before.balance.total}
        self._audit(after.account.debtor_id, Tag.ACCOUNT_CHANGED, after.account, **facts)
        if before.debtor_id != after.account.debtor_id:
            moved = {"columns": columns, "moved_to": after.account.debtor_id}
            self._audit(before.debtor_id, Tag.ACCOUNT_CHANGED, after.account, **moved)

    def _remember(self, stored: PortfolioAccount) -> None:
        self._accounts[stored.account.reference] = KnownAccount(
            stored.account, stored.stated, stored.row_hash, self._run
        )

    def _audit(self, debtor_id: DebtorId, tag: Tag, account: Account, **facts: object) -> None:
        payload = {
            "account": account.reference,
            "balance": account.balance.total,
            "file": self._file,
            **facts,
        }
        self._uow.audit.append(f"debtor:{debtor_id}", tag.value, self._now, payload)


def _with_payments(stated: Account, before: Account) -> Account:
    """The account with its other columns as stated and its balance as reduced by payments since."""
    paid_on = max(filter(None, (stated.last_payment_on, before.last_payment_on)), default=None)
    return replace(stated, balance=before.balance, last_payment_on=paid_on)


def _differing_people(known: PortfolioPerson, stated: PortfolioPerson) -> list[str]:
    one, other = known.debtor, stated.debtor
    names = ("full_name", "country", "region", "language", "time_zone", "phone", "email", "preferred_channel")
    columns = [name for name in names if getattr(one, name) != getattr(other, name)]
    if known.document_type != stated.document_type:
        columns.append("document_type")
    if known.identity.document_number != stated.identity.document_number:
        columns.append("document_number")
    columns += [
        name
        for name in ("date_of_birth", "postal_code")
        if getattr(known.identity, name) != getattr(stated.identity, name)
    ]
    return columns


def _differing_accounts(known: KnownAccount, stated: PortfolioAccount) -> list[str]:
    one, other = known.account, stated.account
    names = ("creditor", "debtor_id", "country", "product", "opened_on", "due_on", "last_payment_on")
    columns = [name for name in (*names, "installments_broken") if getattr(one, name) != getattr(other, name)]
    figures = known.stated or one.balance
    if one.currency != other.currency:
        columns.append("currency")
    columns += [
        name
        for name in ("principal", "interest", "fees")
        if getattr(figures, name).minor != getattr(stated.stated, name).minor
    ]
    return columns
