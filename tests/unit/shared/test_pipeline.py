"""A service runs from inbox to outbox, and lets go in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from shared.clock import FixedClock, SystemClock
from shared.config import Settings
from shared.errors import Invalid
from shared.events import AbsencesShown, Event, MailArrived
from shared.events.envelope import Envelope
from shared.messaging.memory import MemoryBroker
from shared.messaging.router import Router
from shared.persistence.memory import MemoryLedger
from shared.run import Pipeline, add_health, base_of, start
from shared.serve import _migrate_apart
from shared.service import Base, Service
from tests.unit.shared.builders import environ, letter, shown
from tests.waiting import eventually


def post(closing: list[str]) -> Service:
    router: Router[str] = Router("timesync")

    @router.on(MailArrived)
    def tell(event: MailArrived, world: str) -> Iterator[Event]:
        yield shown(world)

    return Service("timesync", router, Flask("timesync"), "000104", closing=(lambda: closing.append("closed"),))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "hub.toml").write_text("[webhooks]\n", encoding="utf-8")
    return Settings.load(environ(tmp_path))


def test_what_arrives_is_handled_and_what_comes_of_it_is_said(ledger: MemoryLedger, clock: FixedClock) -> None:
    broker, closed = MemoryBroker(), list[str]()
    told = broker.inbound("console", [AbsencesShown.TYPE], lambda: None)
    told.start()
    pipeline = Pipeline(post(closed), ledger, clock, broker, 2)
    pipeline.start()
    sender = MemoryLedger("mailroom", clock)
    sender._say([letter("k1", "a")])

    broker.outbound("mailroom").publish(sender.unsent(1))

    batch = eventually(lambda: told.take(10, timeout=0.1), what="the outcome")
    assert batch is not None
    assert Envelope.parse(batch.bodies[0]).open() == shown("000104")
    pipeline.stop()
    assert closed == ["closed"]


def test_a_service_hears_its_own_events_and_those_of_every_service(ledger: MemoryLedger, clock: FixedClock) -> None:
    pipeline = Pipeline(post([]), ledger, clock, MemoryBroker(), 1)

    assert set(pipeline.types) == {
        "mail.arrived.v1",
        "clock.struck.v1",
        "message.retry_requested.v1",
        "message.discard_requested.v1",
        "replay.requested.v1",
    }


def test_a_start_frees_what_a_predecessor_held(ledger: MemoryLedger, clock: FixedClock) -> None:
    ledger.accept([letter("k1", "a")])
    ledger.claim()
    pipeline = Pipeline(post([]), ledger, clock, MemoryBroker(), 1)

    pipeline.start()

    eventually(lambda: ledger._rows["a"].state == "done", what="the message that was held")
    pipeline.stop()


def test_several_handlers_of_an_event_all_react_in_order() -> None:
    router: Router[list[str]] = Router("timesync")

    @router.on(MailArrived)
    def first(event: MailArrived, world: list[str]) -> None:
        world.append("first")

    @router.on(MailArrived)
    def second(event: MailArrived, world: list[str]) -> list[Event]:
        world.append("second")
        return [shown()]

    world: list[str] = []
    assert list(router.handle(letter("k1", "a").open(), world)) == [shown()]
    assert world == ["first", "second"]
    assert list(router.handle(shown(), world)) == []


def test_a_service_starts_and_stops_without_a_broker_being_there(settings: Settings, tmp_path: Path) -> None:
    _migrate_apart(settings.database("timesync"), "timesync", tmp_path)
    closing: list[str] = []

    app, stop = start("timesync", lambda _: post(closing), settings)

    answer = app.test_client().get("/health/ready")
    stop()
    assert answer.status_code == 503
    expected = {"consumer": False, "publisher": False, "workers": True, "database": True}
    assert answer.get_json()["checks"] == expected
    assert closing == ["closed"]


def test_a_service_is_ready_when_it_consumes_and_publishes(settings: Settings, tmp_path: Path) -> None:
    _migrate_apart(settings.database("timesync"), "timesync", tmp_path)
    base: Base = base_of("timesync", settings)
    service = post([])
    pipeline = Pipeline(service, base.ledger, base.clock, MemoryBroker(), 1)
    add_health(service, pipeline, base)
    pipeline.start()

    answer = service.app.test_client().get("/health/ready")

    assert (answer.status_code, answer.get_json()["ready"]) == (200, True)
    pipeline.stop()
    base.database.close()


def test_the_books_of_the_service_are_among_its_metrics(settings: Settings, tmp_path: Path) -> None:
    _migrate_apart(settings.database("timesync"), "timesync", tmp_path)
    base, service = base_of("timesync", settings), post([])
    add_health(service, Pipeline(service, base.ledger, base.clock, MemoryBroker(), 1), base)
    base.ledger.accept([letter("k1", "a")])

    text = service.app.test_client().get("/metrics").get_data(as_text=True)

    assert 'hub_ledger_messages{service="timesync",state="accepted"} 1.0' in text
    assert 'hub_ledger_unbalanced{service="timesync"} 0.0' in text
    base.database.close()


def test_a_database_that_cannot_be_migrated_ends_the_start(tmp_path: Path) -> None:
    (tmp_path / "timesync.db").write_bytes(b"no database at all, yet longer than a header of one" * 50)

    with pytest.raises(SystemExit, match="timesync: the database could not be migrated"):
        _migrate_apart(f"sqlite:///{tmp_path}/timesync.db", "timesync", tmp_path)


def test_migrating_twice_changes_nothing(settings: Settings, tmp_path: Path) -> None:
    for _ in range(2):
        _migrate_apart(settings.database("timesync"), "timesync", tmp_path)

    base = base_of("timesync", settings)
    assert base.ledger.balance().balanced
    base.database.close()


def test_a_service_without_a_policy_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as failure:
        base_of("timesync", Settings.load(environ(tmp_path)))

    assert failure.value.reason == "missing_policy"


def test_the_system_clock_tells_utc() -> None:
    assert SystemClock().now().utcoffset() is not None
