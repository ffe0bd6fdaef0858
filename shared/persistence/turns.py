"""Processes that write one SQLite file take turns: whoever waits is woken at once, and none is passed by.

SQLite's own waiting asks again after ever longer sleeps (https://sqlite.org/c3ref/busy_timeout.html), so that a busy
process can keep an idle one out for seconds.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Turns:
    """The turns of one thread at the file *path*. The kernel ends the turn of a process that dies.

    Whoever comes passes a gate, and holds it until the turn is his: who has just had one cannot overtake who waits.
    """

    def __init__(self, path: Path) -> None:
        self._names = (f"{path}-gate", f"{path}-turn")
        self._files: tuple[int, int] | None = None

    @contextmanager
    def mine(self) -> Iterator[None]:
        """Wait for the turn, for as long as that takes, and keep it until the block ends."""
        gate, turn = self._open()
        fcntl.flock(gate, fcntl.LOCK_EX)
        try:
            fcntl.flock(turn, fcntl.LOCK_EX)
        finally:
            fcntl.flock(gate, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(turn, fcntl.LOCK_UN)

    def close(self) -> None:
        for file in self._files or ():
            os.close(file)
        self._files = None

    def _open(self) -> tuple[int, int]:
        if self._files is None:
            gate, turn = (os.open(name, os.O_RDONLY | os.O_CREAT, 0o644) for name in self._names)
            self._files = gate, turn
        return self._files
