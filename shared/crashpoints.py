"""Labelled steps at which a fault test kills the process: every place where a crash could lose or double something."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

_lock = threading.Lock()
_passes: dict[str, int] = {}


def crashpoint(label: str) -> None:
    """Die by SIGKILL at the n-th pass of *label* when `HUB_CRASH` names it: `label:n:marker`, several joined by `;`.

    The file *marker* is made first, and once it is there nobody dies again: what restarts the process need not know.
    """
    for wanted in os.environ.get("HUB_CRASH", "").split(";"):
        name, _, rest = wanted.partition(":")
        if name == label:
            count, _, marker = rest.partition(":")
            _pass(label, int(count), Path(marker))


def _pass(label: str, count: int, marker: Path) -> None:
    if marker.exists():
        return
    with _lock:
        _passes[label] = _passes.get(label, 0) + 1
        if _passes[label] == count:
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
