"""Where files of a letter were begun to be put, until it is settled: an attempt may break off, and none follow it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import orjson
from sqlalchemy import Connection, delete, insert, select

from services.mailroom.store.tables import marks
from shared.persistence.database import Database


@dataclass(frozen=True)
class Begun:
    """A folder in which files with *names*, perhaps numbered, may stand of which no row of a letter tells."""

    drive_id: str
    folder_id: str
    names: tuple[str, ...]


class BegunPlaces:
    """The folders, by letter."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, kenmerk: str) -> list[Begun]:
        with self._database.read() as connection:
            return _known(connection, kenmerk)

    def add(self, kenmerk: str, begun: Begun) -> None:
        """Remember *begun* before a byte is sent there. Safe to repeat."""

        def work(connection: Connection) -> None:
            known = _known(connection, kenmerk)
            if begun not in known:
                written = orjson.dumps([asdict(each) for each in (*known, begun)]).decode()
                connection.execute(delete(marks).where(marks.c.name == _name(kenmerk)))
                connection.execute(insert(marks).values(name=_name(kenmerk), value=written))

        self._database.write(work)

    def forget(self, kenmerk: str) -> None:
        """Forget them once the letter is settled and nothing stands elsewhere."""
        if self.of(kenmerk):
            self._database.write(
                lambda connection: connection.execute(delete(marks).where(marks.c.name == _name(kenmerk)))
            )


def _name(kenmerk: str) -> str:
    return f"begun/{kenmerk}"


def _known(connection: Connection, kenmerk: str) -> list[Begun]:
    query = select(marks.c.value).where(marks.c.name == _name(kenmerk))
    written = connection.execute(query).scalar_one_or_none()
    return [Begun(each["drive_id"], each["folder_id"], tuple(each["names"])) for each in orjson.loads(written or "[]")]
