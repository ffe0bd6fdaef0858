"""A circuit per target: once it asks everybody to wait, nobody knocks until then, and then one does first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from shared.errors import Outdated, Transient, Unavailable

FAILURES = 5  # in a row, without an answer that tells more
PAUSE = timedelta(seconds=30)  # when the target does not say how long
_CLOSED = 0.0


@dataclass
class _State:
    failures: int = 0
    open_until: float = _CLOSED
    probing: bool = False


class Circuits:
    """Circuits by name of their target, e.g. `/users/<id>` or `/drives/<id>`."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._states: dict[str, _State] = {}

    @contextmanager
    def guard(self, target: str) -> Iterator[None]:
        """Let one call to *target* through, and learn from how it ends.

        Raises: Unavailable while the circuit is open.
        """
        entered = self.enter(target)
        try:
            yield
        except BaseException as error:
            self.learn(target, entered, error)
            raise
        self.learn(target, entered, None)

    def learn(self, target: str, entered: float, error: BaseException | None) -> None:
        """Take note of how a call that was let through ended."""
        if isinstance(error, Unavailable):
            self._open(target, error.retry_after)
        elif isinstance(error, Transient) and not isinstance(error, Outdated):
            self._failed(target, error)
        else:
            self._close(target, entered)  # an answer, if not the wanted one: the target is there

    def enter(self, target: str) -> float:
        """Let a call through; return until when the circuit was open: its answer ends that wait, and no later one.

        Raises: Unavailable while it is open. Whoever was let through must `learn` how it ended.
        """
        with self._lock:
            state = self._states.get(target)
            if state is None or state.open_until == _CLOSED:
                return _CLOSED
            wait = state.open_until - self._now()
            if wait > 0 or state.probing:
                pause = timedelta(seconds=max(wait, 1.0))
                raise Unavailable("circuit_open", f"{target} asked to wait", pause)
            state.probing = True
            return state.open_until

    def _open(self, target: str, wish: timedelta | None) -> None:
        pause = PAUSE if wish is None else wish
        with self._lock:
            state = self._states.get(target, _State())
            until = max(state.open_until, self._now() + pause.total_seconds())  # a late call shortens no wait
            self._states[target] = _State(failures=FAILURES, open_until=until)

    def _failed(self, target: str, error: Transient) -> None:
        with self._lock:
            state = self._states.setdefault(target, _State())
            state.failures += 1
            state.probing = False
            must_open = state.failures >= FAILURES
        if must_open:
            self._open(target, error.retry_after)

    def _close(self, target: str, entered: float) -> None:
        with self._lock:
            state = self._states.get(target)
            if state is not None and state.open_until == entered:
                del self._states[target]
