"""Opens mailroom as its commands need it: built as the service is, and asked nothing yet."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from services.mailroom.handlers import Mailroom
from services.mailroom.store import metadata
from shared import opening
from shared.clock import SystemClock
from shared.opening import Door, user
from shared.service import Base, Service

__all__ = ["Opened", "opened", "user"]

Opened = opening.Opened[Mailroom]


def opened(config: Path | None = None) -> AbstractContextManager[Opened]:
    """Open mailroom with hub.toml (or *config*) as it is now.

    Raises: UsageError when that or what it names cannot be used, or when mailroom never ran.
    """
    return _DOOR.opened(SystemClock(), config)


def _build(base: Base) -> Service:
    from services.mailroom.wiring import build  # noqa: PLC0415 - Graph and every intake: only when needed

    return build(base)


_DOOR = Door[Mailroom]("mailroom", metadata, _build)
