"""What arrives is stored before it is acknowledged, and junk harms nobody else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import orjson
import pytest

from shared.clock import FixedClock
from shared.errors import Invalid, Transient
from shared.events.envelope import Envelope, Outgoing
from shared.messaging import consumer as consumer_module
from shared.messaging.consumer import Consumer
from shared.messaging.memory import MemoryBroker
from shared.persistence import database as database_module
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from shared.persistence.memory import MemoryLedger
from tests.unit.shared.builders import letter, locked
from tests.waiting import eventually

TYPE = "mail.arrived.v1"


@contextmanager
def consuming(broker: MemoryBroker, ledger: MemoryLedger | SqlLedger) -> Iterator[Consumer]:
    consumer = Consumer(broker.inbound("timesync", [TYPE], lambda: None), ledger)
    consumer.start()
    try:
        yield consumer
    finally:
        consumer.stop()


def publish(broker: MemoryBroker, *bodies: bytes) -> None:
    broker.outbound("mailroom").publish([Outgoing(seq, str(seq), TYPE, body) for seq, body in enumerate(bodies)])


class Failing(MemoryLedger):
    """A ledger whose storage is away for the first *times* writes."""

    times = 0

    def accept(self, envelopes: Sequence[Envelope]) -> int:
        if self.times:
            self.times -= 1
            raise Transient("storage_unavailable", "no")
        return super().accept(envelopes)


def test_what_arrives_is_in_the_books(ledger: MemoryLedger) -> None:
    broker = MemoryBroker()
    with consuming(broker, ledger):
        publish(broker, letter("k1", "a").to_json(), letter("k2", "b").to_json())

        eventually(lambda: ledger.pending() == 2, what="both messages")


def test_an_unreadable_message_is_parked_alone(ledger: MemoryLedger) -> None:
    consumer = Consumer(MemoryBroker().inbound("timesync", [TYPE], lambda: None), ledger)

    consumer.store([letter("k1", "a").to_json(), b"{", letter("k2", "b").to_json()])

    books = ledger.balance()
    assert (books.accepted, books.pending, books.parked) == (3, 2, 1)


def test_a_batch_of_nothing_but_junk_is_parked_whole(ledger: MemoryLedger) -> None:
    consumer = Consumer(MemoryBroker().inbound("timesync", [TYPE], lambda: None), ledger)

    consumer.store([b"{", b"[]", b"{"])

    assert (ledger.balance().accepted, ledger.balance().parked) == (2, 2)  # the same junk twice is one


@pytest.mark.parametrize(
    "changes",
    [{"causationid": {"a": 1}}, {"id": "x" * 100}, {"traceparent": [1]}, {"time": "2026-11-18T09:00:00"}],
    ids=["an object as cause", "an id of 100 characters", "a list as trace", "a naive time"],
)
def test_an_odd_message_does_not_keep_its_neighbours_out(sql_ledger: SqlLedger, changes: dict[str, object]) -> None:
    odd = orjson.dumps(orjson.loads(letter("k9", "odd").to_json()) | changes)
    consumer = Consumer(MemoryBroker().inbound("timesync", [TYPE], lambda: None), sql_ledger)

    consumer.store([letter("k1", "a").to_json(), odd, letter("k2", "b").to_json()])

    assert sql_ledger.balance().accepted == 3


def test_a_batch_is_not_acknowledged_until_it_is_stored(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer_module, "PAUSE", 0.01)
    broker, ledger = MemoryBroker(), Failing("timesync", clock)
    ledger.times = 3
    with consuming(broker, ledger):
        publish(broker, letter("k1", "a").to_json())

        eventually(lambda: ledger.pending() == 1, what="the message")

    assert list(broker.queues["timesync"]) == []


def test_what_was_not_stored_is_back_in_the_queue_when_the_service_stops(clock: FixedClock) -> None:
    broker, ledger = MemoryBroker(), Failing("timesync", clock)
    ledger.times = 1_000_000
    with consuming(broker, ledger):
        publish(broker, letter("k1", "a").to_json(), letter("k2", "b").to_json())
        eventually(lambda: ledger.times < 1_000_000, what="an attempt to store")

    bodies = list(broker.queues["timesync"])
    assert bodies == [letter("k1", "a").to_json(), letter("k2", "b").to_json()]


def test_while_the_inbox_is_full_the_rest_stays_in_the_queue(
    ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "FULL", 1)
    monkeypatch.setattr(consumer_module, "PAUSE", 0.01)
    broker = MemoryBroker()
    ledger.accept([letter("k0", "z")])
    with consuming(broker, ledger):
        publish(broker, letter("k1", "a").to_json())
        assert list(broker.queues["timesync"]) == [letter("k1", "a").to_json()]

        task = ledger.claim()
        assert task is not None
        ledger.done(task, [])

        eventually(lambda: ledger.balance().accepted == 2, what="the message that waited")


def test_a_consumer_says_whether_the_broker_counts_it(ledger: MemoryLedger) -> None:
    broker = MemoryBroker()
    with consuming(broker, ledger) as consumer:
        assert consumer.consuming
        broker.down = True
        assert not consumer.consuming


class Choking(MemoryLedger):
    """A ledger that has a fault of ours for the message `poison`."""

    def accept(self, envelopes: Sequence[Envelope]) -> int:
        if any(one.id == "poison" for one in envelopes):
            raise KeyError("ours")
        return super().accept(envelopes)


def test_a_message_that_cannot_be_stored_is_parked_and_the_others_are_not_kept_out(clock: FixedClock) -> None:
    broker, ledger = MemoryBroker(), Choking("timesync", clock)
    with consuming(broker, ledger) as consumer:
        publish(broker, *(letter(f"k-{id_}", id_).to_json() for id_ in ("a", "poison", "b")))

        eventually(lambda: ledger.balance().accepted == 3, what="all three")
        assert consumer.consuming

    assert (ledger.balance().pending, ledger.balance().parked) == (2, 1)
    (parked,) = ledger.parked()
    assert parked["reason"] == "unreadable_message"


class Broken(Choking):
    """A ledger that cannot even park."""

    def accept_unreadable(self, body: bytes, failure: Invalid) -> None:
        raise KeyError("ours")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_consumer_that_gave_up_says_that_it_does_not_consume(clock: FixedClock) -> None:
    """Else readiness is well while the queue grows: a connected process is not a consuming process."""
    broker, ledger = MemoryBroker(), Broken("timesync", clock)
    with consuming(broker, ledger) as consumer:
        publish(broker, letter("k1", "poison").to_json())

        eventually(lambda: not consumer.consuming, what="the truth")


def test_a_real_database_that_is_locked_only_delays(
    database: Database, sql_ledger: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer_module, "PAUSE", 0.01)
    monkeypatch.setattr(database_module, "WRITE_DEADLINE", 0.1)
    broker = MemoryBroker()
    sql_ledger.accept([letter("k0", "z")])
    with consuming(broker, sql_ledger):
        with locked(database):
            publish(broker, letter("k1", "a").to_json())
            eventually(lambda: not broker.queues["timesync"], what="the batch in hand")
        eventually(lambda: sql_ledger.balance().accepted == 2, what="the message")
