"""Which status lines are planned, and which are the hub's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select

from services.timesync.store.tables import statuses
from shared.persistence.database import Database


class StatusState(StrEnum):
    """What became of a status line."""

    PLANNED = "planned"  # the absence is yet to begin
    STARTED = "started"
    DONE = "done"
    RELEASED = "released"  # its owner has a line of his own, or no Teams: left alone until the plan changes


@dataclass(frozen=True)
class StatusRow:
    """The line that was last planned, and *until* when (wall clock); Teams takes it away by itself then.

    *wanted* is the plan, *written* the text, *before* the text of the hub that it replaces: hashes all three.
    """

    user_id: str
    state: StatusState
    wanted: str
    until: datetime
    written: str = ""
    before: str = ""


class StatusBook:
    """One row per employee under whose name the hub writes, will write or stays away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_many(self, employees: Sequence[str]) -> dict[str, StatusRow]:
        """Return the row of each of *employees* who has one."""
        with self._database.read() as connection:
            rows = connection.execute(select(statuses).where(statuses.c.employee.in_(employees))).all()
        return {
            row.employee: StatusRow(
                row.user_id, StatusState(row.state), row.wanted, row.until, row.written, row.before or ""
            )
            for row in rows
        }

    def keep(self, rows: Mapping[str, StatusRow | None]) -> None:
        """Replace what was remembered of each employee, all or nothing; None: forget it."""
        if not rows:
            return
        kept = [{"employee": employee, **vars(row)} for employee, row in rows.items() if row is not None]

        def work(connection: Connection) -> None:
            connection.execute(delete(statuses).where(statuses.c.employee.in_(list(rows))))
            if kept:
                connection.execute(insert(statuses), kept)

        self._database.write(work)
