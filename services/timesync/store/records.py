"""The absence records as the sources told them, and how far each source was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, insert, or_, select, update

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.domain.spans import midnight
from services.timesync.store.tables import records, sources, unannounced
from shared.persistence.database import Database, insert_new

_SLICE = 400  # values in one IN: far below what SQLite and PostgreSQL take


@dataclass(frozen=True)
class Source:
    """How far a source was read. *counted* is the size of its last complete reading.

    *failing_since* is when it was first not to be read since *read_at*; *failing_told*: people know. *blocked* is the
    size of a reading that a person must look at, by which *losing* people would lose most of their absences.
    """

    cursor: str | None = None
    counted: int = 0
    hinted_at: datetime | None = None
    read_at: datetime | None = None
    failing_since: datetime | None = None
    failing_reason: str | None = None
    failing_told: bool = False
    blocked: int | None = None
    losing: int | None = None


class Records:
    """Records by source and id, and the employees whose change was not announced yet."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def source(self, name: str) -> Source:
        """Return how far *name* was read; a new source starts at nothing."""
        with self._database.read() as connection:
            row = connection.execute(select(sources).where(sources.c.name == name)).one_or_none()
        return Source() if row is None else _source(row)

    def sources(self) -> dict[str, Source]:
        """Return how far each source was read, by name."""
        with self._database.read() as connection:
            return {row.name: _source(row) for row in connection.execute(select(sources)).all()}

    def progress(self, name: str, values: Mapping[str, Any]) -> None:
        """Remember something of a source at once: its trouble must not wait for a success."""
        self._database.write(lambda connection: _keep_source(connection, name, values))

    def progress_with_outcome(self, name: str, values: Mapping[str, Any]) -> None:
        """Remember something of a source when the message at hand is finished."""
        self._database.write_with_outcome(lambda connection: _keep_source(connection, name, values))

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
        return self.of_employees([employee])[employee]

    def of_employees(self, employees: Sequence[str]) -> dict[str, list[AbsenceRecord]]:
        """Return what is known of each of *employees*."""
        found: dict[str, list[AbsenceRecord]] = {employee: [] for employee in employees}
        with self._database.read() as connection:
            for at in range(0, len(employees), _SLICE):
                some = records.c.employee.in_(employees[at : at + _SLICE])
                for row in connection.execute(select(records).where(some)):
                    found[row.employee].append(_record(row))
        return found

    def during(self, employees: Sequence[str], first: date, last: date) -> dict[str, list[AbsenceRecord]]:
        """Return what of each of *employees* may count between *first* and *last*, both included."""
        found: dict[str, list[AbsenceRecord]] = {employee: [] for employee in employees}
        goes_on = or_(records.c.last.is_(None), records.c.open_ended, records.c.last >= first)
        query = select(records).where(records.c.first <= last, or_(goes_on, records.c.ends > midnight(first)))
        with self._database.read() as connection:
            for at in range(0, len(employees), _SLICE):
                some = records.c.employee.in_(employees[at : at + _SLICE])
                for row in connection.execute(query.where(some)):
                    found[row.employee].append(_record(row))
        return found

    def away(self, first: date | None, last: date | None) -> list[str]:
        """Return the employees with an absence between *first* and *last*, both included; None: no limit."""
        query = select(records.c.employee).distinct().order_by(records.c.employee)
        if first is not None:
            query = query.where(or_(records.c.last.is_(None), records.c.last >= first))
        if last is not None:
            query = query.where(records.c.first <= last)
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def unannounced(self) -> list[str]:
        """Return the employees whose records changed since somebody heard of it."""
        with self._database.read() as connection:
            return list(connection.execute(select(unannounced.c.employee).order_by("employee")).scalars())

    def announced(self, employees: Sequence[str]) -> None:
        """Remember, with the outcome of the message at hand, that the changes of *employees* were said."""
        if employees:
            self._database.write_with_outcome(lambda connection: _forget_unannounced(connection, employees))

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

    def withdraw(self, name: str) -> list[str]:
        """Forget all of a source with the outcome of the message at hand; return the employees whom it concerned."""
        query = select(records.c.employee).where(records.c.source == name).distinct().order_by(records.c.employee)

        def work(connection: Connection) -> None:
            connection.execute(delete(records).where(records.c.source == name))
            connection.execute(delete(sources).where(sources.c.name == name))

        with self._database.read() as connection:
            concerned = list(connection.execute(query).scalars())
        self._database.write_with_outcome(work)
        return concerned

    def forget_before(self, day: date) -> None:
        """Drop the records that ended before *day*, and those without an end that no longer count."""
        withdrawn = and_(records.c.last.is_(None), records.c.first < day, records.c.state != State.APPROVED)
        old = delete(records).where(or_(records.c.last < day, withdrawn))
        self._database.write(lambda connection: connection.execute(old))


def _forget_unannounced(connection: Connection, employees: Sequence[str]) -> None:
    for at in range(0, len(employees), _SLICE):
        some = employees[at : at + _SLICE]
        connection.execute(delete(unannounced).where(unannounced.c.employee.in_(some)))


def _source(row: Row[Any]) -> Source:
    return Source(
        row.cursor,
        row.counted,
        row.hinted_at,
        row.read_at,
        row.failing_since,
        row.failing_reason,
        row.failing_told,
        row.blocked,
        row.losing,
    )


def _keep_source(connection: Connection, name: str, values: Mapping[str, Any]) -> None:
    insert_new(connection, sources, [{"name": name, "counted": 0, "failing_told": False}], "name")
    connection.execute(update(sources).where(sources.c.name == name).values(**values))


def _record(row: Row[Any]) -> AbsenceRecord:
    values = row._asdict() | {"part": Part(row.part), "state": State(row.state)}
    return AbsenceRecord(**values)
