"""Which e-mails wait for a person who registers them, and what was chosen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, Select, func, select

from services.console.domain.post import Choice, Offered
from services.console.store.tables import offered
from shared.persistence.database import Database, insert_new

LISTED = 200  # e-mails on one page: more than a person reads


class Mails:
    """The e-mails that were offered. Everything is safe to repeat."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def offer(self, mail: Offered) -> None:
        """List an e-mail. Offered again it has other suggestions by now; what was dealt with does not come back."""
        hints = {name: orjson.dumps(getattr(mail, name)).decode() for name in ("references", "projects")}
        ids = {"message": mail.message, "intake": mail.intake, "received_at": mail.received_at, "state": "open"}

        def work(connection: Connection) -> None:
            if not insert_new(connection, offered, [ids | hints], "message"):
                connection.execute(offered.update().where(offered.c.message == mail.message).values(hints))

        self._database.write_with_outcome(work)

    def close(self, message: str) -> None:
        """Take an e-mail off the list; the row stays, so that a repeated offer does not bring it back."""
        closed = offered.update().where(offered.c.message == message).values(state="closed")
        self._database.write_with_outcome(lambda connection: connection.execute(closed))

    def choose(self, message: str, choice: Choice) -> None:
        """Remember what a person chose for an e-mail."""
        chosen = {"choice": choice.what, "chosen_by": choice.by, "chosen_at": choice.at}
        update = offered.update().where(offered.c.message == message).values(chosen)
        self._database.write_with_outcome(lambda connection: connection.execute(update))

    def all(self) -> list[Offered]:
        """Return the e-mails that wait, the longest first, at most LISTED."""
        return list(self._found(_OPEN.order_by(offered.c.received_at, offered.c.message).limit(LISTED)))

    def one(self, message: str) -> Offered | None:
        """Return one e-mail that waits."""
        return next(self._found(_OPEN.where(offered.c.message == message)), None)

    def count(self, before: datetime) -> int:
        """Return how many wait that were received before *before*."""
        old = _OPEN.where(offered.c.received_at < before).subquery()
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(old)).scalar_one()

    def _found(self, query: Select[Any]) -> Iterator[Offered]:
        with self._database.read() as connection:
            yield from [_mail(row) for row in connection.execute(query).mappings()]


_OPEN = select(offered).where(offered.c.state == "open")


def _mail(row: RowMapping) -> Offered:
    choice = Choice(row["choice"], row["chosen_by"], row["chosen_at"]) if row["chosen_by"] else None
    references, projects = (tuple(orjson.loads(row[name])) for name in ("references", "projects"))
    return Offered(row["message"], row["intake"], row["received_at"], references, projects, choice)
