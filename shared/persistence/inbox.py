"""The rows of the inbox: questions and changes on a given connection. ledger.py makes transactions of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, and_, func, or_, select, update

from shared.events import Attempt
from shared.events.envelope import Envelope
from shared.persistence.database import insert_new
from shared.persistence.tables import books, inbox

ERRORS_KEPT = 12  # the attempts that a parked message shows: the whole schedule of retry.py

OPEN = ("waiting", "working")
FINISHED = ("done", "superseded", "discarded")


def waiting_row(envelope: Envelope, now: datetime) -> dict[str, Any]:
    """Return the row of a message that has just arrived."""
    return {
        "id": envelope.id,
        "type": envelope.type,
        "key": envelope.key,
        "source": envelope.source,
        "correlation_id": envelope.correlation_id,
        "causation_id": envelope.causation_id,
        "envelope": envelope.to_json().decode(),
        "hint": envelope.hint,
        "state": "waiting",
        "attempts": 0,
        "errors": "[]",
        "next_at": now,
        "fence": 0,
        "received_at": now,
        "finished_at": None,
    }


def accept(connection: Connection, rows: list[dict[str, Any]]) -> int:
    """Insert what is not known yet, count it apart from the rows, and return how many that were."""
    new = len(insert_new(connection, inbox, rows, "id"))
    count(connection, "accepted", new)
    return new


def count(connection: Connection, name: str, more: int) -> None:
    """Add to a counter of the books."""
    if more:
        connection.execute(update(books).where(books.c.name == name).values(value=books.c.value + more))


def is_due(connection: Connection, now: datetime) -> bool:
    """Tell whether there is anything to claim, perhaps of a key that is held."""
    waits = and_(inbox.c.state == "waiting", inbox.c.next_at <= now)
    lost = and_(inbox.c.state == "working", inbox.c.lease_until <= now)
    return connection.execute(select(inbox.c.seq).where(or_(waits, lost)).limit(1)).first() is not None


def claim(connection: Connection, now: datetime, owner: str, lease: timedelta) -> RowMapping | None:
    """Take the oldest due row of a free key; of a hint, the newest of its kind, superseding the older ones.

    Raises: IntegrityError when another process took the key in the same instant.
    """
    ended = update(inbox).where(inbox.c.state == "working", inbox.c.lease_until <= now)
    connection.execute(ended.values(state="waiting"))
    row = connection.execute(_oldest_due(connection, now)).mappings().first()
    if row is None:
        return None
    if row["hint"]:
        row = _supersede(connection, row, now)
    taken = {"state": "working", "lease_owner": owner, "lease_until": now + lease, "fence": row["fence"] + 1}
    connection.execute(update(inbox).where(inbox.c.seq == row["seq"]).values(**taken))
    return row


def claim_like(
    connection: Connection, type_: str, limit: int, now: datetime, owner: str, lease: timedelta
) -> list[RowMapping]:
    """Take up to *limit* due rows of *type_*, each of another free key, as `claim` takes one.

    Raises: IntegrityError when another process took one of the keys in the same instant.
    """
    due = _oldest_due(connection, now, limit).where(inbox.c.type == type_)
    keys = list({row["key"]: row for row in connection.execute(due).mappings()})
    same = and_(inbox.c.key.in_(keys), inbox.c.type == type_, inbox.c.state == "waiting")
    rows: dict[str, RowMapping] = {}
    superseded: list[int] = []
    for row in connection.execute(select(inbox).where(same).order_by(inbox.c.seq)).mappings():
        if row["hint"] and row["key"] in rows:
            superseded.append(rows[row["key"]]["seq"])
            rows[row["key"]] = row
        rows.setdefault(row["key"], row)
    if superseded:
        older = update(inbox).where(inbox.c.seq.in_(superseded))
        connection.execute(older.values(state="superseded", finished_at=now))
    taken = update(inbox).where(inbox.c.seq.in_([row["seq"] for row in rows.values()]))
    connection.execute(
        taken.values(state="working", lease_owner=owner, lease_until=now + lease, fence=inbox.c.fence + 1)
    )
    return list(rows.values())


def _oldest_due(connection: Connection, now: datetime, limit: int = 1) -> Any:
    held = inbox.alias("held")
    is_free = ~select(held.c.seq).where(held.c.key == inbox.c.key, held.c.state == "working").exists()
    due = select(inbox).where(inbox.c.state == "waiting", inbox.c.next_at <= now, is_free)
    due = due.order_by(inbox.c.seq).limit(limit)
    if connection.dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True, of=inbox)
    return due


def _supersede(connection: Connection, row: RowMapping, now: datetime) -> RowMapping:
    same = and_(inbox.c.key == row["key"], inbox.c.type == row["type"], inbox.c.state == "waiting")
    newest = connection.execute(select(inbox).where(same).order_by(inbox.c.seq.desc()).limit(1)).mappings().one()
    older = update(inbox).where(same, inbox.c.seq < newest["seq"])
    connection.execute(older.values(state="superseded", finished_at=now))
    return newest


def renew(connection: Connection, claims: Sequence[tuple[str, int]], until: datetime) -> None:
    """Lengthen the leases of the (id, fence) pairs that are still held."""
    held = or_(*(and_(inbox.c.id == id_, inbox.c.fence == fence) for id_, fence in claims))
    connection.execute(update(inbox).where(inbox.c.state == "working", held).values(lease_until=until))


def release(connection: Connection, owner: str) -> int:
    """Let go of everything that *owner* holds; return how many rows that were."""
    held = update(inbox).where(inbox.c.state == "working", inbox.c.lease_owner == owner)
    return connection.execute(held.values(state="waiting")).rowcount


def finish(connection: Connection, id_: str, fence: int, **values: Any) -> bool:
    """Change a row whose claim is still ours; False when it is not."""
    ours = and_(inbox.c.id == id_, inbox.c.fence == fence, inbox.c.state == "working")
    changed = connection.execute(update(inbox).where(ours).values(lease_owner=None, lease_until=None, **values))
    return changed.rowcount == 1


def finish_all(connection: Connection, claims: Sequence[tuple[str, int]], now: datetime) -> list[str]:
    """Mark the (id, fence) pairs that are still ours as done and return their ids."""
    fences = dict(claims)
    held = select(inbox.c.id, inbox.c.fence).where(inbox.c.id.in_(fences), inbox.c.state == "working")
    ours = [row.id for row in connection.execute(held) if row.fence == fences[row.id]]
    finished = update(inbox).where(inbox.c.id.in_(ours))
    connection.execute(finished.values(lease_owner=None, lease_until=None, state="done", finished_at=now))
    return ours


def unpark(connection: Connection, id_: str, **values: Any) -> bool:
    """Change a row that is parked; False when it is not."""
    parked_row = update(inbox).where(inbox.c.id == id_, inbox.c.state == "parked")
    return connection.execute(parked_row.values(**values)).rowcount == 1


def history(connection: Connection, id_: str, attempt: Attempt) -> tuple[datetime, list[dict[str, Any]]]:
    """Return when the message came, and its failed attempts with *attempt* as the last."""
    row = connection.execute(select(inbox.c.received_at, inbox.c.errors).where(inbox.c.id == id_)).one()
    return row.received_at, [*orjson.loads(row.errors), attempt.dump()][-ERRORS_KEPT:]


def parked(connection: Connection) -> list[dict[str, Any]]:
    """Return what waits for a person, oldest first."""
    rows = connection.execute(select(inbox).where(inbox.c.state == "parked").order_by(inbox.c.seq)).mappings()
    return [_explained(row) for row in rows]


def one(connection: Connection, id_: str) -> RowMapping | None:
    return connection.execute(select(inbox).where(inbox.c.id == id_)).mappings().first()


def _explained(row: RowMapping) -> dict[str, Any]:
    errors = orjson.loads(row["errors"])
    return {
        "id": row["id"],
        "type": row["type"],
        "correlation_id": row["correlation_id"],
        "reason": errors[-1]["reason"],
        "attempts": row["attempts"],
        "received_at": row["received_at"].isoformat(),
        "errors": errors,
    }


def pending(connection: Connection) -> int:
    """Return how many messages wait or are worked on."""
    return connection.execute(select(func.count()).where(inbox.c.state.in_(OPEN))).scalar_one()


def counts(connection: Connection) -> tuple[dict[str, int], dict[str, int], datetime | None]:
    """Return the rows by state, the counters of the books, and when the oldest open row came."""
    by_state = connection.execute(select(inbox.c.state, func.count()).group_by(inbox.c.state)).all()
    counters = connection.execute(select(books.c.name, books.c.value)).all()
    oldest = connection.execute(select(func.min(inbox.c.received_at)).where(inbox.c.state.in_(OPEN))).scalar()
    return {row[0]: row[1] for row in by_state}, {row[0]: row[1] for row in counters}, oldest


def purge(connection: Connection, before: datetime) -> int:
    """Forget what was finished before *before*, and note in the books how many that were."""
    finished = and_(inbox.c.state.in_(FINISHED), inbox.c.finished_at < before)
    gone = connection.execute(inbox.delete().where(finished)).rowcount
    count(connection, "purged", gone)
    return gone
