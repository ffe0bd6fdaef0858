"""What the front door remembers, and for how long."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from sqlalchemy import Connection, inspect

from services.webhooks.store.deliveries import ACCEPTED, KEEP, Delivered, Deliveries
from services.webhooks.store.subscriptions import LOOKS_PER_MINUTE, Subscriptions
from services.webhooks.store.tables import metadata
from shared.persistence.database import Database
from tests.unit.webhooks.builders import NOW, kept


def note(database: Database, id_: str, age: timedelta, source: str = "graph") -> None:
    row = Delivered(id_, source, ACCEPTED, 10, NOW - age, events=1)
    database.write(lambda connection: Deliveries.add(connection, [row]))


def test_a_subscription_takes_the_place_of_what_had_its_name(store: Subscriptions) -> None:
    store.keep(kept())
    store.keep(kept(subscription_id="s2"))
    store.keep(kept(name="archive", subscription_id=None, expires_at=None))

    assert {one.name: one.subscription_id for one in store.all()} == {"people": "s2", "archive": None}


def test_a_subscription_comes_back_as_it_was_kept(store: Subscriptions) -> None:
    store.keep(kept())

    assert store.all() == [kept()]


def test_a_subscription_may_be_forgotten(store: Subscriptions) -> None:
    store.keep(kept())

    store.drop("people")

    assert store.all() == []


def test_only_deliveries_older_than_any_repeat_are_forgotten(deliveries: Deliveries, database: Database) -> None:
    for id_, age in (("old", KEEP + timedelta(seconds=1)), ("young", KEEP - timedelta(seconds=1))):
        note(database, id_, age)

    deliveries.forget(NOW)

    assert [row.id for row in deliveries.search()] == ["young"]


def test_a_delivery_comes_back_as_it_was_noted_the_newest_first(deliveries: Deliveries, database: Database) -> None:
    for minutes in (3, 1, 2):
        note(database, f"d{minutes}", timedelta(minutes=minutes))

    found = deliveries.search()

    assert [row.id for row in found] == ["d1", "d2", "d3"]
    assert found[0] == Delivered("d1", "graph", ACCEPTED, 10, NOW - timedelta(minutes=1), events=1)


def test_the_tables_are_those_that_the_migrations_make(database: Database) -> None:
    made = inspect(database.engine)

    for table in metadata.sorted_tables:
        assert {column["name"] for column in made.get_columns(table.name)} == set(table.columns.keys())


def test_a_flood_of_guesses_does_not_make_the_store_read_at_each(
    store: Subscriptions, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.keep(kept())
    reads: list[Database] = []
    read = Database.read

    def counted(self: Database) -> AbstractContextManager[Connection]:
        reads.append(self)
        return read(self)

    monkeypatch.setattr(Database, "read", counted)

    found = [store.fresh() for _ in range(LOOKS_PER_MINUTE + 200)]

    assert found == [[kept()]] * (LOOKS_PER_MINUTE + 200)
    assert LOOKS_PER_MINUTE <= len(reads) < LOOKS_PER_MINUTE + 100


def test_what_another_process_remembered_is_found_at_once(store: Subscriptions, database: Database) -> None:
    store.recent()

    Subscriptions(database).keep(kept())

    assert store.fresh() == [kept()]
