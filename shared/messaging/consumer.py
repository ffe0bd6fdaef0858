"""Queue → inbox: what arrives is stored in one commit, then acknowledged. No work is done here."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import structlog

from shared.errors import Invalid, Transient
from shared.events.envelope import Envelope
from shared.messaging.broker import Batch, Inbound
from shared.messaging.retry import words_of
from shared.persistence.ledger import Ledger

GROUP = 100  # messages per commit
FULL = 20_000  # waiting messages at which the rest stays in the queue
PAUSE = 1.0  # seconds between two looks whether there is room, or storage, again

log = structlog.get_logger()


class Consumer:
    """Feeds one service's inbox from its queue."""

    def __init__(self, inbound: Inbound, ledger: Ledger) -> None:
        self._inbound = inbound
        self._ledger = ledger
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{ledger.service}-inbox", daemon=True)

    @property
    def consuming(self) -> bool:
        """Tell whether the broker counts us as a consumer, and somebody is there to take: connected is not enough."""
        return self._inbound.consuming and self._thread.is_alive()

    def start(self) -> None:
        self._inbound.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop taking; what is not stored returns to the queue."""
        self._stopping.set()
        self._thread.join(timeout=10)
        self._inbound.stop()

    def _run(self) -> None:
        batch: Batch | None = None
        while not self._stopping.is_set():
            try:
                if batch is None and self._ledger.pending() < FULL:
                    batch = self._inbound.take(GROUP, timeout=0.25)
                elif batch is None:
                    self._stopping.wait(PAUSE)
                if batch is not None:
                    self.store(batch.bodies)
                    batch.ack()
                    batch = None
            except Transient as error:  # the batch stays in hand, unacknowledged, until the storage is back
                log.warning("inbox_not_stored", service=self._ledger.service, reason=error.reason)
                self._stopping.wait(PAUSE)

    def store(self, bodies: Sequence[bytes]) -> None:
        """Accept readable messages together; park each unreadable one by itself."""
        readable = []
        for body in bodies:
            try:
                readable.append((body, Envelope.parse(body)))
            except Invalid as failure:
                self._ledger.accept_unreadable(body, failure)
        if readable:
            self._accept(readable)

    def _accept(self, messages: Sequence[tuple[bytes, Envelope]]) -> None:
        try:
            self._ledger.accept([envelope for _, envelope in messages])
        except Transient:
            raise
        except Exception as error:  # noqa: BLE001 - one that cannot be stored must not keep its neighbours out
            if len(messages) == 1:
                self._ledger.accept_unreadable(messages[0][0], Invalid("unreadable_message", words_of(error)))
                return
            for one in messages:
                self._accept([one])
