"""Waiting for something to become true, with a deadline: never for a time to pass."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_PAUSE = threading.Event()  # never set: its wait is a pause between two looks


def eventually(look: Callable[[], T], seconds: float = 30.0, what: str = "it") -> T:
    """Return the first true answer of *look*; fail with *what* when there is none in *seconds*."""
    until = time.monotonic() + seconds
    while True:
        answer = look()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not happen within {seconds:.0f} s; last answer {answer!r}")
        _PAUSE.wait(0.02)
