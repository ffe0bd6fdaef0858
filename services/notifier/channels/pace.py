"""The pace at which a channel takes cards."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Lock

from shared.errors import Unavailable

LONGEST_WAIT = 1.0  # seconds that a worker stands still for its turn; for longer the message goes back to the ledger


class Pace:
    """Gives every caller its turn, at even distance."""

    def __init__(
        self,
        seconds_between: float,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._between, self._clock, self._pause = seconds_between, clock, pause
        self._next = 0.0
        self._lock = Lock()

    def wait(self) -> None:
        """Return when it is the caller's turn. Raises: Unavailable when that takes too long; it then has no turn."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            if turn - now > LONGEST_WAIT:
                raise Unavailable(
                    "channel_busy", "more cards are waiting than the channel takes", timedelta(seconds=turn - now)
                )
            self._next = turn + self._between
        if turn > now:
            self._pause(turn - now)
