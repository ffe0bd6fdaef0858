"""Single values that survive a restart, and when to look at an employee again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from services.timesync.store.tables import marks, wakes
from shared.persistence.database import Database

ACCOUNTS = "accounts"  # where the delta of the directory stands
ACCOUNTS_READ_AT = "accounts_read_at"
ACCOUNTS_ROUND = "accounts_round"
ACCOUNTS_UNSAID = "accounts_unsaid"  # accounts changed, and nobody was told yet whom that concerns
HALTED = "halted"  # who stopped everything, and when
MEMBERS = "members"  # the pilot group and its accounts, as JSON: {"group": …, "members": […]}
READINGS = "readings"  # by system, as JSON: what its last whole reading was asked for
REFUSED = "refused"  # by file, as JSON: the faults that people were told of
RULES = "rules"  # the fingerprint of the rules that everybody was last compared with


class Marks:
    """Values by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> str | None:
        with self._database.read() as connection:
            return connection.execute(select(marks.c.value).where(marks.c.name == name)).scalar_one_or_none()

    def put(self, name: str, value: str | None) -> None:
        """Remember *value*, None: nothing."""
        self._database.write(lambda connection: _put(connection, name, value))

    def change(self, name: str, value: str) -> None:
        """Replace a value; what there is none of, stays so."""
        same = update(marks).where(marks.c.name == name).values(value=value)
        self._database.write(lambda connection: connection.execute(same))

    def put_with_outcome(self, name: str, value: str | None) -> None:
        """Remember *value* when the message at hand is finished."""
        self._database.write_with_outcome(lambda connection: _put(connection, name, value))


class Wakes:
    """One moment per employee at which his mailbox is looked at again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: datetime, limit: int) -> list[str]:
        """Return the employees whose moment came, the longest overdue first."""
        query = select(wakes.c.employee).where(wakes.c.at <= now).order_by(wakes.c.at, wakes.c.employee).limit(limit)
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def at(self, employee: str) -> datetime | None:
        with self._database.read() as connection:
            return connection.execute(select(wakes.c.at).where(wakes.c.employee == employee)).scalar_one_or_none()

    def plan_many(self, moments: Mapping[str, datetime | None]) -> None:
        """Remember the moment of each employee with the outcome at hand; None: there is no need to look again."""
        same = wakes.c.employee.in_(list(moments))
        with self._database.read() as connection:
            known = {row.employee: row.at for row in connection.execute(select(wakes).where(same))}
        changed = {employee: at for employee, at in moments.items() if known.get(employee) != at}

        def work(connection: Connection) -> None:
            connection.execute(delete(wakes).where(wakes.c.employee.in_(list(changed))))
            planned = [{"employee": employee, "at": at} for employee, at in changed.items() if at is not None]
            if planned:
                connection.execute(insert(wakes), planned)

        if changed:
            self._database.write_with_outcome(work)

    def heed(self, employees: Sequence[str]) -> None:
        """Forget moments that came, with the outcome of the message that says so."""
        if employees:
            gone = delete(wakes).where(wakes.c.employee.in_(employees))
            self._database.write_with_outcome(lambda connection: connection.execute(gone))


def _put(connection: Connection, name: str, value: str | None) -> None:
    connection.execute(delete(marks).where(marks.c.name == name))
    if value is not None:
        connection.execute(insert(marks).values(name=name, value=value))
