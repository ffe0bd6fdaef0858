"""Time is said once per period, by any number of clocks."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from services.clock import outgoing, run, struck
from shared.config import Settings
from shared.events import ClockStruck
from shared.events.envelope import Envelope, Outgoing
from tests.unit.shared.builders import ENVIRON, NOW

MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("2026-11-18T09:00:30Z", "2026-11-18T09:00:59Z", {}),
        ("2026-11-18T09:00:30Z", "2026-11-18T09:01:00Z", {"tick": "2026-11-18T09:01:00Z"}),
        ("2026-11-18T09:01:00Z", "2026-11-18T09:01:00Z", {}),
        ("2026-11-18T09:00:30Z", "2026-11-18T09:03:10Z", {"tick": "2026-11-18T09:03:00Z"}),
        (
            "2026-11-18T09:59:59Z",
            "2026-11-18T10:00:00Z",
            {"tick": "2026-11-18T10:00:00Z", "hour": "2026-11-18T10:00:00Z"},
        ),
        (
            "2026-11-17T22:59:59Z",
            "2026-11-17T23:00:01Z",
            {"tick": "2026-11-17T23:00:00Z", "hour": "2026-11-17T23:00:00Z", "day": "2026-11-17T23:00:00Z"},
        ),
        (
            "2026-07-01T21:59:59Z",
            "2026-07-01T22:00:01Z",
            {"tick": "2026-07-01T22:00:00Z", "hour": "2026-07-01T22:00:00Z", "day": "2026-07-01T22:00:00Z"},
        ),
        (
            "2026-03-29T00:59:59Z",
            "2026-03-29T01:00:00Z",
            {"tick": "2026-03-29T01:00:00Z", "hour": "2026-03-29T01:00:00Z"},
        ),
        (
            "2026-03-29T21:59:59Z",
            "2026-03-29T22:00:00Z",
            {"tick": "2026-03-29T22:00:00Z", "hour": "2026-03-29T22:00:00Z", "day": "2026-03-29T22:00:00Z"},
        ),
        (
            "2026-10-25T00:59:59Z",
            "2026-10-25T01:00:00Z",
            {"tick": "2026-10-25T01:00:00Z", "hour": "2026-10-25T01:00:00Z"},
        ),
        (
            "2026-10-25T22:59:59Z",
            "2026-10-25T23:00:00Z",
            {"tick": "2026-10-25T23:00:00Z", "hour": "2026-10-25T23:00:00Z", "day": "2026-10-25T23:00:00Z"},
        ),
        (
            "2026-11-15T12:00:00Z",
            "2026-11-18T09:30:10Z",
            {"tick": "2026-11-18T09:30:00Z", "hour": "2026-11-18T09:00:00Z", "day": "2026-11-17T23:00:00Z"},
        ),
        ("2026-11-18T10:00:30Z", "2026-11-18T09:00:30Z", {}),
    ],
    ids=[
        "within a minute",
        "a new minute",
        "the same moment",
        "minutes were missed: only the last",
        "a new hour",
        "midnight in winter",
        "midnight in summer",
        "the hour that summer time skips",
        "midnight after summer time began",
        "the hour that winter time repeats",
        "midnight after winter time began",
        "days were missed: the last of each",
        "the clock was set back",
    ],
)
def test_what_began_since_the_last_look_is_said(before: str, now: str, expected: dict[str, str]) -> None:
    said = {event.period: event.at for event in struck(at(before), at(now), MINUTE)}

    assert said == {period: at(moment) for period, moment in expected.items()}


@pytest.mark.parametrize("month", [3, 7, 10], ids=["begin of summer time", "summer", "end of summer time"])
def test_a_day_begins_once_between_two_midnights_in_brussels(month: int) -> None:
    moment = datetime(2026, month, 24, 0, 30, tzinfo=UTC)
    days = []
    for _ in range(5 * 24):
        later = moment + timedelta(hours=1)
        days += [event.at for event in struck(moment, later, MINUTE) if event.period == "day"]
        moment = later

    assert len(days) == 5
    assert len(set(days)) == 5


def test_two_clocks_that_look_at_different_moments_say_the_same_message() -> None:
    before = NOW - timedelta(seconds=1)
    one = [outgoing(event, NOW) for event in struck(before, NOW, MINUTE)]
    late = NOW + timedelta(seconds=29.7)

    other = [outgoing(event, late) for event in struck(before, late, MINUTE)]

    assert [message.id for message in one] == [message.id for message in other]
    assert len({message.id for message in one}) == 2


def test_a_clock_that_was_set_back_says_the_same_messages_again() -> None:
    (once,) = struck(NOW + timedelta(seconds=30), NOW + timedelta(seconds=61), MINUTE)
    (again,) = struck(NOW + timedelta(seconds=10), NOW + timedelta(seconds=62), MINUTE)

    assert outgoing(once, NOW).id == outgoing(again, NOW).id


def test_a_tick_is_a_message_like_any_other() -> None:
    event = ClockStruck(at=NOW, period="hour")

    message = outgoing(event, NOW)

    assert (message.type, Envelope.parse(message.body).open()) == ("clock.struck.v1", event)


@dataclass
class Exchange:
    """Confirms nothing at first; asks the process to stop once it has confirmed enough."""

    wanted: int
    refused: list[str] = field(default_factory=list)
    confirmed: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    connected: bool = True

    def start(self) -> None:
        self.calls.append("start")

    def stop(self) -> None:
        self.calls.append("stop")

    def publish(self, messages: Sequence[Outgoing]) -> list[int]:
        if messages and not self.refused:
            self.refused += [message.id for message in messages]
            return []
        self.confirmed += [message.id for message in messages]
        if len(self.confirmed) >= self.wanted:
            signal.raise_signal(signal.SIGTERM)
        return [message.seq for message in messages]


@pytest.fixture
def _own_signals() -> Iterator[None]:
    kept = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    yield
    for one, handler in kept.items():
        signal.signal(one, handler)


@pytest.mark.usefixtures("_own_signals")
def test_the_clock_says_its_ticks_until_it_is_told_to_stop() -> None:
    exchange = Exchange(wanted=2)

    run(Settings.load({**ENVIRON, "HUB_CLOCK_TICK_SECONDS": "0.1"}), exchange, lambda: True)

    assert exchange.calls == ["start", "stop"]
    assert len(exchange.confirmed) >= 2
    assert len(set(exchange.confirmed)) == len(exchange.confirmed)


@pytest.mark.usefixtures("_own_signals")
def test_a_tick_that_the_broker_did_not_confirm_is_said_again() -> None:
    exchange = Exchange(wanted=1)

    run(Settings.load({**ENVIRON, "HUB_CLOCK_TICK_SECONDS": "60"}), exchange, lambda: True)

    assert exchange.refused[0] in exchange.confirmed


@pytest.mark.usefixtures("_own_signals")
def test_a_clock_says_nothing_before_somebody_listens() -> None:
    exchange, asked = Exchange(wanted=1), iter([False, True])

    run(Settings.load({**ENVIRON, "HUB_CLOCK_TICK_SECONDS": "60"}), exchange, lambda: next(asked))

    assert list(asked) == []
    assert exchange.confirmed


@pytest.mark.usefixtures("_own_signals")
def test_a_clock_that_starts_makes_up_the_midnight_that_no_clock_said() -> None:
    exchange = Exchange(wanted=3, refused=["nothing is refused"])

    run(Settings.load({**ENVIRON, "HUB_CLOCK_TICK_SECONDS": "60"}), exchange, lambda: True)

    assert len(exchange.confirmed) == 3  # the tick, the hour and the day
