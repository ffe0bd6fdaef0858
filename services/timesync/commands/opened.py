"""Opens timesync as its commands need it: built as the service is, and asked nothing yet."""

from __future__ import annotations

from contextlib import AbstractContextManager

from services.timesync.handlers.world import Timesync
from services.timesync.store import metadata
from shared import opening
from shared.clock import SystemClock
from shared.opening import Door, user
from shared.service import Base, Service

__all__ = ["Opened", "opened", "opened_for_looking", "user"]

Opened = opening.Opened[Timesync]


def opened() -> AbstractContextManager[Opened]:
    """Open timesync with hub.toml as it is now.

    Raises: UsageError when hub.toml or what it names cannot be used, or when timesync never ran.
    """
    return _DOOR.opened(SystemClock())


def opened_for_looking() -> AbstractContextManager[Opened]:
    """Open timesync as `opened` does; one that never ran has empty tables, which are thrown away afterwards."""
    return _DOOR.opened_for_looking(SystemClock())


def _build(base: Base) -> Service:
    from services.timesync.wiring import build  # noqa: PLC0415 - Graph and every absence system: only when needed

    return build(base)


_DOOR = Door[Timesync]("timesync", metadata, _build)
