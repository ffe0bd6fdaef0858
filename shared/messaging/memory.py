"""The broker's twin in memory: the same promises, for tests that need no process."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from shared.events.envelope import Outgoing
from shared.messaging.broker import Batch


@dataclass
class MemoryBroker:
    """Queues by service; `down` refuses everybody, `forget` loses the disk."""

    queues: dict[str, deque[bytes]] = field(default_factory=dict)
    bindings: dict[str, frozenset[str]] = field(default_factory=dict)
    unrouted: list[bytes] = field(default_factory=list)
    down: bool = False
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def outbound(self, service: str) -> MemoryOutbound:  # noqa: ARG002 - the port's signature
        return MemoryOutbound(self)

    def inbound(self, service: str, types: Sequence[str], on_new_queue: Callable[[], None]) -> MemoryInbound:
        return MemoryInbound(self, service, frozenset(types), on_new_queue)

    def forget(self) -> None:
        """Lose every queue and binding."""
        with self.arrived:
            self.queues.clear()
            self.bindings.clear()

    def route(self, message: Outgoing) -> None:
        with self.arrived:
            wanted = [service for service, types in self.bindings.items() if message.type in types]
            for service in wanted:
                self.queues[service].append(message.body)
            if not wanted:
                self.unrouted.append(message.body)
            self.arrived.notify_all()


@dataclass
class MemoryOutbound:
    """Confirms at once, unless the broker is down."""

    broker: MemoryBroker

    @property
    def connected(self) -> bool:
        return not self.broker.down

    def start(self) -> None:
        """Nothing to open."""

    def stop(self) -> None:
        """Nothing to close."""

    def publish(self, messages: Sequence[Outgoing]) -> list[int]:
        if self.broker.down:
            return []
        for message in messages:
            self.broker.route(message)
        return [message.seq for message in messages]


@dataclass
class MemoryInbound:
    """Takes from the service's queue; what was not acknowledged goes back to its front when the link stops."""

    broker: MemoryBroker
    service: str
    types: frozenset[str]
    on_new_queue: Callable[[], None]
    _held: list[bytes] = field(default_factory=list)

    @property
    def consuming(self) -> bool:
        return not self.broker.down and self.service in self.broker.queues

    def start(self) -> None:
        with self.broker.arrived:
            is_new = self.service not in self.broker.queues
            self.broker.queues.setdefault(self.service, deque())
            self.broker.bindings[self.service] = self.types
        if is_new:
            self.on_new_queue()

    def stop(self) -> None:
        with self.broker.arrived:
            self.broker.queues.setdefault(self.service, deque()).extendleft(reversed(self._held))
            self._held.clear()

    def take(self, limit: int, timeout: float) -> Batch | None:
        with self.broker.arrived:
            if self.broker.down or not self.broker.queues.get(self.service):
                self.broker.arrived.wait(timeout)
            waiting = self.broker.queues.get(self.service)
            if self.broker.down or not waiting:
                return None
            bodies = [waiting.popleft() for _ in range(min(limit, len(waiting)))]
            self._held += bodies
        return Batch(bodies, self._held.clear)
