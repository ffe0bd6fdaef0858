"""Waiting in a process that answers HTTP by greenlets: the thread of the requests must never stand still.

There is no monkey patching: the pipeline's threads are real ones, and only who waits for a commit comes here.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

COMPANY_SECONDS = 0.003  # a commit costs nearly the same for one and for twenty
_thread: int | None = None  # that serves requests by greenlets; None where threads serve them
_bell: Any = None  # of that thread's loop: the only thing that another thread may touch
_done: deque[Any] = deque()  # who waited for what is done


def adopt() -> None:
    """Let `wait` know that this thread serves requests by greenlets."""
    from gevent import get_hub  # noqa: PLC0415 - only the front door has greenlets

    global _thread, _bell
    _thread, _bell = threading.get_ident(), get_hub().loop.async_()
    _bell.start(_wake)


def soon(work: Callable[[], None]) -> None:
    """Do *work* in the thread that serves requests, in a moment: what comes until then shares it."""
    _bell.loop.run_callback_threadsafe(lambda: _bell.loop.timer(COMPANY_SECONDS).start(work))


def wait(future: Future[T], seconds: float) -> T:
    """Return the result of *future*; meanwhile other requests go on.

    Raises: TimeoutError after *seconds*; what the future raises.
    """
    if threading.get_ident() != _thread:
        return future.result(timeout=seconds)
    from gevent import Timeout  # noqa: PLC0415 - as above
    from gevent.hub import Waiter  # noqa: PLC0415 - as above

    waiter = Waiter()
    future.add_done_callback(lambda _: _ring(waiter))
    with Timeout(seconds, TimeoutError):
        waiter.get()
    return future.result(timeout=0)


def _ring(waiter: Any) -> None:
    _done.append(waiter)
    _bell.send()  # several in one turn of the loop ring once


def _wake() -> None:
    while _done:
        _done.popleft().switch(None)
