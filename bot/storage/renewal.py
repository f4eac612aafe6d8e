"""Bringing stored personal data to the newest key, batch by batch while everything runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, and_, bindparam, delete, select, update

from bot.audit.keys import subject_of
from bot.audit.sealing import is_sealed
from bot.storage.desk_tables import desk_notes
from bot.storage.repositories.debtors import PERSONAL
from bot.storage.tables import (
    consents,
    contact_points,
    contact_wishes,
    conversations,
    debtors,
    handoffs,
    inbox,
    outbox,
    rights_cases,
)
from bot.storage.unit_of_work import SqlUnitOfWork, SqlUnitOfWorkFactory

_BATCH = 500


@dataclass(frozen=True)
class _Sealed:
    """A table with columns that are encrypted for the subject that a row belongs to."""

    table: Table
    key: str
    kind: str
    texts: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    address: str | None = None

    @property
    def owner(self) -> str:
        """The column that names the subject."""
        return f"{self.kind}_id"

    def subject(self, row: Any) -> str:
        """Whose key encrypts a row."""
        if self.kind == "conversation":
            return subject_of(row["conversation_id"], row["part"])
        return f"{self.kind}:{row[self.owner]}"


_TABLES = (
    _Sealed(debtors, "debtor_id", "debtor", PERSONAL),
    _Sealed(consents, "consent_id", "debtor", ("proof",)),
    _Sealed(conversations, "conversation_id", "conversation", (), ("state",), "address"),
    _Sealed(inbox, "message_id", "conversation", ("text",), ("media",)),
    _Sealed(outbox, "message_id", "conversation", ("text", "menu"), ("buttons", "cards")),
    _Sealed(handoffs, "handoff_id", "conversation", (), ("details",)),
    _Sealed(contact_wishes, "wish_id", "conversation", (), ("details",)),
    _Sealed(rights_cases, "case_id", "conversation", (), ("details",)),
    _Sealed(desk_notes, "note_id", "conversation", ("text",)),
)


def renew(units: SqlUnitOfWorkFactory) -> Iterator[tuple[str, int]]:
    """Encrypt what is in clear, wrap keys and encrypt addresses with the newest key.

    Yields:
        What was brought up to date, and how many rows of it.
    """
    for spec in _TABLES:
        yield spec.table.name, sum(_batches(units, spec))
    with units() as uow:
        changed = _renew_contact_points(uow)
        uow.commit()
    yield contact_points.name, changed
    wrapped = 0
    while True:
        with units() as uow:
            count = uow.keys.rewrap()
            uow.commit()
        wrapped += count
        if not count:
            break
    yield "data_keys", wrapped


def _batches(units: SqlUnitOfWorkFactory, spec: _Sealed) -> Iterator[int]:
    key, last = spec.table.c[spec.key], ""
    statement = select(spec.table).where(key > bindparam("last")).order_by(key).limit(_BATCH)
    while True:
        with units() as uow:
            # A batch's rows are held, so that no running turn writes between reading and writing them.
            rows = uow.connection.execute(statement.with_for_update(), {"last": last}).all()
            if not rows:
                return
            last = rows[-1]._mapping[spec.key]
            uow.keys.prefetch((spec.subject(row._mapping) for row in rows), make=True)
            changed = [changes for row in rows if (changes := _changes(uow, spec, row._mapping))]
            for changes in changed:
                this = key == changes.pop(spec.key)
                uow.connection.execute(update(spec.table).where(this).values(changes))
            uow.commit()
        yield len(changed)


def _changes(uow: SqlUnitOfWork, spec: _Sealed, row: Any) -> dict[str, Any]:
    subject, changes = spec.subject(row), {}
    for name in spec.texts:
        if row[name] and not is_sealed(row[name]):
            changes[name] = uow.keys.seal(subject, row[name])
    for name in spec.documents:
        if row[name] and not is_sealed(row[name]):
            changes[name] = uow.keys.seal_json(subject, row[name])
    if spec.address is not None and not uow.keys.keyring.is_newest(row[spec.address]):
        ring = uow.keys.keyring
        changes[spec.address] = ring.address(ring.read_address(row[spec.address]))
    return {**changes, spec.key: row[spec.key]} if changes else {}


def _renew_contact_points(uow: SqlUnitOfWork) -> int:
    ring, points, changed = uow.keys.keyring, contact_points.c, 0
    rows = uow.connection.execute(select(contact_points).with_for_update()).all()
    there = {(row.debtor_id, row.channel, row.address) for row in rows}
    for row in rows:
        if ring.is_newest(row.address):
            continue
        changed += 1
        same_row = and_(points.debtor_id == row.debtor_id, points.channel == row.channel)
        new = ring.address(ring.read_address(row.address))
        old_row = and_(same_row, points.address == row.address)
        if (row.debtor_id, row.channel, new) not in there:
            uow.connection.execute(update(contact_points).where(old_row).values(address=new))
            continue
        # Stored under both keys: one row stays, unusable if either was.
        uow.connection.execute(delete(contact_points).where(old_row))
        if not row.is_usable:
            kept = and_(same_row, points.address == new)
            uow.connection.execute(update(contact_points).where(kept).values(is_usable=False))
    return changed
