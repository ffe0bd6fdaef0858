"""The absence records as the sources told them, and how far each source was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, insert, or_, select, update

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.store.tables import records, sources, unannounced
from shared.persistence.database import Database, insert_new


@dataclass(frozen=True)
class Source:
    """How far a source was read. *counted* is the size of its last complete reading."""

    cursor: str | None = None
    counted: int = 0
    hinted_at: datetime | None = None


class Records:
    """Records by source and id, and the employees whose change was not announced yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def source(self, name: str) -> Source:
        """Return how far *name* was read; a new source starts at nothing."""
        with self._database.read() as connection:
            row = connection.execute(select(sources).where(sources.c.name == name)).one_or_none()
        return Source() if row is None else Source(row.cursor, row.counted, row.hinted_at)

    def one(self, source: str, source_id: str) -> AbsenceRecord | None:
        """Return what is known of one registration."""
        same = and_(records.c.source == source, records.c.source_id == source_id)
        with self._database.read() as connection:
            row = connection.execute(select(records).where(same)).one_or_none()
        return None if row is None else _record(row)

    def of_source(self, name: str) -> dict[str, AbsenceRecord]:
        """Return everything known from a source, by id."""
        with self._database.read() as connection:
            rows = connection.execute(select(records).where(records.c.source == name)).all()
        return {row.source_id: _record(row) for row in rows}

    def all(self) -> list[AbsenceRecord]:
        with self._database.read() as connection:
            return [_record(row) for row in connection.execute(select(records)).all()]

    def of_employee(self, employee: str) -> list[AbsenceRecord]:
        with self._database.read() as connection:
            rows = connection.execute(select(records).where(records.c.employee == employee)).all()
        return [_record(row) for row in rows]

    def employees(self) -> list[str]:
        """Return everybody of whom something is known."""
        with self._database.read() as connection:
            return list(connection.execute(select(records.c.employee).distinct().order_by("employee")).scalars())

    def unannounced(self) -> list[str]:
        """Return the employees whose records changed since somebody heard of it."""
        with self._database.read() as connection:
            return list(connection.execute(select(unannounced.c.employee).order_by("employee")).scalars())

    def announced(self, employee: str) -> None:
        """Remember that the change of *employee* was heard: from here on the ledger keeps it."""
        same = unannounced.c.employee == employee
        with self._database.read() as connection:
            if connection.execute(select(unannounced).where(same)).first() is None:
                return  # the daily comparison of everybody costs no write
        self._database.write(lambda connection: connection.execute(delete(unannounced).where(same)))

    def hinted(self, name: str, at: datetime) -> None:
        """Remember, with the request itself, when *name* was last asked to be read."""
        self._database.write_with_outcome(lambda connection: _keep_source(connection, name, {"hinted_at": at}))

    def absorb(
        self, name: str, changed: Iterable[AbsenceRecord], employees: Iterable[str], progress: Mapping[str, Any]
    ) -> None:
        """Store changed records, the employees they concern and the *progress* of the source, all or nothing.

        Shape of *progress*: `{"cursor": …}`, with `"counted"` after a complete reading that is believed.
        """
        rows = [asdict(record) for record in changed]

        def work(connection: Connection) -> None:
            if rows:
                same = (records.c.source == name) & (records.c.source_id == bindparam("replaced"))
                connection.execute(delete(records).where(same), [{"replaced": row["source_id"]} for row in rows])
                connection.execute(insert(records), rows)
            insert_new(connection, unannounced, [{"employee": each} for each in employees], "employee")
            _keep_source(connection, name, progress)

        self._database.write(work)

    def forget_before(self, day: date) -> None:
        """Drop the records that ended before *day*, and those without an end that no longer count."""
        withdrawn = and_(records.c.last.is_(None), records.c.first < day, records.c.state != State.APPROVED)
        old = delete(records).where(or_(records.c.last < day, withdrawn))
        self._database.write(lambda connection: connection.execute(old))


def _keep_source(connection: Connection, name: str, values: Mapping[str, Any]) -> None:
    insert_new(connection, sources, [{"name": name, "counted": 0}], "name")
    connection.execute(update(sources).where(sources.c.name == name).values(**values))


def _record(row: Row[Any]) -> AbsenceRecord:
    values = row._asdict() | {"part": Part(row.part), "state": State(row.state)}
    return AbsenceRecord(**values)
