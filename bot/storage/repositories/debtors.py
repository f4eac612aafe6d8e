"""Debtors, the keyed hashes of their identity data, and the addresses at which they can be reached."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, bindparam, insert, select, update

from bot.audit.keys import SubjectKeys
from bot.debt.party import Debtor, DebtorId, IdentityRecord
from bot.storage.repositories.upserts import upsert
from bot.storage.tables import contact_points, debtors
from bot.storage.transaction import Transaction

_COLUMNS = (
    "debtor_id",
    "full_name",
    "country",
    "language",
    "time_zone",
    "phone",
    "email",
    "preferred_channel",
    "region",
)
PERSONAL = ("full_name", "phone", "email", "region")  # encrypted with the debtor's key
_HASHES = ("date_of_birth_hash", "document_hash", "last_four_hashes", "postal_code_hash")
_BY_ID = debtors.c.debtor_id == bindparam("debtor_id")

_GET = select(*(debtors.c[name] for name in _COLUMNS)).where(_BY_ID)
_LOCK = select(debtors.c.debtor_id).where(_BY_ID).with_for_update()
_IDENTITY = select(debtors.c.debtor_id, *(debtors.c[name] for name in _HASHES)).where(_BY_ID)
_BY_DOCUMENT = (
    select(debtors.c.debtor_id).where(debtors.c.document_hash == bindparam("document_hash")).limit(2)
)
_BY_ADDRESS = (
    select(contact_points.c.debtor_id)
    .where(
        and_(
            contact_points.c.channel == bindparam("channel"),
            contact_points.c.address.in_(bindparam("addresses", expanding=True)),
            contact_points.c.is_usable,
        )
    )
    .distinct()
    .limit(2)
)
_SAVE = upsert(debtors, columns=[*_COLUMNS, *_HASHES], key=["debtor_id"], updates=[*_COLUMNS[1:], *_HASHES])
# Channels on which a phone number is the address.
PHONE_CHANNELS = ("sms", "whatsapp")

_UNUSABLE = (
    update(contact_points)
    .where(
        and_(
            contact_points.c.debtor_id == bindparam("owner"),
            contact_points.c.channel.in_(PHONE_CHANNELS),
            contact_points.c.address != bindparam("current_phone"),
            contact_points.c.address != bindparam("current_stored"),
        )
    )
    .values(is_usable=False)
)
_ADD_CONTACT = upsert(contact_points)
_MARK_ADDRESS = (
    update(contact_points)
    .where(
        and_(
            contact_points.c.channel == bindparam("of_channel"),
            contact_points.c.address.in_(bindparam("of_addresses", expanding=True)),
            contact_points.c.is_usable != bindparam("usable"),
        )
    )
    .values(is_usable=bindparam("usable"))
)
_BIND = upsert(contact_points, key=["debtor_id", "channel", "address"], updates=["is_usable"])
_NOT_OF_OTHERS = (
    update(contact_points)
    .where(
        and_(
            contact_points.c.channel == bindparam("of_channel"),
            contact_points.c.address.in_(bindparam("of_addresses", expanding=True)),
            contact_points.c.debtor_id != bindparam("owner"),
        )
    )
    .values(is_usable=False)
)


class SqlDebtors:
    """See `bot.services.unit_of_work.Debtors`."""

    __slots__ = ("_tx",)

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def get(self, debtor_id: DebtorId) -> Debtor | None:
        row = self._tx.read(_GET, {"debtor_id": debtor_id}).first()
        return to_debtor(row, self._tx.keys) if row else None

    def lock(self, debtor_id: DebtorId) -> None:
        if self._tx.is_postgresql:
            self._tx.write(_LOCK, {"debtor_id": debtor_id})

    def identity(self, debtor_id: DebtorId) -> IdentityRecord | None:
        row = self._tx.read(_IDENTITY, {"debtor_id": debtor_id}).first()
        return to_identity(row) if row else None

    def by_document(self, document_hash: str) -> DebtorId | None:
        """Whose document it is; None when it is nobody's, or more than one debtor's."""
        found = self._tx.read(_BY_DOCUMENT, {"document_hash": document_hash}).scalars().all()
        return DebtorId(found[0]) if len(found) == 1 else None

    def by_address(self, channel: str, address: str) -> DebtorId | None:
        asked = {"channel": channel, "addresses": self._tx.keys.keyring.addresses(address)}
        found = self._tx.read(_BY_ADDRESS, asked).scalars().all()
        return DebtorId(found[0]) if len(found) == 1 else None

    def mark_address(self, channel: str, address: str, *, is_usable: bool) -> int:
        stored = self._tx.keys.keyring.addresses(address)
        asked = {"of_channel": channel, "of_addresses": stored, "usable": is_usable}
        return int(self._tx.write(_MARK_ADDRESS, asked).rowcount)

    def bind_address(self, debtor_id: DebtorId, channel: str, address: str) -> None:
        ring = self._tx.keys.keyring
        asked = {"owner": debtor_id, "of_channel": channel, "of_addresses": ring.addresses(address)}
        self._tx.write(_NOT_OF_OTHERS, asked)
        point = {"debtor_id": debtor_id, "channel": channel, "address": ring.address(address)}
        self._tx.write(_BIND, {**point, "is_usable": True})

    def save(self, debtor: Debtor, identity: IdentityRecord) -> None:
        """Add or replace a debtor. Their phone becomes an SMS and WhatsApp address, earlier ones end."""
        self._tx.write(_SAVE, to_row(debtor, identity, self._tx.keys))
        save_phones(self._tx, [(debtor.debtor_id, debtor.phone)])


def save_phones(tx: Transaction, phones: list[tuple[DebtorId, str | None]], *, are_new: bool = False) -> None:
    """Make these the phones of these debtors. A number that a provider reported as dead stays unusable."""
    if not are_new:
        current = [(debtor_id, phone or "") for debtor_id, phone in phones]
        stored = tx.keys.keyring.address
        tx.write(
            _UNUSABLE,
            [
                {"owner": who, "current_phone": phone, "current_stored": stored(phone)}
                for who, phone in current
            ],
        )
    rows = [
        {
            "debtor_id": debtor_id,
            "channel": channel,
            "address": tx.keys.keyring.address(phone),
            "is_usable": True,
        }
        for debtor_id, phone in phones
        if phone
        for channel in PHONE_CHANNELS
    ]
    if rows:
        tx.write(insert(contact_points) if are_new else _ADD_CONTACT, rows)


def to_debtor(row: Any, keys: SubjectKeys) -> Debtor:
    """The debtor in a row."""
    columns = {name: getattr(row, name) for name in _COLUMNS}
    columns.update({name: keys.open(f"debtor:{row.debtor_id}", columns[name]) for name in PERSONAL})
    return Debtor(**columns)


def to_identity(row: Any) -> IdentityRecord:
    """The identity hashes in a row."""
    return IdentityRecord(
        debtor_id=DebtorId(row.debtor_id),
        date_of_birth=row.date_of_birth_hash,
        document_number=row.document_hash,
        last_four=tuple(row.last_four_hashes),
        postal_code=row.postal_code_hash,
    )


def to_row(debtor: Debtor, identity: IdentityRecord, keys: SubjectKeys) -> dict[str, Any]:
    """The columns of a debtor."""
    subject = f"debtor:{debtor.debtor_id}"
    return {
        **{name: getattr(debtor, name) for name in _COLUMNS},
        **{name: keys.seal(subject, getattr(debtor, name)) for name in PERSONAL},
        "date_of_birth_hash": identity.date_of_birth,
        "document_hash": identity.document_number,
        "last_four_hashes": list(identity.last_four),
        "postal_code_hash": identity.postal_code,
    }
