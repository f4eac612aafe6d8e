"""Everything held about one person, to read it out or to erase it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, delete, func, select, update

from bot.audit.keys import subject_of
from bot.audit.sealing import is_sealed
from bot.debt.party import ConversationId, DebtorId
from bot.debt.retention import File
from bot.services.records_port import Erased, TalkPart
from bot.storage import tables as t
from bot.storage.desk_tables import desk_notes
from bot.storage.repositories.retention import files, ids_after
from bot.storage.repositories.upserts import upsert
from bot.storage.transaction import Transaction
from bot.storage.types import JsonText

_SET_ATTRIBUTE = upsert(t.debtor_attributes, key=["debtor_id", "name"], updates=["value"])
_KNOWN = select(t.debtors.c.debtor_id).where(
    t.debtors.c.debtor_id.in_(bindparam("ids", expanding=True)), t.debtors.c.erased_at.is_(None)
)
_BOUND = select(t.conversations.c.conversation_id, t.conversations.c.part).where(
    t.conversations.c.debtor_id == bindparam("debtor_id")
)
_parts = t.conversation_parts
_SHARED = (
    select(_parts)
    .where(
        _parts.c.conversation_id.in_(
            select(_parts.c.conversation_id)
            .where(_parts.c.debtor_id == bindparam("debtor_id"))
            .union(
                select(t.conversations.c.conversation_id).where(
                    t.conversations.c.debtor_id == bindparam("debtor_id")
                )
            )
        )
    )
    .order_by(_parts.c.conversation_id, _parts.c.part)
)
_CHUNK = 500
# Of no use to the person, and better not in a file that travels.
_LEFT_OUT = frozenset(
    ("date_of_birth_hash", "document_hash", "last_four_hashes", "postal_code_hash", "row_hash", "last_import")
    + ("state", "reply", "lease_until", "attempts", "claimed_at", "menu", "position")
)
# Tables by what names their owner: a debtor, one of their accounts, or one of their conversations.
_BY_DEBTOR = (
    t.debtors,
    t.contact_points,
    t.accounts,
    t.holds,
    t.debtor_attributes,
    t.legal_holds,
    t.consents,
    t.disclosures_given,
)
_BY_ACCOUNT = (t.offers, t.arrangements, t.promises, t.payments)
_BY_CONVERSATION = (t.inbox, t.outbox, t.handoffs, t.contact_wishes, desk_notes)


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

    def parts(self, debtor_id: DebtorId) -> Sequence[TalkPart]:
        bound = {row.conversation_id: row.part for row in self._tx.read(_BOUND, {"debtor_id": debtor_id})}
        shared: dict[str, list[Any]] = {}
        for row in self._tx.read(_SHARED, {"debtor_id": debtor_id}):
            shared.setdefault(row.conversation_id, []).append(row)
        found = [TalkPart(ConversationId(talk), 0, None, None) for talk in bound if talk not in shared]
        for talk, rows in shared.items():
            ends = [*(row.began_at for row in rows[1:]), None]
            for row, end in zip(rows, ends, strict=True):
                if row.debtor_id == debtor_id or (row.debtor_id is None and talk in bound):
                    begin = row.began_at if row.part else None
                    found.append(TalkPart(ConversationId(talk), row.part, begin, end))
        return found

    def held(self, debtor_id: DebtorId) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        owed, parts = self._accounts(debtor_id), self.parts(debtor_id)
        theirs = {(part.conversation_id, part.part) for part in parts}
        talks = {part.conversation_id for part in parts}
        found = {table.name: self._rows(table, table.c.debtor_id == debtor_id) for table in _BY_DEBTOR}
        found.update({table.name: self._rows(table, table.c.account.in_(owed)) for table in _BY_ACCOUNT})
        plans = select(t.arrangements.c.arrangement_id).where(t.arrangements.c.account.in_(owed))
        found["instalments"] = self._rows(t.instalments, t.instalments.c.arrangement_id.in_(plans))
        self._tx.keys.prefetch(subject_of(talk, part) for talk, part in theirs)
        for table in _BY_CONVERSATION:
            found[table.name] = self._rows(table, table.c.conversation_id.in_(talks), theirs)
        # The row of a chat says whose it is now.
        found["conversations"] = self._rows(t.conversations, t.conversations.c.debtor_id == debtor_id)
        return found

    def erase(self, debtor_id: DebtorId, at: datetime) -> Erased:
        parts = self.parts(debtor_id)
        keys = self._tx.keys
        for subject in (f"debtor:{debtor_id}", *(subject_of(p.conversation_id, p.part) for p in parts)):
            keys.destroy(subject, at)
        # Most conversations are one person's throughout: those are emptied by the hundred.
        by_part: dict[int, list[str]] = {}
        for each in parts:
            by_part.setdefault(each.part, []).append(each.conversation_id)
        messages = 0
        for part, talks in by_part.items():
            for start in range(0, len(talks), _CHUNK):
                messages += self._empty(talks[start : start + _CHUNK], part)
        self._forget_addresses(debtor_id)
        talked = len({each.conversation_id for each in parts})
        for table in (t.contact_points, t.debtor_attributes, t.chat_links):
            self._tx.write(delete(table).where(table.c.debtor_id == debtor_id))
        for table in (t.identity_failures, t.identity_locks):
            self._tx.write(delete(table).where(table.c.subject == debtor_id))
        # That a channel was authorised, and when, stays; where the proof lies may name the person.
        self._tx.write(update(t.consents).where(t.consents.c.debtor_id == debtor_id).values(proof=None))
        nobody = {
            "full_name": "",
            "phone": None,
            "email": None,
            "region": None,
            "document_type": None,
            "erased_at": at,
        }
        hashes = {
            "date_of_birth_hash": "",
            "document_hash": "",
            "postal_code_hash": "",
            "last_four_hashes": [],
        }
        self._tx.write(update(t.debtors).where(t.debtors.c.debtor_id == debtor_id).values(**nobody, **hashes))
        return Erased(1 + len(parts), talked, messages)

    def ids_after(self, debtor_id: DebtorId | None, limit: int) -> Sequence[DebtorId]:
        return ids_after(self._tx, debtor_id, limit)

    def files(self, debtor_ids: Sequence[DebtorId]) -> Sequence[File]:
        return files(self._tx, debtor_ids)

    def give_back(self, debtor_id: DebtorId, at: datetime) -> None:
        self._tx.write(update(t.debtors).where(t.debtors.c.debtor_id == debtor_id).values(returned_at=at))

    def set_attributes(self, rows: Iterable[tuple[DebtorId, str, str]]) -> None:
        given = [{"debtor_id": debtor_id, "name": name, "value": value} for debtor_id, name, value in rows]
        if given:
            self._tx.write(_SET_ATTRIBUTE, given)

    def known(self, debtor_ids: Iterable[DebtorId]) -> frozenset[DebtorId]:
        return frozenset(self._tx.read(_KNOWN, {"ids": list(debtor_ids)}).scalars())

    def _empty(self, talks: list[str], part: int) -> int:
        """Overwrite what was said in a part of these conversations; when and how it was said stays, as proof."""
        count = 0
        emptied: tuple[tuple[Table, dict[str, Any]], ...] = (
            (t.inbox, {"text": "", "media": []}),
            (t.outbox, {"text": "", "buttons": [], "menu": "", "cards": []}),
            (t.handoffs, {"details": {}}),
            (t.contact_wishes, {"details": {}}),
            (t.rights_cases, {"details": None}),
            (desk_notes, {"text": ""}),
        )
        for table, nothing in emptied:
            theirs = table.c.conversation_id.in_(talks) & (table.c.part == part)
            count += int(self._tx.write(update(table).where(theirs).values(**nothing)).rowcount)
        codes = t.verification_codes
        self._tx.write(delete(codes).where(codes.c.conversation_id.in_(talks)))
        waiting = t.outbox.c.status.in_(("queued", "waiting")) & t.outbox.c.conversation_id.in_(talks)
        waiting &= t.outbox.c.part == part
        self._tx.write(update(t.outbox).where(waiting).values(status="blocked", error="erased"))
        return count

    def _forget_addresses(self, debtor_id: DebtorId) -> None:
        """The chats that are theirs now: whoever writes from there begins a new one."""
        gone: dict[str, Any] = {"state": {}, "verified_at": None, "pending": "nothing"}
        theirs = t.conversations.c.debtor_id == debtor_id
        address = "erased:" + t.conversations.c.conversation_id
        self._tx.write(update(t.conversations).where(theirs).values(address=address, **gone))

    def _rows(
        self, table: Table, where: Any, parts: Collection[tuple[str, int]] | None = None
    ) -> list[dict[str, Any]]:
        """Rows of a table; of what was said only what is in these parts."""
        read = (row._mapping for row in self._tx.read(select(table).where(where)))
        return [
            self._readable(table, row)
            for row in read
            if parts is None or (row["conversation_id"], row["part"]) in parts
        ]

    def _readable(self, table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
        kind = "conversation" if table in (*_BY_CONVERSATION, t.conversations) else "debtor"
        subject = f"{kind}:{row[f'{kind}_id']}" if f"{kind}_id" in row else ""
        if kind == "conversation":
            subject = subject_of(row["conversation_id"], row["part"])
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
