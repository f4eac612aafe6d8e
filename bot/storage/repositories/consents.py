"""Consents: rows are added, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import bindparam, insert, select

from bot.debt.consents import Consent, How, Use
from bot.debt.party import DebtorId
from bot.storage.tables import consents
from bot.storage.transaction import Transaction

_OF = (
    select(consents)
    .where(consents.c.debtor_id.in_(bindparam("debtor_ids", expanding=True)))
    .order_by(consents.c.debtor_id, consents.c.at, consents.c.recorded_at, consents.c.consent_id)
)
_ADD = insert(consents)


class SqlConsents:
    """See `bot.services.records_port.Consents`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def of_debtor(self, debtor_id: DebtorId) -> Sequence[Consent]:
        return self.of_debtors([debtor_id]).get(debtor_id, [])

    def of_debtors(self, debtor_ids: Iterable[DebtorId]) -> Mapping[DebtorId, Sequence[Consent]]:
        found: dict[DebtorId, list[Consent]] = {}
        for row in self._tx.read(_OF, {"debtor_ids": list(debtor_ids)}):
            found.setdefault(DebtorId(row.debtor_id), []).append(self._read(row))
        return found

    def add(self, added: Sequence[Consent]) -> None:
        if added:
            self._tx.write(_ADD, [self._row(each) for each in added])

    def _row(self, consent: Consent) -> dict[str, Any]:
        row = asdict(consent)
        row["purpose"] = row.pop("use").value
        sealed = self._tx.keys.seal(f"debtor:{consent.debtor_id}", consent.proof)
        return {**row, "how": consent.how.value, "proof": sealed}

    def _read(self, row: Any) -> Consent:
        columns = dict(row._mapping)
        columns["use"] = Use(columns.pop("purpose"))
        proof = self._tx.keys.open(f"debtor:{row.debtor_id}", row.proof)
        return Consent(**{**columns, "how": How(row.how), "proof": proof})
