"""Whom the hub keeps out of call queues, and until when Microsoft was asked to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select

from services.timesync.store.tables import guards
from shared.persistence.database import Database


class GuardState(StrEnum):
    """What became of a guard; *until* is another moment in each."""

    PLANNED = "planned"  # until the absence begins
    STARTED = "started"  # until the lease ends that is about to be asked
    DONE = "done"  # until the lease ends
    RELEASED = "released"  # its owner came back to Teams, or has none: until the end that the absence had then


@dataclass(frozen=True)
class GuardRow:
    """Where the guard of one employee stands; *until* is wall clock."""

    user_id: str
    state: GuardState
    until: datetime


class GuardBook:
    """One row per employee who is guarded, will be or does not want to be."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_many(self, employees: Sequence[str]) -> dict[str, GuardRow]:
        """Return the row of each of *employees* who has one."""
        with self._database.read() as connection:
            rows = connection.execute(select(guards).where(guards.c.employee.in_(employees))).all()
        return {row.employee: GuardRow(row.user_id, GuardState(row.state), row.until) for row in rows}

    def keep(self, rows: Mapping[str, GuardRow | None]) -> None:
        """Replace what was remembered of each employee, all or nothing; None: forget it."""
        if not rows:
            return
        kept = [{"employee": employee, **vars(row)} for employee, row in rows.items() if row is not None]

        def work(connection: Connection) -> None:
            connection.execute(delete(guards).where(guards.c.employee.in_(list(rows))))
            if kept:
                connection.execute(insert(guards), kept)

        self._database.write(work)
