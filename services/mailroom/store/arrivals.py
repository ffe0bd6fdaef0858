"""Which sets and letters mailroom heard of, and which letters we answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from services.mailroom.store.tables import arrivals
from shared.persistence.database import Database, insert_new

_PAGE = 500


class Arrivals:
    """What mailroom heard of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hear(self, intake: str, reference: str, at: datetime) -> None:
        """Remember that the ledger has the work on a set, so that it need not be announced again."""
        row = {"reference": f"{intake}/{reference}", "heard_at": at}
        self._database.write(lambda connection: insert_new(connection, arrivals, [row], "reference"))

    def unheard(self, intake: str, references: Sequence[str]) -> list[str]:
        """Return those of *references* that were not heard of."""
        heard: set[str] = set()
        with self._database.read() as connection:
            for start in range(0, len(references), _PAGE):
                wanted = [f"{intake}/{reference}" for reference in references[start : start + _PAGE]]
                query = select(arrivals.c.reference).where(arrivals.c.reference.in_(wanted))
                heard |= set(connection.execute(query).scalars())
        return [reference for reference in references if f"{intake}/{reference}" not in heard]

    def answer(self, kenmerk: str, at: datetime) -> None:
        """Remember that we answered a letter, also one that is still to come."""
        row = {"reference": _answered(kenmerk), "heard_at": at}
        self._database.write(lambda connection: insert_new(connection, arrivals, [row], "reference"))

    def is_answered(self, kenmerk: str) -> bool:
        with self._database.read() as connection:
            return was_answered(connection, kenmerk)

    def report(self, source: str, kenmerk: str, version: int, at: datetime) -> None:
        """Remember, with the outcome, that a register told of a version of a letter."""
        row = {"reference": _told(source, kenmerk, version), "heard_at": at}
        self._database.write_with_outcome(lambda connection: insert_new(connection, arrivals, [row], "reference"))

    def is_reported(self, source: str, kenmerk: str, version: int) -> bool:
        with self._database.read() as connection:
            same = arrivals.c.reference == _told(source, kenmerk, version)
            return connection.execute(select(arrivals.c.reference).where(same)).first() is not None


def was_answered(connection: Connection, kenmerk: str) -> bool:
    same = arrivals.c.reference == _answered(kenmerk)
    return connection.execute(select(arrivals.c.reference).where(same)).first() is not None


def _told(source: str, kenmerk: str, version: int) -> str:
    return f"report:{source}/{kenmerk}@{version}"


def _answered(kenmerk: str) -> str:
    return f"answer:{kenmerk}"
