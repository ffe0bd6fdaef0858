"""Which files with settings were changed in a way that cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson
from sqlalchemy import Connection, RowMapping, select

from services.console.domain.waiting import RulesRefused
from services.console.store.tables import rules_refused
from shared.events.absences import RuleFault
from shared.persistence.database import Database, insert_new


class Rules:
    """The memory of refused settings. The last that was told of a file counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def refuse(self, file: str, faults: Sequence[RuleFault], at: datetime) -> None:
        """Remember what is wrong in *file* now; since when stays what it was."""
        told = orjson.dumps([fault.dump() for fault in faults]).decode()

        def work(connection: Connection) -> None:
            if not insert_new(connection, rules_refused, [{"file": file, "faults": told, "since": at}], "file"):
                again = rules_refused.update().where(rules_refused.c.file == file).values(faults=told)
                connection.execute(again)

        self._database.write_with_outcome(work)

    def take(self, file: str) -> None:
        """Forget what was wrong in *file*. Safe to repeat."""
        gone = rules_refused.delete().where(rules_refused.c.file == file)
        self._database.write_with_outcome(lambda connection: connection.execute(gone))

    def refused(self) -> list[RulesRefused]:
        """Return the files that wait for a better change."""
        with self._database.read() as connection:
            rows = connection.execute(select(rules_refused).order_by(rules_refused.c.file)).mappings()
            return [_refused(row) for row in rows]


def _refused(row: RowMapping) -> RulesRefused:
    faults = [RuleFault.load(fault) for fault in orjson.loads(row["faults"])]
    return RulesRefused(row["file"], faults, row["since"])
