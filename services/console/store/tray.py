"""Which letters wait for a person who says in which project they belong, and what was chosen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, Select, and_, func, select

from services.console.domain.post import Choice, InTray
from services.console.store.tables import tray
from shared.persistence.database import Database

LISTED = 200  # letters on one page: more than a person reads


class Tray:
    """The letters in the tray. Everything is safe to repeat."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enter(self, letter: InTray) -> None:
        """List a letter, unless a newer version of it is known; what was chosen for it is answered by this."""
        values = {
            "version": letter.version,
            "state": "open",
            "reason": letter.reason,
            "suggestions": orjson.dumps(letter.suggestions).decode(),
            **dict.fromkeys(("choice", "chosen_by", "chosen_at")),
        }
        same = tray.c.kenmerk == letter.kenmerk

        def work(connection: Connection) -> None:
            known = connection.execute(select(tray.c.version, tray.c.state, tray.c.since).where(same)).first()
            if known is None:
                connection.execute(tray.insert().values(kenmerk=letter.kenmerk, since=letter.since, **values))
            elif known.version <= letter.version:
                since = known.since if known.state == "open" else letter.since
                connection.execute(tray.update().where(same).values(since=since, **values))

        self._database.write_with_outcome(work)

    def leave(self, kenmerk: str, version: int) -> None:
        """Take a letter off the list, if no newer version of it is there."""
        known = and_(tray.c.kenmerk == kenmerk, tray.c.version <= version)
        closed = tray.update().where(known).values(state="closed", version=version)
        self._database.write_with_outcome(lambda connection: connection.execute(closed))

    def choose(self, kenmerk: str, choice: Choice) -> None:
        """Remember what a person chose for a letter."""
        chosen = {"choice": choice.what, "chosen_by": choice.by, "chosen_at": choice.at}
        update = tray.update().where(tray.c.kenmerk == kenmerk).values(chosen)
        self._database.write_with_outcome(lambda connection: connection.execute(update))

    def all(self) -> list[InTray]:
        """Return the letters that wait, the longest first, at most LISTED."""
        return list(self._found(_OPEN.order_by(tray.c.since, tray.c.kenmerk).limit(LISTED)))

    def one(self, kenmerk: str) -> InTray | None:
        """Return one letter that waits."""
        return next(self._found(_OPEN.where(tray.c.kenmerk == kenmerk)), None)

    def count(self) -> int:
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(_OPEN.subquery())).scalar_one()

    def _found(self, query: Select[Any]) -> Iterator[InTray]:
        with self._database.read() as connection:
            yield from [_letter(row) for row in connection.execute(query).mappings()]


_OPEN = select(tray).where(tray.c.state == "open")


def _letter(row: RowMapping) -> InTray:
    choice = Choice(row["choice"], row["chosen_by"], row["chosen_at"]) if row["chosen_by"] else None
    suggestions = tuple(orjson.loads(row["suggestions"]))
    return InTray(row["kenmerk"], row["version"], row["reason"], suggestions, row["since"], choice)
