"""What was looked up lately, so that it is not asked again for every letter."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from datetime import timedelta
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Answers by question, each for *span* after it was given; of more than *most*, the oldest are forgotten."""

    def __init__(self, span: timedelta, most: int, now: Callable[[], float] = time.monotonic) -> None:
        self._span, self._most, self._now = span.total_seconds(), most, now
        self._known: dict[K, tuple[float, V]] = {}
        self._lock = threading.Lock()

    def get(self, question: K) -> V | None:
        """Return the answer, None when it is to be asked (again)."""
        with self._lock:
            until, answer = self._known.get(question, (self._now(), None))
            return answer if self._now() < until else None

    def put(self, question: K, answer: V) -> None:
        with self._lock:
            self._known.pop(question, None)  # what is told again is the newest
            while len(self._known) >= self._most:
                del self._known[next(iter(self._known))]
            self._known[question] = (self._now() + self._span, answer)

    def forget(self) -> None:
        """Forget everything."""
        with self._lock:
            self._known.clear()
