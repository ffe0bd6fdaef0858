"""Labelled steps at which a fault test kills the process: every place where a crash could lose or double something."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

_lock = threading.Lock()
_passes: dict[str, int] = {}


def crashpoint(label: str) -> None:
    """Die by SIGKILL at the n-th pass of *label* when `HUB_CRASH=label:n:marker` asks for it; else do nothing.

    The file *marker* is made first, and once it is there nobody dies again: what restarts the process need not know.
    """
    wanted = os.environ.get("HUB_CRASH")
    if not wanted:
        return
    name, count, marker = wanted.split(":", 2)
    if name != label or Path(marker).exists():
        return
    with _lock:
        _passes[label] = _passes.get(label, 0) + 1
        if _passes[label] == int(count):
            Path(marker).touch()
            os.kill(os.getpid(), signal.SIGKILL)
