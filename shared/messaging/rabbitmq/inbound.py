"""The way from a service's queue: deliveries in memory, bounded by the prefetch, acknowledged in batches."""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from pika.adapters.blocking_connection import BlockingChannel
from pika.channel import Channel

from shared.messaging.broker import Batch
from shared.messaging.rabbitmq.declare import declare_exchanges, declare_queue
from shared.messaging.rabbitmq.link import Link
from shared.messaging.rabbitmq.verify import verify
from shared.messaging.topology import queue_of

WATCH_EVERY = 15.0  # seconds between two questions whether we really consume
PREFETCH = 200  # two groups of the consumer: one being stored, one arriving

log = structlog.get_logger()


class RabbitInbound(Link):
    """Consumes a service's queue into memory, bounded by the prefetch; an acknowledgement covers a whole batch."""

    def __init__(self, url: str, service: str, types: Sequence[str], on_new_queue: Callable[[], None]) -> None:
        super().__init__(url, f"{service}-consumer")
        self._queue = queue_of(service)
        self._types = types
        self._on_new_queue = on_new_queue
        self._arrived: queue.SimpleQueue[tuple[Channel, int, bytes]] = queue.SimpleQueue()
        self._kept: tuple[Channel, int, bytes] | None = None
        self._answered = True
        self.consuming = False

    def prepare(self, channel: BlockingChannel) -> None:
        declare_exchanges(channel)
        is_new = declare_queue(channel, self._queue, self._types)
        verify(channel.connection)
        if is_new:
            self._on_new_queue()

    def opened(self, channel: Channel) -> None:
        channel.add_on_cancel_callback(lambda _frame: self._drop("cancelled_by_broker"))
        channel.basic_qos(prefetch_count=PREFETCH, callback=lambda _frame: self._consume(channel))

    def lost(self) -> None:
        self.consuming = False

    def take(self, limit: int, timeout: float) -> Batch | None:
        first = self._kept or self._next(timeout)
        self._kept = None
        if first is None:
            return None
        channel, tag, body = first
        bodies = [body]
        while len(bodies) < limit and (following := self._next(0)) is not None:
            if following[0] is not channel:
                self._kept = following
                break
            tag = following[1]
            bodies.append(following[2])
        return Batch(bodies, lambda: self._ack(channel, tag))

    def _next(self, timeout: float) -> tuple[Channel, int, bytes] | None:
        try:
            return self._arrived.get(timeout=timeout) if timeout else self._arrived.get_nowait()
        except queue.Empty:
            return None

    def _ack(self, channel: Channel, tag: int) -> None:
        def work() -> None:
            if self.is_current(channel) and channel.is_open:  # a tag of a lost channel would close this one
                channel.basic_ack(tag, multiple=True)

        self.call(work)

    def _consume(self, channel: Channel) -> None:
        def arrived(_channel: Channel, method: Any, _properties: object, body: bytes) -> None:
            self._arrived.put((channel, method.delivery_tag, body))

        def begun(_frame: object) -> None:
            self.consuming = True
            log.info("consuming", queue=self._queue)
            self._watch(channel)

        self._answered = True
        channel.basic_consume(self._queue, arrived, callback=begun)

    def _watch(self, channel: Channel) -> None:
        """Ask again and again whether the broker counts us as a consumer; drop the link when it does not."""
        if not self.is_current(channel) or self._connection is None:
            return
        if not self._answered:
            self._drop("watch_unanswered")
            return

        def answered(frame: Any) -> None:
            self._answered = True
            if frame.method.consumer_count < 1 or not channel.consumer_tags:
                self._drop("not_consuming")

        self._answered = False
        channel.queue_declare(self._queue, passive=True, callback=answered)
        self._connection.ioloop.call_later(WATCH_EVERY, lambda: self._watch(channel))
