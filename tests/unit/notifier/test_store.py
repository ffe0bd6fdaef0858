"""What notifier remembers."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from services.notifier.store import metadata


def test_the_migration_makes_the_same_tables(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'migrated.db'}")
    migration = import_module("services.notifier.migrations.0001_notifier")
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()

    found = sa.inspect(engine)
    assert {
        name: {(column["name"], column["nullable"]) for column in found.get_columns(name)}
        for name in found.get_table_names()
    } == {name: {(column.name, column.nullable) for column in table.columns} for name, table in metadata.tables.items()}
