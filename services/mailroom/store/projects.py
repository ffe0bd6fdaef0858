"""The projects that were imported or told of, and where the folder of each was found."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, delete, insert, select

from services.mailroom.domain.plan import Registered
from services.mailroom.domain.projects import Project
from services.mailroom.store.tables import folders, marks, projects
from shared.persistence.database import Database

_STAMP = "projects"  # counts the changes, so that every process sees that there is one
_PAGE = 500


class Projects:
    """The imported projects, by code."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read: dict[str, tuple[str, Registered]] = {}  # by code: the record, and what it says
        self._reading = threading.Lock()

    def stamp(self) -> str:
        """Return what differs once any project was changed, by whichever process."""
        with self._database.read() as connection:
            return _stamp(connection)

    def all(self) -> dict[str, Registered]:
        with self._database.read() as connection:
            rows = connection.execute(select(projects).order_by(projects.c.code)).all()
        with self._reading:  # with tens of thousands, only what changed is understood anew
            self._read = {row.code: self._understood(row.code, row.register, row.record) for row in rows}
            return {code: registered for code, (_, registered) in self._read.items()}

    def get(self, code: str) -> Registered | None:
        with self._database.read() as connection:
            row = connection.execute(select(projects).where(projects.c.code == code)).first()
        return None if row is None else _registered(row.register, row.record)

    def put(self, changed: Sequence[Registered]) -> None:
        """Remember *changed* with the outcome of the message at hand."""
        rows = [_row(each) for each in changed]
        if rows:
            self._database.write_with_outcome(lambda connection: _put(connection, rows))

    def _understood(self, code: str, register: str, record: str) -> tuple[str, Registered]:
        key = f"{register}\n{record}"
        known = self._read.get(code)
        return known if known and known[0] == key else (key, _registered(register, record))


@dataclass(frozen=True)
class FoundFolder:
    """The folder of a project, by id, and what the register said of its place when it was found."""

    drive_id: str
    item_id: str
    found_by: str


class FoundFolders:
    """The folders of projects, by code."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, code: str) -> FoundFolder | None:
        query = select(folders.c.drive_id, folders.c.item_id, folders.c.found_by).where(folders.c.code == code)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else FoundFolder(*row)

    def put(self, code: str, found: FoundFolder) -> None:
        row = {"code": code, "drive_id": found.drive_id, "item_id": found.item_id, "found_by": found.found_by}

        def work(connection: Connection) -> None:
            connection.execute(delete(folders).where(folders.c.code == code))
            connection.execute(insert(folders).values(row))

        self._database.write(work)


def _put(connection: Connection, rows: Sequence[dict[str, str]]) -> None:
    for start in range(0, len(rows), _PAGE):
        page = rows[start : start + _PAGE]
        connection.execute(delete(projects).where(projects.c.code.in_([row["code"] for row in page])))
        connection.execute(insert(projects), page)
    number = int(_stamp(connection)) + 1
    connection.execute(delete(marks).where(marks.c.name == _STAMP))
    connection.execute(insert(marks).values(name=_STAMP, value=str(number)))


def _stamp(connection: Connection) -> str:
    return connection.execute(select(marks.c.value).where(marks.c.name == _STAMP)).scalar_one_or_none() or "0"


def _row(registered: Registered) -> dict[str, str]:
    since = {"title": registered.title, "closed": registered.closed}
    record = registered.told.dump() | {"reported": since}
    return {"code": registered.told.code, "register": registered.register, "record": orjson.dumps(record).decode()}


def _registered(register: str, record: str) -> Registered:
    raw = orjson.loads(record)
    since = raw.pop("reported", {})
    return Registered(register, Project.load(raw), since.get("title"), since.get("closed"))
