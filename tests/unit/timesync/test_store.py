"""What is remembered, and what is not."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from services.timesync.store import metadata

from .builders import record
from .conftest import Town

FORBIDDEN = ("code", "categor", "comment", "description", "opmerking", "omschrijving")


def test_no_column_could_hold_the_reason_of_an_absence() -> None:
    columns = [column.name for table in metadata.tables.values() for column in table.columns]

    assert not [name for name in columns if any(word in name for word in FORBIDDEN)]


def test_a_record_comes_back_as_it_went_in(town: Town) -> None:
    records = [
        record("2026-11-16", None),
        record("2026-11-13", source_id="2", hours=("2026-11-13T10:00", "2026-11-13T11:30")),
    ]

    town.store.records.absorb("file", records, ["000104"], {"cursor": "1"})

    assert list(town.store.records.of_source("file").values()) == records


def test_the_migration_makes_the_same_tables(tmp_path: Path) -> None:

    engine = sa.create_engine(f"sqlite:///{tmp_path / 'migrated.db'}")
    migration = import_module("services.timesync.migrations.0001_timesync")
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        migration.upgrade()

    found = sa.inspect(engine)
    assert {
        name: {(column["name"], column["nullable"]) for column in found.get_columns(name)}
        for name in found.get_table_names()
    } == {name: {(column.name, column.nullable) for column in table.columns} for name, table in metadata.tables.items()}
