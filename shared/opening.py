"""Opens a service as its commands need it: built as the service is, and asked nothing yet."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Generic, TypeVar
from uuid import uuid4

import click
from sqlalchemy import MetaData, inspect
from sqlalchemy.engine import make_url

from shared.clock import Clock
from shared.config import Policy, Settings
from shared.errors import Invalid
from shared.events import Event
from shared.events.envelope import first
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from shared.service import Base, Service

W = TypeVar("W")
_TOGETHER = 500  # messages that are stored in one commit


@dataclass(frozen=True)
class Opened(Generic[W]):
    """A service that is not running here: its world, and the ledger to put work in."""

    world: W
    database: Database
    ledger: SqlLedger
    clock: Clock

    def hand_over(self, events: Sequence[Event]) -> str:
        """Put *events* in the inbox of the service, as one chain, and return its correlation id.

        It works on them when it runs, without the broker.
        """
        id_, now = str(uuid4()), self.clock.now()
        envelopes = [first(event, "hub", now, correlation_id=id_) for event in events]
        for at in range(0, len(envelopes), _TOGETHER):
            self.ledger.accept(envelopes[at : at + _TOGETHER])
        return id_


@dataclass(frozen=True)
class Door(Generic[W]):
    """How the service *name* is opened: *metadata* are its own tables, *build* assembles it."""

    name: str
    metadata: MetaData
    build: Callable[[Base], Service]

    @contextmanager
    def opened(self, clock: Clock, config: Path | None = None) -> Iterator[Opened[W]]:
        """Open the service with hub.toml (or *config*) as it is now.

        Raises: UsageError when hub.toml or what it names cannot be used, or when the service never ran.
        """
        settings = _settings(config)
        database = self._database(settings)
        if database is None:
            raise click.UsageError(f"{self.name} has no tables yet: start it once (`hub service {self.name}`)")
        with _closing(database):
            yield self._built(settings, database, clock)

    @contextmanager
    def opened_for_looking(self, clock: Clock) -> Iterator[Opened[W]]:
        """Open it as `opened` does; one that never ran has empty tables, which are thrown away afterwards."""
        settings = _settings(None)
        database = self._database(settings)
        if database is not None:
            with _closing(database):
                yield self._built(settings, database, clock)
            return
        with TemporaryDirectory() as folder, _closing(Database(f"sqlite:///{folder}/empty.db", self.name)) as empty:
            self.metadata.create_all(empty.engine)
            yield self._built(settings, empty, clock)

    def _database(self, settings: Settings) -> Database | None:
        url = settings.database(self.name)
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
            return None  # opening it would make it
        database = Database(url, self.name)
        if inspect(database.engine).has_table(self.metadata.sorted_tables[0].name):
            return database
        database.close()
        return None

    def _built(self, settings: Settings, database: Database, clock: Clock) -> Opened[W]:
        ledger = SqlLedger(database, clock, f"{settings.instance}-command")
        try:
            service = self.build(Base(settings, Policy.read(settings.config), clock, database, ledger))
        except Invalid as error:
            raise click.UsageError(str(error)) from error
        return Opened(service.world, database, ledger, clock)


def user() -> str:
    """Return who is at the keyboard, as the machine knows him."""
    try:
        return f"hub ({getpass.getuser()})"
    except (KeyError, OSError):  # in a container a number may have no name
        return f"hub ({os.getuid()})"


def _settings(config: Path | None) -> Settings:
    settings = Settings.load(os.environ)
    return replace(settings, config=config) if config else settings


@contextmanager
def _closing(database: Database) -> Iterator[Database]:
    try:
        yield database
    finally:
        database.close()
