"""The portfolio in bulk: what an import looks up and writes, a thousand rows to a statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from bot.debt.party import AccountReference, DebtorId
from bot.services.portfolio_port import KnownAccount, KnownPerson, PortfolioAccount, PortfolioPerson
from bot.storage.repositories import accounts as account_rows
from bot.storage.repositories import debtors as debtor_rows
from bot.storage.tables import accounts, debtors
from bot.storage.transaction import Transaction

_ACCOUNTS = (
    select(accounts)
    .where(accounts.c.reference.in_(bindparam("references", expanding=True)))
    .order_by(accounts.c.reference)  # one order for all writers: no deadlock
)
_PEOPLE = (
    select(debtors)
    .where(debtors.c.debtor_id.in_(bindparam("debtor_ids", expanding=True)))
    .order_by(debtors.c.debtor_id)
)
_SEEN_ACCOUNTS = (
    update(accounts)
    .where(accounts.c.reference.in_(bindparam("references", expanding=True)))
    .values(last_import=bindparam("run"))
)
_SEEN_PEOPLE = (
    update(debtors)
    .where(debtors.c.debtor_id.in_(bindparam("debtor_ids", expanding=True)))
    .values(last_import=bindparam("run"))
)


def _update_by(table: Any, key: str) -> Any:
    kept = (key, "erased_at", "returned_at")
    columns = {c.name: bindparam(f"new_{c.name}", type_=c.type) for c in table.c if c.name not in kept}
    return update(table).where(table.c[key] == bindparam("old_key")).values(columns)


_UPDATE_ACCOUNTS = _update_by(accounts, "reference")
_UPDATE_PEOPLE = _update_by(debtors, "debtor_id")


class SqlPortfolio:
    """See `bot.services.unit_of_work.Portfolio`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def accounts(self, references: Iterable[AccountReference]) -> Mapping[AccountReference, KnownAccount]:
        found = self._tx.write(_ACCOUNTS.with_for_update(), {"references": list(references)})
        return {row.reference: _to_known_account(row) for row in found}

    def people(self, debtor_ids: Iterable[DebtorId]) -> Mapping[DebtorId, KnownPerson]:
        found = self._tx.write(_PEOPLE.with_for_update(), {"debtor_ids": list(debtor_ids)})
        rows = found.all()
        self._tx.keys.prefetch(f"debtor:{row.debtor_id}" for row in rows)
        return {row.debtor_id: self._known_person(row) for row in rows}

    def add_people(self, people: Sequence[PortfolioPerson], run: str) -> None:
        if people:
            self._tx.write(insert(debtors), self._rows(people, run))
            debtor_rows.save_phones(self._tx, _phones(people), are_new=True)

    def change_people(self, people: Sequence[PortfolioPerson], run: str) -> None:
        if people:
            self._tx.write(_UPDATE_PEOPLE, [_changes(row, "debtor_id") for row in self._rows(people, run)])
            debtor_rows.save_phones(self._tx, _phones(people))

    def add_accounts(self, added: Sequence[PortfolioAccount], run: str) -> None:
        if added:
            self._tx.write(insert(accounts), [_account_row(each, run) for each in added])

    def change_accounts(self, changed: Sequence[PortfolioAccount], run: str) -> None:
        if changed:
            self._tx.write(
                _UPDATE_ACCOUNTS, [_changes(_account_row(each, run), "reference") for each in changed]
            )

    def mark_seen(
        self, references: Sequence[AccountReference], debtor_ids: Sequence[DebtorId], run: str
    ) -> None:
        if references:
            self._tx.write(_SEEN_ACCOUNTS, {"references": list(references), "run": run})
        if debtor_ids:
            self._tx.write(_SEEN_PEOPLE, {"debtor_ids": list(debtor_ids), "run": run})

    def _rows(self, people: Sequence[PortfolioPerson], run: str) -> list[dict[str, Any]]:
        self._tx.keys.prefetch((f"debtor:{each.debtor.debtor_id}" for each in people), make=True)
        return [
            {
                **debtor_rows.to_row(each.debtor, each.identity, self._tx.keys),
                "document_type": each.document_type,
                "last_import": run,
            }
            for each in people
        ]

    def _known_person(self, row: Any) -> KnownPerson:
        debtor = debtor_rows.to_debtor(row, self._tx.keys)
        person = PortfolioPerson(debtor, debtor_rows.to_identity(row), row.document_type)
        return KnownPerson(person, row.last_import, row.erased_at is not None)


def _changes(row: dict[str, Any], key: str) -> dict[str, Any]:
    changes = {f"new_{name}": value for name, value in row.items() if name != key}
    return {**changes, "old_key": row[key]}


def _phones(people: Sequence[PortfolioPerson]) -> list[tuple[DebtorId, str | None]]:
    return [(each.debtor.debtor_id, each.debtor.phone) for each in people]


def _account_row(account: PortfolioAccount, run: str) -> dict[str, Any]:
    stated = account.stated
    return {
        **account_rows.to_row(account.account),
        "imported_principal_minor": stated.principal.minor,
        "imported_interest_minor": stated.interest.minor,
        "imported_fees_minor": stated.fees.minor,
        "row_hash": account.row_hash,
        "last_import": run,
    }


def _to_known_account(row: Any) -> KnownAccount:
    stated = (row.imported_principal_minor, row.imported_interest_minor, row.imported_fees_minor)
    return KnownAccount(
        account=account_rows.to_account(row),
        stated=None if None in stated else account_rows.to_balance(*stated, row.currency),
        row_hash=row.row_hash,
        last_import=row.last_import,
    )
