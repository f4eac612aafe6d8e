"""Bringing a database to the tables of this version, and asking where it stands. Needs no alembic.ini."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from bot.storage.engine import create_engine, make_directory, parse_url, translated, writing

# The newest revision; a test holds it against the scripts, so that starting up need not read them.
HEAD = "0012"


def migrate(database_url: str) -> str:
    """Create or update all tables; nothing happens when they are up to date, or ahead of this version.

    Args:
        database_url: sqlite:///FILE or postgresql://…; the directory of a SQLite file is created.

    Returns:
        The revision that it has then.

    Raises:
        StorageError: the database cannot be reached or written, or is in use by another process for too long.
    """
    make_directory(parse_url(database_url))
    engine = create_engine(database_url)
    try:
        # The lock of this transaction: two processes that migrate at once go one after the other.
        with writing(engine.connect()) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(4162001)"))
            found = _revision(connection)
            if found is not None and serves(found):
                return found  # a newer one, too: a version that is taken back leaves the tables as they are
            from alembic import command  # 0.1 s to import, which only this needs

            command.upgrade(_configuration(connection), "head")
            connection.commit()
    except DBAPIError as error:
        raise translated(error) from error
    finally:
        engine.dispose()
    return HEAD


def current_revision(database_url: str) -> str | None:
    """The revision of a database; None when it has no tables of ours.

    Raises:
        StorageError: the database cannot be reached.
    """
    url = parse_url(database_url)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        return None
    engine = create_engine(database_url)
    try:
        with engine.connect().execution_options(writes=False) as connection:
            return _revision(connection)
    except DBAPIError as error:
        raise translated(error) from error
    finally:
        engine.dispose()


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def is_migrated(database_url: str) -> bool:
    """Whether a database has the tables of this version."""
    return serves(current_revision(database_url))


def serves(revision: str | None) -> bool:
    """Whether tables of a revision serve this version: its own or newer ones.

    Migrations only add (`docs/runbook.md`), so that servers of the version before go on, and can be started
    again, once the database is ahead of them.
    """
    return revision is not None and revision >= HEAD


def _configuration(connection: Connection) -> Any:
    from alembic.config import Config

    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    configuration.attributes["connection"] = connection
    return configuration
