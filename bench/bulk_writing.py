"""Writes rows in bulk: by COPY into PostgreSQL, without waiting for the disk into SQLite; indexes are built afterwards."""

from __future__ import annotations

import io
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from sqlalchemy import Column, Table

from bench.bulk import AS_STORED, Row
from bot.audit.tables import metadata as record
from bot.storage import desk_tables
from bot.storage.engine import parse_url
from bot.storage.tables import metadata

TABLES: dict[str, Table] = {**metadata.tables, **record.tables, "desk_events": desk_tables.desk_events}
_BATCH = 20_000
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
# All but what keeps keys apart: built once at the end instead of a million times in between.
_INDEXES = """
    SELECT schemaname || '.' || indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND NOT EXISTS (
        SELECT 1 FROM pg_constraint WHERE conindid = (schemaname || '.' || indexname)::regclass
    )
"""


def write(url: str, rows: Iterable[Row]) -> int:
    """Write all of them and bring the statistics up to date; returns how many."""
    into = _postgresql if parse_url(url).get_backend_name() == "postgresql" else _sqlite
    return into(url, rows)


def _batches(rows: Iterable[Row]) -> Iterator[dict[str, list[list[Any]]]]:
    """Some thousand rows at a time, by table; columns in the table's order."""
    columns = {
        name: [(column.name, _default(column)) for column in table.c] for name, table in TABLES.items()
    }
    held: defaultdict[str, list[list[Any]]] = defaultdict(list)
    for count, (name, row) in enumerate(rows, 1):
        held[name].append([_stored(row.get(column, default)) for column, default in columns[name]])
        if count % _BATCH == 0:
            yield held
            held = defaultdict(list)
    yield held


def _default(column: Column) -> Any:
    """What the database would put in: COPY and a list of all columns leave it no say."""
    return None if column.server_default is None else str(column.server_default.arg)  # type: ignore[union-attr]


def _stored(value: Any) -> Any:
    form = AS_STORED.get(type(value))
    return value if form is None else form(value)


def _postgresql(url: str, rows: Iterable[Row]) -> int:
    connection = psycopg2.connect(
        parse_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    )
    count = 0
    with connection, connection.cursor() as cursor:
        # What is referred to is there; looking it up for each row would take most of the time.
        cursor.execute(
            "SET session_replication_role = replica; SET timezone = 'UTC'; SET synchronous_commit = off"
        )
        cursor.execute("SET maintenance_work_mem = '512MB'")
        with _without_indexes(cursor):
            for batch in _batches(rows):
                for name, lines in batch.items():
                    cursor.copy_expert(_copy(name), io.StringIO("".join(map(_line, lines))))
                    count += len(lines)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.close()
    return count


@contextmanager
def _without_indexes(cursor: Any) -> Iterator[None]:
    cursor.execute(_INDEXES)
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _, definition in indexes:
        cursor.execute(definition)


def _copy(name: str) -> str:
    columns = ", ".join(f'"{column.name}"' for column in TABLES[name].c)
    return f"COPY {name} ({columns}) FROM STDIN"


def _line(values: list[Any]) -> str:
    return "\t".join(["\\N" if one is None else str(one).translate(_ESCAPES) for one in values]) + "\n"


def _sqlite(url: str, rows: Iterable[Row]) -> int:
    connection = sqlite3.connect(str(parse_url(url).database), isolation_level=None)
    for pragma in (
        "journal_mode=OFF",
        "synchronous=OFF",
        "cache_size=-400000",
        "foreign_keys=OFF",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    count = 0
    connection.execute("BEGIN")
    for batch in _batches(rows):
        for name, lines in batch.items():
            marks = ", ".join("?" * len(TABLES[name].c))
            columns = ", ".join(f'"{column.name}"' for column in TABLES[name].c)
            connection.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks})", lines)
            count += len(lines)
    connection.execute("COMMIT")
    for _, definition in indexes:
        connection.execute(definition)
    connection.execute("ANALYZE")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    return count
