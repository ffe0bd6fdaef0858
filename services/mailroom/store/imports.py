"""Which export of projects was taken over last, and what of it people were told."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from sqlalchemy import Connection, delete, insert, select

from services.mailroom.store.tables import marks
from shared.persistence.database import Database

_FILE, _TOLD = "project_file", "project_file_told"


class Imports:
    """The memory of the import of projects."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def taken(self) -> str | None:
        """Return the fingerprint of the file that was looked at last."""
        return self._get(_FILE)

    def told(self) -> dict[str, str]:
        """Return what people were told of that must be mended: its key → the reference that they know."""
        told: dict[str, str] = orjson.loads(self._get(_TOLD) or "{}")
        return told

    def take(self, fingerprint: str, told: Mapping[str, str]) -> None:
        """Remember both with the outcome of the message at hand."""
        values = {_FILE: fingerprint, _TOLD: orjson.dumps(dict(told)).decode()}
        self._database.write_with_outcome(lambda connection: _put(connection, values))

    def look_again(self) -> None:
        """Have the file looked at with the next tick though nobody changed it."""
        self._database.write(lambda connection: connection.execute(delete(marks).where(marks.c.name == _FILE)))

    def _get(self, name: str) -> str | None:
        with self._database.read() as connection:
            return connection.execute(select(marks.c.value).where(marks.c.name == name)).scalar_one_or_none()


def _put(connection: Connection, values: Mapping[str, str]) -> None:
    connection.execute(delete(marks).where(marks.c.name.in_(list(values))))
    connection.execute(insert(marks), [{"name": name, "value": value} for name, value in values.items()])
