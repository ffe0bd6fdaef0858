"""Everybody of whom anything is known, in pages; and what happens to it all when somebody gets another number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, union, update

from services.timesync.store.tables import events, guards, records, replies, statuses, wakes
from shared.persistence.database import Database

_WITH_EMPLOYEE = (records, events, replies, statuses, guards)
_SLICE = 400  # values in one IN: far below what SQLite and PostgreSQL take
_STANDING = ("started", "done")  # what is in a mailbox, or may be
_ONE_ROW_EACH = (replies, statuses, guards)


class Everybody:
    """The employees with records or with something of ours in their mailbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, after: str, limit: int) -> list[str]:
        """Return the first *limit* employees whose number comes after *after*, in that order."""
        # As many of each table are enough: else every page would sort everybody that comes after it.
        firsts = [
            select(table.c.employee).distinct().where(table.c.employee > after).order_by(table.c.employee).limit(limit)
            for table in _WITH_EMPLOYEE
        ]
        each = union(*(select(first.subquery().c.employee) for first in firsts)).subquery()
        with self._database.read() as connection:
            return list(connection.execute(select(each.c.employee).order_by(each.c.employee).limit(limit)).scalars())

    def known(self, employees: Sequence[str]) -> list[str]:
        """Return those of *employees* of whom anything is known."""
        found = set[str]()
        with self._database.read() as connection:
            for at in range(0, len(employees), _SLICE):
                some = employees[at : at + _SLICE]
                each = union(*(select(table.c.employee).where(table.c.employee.in_(some)) for table in _WITH_EMPLOYEE))
                found |= set(connection.execute(each).scalars())
        return sorted(found)

    def addressed(self) -> list[str]:
        """Return those who are known by an address, for want of a number."""
        each = union(*(select(table.c.employee).where(table.c.employee.contains("@")) for table in _WITH_EMPLOYEE))
        with self._database.read() as connection:
            return sorted(connection.execute(each).scalars())

    def count(self) -> int:
        """Return how many there are."""
        each = union(*(select(table.c.employee) for table in _WITH_EMPLOYEE)).subquery()
        with self._database.read() as connection:
            return len(connection.execute(select(each.c.employee)).all())

    def showing(self, now: datetime) -> int:
        """Return in how many mailboxes something of ours stands that is not over at *now* (local)."""
        ahead = select(events.c.employee).where(events.c.state.in_(_STANDING), events.c.end > now)
        others = (select(table.c.employee).where(table.c.state.in_(_STANDING)) for table in _ONE_ROW_EACH)
        each = union(ahead, *others).subquery()
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(each)).scalar_one()

    def rename(self, old: str, new: str) -> None:
        """Give what is known under *old* (an address, a former number) to *new*, with the outcome of the message."""

        def work(connection: Connection) -> None:
            for table in _ONE_ROW_EACH:  # what *new* has already is what stands in the mailbox
                if connection.execute(select(table.c.employee).where(table.c.employee == new)).first():
                    connection.execute(delete(table).where(table.c.employee == old))
            for table in _WITH_EMPLOYEE:
                connection.execute(update(table).where(table.c.employee == old).values(employee=new))
            connection.execute(delete(wakes).where(wakes.c.employee == old))

        self._database.write(work)
