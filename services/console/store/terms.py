"""Which answers people were reminded of."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection, select

from services.console.domain.post import Term
from services.console.store.tables import terms
from shared.persistence.database import Database, insert_new

KEPT = timedelta(days=366)  # how long after its last day a term is remembered: nobody tells here of an answer


class Terms:
    """The terms. The last that was told of a letter counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def remind(self, term: Term, today: date) -> None:
        """Remember what was told of a term. Safe to repeat."""

        def work(connection: Connection) -> None:
            connection.execute(terms.delete().where(terms.c.due < today - KEPT))
            if not insert_new(connection, terms, [vars(term)], "kenmerk"):
                connection.execute(terms.update().where(terms.c.kenmerk == term.kenmerk).values(vars(term)))

        self._database.write_with_outcome(work)

    def forget(self, kenmerk: str) -> None:
        """Forget the term of a letter that needs no answer any more. Safe to repeat."""
        gone = terms.delete().where(terms.c.kenmerk == kenmerk)
        self._database.write_with_outcome(lambda connection: connection.execute(gone))

    def all(self) -> list[Term]:
        """Return the terms, the most urgent first."""
        with self._database.read() as connection:
            rows = connection.execute(select(terms).order_by(terms.c.due, terms.c.kenmerk)).mappings()
            return [Term(**row) for row in rows]
