"""Outbox → exchange: what was committed is published until the broker confirms it, then marked sent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from shared.crashpoints import crashpoint
from shared.errors import Transient
from shared.messaging.broker import Outbound
from shared.persistence.ledger import Ledger

WINDOW = 500  # unconfirmed messages at once
PATIENCE = 10.0  # seconds that the first word waits at most: others must hear us though one stays deaf
POLL = 0.2  # seconds between two looks whether all are there
IDLE = 1.0  # seconds between two looks when nobody woke us: rows of another process, or an unconfirmed rest

log = structlog.get_logger()


class Relay:
    """Says what one service's outbox holds.

    At first not before *is_listening* says that those are there who shall hear it, but for PATIENCE at most: what comes
    before their queues falls in the net of what nobody wants.
    """

    def __init__(self, outbound: Outbound, ledger: Ledger, is_listening: Callable[[], bool] = lambda: True) -> None:
        self._outbound = outbound
        self._ledger = ledger
        self._is_listening = is_listening
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"{ledger.service}-relay", daemon=True)
        ledger.wake_relay = self._wake.set

    @property
    def connected(self) -> bool:
        return self._outbound.connected

    def start(self) -> None:
        self._outbound.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop saying; the outbox keeps the rest."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout=10)
        self._outbound.stop()

    def _run(self) -> None:
        until = time.monotonic() + PATIENCE
        while not self._is_listening() and time.monotonic() < until and not self._stopping.wait(POLL):
            pass
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                progress = self.say()
            except Transient as error:
                log.warning("outbox_not_read", service=self._ledger.service, reason=error.reason)
                progress = False
            if not progress:
                self._wake.wait(IDLE)

    def say(self) -> bool:
        """Publish one window of unsent rows; True when the broker confirmed any."""
        if not self._outbound.connected:
            return False
        rows = self._ledger.unsent(WINDOW)
        if not rows:
            return False
        crashpoint("relay.before_publish")
        confirmed = self._outbound.publish(rows)
        if confirmed:
            self._ledger.sent(confirmed)
            crashpoint("relay.after_sent")
        if len(confirmed) < len(rows):
            log.warning("not_confirmed", service=self._ledger.service, messages=len(rows) - len(confirmed))
        return bool(confirmed)
