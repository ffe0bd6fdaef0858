"""What a broker promises, whether it is RabbitMQ or its twin in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from shared.events.envelope import Outgoing
from shared.messaging.broker import Broker, Inbound, Outbound
from shared.messaging.memory import MemoryBroker
from shared.messaging.rabbitmq import RabbitMQ
from shared.messaging.topology import queue_of
from tests.waiting import eventually


@pytest.fixture(params=["memory", "rabbitmq"])
def broker(request: pytest.FixtureRequest) -> Broker:
    if request.param == "memory":
        return MemoryBroker()
    return RabbitMQ(request.getfixturevalue("amqp_url"))


@pytest.fixture
def service() -> str:
    return f"t{uuid4().hex[:8]}"


def is_open(end: Inbound | Outbound) -> bool:
    return end.consuming if hasattr(end, "consuming") else end.connected


@contextmanager
def running(*ends: Inbound | Outbound) -> Iterator[None]:
    for end in ends:
        end.start()
    eventually(lambda: all(is_open(end) for end in ends), what="the links")
    try:
        yield
    finally:
        for end in ends:
            end.stop()


def message(seq: int, type_: str) -> Outgoing:
    return Outgoing(seq, str(uuid4()), type_, f"body {seq}".encode())


def taken(inbound: Inbound, count: int) -> list[bytes]:
    bodies: list[bytes] = []

    def look() -> bool:
        batch = inbound.take(10, timeout=0.1)
        if batch is not None:
            bodies.extend(batch.bodies)
            batch.ack()
        return len(bodies) >= count

    eventually(look, what=f"{count} messages")
    return bodies


def test_a_service_gets_what_it_hears_and_nothing_else(broker: Broker, service: str) -> None:
    outbound, inbound = broker.outbound(service), broker.inbound(service, [f"{service}.heard.v1"], lambda: None)
    with running(inbound, outbound):
        confirmed = outbound.publish(
            [message(1, f"{service}.heard.v1"), message(2, f"{service}.other.v1"), message(3, f"{service}.heard.v1")]
        )

        assert sorted(confirmed) == [1, 2, 3]
        assert taken(inbound, 2) == [b"body 1", b"body 3"]


def test_every_service_that_hears_a_type_gets_it(broker: Broker, service: str) -> None:
    type_ = f"{service}.heard.v1"
    one = broker.inbound(f"{service}a", [type_], lambda: None)
    two = broker.inbound(f"{service}b", [type_], lambda: None)
    outbound = broker.outbound(service)
    with running(one, two, outbound):
        outbound.publish([message(1, type_)])

        assert taken(one, 1) == taken(two, 1) == [b"body 1"]


def test_what_was_not_acknowledged_comes_back(broker: Broker, service: str) -> None:
    type_ = f"{service}.heard.v1"
    outbound, first = broker.outbound(service), broker.inbound(service, [type_], lambda: None)
    with running(outbound):
        with running(first):
            outbound.publish([message(1, type_)])
            eventually(lambda: first.take(10, timeout=0.1), what="the delivery")

        again = broker.inbound(service, [type_], lambda: None)
        with running(again):
            assert taken(again, 1) == [b"body 1"]


def test_a_new_queue_is_told_once(broker: Broker, service: str) -> None:
    told: list[str] = []
    for _ in range(2):
        inbound = broker.inbound(service, [f"{service}.heard.v1"], lambda: told.append("new"))
        with running(inbound):
            pass

    assert told == ["new"]


def test_messages_wait_for_a_consumer_that_is_away(broker: Broker, service: str) -> None:
    type_ = f"{service}.heard.v1"
    outbound, inbound = broker.outbound(service), broker.inbound(service, [type_], lambda: None)
    with running(inbound):
        pass
    with running(outbound):
        assert outbound.publish([message(n, type_) for n in range(300)]) == list(range(300))

    back = broker.inbound(service, [type_], lambda: None)
    with running(back):
        assert len(taken(back, 300)) == 300


def test_a_queue_that_nobody_reads_is_there_and_has_no_reader(amqp_url: str, service: str) -> None:
    rabbit = RabbitMQ(amqp_url)
    inbound = rabbit.inbound(service, [f"{service}.heard.v1"], lambda: None)
    before = rabbit.has_queue(queue_of(service)), rabbit.has_reader(queue_of(service))

    with running(inbound):
        while_read = rabbit.has_queue(queue_of(service)), rabbit.has_reader(queue_of(service))

    assert (before, while_read) == ((False, False), (True, True))
    eventually(lambda: not rabbit.has_reader(queue_of(service)), what="the reader's end")
    assert rabbit.has_queue(queue_of(service))
