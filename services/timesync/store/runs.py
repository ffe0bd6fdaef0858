"""How far a chain of messages is, for whoever asked for the work and waits for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from shared.persistence.database import Database
from shared.persistence.inbox import OPEN
from shared.persistence.tables import inbox, outbox


@dataclass(frozen=True)
class Progress:
    """*accepted* messages of a chain, of which *open* wait or are worked on and *parked* wait for a person.

    *coming*: said, and on their way back to us.
    """

    accepted: int
    open: int
    parked: int
    coming: int

    @property
    def is_over(self) -> bool:
        return not self.open and not self.coming


class Runs:
    """The messages of one service by the chain that they belong to; *heard* are the types that reach it."""

    def __init__(self, database: Database, heard: Collection[str]) -> None:
        self._database = database
        self._heard = tuple(heard)

    def progress(self, correlation_id: str, since: datetime) -> Progress:
        """Return how far the chain is that began at *since*."""
        ours = inbox.c.correlation_id == correlation_id
        came_back = select(inbox.c.id).where(inbox.c.id == outbox.c.id).exists()
        coming = (
            select(func.count())
            .select_from(outbox)
            .where(outbox.c.created_at >= since, outbox.c.type.in_(self._heard), ~came_back)
            .where(outbox.c.envelope.contains(f'"correlationid":"{correlation_id}"', autoescape=True))
        )
        by_state = select(inbox.c.state, func.count()).where(ours).group_by(inbox.c.state)
        with self._database.read() as connection:
            states = {row[0]: row[1] for row in connection.execute(by_state)}
            said = connection.execute(coming).scalar_one()
        still = sum(states.get(state, 0) for state in OPEN)
        return Progress(sum(states.values()), still, states.get("parked", 0), said)
