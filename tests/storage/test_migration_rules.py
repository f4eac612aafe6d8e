"""A migration only adds: servers of the version before go on writing during and after it (docs/runbook.md)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData
from sqlalchemy import types as sql

from bot.storage import migrations
from bot.storage.engine import create_engine, writing

FOLDER = Path(migrations.__file__).parent
# What takes something away, or forbids what was allowed.
_FORBIDDEN = re.compile(
    r"drop_(table|column|constraint|index)|alter_column|rename_table|batch_alter_table|bulk_insert"
    r"|create_(unique_constraint|check_constraint|foreign_key|primary_key|exclude_constraint)"
)
_FORBIDDEN_SQL = re.compile(
    r"\b(DROP|RENAME|TRUNCATE TABLE|DELETE FROM|ALTER COLUMN|SET NOT NULL|ADD CONSTRAINT)\b", re.I
)
# (revision, call): why it does no harm. A contraction belongs here once no server that needs what goes is left.
ALLOWED: dict[tuple[str, str], str] = {}


def scripts() -> list[Path]:
    """All but the first, which had no version before it."""
    return sorted((FOLDER / "versions").glob("[0-9]*.py"))[1:]


def faults(source: str) -> Iterator[str]:
    """Calls in a migration that do more than add."""
    tree = ast.parse(source)
    made = {name for call, name in _calls(tree) if call == "create_table"}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name = node.func.attr
        if _is_op(node) and _FORBIDDEN.fullmatch(name):
            yield name
        if _is_op(node) and name == "add_column" and _is_demanding(node):
            yield "add_column"
        if _is_op(node) and name == "create_index" and _is_unique(node) and _table_of(node, 1) not in made:
            yield "create_index"
    for text in (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)):
        if text != ast.get_docstring(tree) and _FORBIDDEN_SQL.search(text):
            yield "execute"


def _is_op(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "op"


def _calls(tree: ast.AST) -> Iterator[tuple[str, str | None]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_op(node):
            yield node.func.attr, _table_of(node, 0)


def _table_of(node: ast.Call, position: int) -> str | None:
    argument = node.args[position] if len(node.args) > position else None
    return argument.value if isinstance(argument, ast.Constant) else None


def _is_demanding(node: ast.Call) -> bool:
    """A column that must be given and that the version before does not give."""
    options = {k.arg: k.value for call in ast.walk(node) if isinstance(call, ast.Call) for k in call.keywords}
    nullable = options.get("nullable")
    is_required = isinstance(nullable, ast.Constant) and nullable.value is False
    return is_required and "server_default" not in options


def _is_unique(node: ast.Call) -> bool:
    return any(k.arg == "unique" and getattr(k.value, "value", True) for k in node.keywords)


@pytest.mark.parametrize("script", scripts(), ids=lambda path: path.stem)
def test_a_migration_only_adds(script: Path) -> None:
    found = set(faults(script.read_text(encoding="utf-8")))
    assert found == {call for revision, call in ALLOWED if script.stem.startswith(revision)}


@pytest.mark.parametrize(
    ("line", "call"),
    [
        ("op.drop_column('outbox', 'text')", "drop_column"),
        ("op.rename_table('inbox', 'incoming')", "rename_table"),
        ("op.alter_column('inbox', 'text', nullable=False)", "alter_column"),
        ("op.add_column('inbox', sa.Column('kind', sa.Text, nullable=False))", "add_column"),
        ("op.create_index('ux', 'inbox', ['text'], unique=True)", "create_index"),
        ("op.execute('ALTER TABLE inbox DROP COLUMN text')", "execute"),
    ],
)
def test_the_rule_bites(line: str, call: str) -> None:
    assert list(faults(f"def upgrade():\n    {line}\n")) == [call]


@pytest.mark.parametrize(
    "line",
    [
        "op.add_column('inbox', sa.Column('kind', sa.Text))",
        "op.add_column('inbox', sa.Column('kind', sa.Text, nullable=False, server_default='x'))",
        "op.create_table('t', sa.Column('a', sa.Text, nullable=False))\n    op.create_index('u', 't', ['a'], unique=True)",
    ],
)
def test_what_only_adds_may_stay(line: str) -> None:
    assert list(faults(f"def upgrade():\n    {line}\n")) == []


# -- the version before, writing into the newest tables ---------------------------------------------------------


def _upgrade(url: str, revision: str) -> None:
    engine = create_engine(url)
    with writing(engine.connect()) as connection:
        command.upgrade(migrations._configuration(connection), revision)
        connection.commit()
    engine.dispose()


def _value(column: Any) -> Any:
    kind = column.type
    for known, value in (
        (sql.Boolean, True),
        (sql.DateTime, datetime(2027, 3, 5, tzinfo=timezone.utc)),
        (sql.Date, date(2027, 3, 5)),
        (sql.Integer, 1),
    ):
        if isinstance(kind, known):
            return value
    return f"{column.name}-1"


def _fill(connection: Any, tables: MetaData) -> list[str]:
    """A row in each table, as a server that knows these columns and no others writes it."""
    rows: dict[str, dict[str, Any]] = {}
    for table in tables.sorted_tables:
        row = {column.name: _value(column) for column in table.columns}
        for key in table.foreign_keys:
            row[key.parent.name] = rows[key.column.table.name][key.column.name]
        connection.execute(table.insert().values(row))
        rows[table.name] = row
    return list(rows)


def _newest_but_one() -> str:
    known = ScriptDirectory(str(FOLDER))
    head = known.get_revision(migrations.HEAD)
    assert head is not None
    return str(head.down_revision)


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    from tests.conftest import _run

    address = request.getfixturevalue("postgresql_server")
    name = f"empty_{tmp_path.name.replace('-', '_')}".lower()[:60]
    _run(address("postgres"), f"CREATE DATABASE {name}")
    yield address(name)
    _run(address("postgres"), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("empty_url", ["sqlite", "postgresql"], indirect=True)
def test_the_version_before_still_writes_after_the_newest_migration(empty_url: str) -> None:
    _upgrade(empty_url, _newest_but_one())
    engine = create_engine(empty_url)
    before = MetaData()
    with engine.connect() as connection:
        before.reflect(connection)
        connection.rollback()
    before.remove(before.tables["alembic_version"])
    engine.dispose()
    _upgrade(empty_url, "head")
    engine = create_engine(empty_url)
    with writing(engine.connect()) as connection:
        names = _fill(connection, before)
        connection.commit()
        for name in names:
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() == 1
    engine.dispose()
    assert len(names) > 20
