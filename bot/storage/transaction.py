"""What repositories run their statements on: one connection, one transaction, errors in our own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from bot.audit.keys import KeyCache, SubjectKeys
from bot.audit.sealing import Keyring
from bot.storage.engine import translated
from bot.storage.errors import ReadOnly

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


class Transaction:
    """One open transaction."""

    __slots__ = ("connection", "is_postgresql", "keys", "writes")

    def __init__(self, connection: Connection, *, writes: bool, keyring: Keyring, cache: KeyCache) -> None:
        self.connection = connection
        self.keys = SubjectKeys(connection, keyring, cache)
        self.writes = writes
        self.is_postgresql = connection.dialect.name == "postgresql"

    def read(self, statement: Any, parameters: Parameters = None) -> Any:
        """Run a statement that changes nothing."""
        try:
            return self.connection.execute(statement, parameters)
        except DBAPIError as error:
            raise translated(error) from error

    def write(self, statement: Any, parameters: Parameters = None) -> Any:
        """Run a statement that changes rows.

        Raises:
            ReadOnly: the unit of work was opened for reading.
        """
        if not self.writes:
            raise ReadOnly("this unit of work only reads")
        return self.read(statement, parameters)
