"""Valid messages and settings, for tests that state only what matters to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from shared.events import AbsencesChanged, AbsencesShown, MailArrived
from shared.events.envelope import Envelope, first
from shared.persistence.database import Database

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
ENVIRON = {
    "HUB_AMQP_URL": "amqp://hub:hub@127.0.0.1:5672/%2F",
    "HUB_TENANT_ID": "voorbeeldegem",
    "HUB_CLIENT_ID": "hub",
}


def hint(employee: str, id_: str) -> Envelope:
    """Return a message that a newer one of the same employee replaces."""
    return first(AbsencesChanged(employee=employee), "timesync", NOW, id_=id_)


def letter(kenmerk: str, id_: str) -> Envelope:
    """Return a message of which every one counts."""
    return first(MailArrived(intake="scans", reference="r", kenmerk=kenmerk, version=1), "mailroom", NOW, id_=id_)


def shown(employee: str = "000101") -> AbsencesShown:
    """Return what timesync says when it is done."""
    return AbsencesShown(employee=employee, events=1, calls=1, at=NOW)


def environ(folder: Path, **more: str) -> dict[str, str]:
    """Return the settings of a deployment whose state is in *folder*."""
    return {**ENVIRON, "HUB_DATA_DIR": str(folder), "HUB_CONFIG": str(folder / "hub.toml"), **more}


class Hands:
    """A monotonic clock that a test moves: `now` is what Circuits asks."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> float:
        return self.seconds


def raising(error: BaseException) -> Callable[..., NoReturn]:
    """Return a function that fails with *error*."""

    def fail(*_: object) -> NoReturn:
        raise error

    return fail


@contextmanager
def locked(database: Database) -> Iterator[None]:
    """Hold the write lock of a SQLite database, as another process would."""
    other = sqlite3.connect(str(database.engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()
