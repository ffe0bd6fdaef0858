"""Which account belongs to which employee."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from services.timesync.store.tables import links
from shared.persistence.database import Database


class Links:
    """Employee number to account id, as found in the directory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def user_id(self, employee: str) -> str | None:
        with self._database.read() as connection:
            return connection.execute(select(links.c.user_id).where(links.c.employee == employee)).scalar_one_or_none()

    def linked(self) -> set[str]:
        """Return the employees whose account is known."""
        with self._database.read() as connection:
            return set(connection.execute(select(links.c.employee)).scalars())

    def employee(self, user_id: str) -> str | None:
        """Return whom the account was linked to."""
        with self._database.read() as connection:
            query = select(links.c.employee).where(links.c.user_id == user_id).order_by(links.c.employee)
            return connection.execute(query).scalars().first()

    def keep(self, employee: str, user_id: str) -> None:
        def work(connection: Connection) -> None:
            connection.execute(delete(links).where(links.c.employee == employee))
            connection.execute(insert(links).values(employee=employee, user_id=user_id))

        self._database.write(work)

    def forget(self, employee: str) -> None:
        self._database.write(lambda connection: connection.execute(delete(links).where(links.c.employee == employee)))
