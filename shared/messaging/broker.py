"""What the pipeline asks of a broker; rabbitmq.py and memory.py answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.events.envelope import Outgoing


@dataclass(frozen=True)
class Batch:
    """Deliveries of one channel, in order. `ack` lets go of all of them; without it they come back."""

    bodies: Sequence[bytes]
    ack: Callable[[], None]


class Outbound(Protocol):
    """The way to the exchange."""

    @property
    def connected(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def publish(self, messages: Sequence[Outgoing]) -> list[int]:
        """Publish and return the seqs that the broker confirmed before the deadline; the rest must be sent again."""
        ...


class Inbound(Protocol):
    """The way from a service's queue."""

    @property
    def consuming(self) -> bool: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def take(self, limit: int, timeout: float) -> Batch | None:
        """Return what has arrived, or None after *timeout* seconds."""
        ...


class Broker(Protocol):
    """A message broker."""

    def outbound(self, service: str) -> Outbound: ...
    def inbound(self, service: str, types: Sequence[str], on_new_queue: Callable[[], None]) -> Inbound:
        """*on_new_queue* is called when the queue had to be made: a first start, or a broker that lost its disk."""
        ...
