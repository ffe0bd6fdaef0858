"""How far the delta query of each subscription has come, and when the hub was last awake."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from services.webhooks.domain.repairs import Repair
from services.webhooks.store.tables import marks, repairs
from shared.persistence.database import Database, insert_new


class Repairs:
    """The rows of repairs. A link moves together with the events that were found behind it, or not at all."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Mapping[str, Repair]:
        """Return what is known, by the name of the subscription."""
        with self._database.read() as connection:
            return {row["name"]: Repair(**row) for row in connection.execute(select(repairs)).mappings()}

    def ask(self, name: str, resource: str, reason: str, now: datetime) -> None:
        """Remember, at once, that a repair is wanted since *now*."""

        def work(connection: Connection) -> None:
            _add_missing(connection, name, resource)
            connection.execute(update(repairs).where(repairs.c.name == name).values(asked_at=now, reason=reason))

        self._database.write(work)

    def said(self, name: str, resource: str, asked_at: datetime | None, now: datetime) -> None:
        """Remember with the outcome that the repair asked at *asked_at* was said; what was asked since still stands."""

        def work(connection: Connection) -> None:
            _add_missing(connection, name, resource)
            here = update(repairs).where(repairs.c.name == name)
            connection.execute(here.values(said_at=now))
            connection.execute(here.where(repairs.c.asked_at == asked_at).values(asked_at=None))

        self._database.write_with_outcome(work)

    def moved(self, name: str, resource: str, link: str, done_at: datetime | None) -> None:
        """Remember with the outcome how far the query of *resource* came; *done_at* None: there is more."""
        told = {"resource": resource, "link": link} | ({} if done_at is None else {"done_at": done_at})

        def work(connection: Connection) -> None:
            _add_missing(connection, name, resource)
            connection.execute(update(repairs).where(repairs.c.name == name).values(**told))

        self._database.write_with_outcome(work)

    def drop(self, name: str) -> None:
        """Forget the subscription *name*."""
        self._database.write(lambda connection: connection.execute(delete(repairs).where(repairs.c.name == name)))


class Marks:
    """When the hub last did something."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def at(self, name: str) -> datetime | None:
        """Return when *name* was last done, None when it never was."""
        with self._database.read() as connection:
            return connection.execute(select(marks.c.at).where(marks.c.name == name)).scalar()

    def put(self, name: str, at: datetime | None) -> None:
        """Remember that *name* was done at *at*; None: that it has to be done."""

        def work(connection: Connection) -> None:
            here = marks.c.name == name
            if at is None:
                connection.execute(delete(marks).where(here))
            elif not insert_new(connection, marks, [{"name": name, "at": at}], "name"):
                connection.execute(update(marks).where(here).values(at=at))

        self._database.write(work)


def _add_missing(connection: Connection, name: str, resource: str) -> None:
    insert_new(connection, repairs, [{"name": name, "resource": resource}], "name")
