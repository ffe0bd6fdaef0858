"""RabbitMQ; the only package that knows pika.

Rules, each learnt from somebody's outage: one I/O thread owns each connection; publishing and consuming never share one
(a memory alarm blocks only publishers); every wait has a deadline of ours, as pika's do not cover a queue without a
majority; a link that broke comes back by itself, re-declares, and consumes again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pika
from pika.exceptions import AMQPError

from shared.messaging.rabbitmq.declare import exists
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
        try:
            connection = pika.BlockingConnection(parameters(self._url))
        except (AMQPError, OSError):
            return False
        try:
            return exists(connection.channel(), name)
        finally:
            connection.close()
