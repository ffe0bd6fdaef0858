"""Which reminders were said, and who is away on a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, insert, select

from services.mailroom.store.tables import away, reminders
from shared.persistence.database import Database

_SLICE = 400  # values in one IN: far below what SQLite and PostgreSQL take


@dataclass(frozen=True)
class Reminder:
    """What people hear of a letter's term: that *step* working days are left until *due*."""

    kenmerk: str
    due: date
    step: int


class Deadlines:
    """The reminders. A term that changes begins anew: they are known by its last day."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def said(self, kenmerken: Sequence[str]) -> dict[Reminder, datetime]:
        """Return when each reminder of the letters *kenmerken* was said, the last time."""
        found: dict[Reminder, datetime] = {}
        with self._database.read() as connection:
            for start in range(0, len(kenmerken), _SLICE):
                some = reminders.c.kenmerk.in_(kenmerken[start : start + _SLICE])
                for row in connection.execute(select(reminders).where(some)):
                    found[Reminder(row.kenmerk, row.due, row.step)] = row.at
        return found

    def say(self, said: Iterable[Reminder], at: datetime) -> None:
        """Remember, with the outcome, that these were said."""
        rows = [{"kenmerk": each.kenmerk, "due": each.due, "step": each.step, "at": at} for each in said]
        if rows:
            self._database.write_with_outcome(lambda connection: _say(connection, rows))


class Away:
    """Who is away for the whole of a day, by the id of his account, and who stands in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def on(self, day: date) -> dict[str, str | None]:
        """Return who stands in for each who is known to be away on *day*; None: nobody."""
        with self._database.read() as connection:
            rows = connection.execute(select(away.c.user_id, away.c.delegate).where(away.c.day == day))
            return {row.user_id: row.delegate for row in rows}

    def keep(self, day: date, people: Mapping[str, str | None]) -> None:
        """Remember, with the outcome, who stands in on *day* for each of *people*. Nobody else's rows change."""
        rows = [{"day": day, "user_id": user, "delegate": delegate} for user, delegate in people.items()]
        if rows:
            self._database.write_with_outcome(lambda connection: _keep(connection, day, rows))

    def forget(self, before: date) -> None:
        """Forget, with the outcome, every day before *before*."""
        gone = delete(away).where(away.c.day < before)
        self._database.write_with_outcome(lambda connection: connection.execute(gone))


def _say(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    for row in rows:
        same = (reminders.c.kenmerk == row["kenmerk"]) & (reminders.c.due == row["due"])
        connection.execute(delete(reminders).where(same, reminders.c.step == row["step"]))
    connection.execute(insert(reminders), rows)


def _keep(connection: Connection, day: date, rows: Sequence[Mapping[str, object]]) -> None:
    for row in rows:
        connection.execute(delete(away).where(away.c.day == day, away.c.user_id == row["user_id"]))
    connection.execute(insert(away), rows)
