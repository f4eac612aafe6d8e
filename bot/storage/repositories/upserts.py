"""INSERT … ON CONFLICT, spelt alike on both engines.

Written as text because SQLAlchemy 1.4 keeps it in two dialects and compiles it anew at every execution.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, bindparam, text


def upsert(
    table: Table, *, columns: Sequence[str] = (), key: Sequence[str] = (), updates: Sequence[str] = ()
) -> Any:
    """A statement that adds a row or, when it clashes, changes the old one or leaves it.

    Args:
        table: where to.
        columns: those given; all of the table when empty.
        key: the columns that may clash; any unique index when empty.
        updates: the columns to take over from the new row; none: the old row stays as it is.
    """
    names = list(columns) or [column.name for column in table.c]
    taken = ", ".join(f"{name} = excluded.{name}" for name in updates)
    clash = f"({', '.join(key)})" if key else ""
    statement = text(
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)}) "  # noqa: S608  (names of our tables)
        f"ON CONFLICT {clash} DO {f'UPDATE SET {taken}' if taken else 'NOTHING'}"
    )
    return statement.bindparams(*(bindparam(name, type_=table.c[name].type) for name in names))
