"""Others who make the same events: a plain client, and Microsoft's own library, alone and in batches. On a sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Written:
    """What it took somebody else to make *writes* events."""

    name: str
    slug: str
    seconds: float
    requests: int
    writes: int
    refused: int
    cpu_seconds: float


WRITERS: list[Callable[[Path, str, int, float], Written]] = []
