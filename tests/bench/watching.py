"""What a process uses while something is measured."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

LOOK = 0.2  # seconds between two looks


@contextmanager
def watched(process: psutil.Process) -> Iterator[list[int]]:
    """Yield the memory of *process* in bytes, as it is seen while the block lasts."""
    seen, over = [process.memory_info().rss], threading.Event()

    def watch() -> None:
        while not over.wait(LOOK):
            seen.append(process.memory_info().rss)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield seen
    finally:
        over.set()
        watching.join()


def cpu_seconds(process: psutil.Process) -> float:
    """Return what *process* and those that it started used until now."""
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))
