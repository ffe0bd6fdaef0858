"""Every delivery with its one outcome: ids, sizes and times, never what it said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select

from services.webhooks.store.tables import deliveries
from shared.persistence.database import Database
from shared.persistence.insertion import insert_all

KEEP = timedelta(days=30)
ACCEPTED, DUPLICATE, FILTERED, REFUSED = OUTCOMES = ("accepted", "duplicate", "filtered", "refused")


@dataclass(frozen=True, slots=True)
class Delivered:
    """One delivery. *id* is also the correlation id of what came of it; *bytes* is the size of its body."""

    id: str
    source: str
    outcome: str
    bytes: int
    received_at: datetime
    reason: str | None = None
    events: int = 0
    repeats: int = 1


_COLUMNS = tuple(column.name for column in fields(Delivered))


class Deliveries:
    """The rows of deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def add(connection: Connection, rows: Sequence[Delivered]) -> None:
        """Note *rows* in the caller's transaction."""
        if rows:
            insert_all(connection, deliveries, [{name: getattr(row, name) for name in _COLUMNS} for row in rows])

    def note_refused(self, row: Delivered) -> None:
        """Note a refusal soon: nobody waits for it, and a storage that is away does not change the answer."""
        self._database.submit_together(_add_all, row)

    def forget(self, now: datetime) -> None:
        """Drop what is older than any sender's repeats."""
        old = delete(deliveries).where(deliveries.c.received_at < now - KEEP)
        self._database.write(lambda connection: connection.execute(old))

    def search(
        self,
        *,
        source: str | None = None,
        outcome: str | None = None,
        reason: str | None = None,
        id_: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
    ) -> Sequence[Delivered]:
        """Return the newest deliveries that fit all that is given."""
        wishes: Mapping[str, Any] = {"source": source, "outcome": outcome, "reason": reason, "id": id_}
        wanted = select(deliveries).order_by(deliveries.c.received_at.desc(), deliveries.c.id).limit(limit)
        for column, value in wishes.items():
            if value is not None:
                wanted = wanted.where(deliveries.c[column] == value)
        if since is not None:
            wanted = wanted.where(deliveries.c.received_at >= since)
        if until is not None:
            wanted = wanted.where(deliveries.c.received_at < until)
        with self._database.read() as connection:
            return [Delivered(**row) for row in connection.execute(wanted).mappings()]


def _add_all(connection: Connection, rows: Sequence[Delivered]) -> list[None]:
    Deliveries.add(connection, rows)
    return [None] * len(rows)
