"""RabbitMQ; the only package that knows pika.

Rules, each learnt from somebody's outage: one I/O thread owns each connection; publishing and consuming never share one
(a memory alarm blocks only publishers); every wait has a deadline of ours, as pika's do not cover a queue without a
majority; a link that broke comes back by itself, re-declares, and consumes again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from shared.messaging.rabbitmq.declare import exists, readers
from shared.messaging.rabbitmq.inbound import RabbitInbound
from shared.messaging.rabbitmq.link import parameters
from shared.messaging.rabbitmq.outbound import RabbitOutbound


class RabbitMQ:
    """The broker at *url*."""

    def __init__(self, url: str) -> None:
        self._url = url

    def outbound(self, service: str) -> RabbitOutbound:
        return RabbitOutbound(self._url, service)

    def inbound(self, service: str, types: Sequence[str], on_new_queue: Callable[[], None]) -> RabbitInbound:
        return RabbitInbound(self._url, service, types, on_new_queue)

    def has_queue(self, name: str) -> bool:
        """Tell whether the queue *name* is there; False too while the broker is away."""
        return self._asked(lambda channel: exists(channel, name))

    def has_reader(self, name: str) -> bool:
        """Tell whether somebody reads the queue *name*, who has bound it by then; False while the broker is away."""
        return self._asked(lambda channel: bool(readers(channel, name)))

    def _asked(self, question: Callable[[BlockingChannel], bool]) -> bool:
        try:
            connection = pika.BlockingConnection(parameters(self._url))
        except (AMQPError, OSError):
            return False
        try:
            return question(connection.channel())
        finally:
            connection.close()
