"""Make the topology at the broker. Safe to repeat: everything is declared the same by everybody."""

from __future__ import annotations

from collections.abc import Sequence

from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from shared.messaging.topology import DEAD, EXCHANGE, NET_ARGUMENTS, QUEUE_ARGUMENTS, UNROUTED


def declare_exchanges(channel: BlockingChannel) -> None:
    """Declare the exchange and the two nets under it."""
    channel.exchange_declare(UNROUTED, "fanout", durable=True)
    channel.exchange_declare(DEAD, "fanout", durable=True)
    channel.exchange_declare(EXCHANGE, "topic", durable=True, arguments={"alternate-exchange": UNROUTED})
    for net in (UNROUTED, DEAD):
        channel.queue_declare(net, durable=True, arguments=NET_ARGUMENTS)
        channel.queue_bind(net, net)


def declare_queue(channel: BlockingChannel, name: str, types: Sequence[str]) -> bool:
    """Declare a service's queue with its bindings; True when it was not there before."""
    is_new = not exists(channel.connection.channel(), name)
    channel.queue_declare(name, durable=True, arguments=QUEUE_ARGUMENTS)
    for type_ in types:
        channel.queue_bind(name, EXCHANGE, routing_key=type_)
    return is_new


def exists(channel: BlockingChannel, name: str) -> bool:
    """Tell whether the queue *name* is there. The channel is spent: RabbitMQ closes it for asking in vain."""
    return readers(channel, name) is not None


def readers(channel: BlockingChannel, name: str) -> int | None:
    """Return how many read the queue *name*, None when it is not there. The channel is spent."""
    try:
        found = channel.queue_declare(name, passive=True)
    except ChannelClosedByBroker:
        return None
    channel.close()
    return int(found.method.consumer_count)
