"""The journal: finding one fact among many."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import create_engine, inspect

from services.console.store import PAGE, Search, metadata
from shared.events import AbsencesChanged, ClockStruck, CollectionDue, MailFiled
from tests.unit.console.builders import NOW, FakeConsole

MIGRATION = Path(__file__).parents[3] / "services/console/migrations/0001_console.py"
FILED = MailFiled(kenmerk="2026/IN/001234", version=1, project="A40201", drive_id="d", item_id="i")


@pytest.fixture
def journal(console: FakeConsole) -> FakeConsole:
    console.hear(AbsencesChanged(employee="000104"), "m-1", chain="c-1")
    console.hear(FILED, "m-2", source="mailroom", chain="c-2")
    console.hear(AbsencesChanged(employee="000105"), "m-3", chain="c-1")
    console.hear(ClockStruck(at=NOW, period="tick"), "m-4", source="clock")
    console.hear(CollectionDue(intake="scans"), "m-5", source="mailroom")
    return console


def found(console: FakeConsole, search: Search) -> list[str]:
    return [line.id for line in console.store.journal(search)]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("c-1", ["m-3", "m-1"]),
        ("m-2", ["m-2"]),
        ("mail.filed.v1", ["m-2"]),
        ("Absences", ["m-3", "m-1"]),
        ("employee:000104", ["m-1"]),
        ("000104", ["m-1"]),
        ("2026/IN/001234", ["m-2"]),
        ("clock", ["m-4"]),
        ("nergens", []),
        ("%", []),
    ],
    ids=["chain", "id", "type", "part of a type", "key", "employee", "kenmerk", "clock", "nothing", "wildcard"],
)
def test_a_word_finds_its_lines_newest_first(journal: FakeConsole, word: str, expected: list[str]) -> None:
    assert found(journal, Search(word)) == expected


def test_what_comes_with_every_tick_is_left_out_until_it_is_asked_for(journal: FakeConsole) -> None:
    assert found(journal, Search()) == ["m-3", "m-2", "m-1"]
    assert found(journal, Search(with_clock=True)) == ["m-5", "m-4", "m-3", "m-2", "m-1"]


def test_pages_follow_each_other_without_gap_or_repeat(console: FakeConsole) -> None:
    for number in range(PAGE + 5):
        console.hear(AbsencesChanged(employee=f"{number:06}"), f"m-{number}")

    first = console.store.journal(Search())
    second = console.store.journal(Search(before=first[PAGE - 1].seq))

    assert len(first) == PAGE + 1
    assert [line.id for line in (*first[:PAGE], *second)] == [f"m-{n}" for n in reversed(range(PAGE + 5))]


def test_the_migration_makes_the_tables_that_the_store_uses() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection, Operations.context(MigrationContext.configure(connection)):
        runpy.run_path(str(MIGRATION))["upgrade"]()
        made = inspect(connection)
        columns = {name: {column["name"] for column in made.get_columns(name)} for name in made.get_table_names()}

    assert columns == {table.name: set(table.columns.keys()) for table in metadata.sorted_tables}
