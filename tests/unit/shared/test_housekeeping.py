"""A service obeys decisions on its own messages, and gives back what another one's queue lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from shared.clock import FixedClock
from shared.events import (
    AbsencesHinted,
    AbsencesShown,
    Attempt,
    ClockStruck,
    Event,
    MessageDiscardRequested,
    MessageRetryRequested,
    MessageUnparked,
    ReplayRequested,
)
from shared.events.envelope import Envelope
from shared.messaging.housekeeping import Housekeeping, router
from shared.messaging.memory import MemoryBroker
from shared.messaging.router import Router
from shared.persistence.ledger import KEEP
from shared.persistence.memory import MemoryLedger
from shared.run import Pipeline
from shared.service import Service
from tests.unit.shared.builders import NOW, letter, shown
from tests.waiting import eventually

RETRY = MessageRetryRequested(service="timesync", message_id="a", by="ict@example.org")
DISCARD = MessageDiscardRequested(service="timesync", message_id="a", by="ict@example.org", why="a test")


@pytest.fixture
def own(ledger: MemoryLedger, clock: FixedClock) -> Housekeeping:
    return Housekeeping(ledger, clock)


@pytest.fixture
def parked(ledger: MemoryLedger) -> None:
    ledger.accept([letter("k1", "a")])
    task = ledger.claim()
    assert task is not None
    ledger.park(task, Attempt(at=NOW, reason="graph_403", error="no"))


def hear(own: Housekeeping, event: Event) -> list[Event]:
    return list(router.handle(event, own))


@pytest.mark.usefixtures("parked")
def test_a_retry_lets_the_message_wait_for_its_turn(own: Housekeeping, ledger: MemoryLedger) -> None:
    (outcome,) = hear(own, RETRY)

    assert outcome == MessageUnparked(service="timesync", message_id="a", outcome="retried", by="ict@example.org")
    assert ledger.balance().pending == 1


@pytest.mark.usefixtures("parked")
def test_a_discard_closes_the_message(own: Housekeeping, ledger: MemoryLedger) -> None:
    (outcome,) = hear(own, DISCARD)

    assert outcome == MessageUnparked(service="timesync", message_id="a", outcome="discarded", by="ict@example.org")
    assert ledger.balance().discarded == 1


@pytest.mark.usefixtures("parked")
@pytest.mark.parametrize("request_", [RETRY, DISCARD], ids=["retry", "discard"])
def test_a_decision_that_comes_twice_has_its_effect_once_and_the_same_outcome(
    own: Housekeeping, ledger: MemoryLedger, request_: Event
) -> None:
    """The outcome of the first may have been lost in a crash after its effect."""
    first = hear(own, request_)
    books = ledger.balance()

    assert hear(own, request_) == first
    assert ledger.balance() == books


@pytest.mark.usefixtures("parked")
@pytest.mark.parametrize(
    "request_",
    [
        MessageRetryRequested(service="mailroom", message_id="a", by="x"),
        MessageDiscardRequested(service="mailroom", message_id="a", by="x", why="y"),
    ],
    ids=["retry", "discard"],
)
def test_a_decision_for_another_service_is_left_to_it(own: Housekeeping, ledger: MemoryLedger, request_: Event) -> None:
    assert hear(own, request_) == []
    assert ledger.balance().parked == 1


def test_another_service_gets_again_what_it_hears(own: Housekeeping, ledger: MemoryLedger) -> None:
    ledger.say([shown(), AbsencesHinted(source="export")])
    ledger.sent([row.seq for row in ledger.unsent(10)])

    assert hear(own, ReplayRequested(service="console", types=["absences.shown.v1"], since=NOW)) == []

    assert [row.type for row in ledger.unsent(10)] == ["absences.shown.v1"]


def test_our_own_call_for_a_replay_is_done_already(own: Housekeeping, ledger: MemoryLedger) -> None:
    ledger.say([shown()])
    ledger.sent([row.seq for row in ledger.unsent(10)])

    hear(own, ReplayRequested(service="timesync", types=["absences.shown.v1"], since=NOW))

    assert ledger.unsent(10) == []


def test_a_new_queue_says_everything_again_and_asks_the_others(own: Housekeeping, ledger: MemoryLedger) -> None:
    ledger.say([shown()])
    ledger.sent([row.seq for row in ledger.unsent(10)])

    own.call_for_replay(("clock.struck.v1",))

    replayed, asked = [Envelope.parse(row.body).open() for row in ledger.unsent(10)]
    assert replayed == shown()
    assert asked == ReplayRequested(service="timesync", types=["clock.struck.v1"], since=NOW - KEEP)


@pytest.mark.parametrize(("period", "forgotten"), [("tick", 0), ("hour", 0), ("day", 1)])
def test_what_is_finished_long_ago_is_forgotten_once_a_day(
    own: Housekeeping, ledger: MemoryLedger, clock: FixedClock, period: str, forgotten: int
) -> None:
    ledger.accept([letter("k1", "a")])
    task = ledger.claim()
    assert task is not None
    ledger.done(task, [])
    clock.advance(KEEP + timedelta(seconds=1))

    hear(own, ClockStruck(at=clock.now(), period=period))

    assert ledger.purge() == 1 - forgotten


class Post:
    """A service of which only its conversation matters: it hears *wanted* and remembers what it heard."""

    def __init__(self, name: str, wanted: type[Event], broker: MemoryBroker, clock: FixedClock) -> None:
        self.heard: list[Event] = []
        self.ledger = MemoryLedger(name, clock)
        router: Router[None] = Router(name)

        @router.on(wanted)
        def hear(event: Event, _: None) -> None:
            self.heard.append(event)

        self._service = Service(name, router, Flask(name), None)
        self._clock, self._broker = clock, broker

    def start(self) -> None:
        self.pipeline = Pipeline(self._service, self.ledger, self._clock, self._broker, 1)
        self.pipeline.start()

    def clear(self) -> None:
        """Forget what was heard, in the inbox too: the loss that the replay has to repair."""
        self.heard.clear()
        self.ledger._rows.clear()
        self.ledger._accepted = 0


def test_two_services_that_both_lost_their_queue_end_with_everything_replayed(clock: FixedClock) -> None:
    broker = MemoryBroker()
    one, two = Post("one", AbsencesShown, broker, clock), Post("two", AbsencesHinted, broker, clock)
    for post in (one, two):
        post.start()
    one.ledger.say([AbsencesHinted(source=f"s{n}") for n in range(5)])
    two.ledger.say([shown(f"{n:06}") for n in range(5)])
    eventually(lambda: len(one.heard) == len(two.heard) == 5, what="ten events")
    for post in (one, two):
        post.pipeline.stop()
        post.clear()

    broker.forget()
    for post in (one, two):  # the first declares its queue before the second has one
        post.start()

    eventually(lambda: {e.dump()["employee"] for e in one.heard} == {f"{n:06}" for n in range(5)}, what="shown again")
    eventually(lambda: {e.dump()["source"] for e in two.heard} == {f"s{n}" for n in range(5)}, what="hinted again")
    for post in (one, two):
        post.pipeline.stop()
