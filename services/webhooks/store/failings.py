"""What is not kept alive since when, and whether that was told."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select

from services.webhooks.domain.health import Failing
from services.webhooks.store.tables import failings
from shared.persistence.database import Database


class Failings:
    """The rows of failings; each is written together with what is said of it, so that it is said once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Sequence[Failing]:
        """Return everything that fails, told or not."""
        with self._database.read() as connection:
            return [Failing(**row) for row in connection.execute(select(failings)).mappings()]

    def keep(self, failing: Failing) -> None:
        """Remember *failing* in place of what was known of it."""

        def work(connection: Connection) -> None:
            connection.execute(delete(failings).where(_is(failing)))
            connection.execute(insert(failings).values(**vars(failing)))

        self._database.write_with_outcome(work)

    def drop(self, failing: Failing) -> None:
        """Forget what is restored."""
        self._database.write_with_outcome(lambda connection: connection.execute(delete(failings).where(_is(failing))))


def _is(failing: Failing) -> ColumnElement[bool]:
    return and_(failings.c.kind == failing.kind, failings.c.name == failing.name)
