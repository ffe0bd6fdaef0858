"""Which automatic replies are planned, which are the hub's, and what stood there before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from services.timesync.domain.spans import Span, midnight
from services.timesync.store.tables import replies
from shared.persistence.database import Database


class ReplyState(StrEnum):
    """What became of a reply."""

    PLANNED = "planned"  # the mailbox gets it shortly before it counts
    STARTED = "started"
    DONE = "done"
    RELEASED = "released"  # the owner has a reply of his own, or wants none: left alone until `span` ends


@dataclass(frozen=True)
class ReplyRow:
    """The reply that was last planned; *before* is what to put back, as JSON, the other texts are hashes.

    *wanted* is the plan. *written* is what the mailbox then held, or is about to hold while *started*; *previous* is
    what of the hub's it held until then. *released* with something *written*: its owner let go of the hub's reply.
    """

    user_id: str
    state: ReplyState
    span: Span
    wanted: str
    written: str = ""
    before: str | None = None
    previous: str = ""


class ReplyBook:
    """One row per employee whose reply slot the hub uses, will use or leaves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, employee: str) -> ReplyRow | None:
        return self.of_many([employee]).get(employee)

    def of_many(self, employees: Sequence[str]) -> dict[str, ReplyRow]:
        """Return the row of each of *employees* who has one."""
        with self._database.read() as connection:
            rows = connection.execute(select(replies).where(replies.c.employee.in_(employees))).all()
        return {row.employee: _row(row) for row in rows}

    def keep(self, employee: str, row: ReplyRow) -> None:
        """Replace what was remembered."""
        self.keep_many({employee: row})

    def keep_many(self, rows: Mapping[str, ReplyRow | None]) -> None:
        """Replace what was remembered of each employee, None: by nothing; all of them or none."""
        if not rows:
            return
        values = [_values(employee, row) for employee, row in rows.items() if row is not None]

        def work(connection: Connection) -> None:
            connection.execute(delete(replies).where(replies.c.employee.in_(list(rows))))
            if values:
                connection.execute(insert(replies), values)

        self._database.write(work)

    def made(self, employee: str, written: str) -> None:
        """Remember what the mailbox holds now."""
        same = replies.c.employee == employee
        values = {"state": ReplyState.DONE, "written": written}
        self._database.write(lambda connection: connection.execute(update(replies).where(same).values(**values)))

    def forget(self, employee: str) -> None:
        self.keep_many({employee: None})

    def forget_before(self, day: date) -> None:
        """Drop the rows of absences that ended before *day*: of mailboxes to which nothing could be given back."""
        old = delete(replies).where(replies.c.end < midnight(day))
        self._database.write(lambda connection: connection.execute(old))


def _values(employee: str, row: ReplyRow) -> dict[str, Any]:
    return {
        "employee": employee,
        "user_id": row.user_id,
        "state": row.state,
        "start": row.span.start,
        "end": row.span.end,
        "wanted": row.wanted,
        "written": row.written,
        "previous": row.previous,
        "before": row.before,
    }


def _row(row: Row[Any]) -> ReplyRow:
    state = ReplyState(row.state)
    return ReplyRow(row.user_id, state, Span(row.start, row.end), row.wanted, row.written, row.before, row.previous)
