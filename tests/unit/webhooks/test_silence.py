"""A source that stopped is said to be silent once, and heard once when it knocks again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.webhooks.domain.rhythm import Declared
from services.webhooks.handlers.repairs import AWAKE
from services.webhooks.handlers.silence import watch_sources
from services.webhooks.handlers.world import FrontDoor
from services.webhooks.store.deliveries import ACCEPTED, REFUSED, Delivered, Deliveries
from services.webhooks.store.watches import Watches
from shared.clock import FixedClock
from shared.events import ClockStruck, Event, SourceHeard, SourceSilent
from shared.persistence.database import Database
from tests.unit.webhooks.builders import NOW, TICK, FakeDoor

MINUTE = timedelta(minutes=1)


class Watched:
    """A front door that watches `minutes`, a source that is heard every hour."""

    def __init__(self, database: Database) -> None:
        self.clock = FixedClock(NOW)
        self._database = database
        self.world = self.restarted()

    def restarted(self) -> FrontDoor:
        rhythms = {"minutes": Declared(timedelta(hours=1))}
        watches = Watches(self._database)
        self.world = replace(FakeDoor().world, clock=self.clock, watches=watches, rhythms=rhythms)
        return self.world

    def tick(self) -> list[Event]:
        return list(watch_sources(TICK, self.world) or ())

    def hear(self, outcome: str = ACCEPTED) -> None:
        row = Delivered(f"{self.clock.now()}", "minutes", outcome, 10, self.clock.now())
        self._database.write(lambda connection: Deliveries.add(connection, [row]))


@pytest.fixture
def door(database: Database) -> Watched:
    watched = Watched(database)
    watched.tick()
    return watched


def test_a_silence_is_said_once(door: Watched) -> None:
    door.hear()
    door.clock.advance(timedelta(minutes=61))

    assert door.tick() == [SourceSilent(source="minutes", since=NOW)]
    assert door.tick() == []


def test_a_silence_is_said_once_whoever_restarts(door: Watched) -> None:
    door.hear()
    door.clock.advance(timedelta(minutes=61))
    door.tick()

    door.restarted()

    assert door.tick() == []


def test_the_end_of_a_silence_is_said_once(door: Watched) -> None:
    door.hear()
    door.clock.advance(timedelta(minutes=90))
    door.tick()

    door.hear()

    assert door.tick() == [SourceHeard(source="minutes", since=NOW, at=NOW + MINUTE * 90)]
    assert door.tick() == []


def test_the_time_that_the_hub_itself_stood_still_is_no_silence(door: Watched) -> None:
    """Whoever knocked then found nobody; it may knock again by now."""
    door.hear()
    door.clock.advance(timedelta(hours=12))
    door.world.marks.put(AWAKE, door.clock.now())

    assert door.tick() == []
    door.clock.advance(timedelta(minutes=61))

    assert door.tick() == [SourceSilent(source="minutes", since=NOW)]


def test_a_silence_goes_on_while_the_hub_stands_still(door: Watched) -> None:
    door.hear()
    door.clock.advance(timedelta(minutes=61))
    door.tick()

    door.world.marks.put(AWAKE, door.clock.now())

    assert door.tick() == []


def test_a_clock_that_was_put_back_keeps_no_silence_from_being_noticed(door: Watched) -> None:
    door.world.marks.put(AWAKE, NOW + timedelta(days=40))
    door.hear()
    door.clock.advance(timedelta(minutes=61))

    assert door.tick() == [SourceSilent(source="minutes", since=NOW)]


def test_the_hour_that_the_clocks_skip_is_no_silence(database: Database) -> None:
    before = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)  # 1.30; at 3.10 forty minutes have passed
    door = Watched(database)
    door.clock.advance(before - NOW)
    door.tick()
    door.hear()
    door.clock.advance(timedelta(minutes=40))

    assert door.tick() == []


def test_a_source_that_never_came_is_silent_from_when_it_was_watched(door: Watched) -> None:
    door.clock.advance(timedelta(minutes=61))

    assert door.tick() == [SourceSilent(source="minutes", since=NOW)]


def test_a_forger_does_not_keep_a_source_alive(door: Watched) -> None:
    door.hear()
    door.clock.advance(timedelta(minutes=61))
    door.hear(REFUSED)

    assert door.tick() == [SourceSilent(source="minutes", since=NOW)]


def test_a_new_silence_is_said_again(door: Watched) -> None:
    said = []
    for _ in range(2):
        door.hear()
        said += door.tick()
        door.clock.advance(timedelta(minutes=61))
        said += door.tick()

    assert [type(one) for one in said] == [SourceSilent, SourceHeard, SourceSilent]


def test_the_silence_of_a_source_that_is_no_longer_watched_is_over(door: Watched) -> None:
    door.clock.advance(timedelta(minutes=61))
    door.tick()

    door.world = replace(door.world, rhythms={})

    assert door.tick() == [SourceHeard(source="minutes", since=NOW, at=NOW + MINUTE * 61)]
    assert door.tick() == []


@pytest.mark.parametrize("period", ["hour", "day"])
def test_only_ticks_look(door: Watched, period: str) -> None:
    door.clock.advance(timedelta(days=1))

    assert list(watch_sources(ClockStruck(at=NOW, period=period), door.world) or ()) == []


def test_the_hours_in_which_a_source_was_heard_are_those_of_its_deliveries(database: Database) -> None:
    rows = [
        Delivered(f"d{n}", "webshop", outcome, 1, NOW - timedelta(minutes=n))
        for n, outcome in ((5, ACCEPTED), (10, ACCEPTED), (70, ACCEPTED), (130, REFUSED), (1000, ACCEPTED))
    ]
    database.write(lambda connection: Deliveries.add(connection, rows))

    hours = Watches(database).hours("webshop", NOW - timedelta(hours=4))

    assert hours == {NOW - timedelta(hours=1), NOW - timedelta(hours=2)}
