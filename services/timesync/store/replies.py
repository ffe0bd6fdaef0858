"""Which automatic replies are the hub's, and what stood there before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select, update

from services.timesync.store.tables import replies
from shared.persistence.database import Database


class ReplyState(StrEnum):
    """What became of a reply."""

    STARTED = "started"
    DONE = "done"
    RELEASED = "released"  # the owner has a reply of his own: left alone until the plan changes


@dataclass(frozen=True)
class ReplyRow:
    """The reply that was last planned; *before* is what to put back, as JSON, the other texts are hashes.

    *wanted* is the plan. *written* is what the mailbox then held; while *started*, the period it is about to hold,
    and *previous* what it held until then.
    """

    state: ReplyState
    absence_start: datetime
    wanted: str
    written: str
    before: str | None
    previous: str = ""


class ReplyBook:
    """One row per employee whose reply slot the hub uses or leaves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, employee: str) -> ReplyRow | None:
        with self._database.read() as connection:
            row = connection.execute(select(replies).where(replies.c.employee == employee)).one_or_none()
        if row is None:
            return None
        state = ReplyState(row.state)
        return ReplyRow(state, row.absence_start, row.wanted, row.written, row.before, row.previous)

    def keep(self, employee: str, row: ReplyRow) -> None:
        """Replace what was remembered."""

        def work(connection: Connection) -> None:
            connection.execute(delete(replies).where(replies.c.employee == employee))
            connection.execute(insert(replies).values(employee=employee, **vars(row)))

        self._database.write(work)

    def made(self, employee: str, written: str) -> None:
        """Remember what the mailbox holds now."""
        same = replies.c.employee == employee
        values = {"state": ReplyState.DONE, "written": written}
        self._database.write(lambda connection: connection.execute(update(replies).where(same).values(**values)))

    def forget(self, employee: str) -> None:
        self._database.write(
            lambda connection: connection.execute(delete(replies).where(replies.c.employee == employee))
        )
