"""Whether the broker does what the topology relies on: shown by behaviour, since it accepts settings it ignores."""

from __future__ import annotations

import time
from uuid import uuid4

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import UnroutableError

from shared.errors import Permanent

DEADLINE = 10.0  # seconds; the probe takes about a tenth of one


def verify(connection: pika.BlockingConnection) -> None:
    """Prove on a throw-away queue that a delivery limit ends in the dead-letter queue, and that lost routes are told.

    Raises: Permanent naming what the broker does not do.
    """
    name = f"hub.probe.{uuid4()}"
    channel = connection.channel()
    channel.confirm_delivery()
    channel.exchange_declare(name, "fanout", auto_delete=True)
    dead = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(dead, name)
    arguments = {
        "x-queue-type": "quorum",
        "x-delivery-limit": 1,
        "x-dead-letter-exchange": name,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    channel.queue_declare(name, durable=True, arguments=arguments)
    try:
        channel.basic_publish("", name, b"probe", pika.BasicProperties(delivery_mode=2), mandatory=True)
        if not _dead_lettered(channel, name, dead):
            raise Permanent(
                "broker_unfit", f"a returned message did not reach its dead-letter queue in {DEADLINE:.0f} s"
            )
        if not _tells_lost_routes(channel):
            raise Permanent("broker_unfit", "an unroutable mandatory message was confirmed without being returned")
    finally:
        channel.queue_delete(name)
        channel.close()


def _dead_lettered(channel: BlockingChannel, name: str, dead: str) -> bool:
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        method, _, _ = channel.basic_get(name)
        if method is not None:
            channel.basic_reject(method.delivery_tag, requeue=True)
        if channel.basic_get(dead, auto_ack=True)[0] is not None:
            return True
        channel.connection.sleep(0.01)  # the dead-letter worker of the broker runs beside the queue
    return False


def _tells_lost_routes(channel: BlockingChannel) -> bool:
    try:
        channel.basic_publish("", f"hub.nowhere.{uuid4()}", b"probe", mandatory=True)
    except UnroutableError:
        return True
    return False
