"""One engine for SQLite and PostgreSQL: everything in which they differ is hidden here and in `types`."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine as sqlalchemy_engine
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.pool import QueuePool

from bot.storage.errors import NotMigrated, StorageBusy, StorageConflict, StorageError, StorageUnavailable
from bot.telemetry.metrics import DATABASE_ERRORS

BUSY_SECONDS = 5
# Milliseconds. Who waits for SQLite looks ever more seldom, in the end ten times a second, and those who came later and
# look more often are faster: so nobody waits in one go for longer than this.
_SQLITE_POLLS_FOR = 20
# Of each connection, of which a process may have 32. The system keeps the file's pages too, once for all of them.
_CACHE_KIB = 2000
# The connection that was used last is used next: each keeps its statements and pages in memory, and few are enough.
_POOL = {
    "poolclass": QueuePool,
    "pool_size": 8,
    "max_overflow": 24,
    "pool_timeout": 10,
    "pool_use_lifo": True,
}
# A machine that is gone closes no connection: without these a turn, and the thread that it is in, would wait 15 minutes.
_GIVE_UP = {
    "connect_timeout": BUSY_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,  # milliseconds
}
# So long after a write that found no space the disk counts as full: small writes may still find some.
_FULL_HOLDS = 30.0
# PostgreSQL: lock_not_available, deadlock_detected, serialization_failure, query_canceled by a time-out.
_BUSY_CODES = frozenset({"55P03", "40P01", "40001", "57014"})


class Space:
    """Whether writes of this process find space on the database's disk. Reading does not need any, so it does not show."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self._ended_at = float("-inf")

    def ended(self) -> None:
        """A write found none."""
        self._ended_at = time.monotonic()

    @property
    def is_short(self) -> bool:
        """Whether one found none just now."""
        return time.monotonic() - self._ended_at < _FULL_HOLDS


SPACE = Space()


def parse_url(database_url: str) -> URL:
    """Read a database address.

    Raises:
        StorageError: it is no address, or of a database other than SQLite (in a file) and PostgreSQL.
    """
    try:
        url = make_url(database_url)
    except ArgumentError as error:
        raise StorageError(
            "the database address cannot be read; expected sqlite:///FILE or postgresql://…"
        ) from error
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg2"):
        return url.set(drivername="postgresql+psycopg2")
    if url.drivername in ("sqlite", "sqlite+pysqlite") and url.database and url.database != ":memory:":
        return url
    raise StorageError(f"{url.drivername} is not supported; expected sqlite:///FILE or postgresql://…")


def create_engine(database_url: str) -> Engine:
    """An engine whose write transactions lock at the start and whose waits end after five seconds."""
    url = parse_url(database_url)
    if url.get_backend_name() == "postgresql":
        options = f"-c lock_timeout={BUSY_SECONDS * 1000} -c timezone=UTC"
        return sqlalchemy_engine(
            url,
            future=True,
            pool_pre_ping=True,  # a restarted server costs one more round trip, not a failed turn
            executemany_mode="values_plus_batch",
            connect_args={"options": options, "client_encoding": "utf8", **_GIVE_UP},
            **_POOL,
        )
    engine = sqlalchemy_engine(
        url, future=True, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, **_POOL
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def file_of(database_url: str) -> Path | None:
    """The file of a SQLite database; None for one that is elsewhere."""
    url = parse_url(database_url)
    return Path(str(url.database)).expanduser() if url.get_backend_name() == "sqlite" else None


def make_directory(url: URL) -> None:
    """Create the directory of a SQLite file."""
    if url.get_backend_name() == "sqlite":
        Path(str(url.database)).expanduser().parent.mkdir(parents=True, exist_ok=True)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transactions begin too late and without a lock: we begin them ourselves.
    connection.isolation_level = None
    for pragma in (
        "foreign_keys=ON",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "temp_store=MEMORY",
        f"cache_size=-{_CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A write transaction that began as a read one cannot wait for its lock: SQLite fails it at once.
    writes = connection.get_execution_options().get("writes", True)
    driver: Any = connection.connection  # not through SQLAlchemy: every turn does this twice
    if not writes:
        driver.execute("BEGIN")
        return
    end = time.monotonic() + BUSY_SECONDS
    driver.execute(f"PRAGMA busy_timeout = {_SQLITE_POLLS_FOR}")
    try:
        while _is_locked(driver) and time.monotonic() < end:
            pass
        if not driver.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # so that what is wrong is told as everywhere
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")


def _is_locked(driver: Any) -> bool:
    """Try to begin a transaction that writes. False when it has begun, or something else is wrong."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        return "database is locked" in str(error)
    return False


def writing(connection: Connection) -> Connection:
    """Mark a connection: its next transaction writes."""
    return connection.execution_options(writes=True)


def reading(connection: Connection) -> Connection:
    """Mark a connection: its next transaction only reads, and sees one state of the database throughout."""
    if connection.dialect.name == "postgresql":
        return connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return connection.execution_options(writes=False)


def translated(error: DBAPIError) -> StorageError:
    """The storage error that a driver's error means; its sentence holds no values, which may be personal."""
    meant = _meant(error)
    DATABASE_ERRORS.add(type(meant).__name__)
    return meant


def _meant(error: DBAPIError) -> StorageError:
    driver = error.orig
    code = getattr(driver, "pgcode", None)
    words = str(driver).lower()
    if code in _BUSY_CODES or "database is locked" in words or "database table is locked" in words:
        return StorageBusy(f"the database was busy for more than {BUSY_SECONDS} seconds")
    if code in ("42P01", "42703") or "no such table" in words or "no such column" in words:
        return NotMigrated()
    if isinstance(error, IntegrityError):
        return StorageConflict("the same thing was stored by someone else, or what it refers to is not there")
    # A connection that broke in the middle of an answer is a plain DatabaseError.
    if isinstance(error, (OperationalError, InterfaceError)) or error.connection_invalidated:
        is_full = code == "53100" or "full" in words
        if is_full:
            SPACE.ended()
        reason = "the disk is full" if is_full else _first_line(driver)
        return StorageUnavailable(f"the database cannot be used: {reason}")
    if isinstance(error, ProgrammingError):
        return StorageError(f"the database refused a statement: {_first_line(driver)}")
    return StorageError(f"the database refused: {type(driver).__name__}")


def _first_line(driver: object) -> str:
    return (str(driver).strip().splitlines() or [type(driver).__name__])[0]
