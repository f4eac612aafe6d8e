"""Everything held about one person, to read it out or to erase it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, delete, func, select, update

from bot.audit.sealing import is_sealed
from bot.debt.party import DebtorId
from bot.services.records_port import Erased
from bot.storage import tables as t
from bot.storage.desk_tables import desk_notes
from bot.storage.repositories.upserts import upsert
from bot.storage.transaction import Transaction
from bot.storage.types import JsonText

_SET_ATTRIBUTE = upsert(t.debtor_attributes, key=["debtor_id", "name"], updates=["value"])
_KNOWN = select(t.debtors.c.debtor_id).where(
    t.debtors.c.debtor_id.in_(bindparam("ids", expanding=True)), t.debtors.c.erased_at.is_(None)
)
_CHUNK = 500
# Of no use to the person, and better not in a file that travels.
_LEFT_OUT = frozenset(
    ("date_of_birth_hash", "document_hash", "last_four_hashes", "postal_code_hash", "row_hash", "last_import")
    + ("state", "reply", "lease_until", "attempts", "claimed_at", "menu", "position")
)
# Tables by what names their owner: a debtor, one of their accounts, or one of their conversations.
_BY_DEBTOR = (t.debtors, t.contact_points, t.accounts, t.holds, t.debtor_attributes, t.legal_holds)
_BY_ACCOUNT = (t.offers, t.arrangements, t.promises, t.payments)
_BY_CONVERSATION = (t.conversations, t.inbox, t.outbox, t.handoffs, t.contact_wishes, desk_notes)


class SqlPersonalData:
    """See `bot.services.records_port.PersonalData`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def last_activity(self, debtor_id: DebtorId) -> datetime | None:
        talks, owed = self._conversations(debtor_id), self._accounts(debtor_id)
        asked = (
            select(func.max(t.inbox.c.received_at)).where(t.inbox.c.conversation_id.in_(talks)),
            select(func.max(t.outbox.c.created_at)).where(t.outbox.c.conversation_id.in_(talks)),
            select(func.max(t.arrangements.c.agreed_at)).where(t.arrangements.c.account.in_(owed)),
            select(func.max(t.promises.c.made_at)).where(t.promises.c.account.in_(owed)),
            select(func.max(t.payments.c.posted_at)).where(t.payments.c.account.in_(owed)),
        )
        return max(filter(None, (self._tx.read(each).scalar() for each in asked)), default=None)

    def erased_at(self, debtor_id: DebtorId) -> datetime | None:
        asked = select(t.debtors.c.erased_at).where(t.debtors.c.debtor_id == debtor_id)
        found: datetime | None = self._tx.read(asked).scalar()
        return found

    def held(self, debtor_id: DebtorId) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        talks, owed = self._conversations(debtor_id), self._accounts(debtor_id)
        found = {table.name: self._rows(table, table.c.debtor_id == debtor_id) for table in _BY_DEBTOR}
        found.update({table.name: self._rows(table, table.c.account.in_(owed)) for table in _BY_ACCOUNT})
        plans = select(t.arrangements.c.arrangement_id).where(t.arrangements.c.account.in_(owed))
        found["instalments"] = self._rows(t.instalments, t.instalments.c.arrangement_id.in_(plans))
        self._tx.keys.prefetch(f"conversation:{talk}" for talk in self._tx.read(talks).scalars())
        found.update(
            {table.name: self._rows(table, table.c.conversation_id.in_(talks)) for table in _BY_CONVERSATION}
        )
        return found

    def erase(self, debtor_id: DebtorId, at: datetime) -> Erased:
        talks = list(self._tx.read(self._conversations(debtor_id)).scalars())
        keys = self._tx.keys
        for subject in (f"debtor:{debtor_id}", *(f"conversation:{talk}" for talk in talks)):
            keys.destroy(subject, at)
        messages = 0
        for start in range(0, len(talks), _CHUNK):
            messages += self._empty_conversations(talks[start : start + _CHUNK])
        for table in (t.contact_points, t.debtor_attributes, t.chat_links):
            self._tx.write(delete(table).where(table.c.debtor_id == debtor_id))
        for table in (t.identity_failures, t.identity_locks):
            self._tx.write(delete(table).where(table.c.subject == debtor_id))
        nobody = {"full_name": "", "phone": None, "email": None, "document_type": None, "erased_at": at}
        hashes = {"date_of_birth_hash": "", "document_hash": "", "postal_code_hash": "", "last_four_hashes": []}
        self._tx.write(update(t.debtors).where(t.debtors.c.debtor_id == debtor_id).values(**nobody, **hashes))
        return Erased(1 + len(talks), len(talks), messages)

    def set_attributes(self, rows: Iterable[tuple[DebtorId, str, str]]) -> None:
        given = [{"debtor_id": debtor_id, "name": name, "value": value} for debtor_id, name, value in rows]
        if given:
            self._tx.write(_SET_ATTRIBUTE, given)

    def known(self, debtor_ids: Iterable[DebtorId]) -> frozenset[DebtorId]:
        return frozenset(self._tx.read(_KNOWN, {"ids": list(debtor_ids)}).scalars())

    def _empty_conversations(self, talks: list[str]) -> int:
        """Overwrite what was said; when and how it was said stays, as proof."""
        count = 0
        emptied: tuple[tuple[Table, dict[str, Any]], ...] = (
            (t.inbox, {"text": "", "media": []}),
            (t.outbox, {"text": "", "buttons": [], "menu": "", "cards": []}),
            (t.handoffs, {"details": {}}),
            (desk_notes, {"text": ""}),
        )
        for table, nothing in emptied:
            theirs = table.c.conversation_id.in_(talks)
            count += int(self._tx.write(update(table).where(theirs).values(**nothing)).rowcount)
        for table, empty in ((t.contact_wishes, {}), (t.rights_cases, None)):
            self._tx.write(update(table).where(table.c.conversation_id.in_(talks)).values(details=empty))
        waiting = t.outbox.c.status.in_(("queued", "waiting")) & t.outbox.c.conversation_id.in_(talks)
        self._tx.write(update(t.outbox).where(waiting).values(status="blocked", error="erased"))
        gone: dict[str, Any] = {"state": {}, "verified_at": None, "pending": "nothing"}
        theirs = t.conversations.c.conversation_id.in_(talks)
        address = "erased:" + t.conversations.c.conversation_id
        self._tx.write(update(t.conversations).where(theirs).values(address=address, **gone))
        return count

    def _rows(self, table: Table, where: Any) -> list[dict[str, Any]]:
        read = self._tx.read(select(table).where(where))
        return [self._readable(table, row._mapping) for row in read]

    def _readable(self, table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
        kind = "conversation" if table in _BY_CONVERSATION else "debtor"
        subject = f"{kind}:{row[f'{kind}_id']}" if f"{kind}_id" in row else ""
        readable: dict[str, Any] = {}
        for column in table.c:
            value = row[column.name]
            if column.name in _LEFT_OUT or value is None:
                continue
            if column.name == "address":
                value = self._tx.keys.keyring.read_address(value)
            elif is_sealed(value):
                is_document = isinstance(column.type, JsonText)
                opener = self._tx.keys.open_json if is_document else _open_text(self._tx)
                value = opener(subject, value, None)
            readable[column.name] = value
        return readable

    @staticmethod
    def _conversations(debtor_id: DebtorId) -> Any:
        return select(t.conversations.c.conversation_id).where(t.conversations.c.debtor_id == debtor_id)

    @staticmethod
    def _accounts(debtor_id: DebtorId) -> Any:
        return select(t.accounts.c.reference).where(t.accounts.c.debtor_id == debtor_id)


def _open_text(tx: Transaction) -> Any:
    return lambda subject, value, _: tx.keys.open(subject, value)
