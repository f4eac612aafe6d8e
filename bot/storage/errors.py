"""What can go wrong with the database, as sentences that a person at a terminal can act on."""

from __future__ import annotations

from bot.services.unit_of_work import Interrupted, WriteConflict


class StorageError(Exception):
    """The database could not do what was asked."""


class StorageBusy(StorageError, Interrupted):
    """Another process held what we need for longer than the time-out. Trying again later is right."""


class StorageConflict(StorageError, WriteConflict):
    """Someone else stored the same thing first (a conversation, an open arrangement): decide again."""


class StorageUnavailable(StorageError, Interrupted):
    """The database cannot be reached, opened or written (down, disk full, no permission)."""


class NotMigrated(StorageError):
    """The tables are not those that this version expects."""

    def __init__(self) -> None:
        super().__init__("the database is not up to date: run `aldia migrate`")


class ReadOnly(StorageError):
    """A unit of work opened for reading was asked to write: a programming mistake."""
