"""What the front door remembers, and for how long."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import inspect, select

from services.webhooks.handlers import FrontDoor, router
from services.webhooks.store import KEEP, Store, deliveries, metadata
from shared.clock import FixedClock
from shared.events import ClockStruck
from shared.persistence.database import Database
from tests.unit.webhooks.builders import NOW, FakeTenant, kept


def ids(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(select(deliveries.c.id)).scalars())


def test_a_subscription_takes_the_place_of_what_had_its_name(store: Store) -> None:
    store.keep(kept())
    store.keep(kept(subscription_id="s2"))
    store.keep(kept(name="archive", subscription_id=None, expires_at=None, made_at=None))

    assert {one.name: one.subscription_id for one in store.subscriptions()} == {"people": "s2", "archive": None}


def test_a_subscription_comes_back_as_it_was_kept(store: Store) -> None:
    store.keep(kept())

    assert store.subscriptions() == [kept()]


def test_a_subscription_may_be_forgotten(store: Store) -> None:
    store.keep(kept())

    store.drop("people")

    assert store.subscriptions() == []


def test_a_delivery_is_noted_once(store: Store, database: Database) -> None:
    noted = [database.write(lambda connection: store.record(connection, "a", "graph", 2, NOW)) for _ in range(2)]

    assert noted == [True, False]


def test_only_deliveries_older_than_any_repeat_are_forgotten(store: Store, database: Database) -> None:
    def note(id_: str, age: timedelta) -> None:
        database.write(lambda connection: store.record(connection, id_, "graph", 1, NOW - age))

    for id_, age in (("old", KEEP + timedelta(seconds=1)), ("young", KEEP - timedelta(seconds=1))):
        note(id_, age)

    store.forget_deliveries(NOW)

    assert ids(database) == ["young"]


def test_the_tables_are_those_that_the_migrations_make(database: Database) -> None:
    made = inspect(database.engine)

    for table in metadata.sorted_tables:
        assert {column["name"] for column in made.get_columns(table.name)} == set(table.columns.keys())


def test_old_deliveries_are_forgotten_once_a_day(store: Store, database: Database) -> None:
    database.write(lambda connection: store.record(connection, "old", "graph", 1, NOW - KEEP - timedelta(days=1)))
    clock = FixedClock(NOW)
    world = FrontDoor(FakeTenant(clock), store, [], clock)

    list(router.handle(ClockStruck(at=NOW, period="day"), world))

    assert ids(database) == []
