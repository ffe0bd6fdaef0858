"""Waiting in a process that answers HTTP by greenlets: the thread of the requests must never stand still.

There is no monkey patching: the pipeline's threads are real ones, and only who waits for a commit comes here.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

_hub: Any = None  # of the thread that serves requests; None where threads serve them
_thread: int | None = None


def adopt() -> None:
    """Let `wait` know that this thread serves requests by greenlets."""
    from gevent import get_hub  # noqa: PLC0415 - only the front door has greenlets

    global _hub, _thread
    _hub, _thread = get_hub(), threading.get_ident()


def wait(future: Future[T], seconds: float) -> T:
    """Return the result of *future*; meanwhile other requests go on.

    Raises: TimeoutError after *seconds*; what the future raises.
    """
    if _hub is None or threading.get_ident() != _thread:
        return future.result(timeout=seconds)
    from gevent.event import Event  # noqa: PLC0415 - as above

    done = Event()
    future.add_done_callback(lambda _: _hub.loop.run_callback_threadsafe(done.set))
    if not done.wait(seconds):
        raise TimeoutError
    return future.result(timeout=0)
