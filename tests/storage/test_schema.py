"""The migrations build exactly the tables that the code declares."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Index, MetaData, inspect

from bot.audit.tables import metadata as audit_metadata
from bot.storage import migrations
from bot.storage.tables import metadata
from bot.storage.unit_of_work import SqlUnitOfWorkFactory


def test_head_is_the_newest_script() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert scripts.get_current_head() == migrations.HEAD


def test_migrated_tables_are_the_declared_ones(units: SqlUnitOfWorkFactory) -> None:
    declared = MetaData()
    for tables in (metadata, audit_metadata):
        for table in tables.tables.values():
            table.to_metadata(declared)
    with units.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, declared) == []


def test_partial_indexes_are_partial(units: SqlUnitOfWorkFactory) -> None:
    """Comparing overlooks an index's condition; without it no second arrangement could ever be."""
    with units.engine.connect() as connection:
        inspector = inspect(connection)
        dialect = connection.dialect.name
        for table in metadata.tables.values():
            stored = {index["name"]: index for index in inspector.get_indexes(table.name)}
            for index in table.indexes:
                assert isinstance(index, Index)
                wanted = index.dialect_options[dialect]["where"] is not None
                options = stored[index.name].get("dialect_options", {})
                assert (f"{dialect}_where" in options) is wanted, index.name
                assert bool(stored[index.name]["unique"]) is bool(index.unique), index.name
