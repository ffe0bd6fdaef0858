"""Where messages go: one topic exchange, one quorum queue per service, and nets under both.

`hub.events` carries every event under its type. What no queue wants lands in `hub.unrouted`; what a crashing consumer
returned too often lands in `hub.dead`. Arguments are few and never change: RabbitMQ refuses to redeclare with others.
"""

from __future__ import annotations

EXCHANGE = "hub.events"
UNROUTED = "hub.unrouted"  # alternate exchange and its queue
DEAD = "hub.dead"  # dead-letter exchange and its queue

EVERYTHING = "hub.console"  # the queue that is bound to every event

# Finite: RabbitMQ 3.10 takes -1 for "drop at the first return" when it comes as an argument.
DELIVERY_LIMIT = 20
MAX_LENGTH = 1_000_000  # beyond it the relay is refused and keeps its rows: the disk is protected, nothing is lost

# https://www.rabbitmq.com/docs/quorum-queues: at-least-once dead-lettering needs reject-publish
QUEUE_ARGUMENTS: dict[str, object] = {
    "x-queue-type": "quorum",
    "x-delivery-limit": DELIVERY_LIMIT,
    "x-dead-letter-exchange": DEAD,
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
    "x-max-length": MAX_LENGTH,
}
NET_ARGUMENTS: dict[str, object] = {"x-queue-type": "quorum"}


def queue_of(service: str) -> str:
    """Return the queue that *service* consumes."""
    return f"hub.{service}"
