"""The keys of conversations and debtors within one transaction: found, made, destroyed."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.engine import Connection

from bot.audit.canonical import clean, instant
from bot.audit.sealing import DataKey, Keyring, is_sealed
from bot.audit.tables import data_keys

ERASED = "[erased]"
_FIND = select(data_keys).where(data_keys.c.subject.in_(bindparam("subjects", expanding=True)))
_MAKE = text(
    "INSERT INTO data_keys (subject, wrapped, wrapped_by) VALUES (:subject, :wrapped, :wrapped_by) "
    "ON CONFLICT (subject) DO NOTHING"
)
_DESTROY = text(
    "INSERT INTO data_keys (subject, destroyed_at) VALUES (:subject, :at) ON CONFLICT (subject) DO UPDATE "
    "SET wrapped = NULL, wrapped_by = NULL, destroyed_at = excluded.destroyed_at"
)
_REWRAP = text(
    "UPDATE data_keys SET wrapped = :wrapped, wrapped_by = :wrapped_by WHERE subject = :subject AND wrapped IS NOT NULL"
)
_CHUNK = 1_000
_KEEP_SECONDS = 60.0
_MOST_KEPT = 20_000


class KeyCache:
    """Keys of conversations under way, so that a turn need not look them up; a destroyed one is forgotten in a minute."""

    def __init__(self) -> None:
        self._changing = threading.Lock()
        # In the order in which they were put, which is that in which their minute ends.
        self._kept: dict[str, tuple[DataKey, float]] = {}

    def __len__(self) -> int:
        """How many are in memory."""
        return len(self._kept)

    def get(self, subject: str) -> DataKey | None:
        """The key, if it was read within the last minute."""
        key, until = self._kept.get(subject, (None, 0.0))
        return key if time.monotonic() < until else None

    def put(self, subject: str, key: DataKey) -> None:
        """Keep a key that is stored: never one of a transaction that may still roll back."""
        now = time.monotonic()
        with self._changing:
            self._drop_old(now)
            self._kept.pop(subject, None)
            self._kept[subject] = (key, now + _KEEP_SECONDS)

    def _drop_old(self, now: float) -> None:
        """Those whose minute is over, and the oldest where there are too many: each holds 2.5 KB."""
        for subject, (_, until) in list(islice(self._kept.items(), 8)):
            if until > now and len(self._kept) < _MOST_KEPT:
                return
            self._kept.pop(subject, None)

    def drop(self, subject: str) -> None:
        """Forget a key."""
        with self._changing:
            self._kept.pop(subject, None)


class SubjectKeys:
    """Encrypts and decrypts for subjects ("conversation:<id>", "debtor:<id>"), each with a key of its own."""

    def __init__(self, connection: Connection, keyring: Keyring, cache: KeyCache | None = None) -> None:
        self.keyring = keyring
        self._cache = cache if cache is not None else KeyCache()
        self._made: set[str] = set()  # in this transaction
        self._connection = connection
        self._held: dict[str, DataKey | None] = {}
        self._destroyed: set[str] = set()

    def seal(self, subject: str, value: str | None) -> str | None:
        """Encrypt a text; as it is when nothing is to be sealed."""
        if value is None or not self.keyring.seals:
            return value
        return self._for_writing(subject).seal(clean(value))

    def open(self, subject: str, stored: str | None) -> str | None:
        """A text as it was before `seal`; ERASED when the subject's key was destroyed.

        Raises:
            KeyMissing: the installation's key that is needed was not given.
        """
        if not is_sealed(stored):
            return stored
        assert stored is not None
        found = self.open_with_salt(subject, stored)
        return ERASED if found is None else found[0]

    def open_with_salt(self, subject: str, sealed: str) -> tuple[str, bytes] | None:
        """The text and what proves it; None when the subject's key was destroyed."""
        key = self._get(subject)
        return None if key is None else key.open(sealed)

    def seal_json(self, subject: str, value: Any) -> Any:
        """Encrypt a JSON document into a text; as it is when nothing is to be sealed."""
        return self.seal(subject, json.dumps(value, separators=(",", ":"))) if self.keyring.seals else value

    def open_json(self, subject: str, stored: Any, erased: Any) -> Any:
        """The document, or `erased` when the subject's key was destroyed."""
        if not is_sealed(stored):
            return stored
        found = self.open_with_salt(subject, stored)
        return erased if found is None else json.loads(found[0])

    def prefetch(self, subjects: Iterable[str], *, make: bool = False) -> None:
        """Read the keys of many subjects at once, and make those that are missing."""
        wanted = [each for each in dict.fromkeys(subjects) if each not in self._held]
        for start in range(0, len(wanted), _CHUNK):
            self._read(wanted[start : start + _CHUNK])
        if make and self.keyring.seals:
            missing = [each for each in wanted if self._held[each] is None and each not in self._destroyed]
            for start in range(0, len(missing), _CHUNK):
                self._make(missing[start : start + _CHUNK])

    def destroy(self, subject: str, at: datetime) -> None:
        """Make everything that was sealed for a subject unreadable, for good."""
        self._connection.execute(_DESTROY, {"subject": subject, "at": instant(at)})
        self._held[subject] = None
        self._destroyed.add(subject)
        self._cache.drop(subject)

    def rewrap(self) -> int:
        """Wrap a batch of keys with the newest key of the installation. Returns how many were not yet."""
        statement = (
            select(data_keys)
            .where(data_keys.c.wrapped.is_not(None), data_keys.c.wrapped_by != self.keyring.newest)
            .limit(_CHUNK)
        )
        rows = [self._rewrapped(row) for row in self._connection.execute(statement)]
        if rows:
            self._connection.execute(_REWRAP, rows)
        return len(rows)

    def _rewrapped(self, row: Any) -> dict[str, str]:
        key = self.keyring.unwrap(row.wrapped, row.wrapped_by, row.subject)
        return {
            "subject": row.subject,
            "wrapped": self.keyring.wrap(key, row.subject),
            "wrapped_by": self.keyring.newest,
        }

    def _get(self, subject: str) -> DataKey | None:
        if subject not in self._held:
            kept = self._cache.get(subject)
            if kept is not None:
                self._held[subject] = kept
            else:
                self._read([subject])
        return self._held[subject]

    def _for_writing(self, subject: str) -> DataKey:
        key = self._get(subject)
        if key is None and subject in self._destroyed:
            # Nothing is kept of what comes after an erasure: sealed with a key that nobody has.
            return DataKey(os.urandom(32), subject)
        if key is None:
            self._make([subject])
            key = self._held[subject]
        assert key is not None
        return key

    def _read(self, subjects: list[str]) -> None:
        self._held.update(dict.fromkeys(subjects))
        for row in self._connection.execute(_FIND, {"subjects": subjects}):
            if row.wrapped is None:
                self._destroyed.add(row.subject)
            else:
                key = self.keyring.unwrap(row.wrapped, row.wrapped_by, row.subject)
                self._held[row.subject] = data_key = DataKey(key, row.subject)
                if row.subject not in self._made:
                    self._cache.put(row.subject, data_key)

    def _make(self, subjects: list[str]) -> None:
        rows = [
            {
                "subject": subject,
                "wrapped": self.keyring.wrap(os.urandom(32), subject),
                "wrapped_by": self.keyring.newest,
            }
            for subject in subjects
        ]
        self._connection.execute(_MAKE, rows)
        self._made.update(subjects)
        self._read(subjects)  # on PostgreSQL another transaction may have been faster
