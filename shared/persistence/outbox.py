"""The rows of the outbox: what must be said, and what the broker confirmed. ledger.py makes transactions of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from shared.events.envelope import Envelope, Outgoing
from shared.persistence.database import insert_new
from shared.persistence.tables import outbox


def say(connection: Connection, envelopes: Sequence[Envelope], now: datetime) -> list[str]:
    """Add what is not in the outbox yet, and return the ids that were new: a step done again says the same ids."""
    rows = [
        {"id": one.id, "type": one.type, "envelope": one.to_json().decode(), "created_at": now, "sent_at": None}
        for one in envelopes
    ]
    return insert_new(connection, outbox, rows, "id")


def unsent(connection: Connection, limit: int) -> list[Outgoing]:
    """Return the oldest rows that the broker has not confirmed."""
    rows = connection.execute(select(outbox).where(outbox.c.sent_at.is_(None)).order_by(outbox.c.seq).limit(limit))
    return [Outgoing(row.seq, row.id, row.type, row.envelope.encode()) for row in rows]


def count_unsent(connection: Connection) -> int:
    """Return how many rows the broker has not confirmed."""
    return connection.execute(select(func.count()).where(outbox.c.sent_at.is_(None))).scalar_one()


def mark_sent(connection: Connection, seqs: Sequence[int], now: datetime) -> None:
    """Remember that the broker confirmed these."""
    connection.execute(update(outbox).where(outbox.c.seq.in_(seqs)).values(sent_at=now))


def replay(connection: Connection, types: Sequence[str] | None, since: datetime) -> int:
    """Let rows be sent again that were sent since *since*; return how many."""
    again = update(outbox).where(outbox.c.sent_at.is_not(None), outbox.c.created_at >= since).values(sent_at=None)
    if types is not None:
        again = again.where(outbox.c.type.in_(types))
    return connection.execute(again).rowcount


def purge(connection: Connection, before: datetime) -> None:
    """Forget what was sent and is older than *before*: it can no longer be replayed."""
    connection.execute(outbox.delete().where(outbox.c.sent_at.is_not(None), outbox.c.created_at < before))
