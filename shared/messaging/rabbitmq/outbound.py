"""The way to the exchange: persistent, mandatory messages, confirmed in a pipeline."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.channel import Channel

from shared.crashpoints import crashpoint
from shared.events.envelope import Outgoing
from shared.messaging.rabbitmq.declare import declare_exchanges
from shared.messaging.rabbitmq.link import Link
from shared.messaging.topology import EXCHANGE

CONFIRM_DEADLINE = 30.0  # seconds; without a majority a confirm never comes


class _Ticket:
    """One call of publish: waits until every message is confirmed or refused."""

    def __init__(self, count: int) -> None:
        self._missing = count
        self._complete = threading.Event()
        self.confirmed: list[int] = []

    def settle(self, seq: int, *, confirmed: bool) -> None:
        if confirmed:
            self.confirmed.append(seq)
        self._missing -= 1
        if self._missing <= 0:
            self._complete.set()

    def wait(self, seconds: float) -> bool:
        return self._complete.wait(seconds)


class RabbitOutbound(Link):
    """Publishes persistent, mandatory messages and waits for their confirms, pipelined."""

    def __init__(self, url: str, service: str) -> None:
        super().__init__(url, f"{service}-publisher")
        self._waiting: dict[int, tuple[_Ticket, Outgoing]] = {}
        self._returned: set[str] = set()
        self._last_tag = 0

    @property
    def connected(self) -> bool:
        return self.channel is not None

    def prepare(self, channel: BlockingChannel) -> None:
        declare_exchanges(channel)

    def opened(self, channel: Channel) -> None:
        self._last_tag = 0
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._on_confirm)

    def lost(self) -> None:
        for ticket, message in self._waiting.values():
            ticket.settle(message.seq, confirmed=False)
        self._waiting.clear()
        self._returned.clear()

    def publish(self, messages: Sequence[Outgoing]) -> list[int]:
        if not messages or not self.connected:
            return []
        ticket = _Ticket(len(messages))
        self.call(lambda: self._send(messages, ticket))
        if not ticket.wait(CONFIRM_DEADLINE):
            self.drop("confirm_overdue")
        crashpoint("relay.after_publish")
        return list(ticket.confirmed)

    def _send(self, messages: Sequence[Outgoing], ticket: _Ticket) -> None:
        for message in messages:
            if self.channel is None or not self.channel.is_open:
                ticket.settle(message.seq, confirmed=False)
                continue
            self._last_tag += 1
            self._waiting[self._last_tag] = (ticket, message)
            properties = pika.BasicProperties(
                content_type="application/cloudevents+json",
                delivery_mode=2,
                message_id=message.id,
                type=message.type,
                timestamp=int(time.time()),
            )
            self.channel.basic_publish(EXCHANGE, message.type, message.body, properties, mandatory=True)

    def _on_return(self, _channel: Channel, _method: Any, properties: pika.BasicProperties, _body: bytes) -> None:
        self._returned.add(str(properties.message_id))  # comes before the confirm of the same message

    def _on_confirm(self, frame: Any) -> None:
        method = frame.method
        tags = (
            [tag for tag in self._waiting if tag <= method.delivery_tag] if method.multiple else [method.delivery_tag]
        )
        acknowledged = isinstance(method, pika.spec.Basic.Ack)
        for tag in tags:
            ticket, message = self._waiting.pop(tag)
            returned = message.id in self._returned
            self._returned.discard(message.id)
            ticket.settle(message.seq, confirmed=acknowledged and not returned)
