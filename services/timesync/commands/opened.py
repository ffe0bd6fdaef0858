"""Opens timesync as its commands need it: built as the service is, and asked nothing yet."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from sqlalchemy import inspect
from sqlalchemy.engine import make_url

from services.timesync.handlers.world import Timesync
from services.timesync.store import metadata
from shared.clock import SystemClock
from shared.config import Policy, Settings
from shared.errors import Invalid
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from shared.service import Base

_NAME = "timesync"


@dataclass(frozen=True)
class Opened:
    """A timesync that is not running here: its world, and the ledger to put work in."""

    world: Timesync
    database: Database
    ledger: SqlLedger


@contextmanager
def opened() -> Iterator[Opened]:
    """Open timesync with hub.toml as it is now.

    Raises: UsageError when hub.toml or what it names cannot be used, or when timesync never ran.
    """
    settings = Settings.load(os.environ)
    database = _database(settings.database(_NAME))
    if database is None:
        raise click.UsageError("timesync has no tables yet: start it once (`hub service timesync`)")
    with _closing(database):
        yield _built(settings, database)


@contextmanager
def opened_for_looking() -> Iterator[Opened]:
    """Open timesync as `opened` does; one that never ran has empty tables, which are thrown away afterwards."""
    settings = Settings.load(os.environ)
    database = _database(settings.database(_NAME))
    if database is not None:
        with _closing(database):
            yield _built(settings, database)
        return
    with TemporaryDirectory() as folder, _closing(Database(f"sqlite:///{folder}/empty.db", _NAME)) as empty:
        metadata.create_all(empty.engine)
        yield _built(settings, empty)


def user() -> str:
    """Return who is at the keyboard, as the machine knows him."""
    try:
        return f"hub ({getpass.getuser()})"
    except (KeyError, OSError):  # in a container a number may have no name
        return f"hub ({os.getuid()})"


def _database(url: str) -> Database | None:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        return None  # opening it would make it
    database = Database(url, _NAME)
    if inspect(database.engine).has_table("records"):
        return database
    database.close()
    return None


@contextmanager
def _closing(database: Database) -> Iterator[Database]:
    try:
        yield database
    finally:
        database.close()


def _built(settings: Settings, database: Database) -> Opened:
    from services.timesync.wiring import build  # noqa: PLC0415 - Graph and every absence system: only when needed

    clock = SystemClock()
    ledger = SqlLedger(database, clock, f"{settings.instance}-command")
    try:
        service = build(Base(settings, Policy.read(settings.config), clock, database, ledger))
    except Invalid as error:
        raise click.UsageError(str(error)) from error
    return Opened(service.world, database, ledger)
