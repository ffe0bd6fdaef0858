"""What is remembered, and what is not."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from services.timesync.store import metadata
from services.timesync.systems.base import Held

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


def statements(town: Town) -> list[int]:
    """Return a list that grows by the values of each statement that the database is asked."""
    asked: list[int] = []

    def note(_c: object, _cursor: object, _text: str, values: Sequence[object], _context: object, many: bool) -> None:
        asked.append(1 if many else len(values))

    sa.event.listen(town.database.engine, "before_cursor_execute", note)
    return asked


def test_a_source_of_which_thousands_are_held_takes_a_few_statements(town: Town) -> None:
    held = [Held(f"file.csv:{number}", "unknown_code", source_id=str(number)) for number in range(3000)]
    asked = statements(town)

    for rows in (held, held, [], held):
        town.store.held.keep("file", rows, town.clock.now(), mended=None)

    assert len(asked) < 40
    assert len(town.store.held.all()) == 3000


def test_however_many_are_looked_up_no_statement_holds_them_all(town: Town) -> None:
    asked = statements(town)

    town.store.records.of_employees([f"{number:06}" for number in range(3000)])

    assert max(asked) < 1000  # PostgreSQL takes 65,535 values, SQLite as many as it was built for
