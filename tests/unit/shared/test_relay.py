"""What was committed is said until the broker confirms it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event

import pytest

from shared.clock import FixedClock
from shared.errors import Transient
from shared.events.envelope import Outgoing
from shared.messaging import relay as relay_module
from shared.messaging.memory import MemoryBroker
from shared.messaging.relay import Relay
from shared.persistence.memory import MemoryLedger
from tests.unit.shared.builders import shown
from tests.waiting import eventually


@dataclass
class Picky:
    """A way to the exchange that confirms only every other message."""

    said: list[str] = field(default_factory=list)
    connected: bool = True
    deaf: bool = False

    def start(self) -> None:
        """Nothing to open."""

    def stop(self) -> None:
        """Nothing to close."""

    def publish(self, messages: Sequence[Outgoing]) -> list[int]:
        self.said += [message.id for message in messages]
        return [] if self.deaf else [message.seq for message in messages[::2]]


@contextmanager
def relaying(relay: Relay) -> Iterator[None]:
    relay.start()
    try:
        yield
    finally:
        relay.stop()


def test_what_is_said_reaches_the_exchange(ledger: MemoryLedger) -> None:
    broker = MemoryBroker()
    with relaying(Relay(broker.outbound("timesync"), ledger)):
        ledger.say([shown("000101"), shown("000102")])

        eventually(lambda: ledger.balance().unsent == 0, what="an empty outbox")

    assert len(broker.unrouted) == 2


def test_the_first_word_waits_for_the_services_own_queue(ledger: MemoryLedger) -> None:
    broker, listening = MemoryBroker(), Event()
    asked: list[int] = []

    def is_listening() -> bool:
        asked.append(len(broker.unrouted))
        return listening.is_set()

    with relaying(Relay(broker.outbound("timesync"), ledger, is_listening)):
        ledger.say([shown("000101")])
        eventually(lambda: len(asked) > 3, what="the relay asking a few times")
        listening.set()
        eventually(lambda: ledger.balance().unsent == 0, what="an empty outbox")

    assert set(asked) == {0}


def test_a_service_that_stays_deaf_is_heard_all_the_same(ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "PATIENCE", 0.0)
    broker = MemoryBroker()

    with relaying(Relay(broker.outbound("timesync"), ledger, lambda: False)):
        ledger.say([shown("000101")])
        eventually(lambda: ledger.balance().unsent == 0, what="an empty outbox")


def test_what_was_not_confirmed_is_kept_and_said_again_under_the_same_id(ledger: MemoryLedger) -> None:
    outbound = Picky()
    relay = Relay(outbound, ledger)
    ledger.say([shown("000101"), shown("000102")])
    ids = [row.id for row in ledger.unsent(10)]

    assert relay.say()
    assert [row.id for row in ledger.unsent(10)] == ids[1:]
    assert relay.say()

    assert outbound.said == [*ids, ids[1]]
    assert not relay.say()


def test_while_the_broker_is_away_nothing_is_lost_and_nothing_is_tried(ledger: MemoryLedger) -> None:
    outbound = Picky(connected=False)
    relay = Relay(outbound, ledger)
    ledger.say([shown()])

    assert not relay.say()

    assert (relay.connected, outbound.said, ledger.balance().unsent) == (False, [], 1)


def test_a_broker_that_confirms_nothing_leaves_everything(ledger: MemoryLedger) -> None:
    outbound = Picky(deaf=True)
    ledger.say([shown()])

    assert not Relay(outbound, ledger).say()

    assert (len(outbound.said), ledger.balance().unsent) == (1, 1)


def test_what_waited_for_the_broker_is_said_when_it_is_back(
    ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "IDLE", 0.01)
    broker = MemoryBroker(down=True)
    with relaying(Relay(broker.outbound("timesync"), ledger)):
        ledger.say([shown()])
        broker.down = False

        eventually(lambda: ledger.balance().unsent == 0, what="an empty outbox")


class Away(MemoryLedger):
    """A ledger whose storage is away for a moment."""

    times = 2

    def unsent(self, limit: int) -> list[Outgoing]:
        if self.times:
            self.times -= 1
            raise Transient("storage_unavailable", "no")
        return super().unsent(limit)


def test_storage_that_is_away_for_a_moment_only_delays(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "IDLE", 0.01)
    broker, ledger = MemoryBroker(), Away("timesync", clock)
    ledger.say([shown()])
    with relaying(Relay(broker.outbound("timesync"), ledger)):
        eventually(lambda: len(broker.unrouted) == 1, what="the message")
