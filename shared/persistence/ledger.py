"""The ledger owns the work: what was accepted, what became of it, and what must still be said.

A message is *waiting* until a worker claims its key; then *working*, and at last *done*, *superseded* by a newer hint,
*parked* for a person, or *discarded* by one. `accepted` is counted apart from the rows, so that the books can disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import orjson
from sqlalchemy import Connection, and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.errors import Invalid, Permanent
from shared.events import Attempt, Event, MessageParked
from shared.events.envelope import Envelope, Outgoing, first, outcomes, stable_id
from shared.persistence.database import Database, insert_new
from shared.persistence.tables import books, inbox, outbox

LEASE = timedelta(seconds=60)
KEEP = timedelta(days=30)  # longer than any sender repeats itself, so that a repeat is still known
ERRORS_KEPT = 12  # the attempts that a parked message shows: the whole schedule of retry.py


@dataclass(frozen=True)
class Task:
    """A claimed message; *fence* proves that the claim is still ours when it is finished."""

    envelope: Envelope
    attempts: int
    fence: int


@dataclass(frozen=True)
class Books:
    """The accounts of a service. They balance when every accepted message is accounted for."""

    accepted: int
    done: int
    superseded: int
    parked: int
    discarded: int
    pending: int
    unsent: int
    oldest_pending: datetime | None

    @property
    def balanced(self) -> bool:
        return self.accepted == self.done + self.superseded + self.parked + self.discarded + self.pending


class LostLease(Permanent):
    """Somebody else has the message by now; what was done here is done again there, harmlessly."""

    def __init__(self, id_: str) -> None:
        super().__init__("lost_lease", f"message {id_}: the lease ended before the work did")


class Ledger(Protocol):
    """What the pipeline and the services ask of a ledger; memory.py has the twin for tests."""

    service: str
    wake_worker: Callable[[], None]
    wake_relay: Callable[[], None]

    def accept(self, envelopes: Sequence[Envelope]) -> int: ...
    def accept_unreadable(self, body: bytes, failure: Invalid) -> None: ...
    def claim(self) -> Task | None: ...
    def renew(self, tasks: Iterable[Task]) -> None: ...
    def release(self) -> int: ...
    def done(self, task: Task, events: Sequence[Event], own: Sequence[Callable[[Connection], object]] = ()) -> None: ...
    def again(self, task: Task, at: datetime, attempt: Attempt, *, counts: bool) -> None: ...
    def park(self, task: Task, attempt: Attempt) -> None: ...
    def parked(self) -> list[dict[str, Any]]: ...
    def retry(self, id_: str) -> bool: ...
    def discard(self, id_: str) -> bool: ...
    def say(self, events: Sequence[Event]) -> None: ...
    def unsent(self, limit: int) -> list[Outgoing]: ...
    def sent(self, seqs: Sequence[int]) -> None: ...
    def replay(self, types: Sequence[str] | None, since: datetime) -> int: ...
    def pending(self) -> int: ...
    def balance(self) -> Books: ...
    def purge(self) -> int: ...


class SqlLedger:
    """The ledger in the service's own database, the same on SQLite and PostgreSQL."""

    def __init__(self, database: Database, clock: Clock, owner: str) -> None:
        self.service = database.service
        self._database = database
        self._clock = clock
        self._owner = owner
        self.wake_worker: Callable[[], None] = lambda: None
        self.wake_relay: Callable[[], None] = lambda: None

    # -- in ---------------------------------------------------------------------------------------------------

    def accept(self, envelopes: Sequence[Envelope]) -> int:
        """Store messages that are not known yet and return how many were new. Safe to repeat."""
        now = self._clock.now()
        rows = [_waiting(envelope, now) for envelope in envelopes]
        crashpoint("consume.before_commit")
        new = self._database.write(lambda connection: _accept(connection, rows))
        crashpoint("consume.after_commit")
        if new:
            self.wake_worker()
        return new

    def accept_unreadable(self, body: bytes, failure: Invalid) -> None:
        """Park a message that is no envelope of ours: it must not come back, and must not be lost."""
        now = self._clock.now()
        text = body.decode("utf-8", "replace")[:10_000]
        id_ = stable_id("unreadable", self.service, text)
        task = Task(Envelope(id_, "unreadable", "unknown", now, f"unreadable:{id_}", id_, {"body": text}), 0, 0)
        attempt = Attempt(at=now, reason=failure.reason, error=str(failure))

        def work(connection: Connection) -> None:
            row = _waiting(task.envelope, now) | {"state": "parked", "finished_at": now}
            if _accept(connection, [row | {"errors": orjson.dumps([attempt.dump()]).decode()}]):
                self._say(connection, [self._parked(task, [attempt], now, now)])

        self._database.write(work)
        self.wake_relay()

    # -- work -------------------------------------------------------------------------------------------------

    def claim(self) -> Task | None:
        """Take the oldest due message of a key that nobody holds, for LEASE; older hints of its kind are superseded."""
        now = self._clock.now()
        if not self._is_due(now):
            return None  # asked without the write lock: an idle worker costs no commit
        try:
            return self._database.write(lambda connection: self._claim(connection, now))
        except IntegrityError:
            return None  # another process took the key in the same instant; the next claim finds other work

    def _is_due(self, now: datetime) -> bool:
        with self._database.read() as connection:
            return connection.execute(select(inbox.c.seq).where(_due(now)).limit(1)).first() is not None

    def _claim(self, connection: Connection, now: datetime) -> Task | None:
        connection.execute(
            update(inbox).where(inbox.c.state == "working", inbox.c.lease_until <= now).values(state="waiting")
        )
        held = inbox.alias("held")
        free = ~select(held.c.seq).where(held.c.key == inbox.c.key, held.c.state == "working").exists()
        query = select(inbox).where(inbox.c.state == "waiting", inbox.c.next_at <= now, free).order_by(inbox.c.seq).limit(1)
        if connection.dialect.name == "postgresql":
            query = query.with_for_update(skip_locked=True, of=inbox)
        row = connection.execute(query).mappings().first()
        if row is None:
            return None
        if row["hint"]:
            row = _supersede(connection, row, now)
        fence = row["fence"] + 1
        connection.execute(
            update(inbox)
            .where(inbox.c.seq == row["seq"])
            .values(state="working", lease_owner=self._owner, lease_until=now + LEASE, fence=fence)
        )
        return Task(Envelope.parse(row["envelope"]), row["attempts"], fence)

    def renew(self, tasks: Iterable[Task]) -> None:
        """Hold on to what is still being worked on."""
        until = self._clock.now() + LEASE
        conditions = [and_(inbox.c.id == task.envelope.id, inbox.c.fence == task.fence) for task in tasks]
        if conditions:
            working = update(inbox).where(inbox.c.state == "working", or_(*conditions))
            self._database.write(lambda connection: connection.execute(working.values(lease_until=until)))

    def release(self) -> int:
        """Let go of what a predecessor of this instance held when it died; return how many."""
        held = update(inbox).where(inbox.c.state == "working", inbox.c.lease_owner == self._owner)
        return self._database.write(lambda connection: connection.execute(held.values(state="waiting")).rowcount)

    def done(self, task: Task, events: Sequence[Event], own: Sequence[Callable[[Connection], object]] = ()) -> None:
        """Finish: the service's own rows, the inbox and what must be said, in one transaction.

        Raises: LostLease when the claim is no longer ours; then nothing is written.
        """
        now = self._clock.now()
        said = outcomes(events, task.envelope, self.service, now)

        def work(connection: Connection) -> None:
            self._finish(connection, task, state="done", finished_at=now)
            for write in own:
                write(connection)
            self._say(connection, said)

        self._database.write(work)
        self.wake_worker()  # the key is free again
        if said:
            self.wake_relay()

    def again(self, task: Task, at: datetime, attempt: Attempt, *, counts: bool) -> None:
        """Put the message back until *at*; an attempt that the target refused to everybody does not count."""

        def work(connection: Connection) -> None:
            errors = _errors(connection, task, attempt)
            self._finish(
                connection,
                task,
                state="waiting",
                next_at=at,
                attempts=task.attempts + (1 if counts else 0),
                errors=orjson.dumps(errors).decode(),
            )

        self._database.write(work)

    def park(self, task: Task, attempt: Attempt) -> None:
        """Set the message aside for a person, and say so."""
        now = self._clock.now()

        def work(connection: Connection) -> None:
            errors = _errors(connection, task, attempt)
            row = connection.execute(select(inbox.c.received_at).where(inbox.c.id == task.envelope.id)).one()
            self._finish(
                connection,
                task,
                state="parked",
                finished_at=now,
                attempts=task.attempts + 1,
                errors=orjson.dumps(errors).decode(),
            )
            attempts = [Attempt.load(error) for error in errors]
            self._say(connection, [self._parked(task, attempts, row.received_at, now)])

        self._database.write(work)
        self.wake_worker()
        self.wake_relay()

    def _parked(self, task: Task, attempts: list[Attempt], first_seen: datetime, now: datetime) -> Envelope:
        event = MessageParked(
            service=self.service,
            message_id=task.envelope.id,
            message_type=task.envelope.type,
            message_correlation_id=task.envelope.correlation_id,
            reason=attempts[-1].reason,
            first_seen=first_seen,
            parked_at=now,
            attempts=attempts,
        )
        # Parked, retried and parked again is news again: the claim's fence makes the id differ.
        id_ = stable_id("parked", self.service, task.envelope.id, str(task.fence))
        return first(event, self.service, now, id_=id_)

    def _finish(self, connection: Connection, task: Task, **values: Any) -> None:
        mine = and_(inbox.c.id == task.envelope.id, inbox.c.fence == task.fence, inbox.c.state == "working")
        changed = connection.execute(update(inbox).where(mine).values(lease_owner=None, lease_until=None, **values))
        if changed.rowcount != 1:
            raise LostLease(task.envelope.id)

    # -- by a person ------------------------------------------------------------------------------------------

    def retry(self, id_: str) -> bool:
        """Let a parked message wait for its turn again with fresh attempts; False when it is not parked."""
        now = self._clock.now()
        changed = self._unpark(id_, state="waiting", next_at=now, attempts=0, finished_at=None)
        self.wake_worker()
        return changed

    def discard(self, id_: str) -> bool:
        """Close a parked message without effect; the row stays. False when it is not parked."""
        return self._unpark(id_, state="discarded", finished_at=self._clock.now())

    def _unpark(self, id_: str, **values: Any) -> bool:
        parked = update(inbox).where(inbox.c.id == id_, inbox.c.state == "parked").values(**values)
        return self._database.write(lambda connection: connection.execute(parked).rowcount) == 1

    def parked(self) -> list[dict[str, Any]]:
        """Return what waits for a person, oldest first: id, type, reason, attempts, errors, correlation_id."""
        query = select(inbox).where(inbox.c.state == "parked").order_by(inbox.c.seq)
        with self._database.read() as connection:
            return [_explained(row) for row in connection.execute(query).mappings()]

    # -- out --------------------------------------------------------------------------------------------------

    def say(self, events: Sequence[Event]) -> None:
        """Say events that begin a chain."""
        now = self._clock.now()
        said = [first(event, self.service, now) for event in events]
        self._database.write(lambda connection: self._say(connection, said))
        self.wake_relay()

    def say_in(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        """Say *envelopes* in the caller's transaction; the caller wakes the relay after its commit."""
        self._say(connection, envelopes)

    def _say(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        now = self._clock.now()
        rows = [
            {"id": e.id, "type": e.type, "envelope": e.to_json().decode(), "created_at": now, "sent_at": None}
            for e in envelopes
        ]
        insert_new(connection, outbox, rows, "id")

    def unsent(self, limit: int) -> list[Outgoing]:
        """Return the oldest rows that the broker has not confirmed."""
        query = select(outbox).where(outbox.c.sent_at.is_(None)).order_by(outbox.c.seq).limit(limit)
        with self._database.read() as connection:
            return [Outgoing(r.seq, r.id, r.type, r.envelope.encode()) for r in connection.execute(query)]

    def sent(self, seqs: Sequence[int]) -> None:
        """Remember that the broker confirmed these."""
        now = self._clock.now()
        marked = update(outbox).where(outbox.c.seq.in_(seqs)).values(sent_at=now)
        self._database.write(lambda connection: connection.execute(marked))

    def replay(self, types: Sequence[str] | None, since: datetime) -> int:
        """Send again what was sent since *since* (all *types* when None); receivers know what they already have."""
        again = update(outbox).where(outbox.c.sent_at.is_not(None), outbox.c.created_at >= since).values(sent_at=None)
        if types is not None:
            again = again.where(outbox.c.type.in_(types))
        count = self._database.write(lambda connection: connection.execute(again).rowcount)
        self.wake_relay()
        return count

    # -- accounts ---------------------------------------------------------------------------------------------

    def pending(self) -> int:
        """Return how many messages wait or are worked on."""
        query = select(func.count()).select_from(inbox).where(inbox.c.state.in_(("waiting", "working")))
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def balance(self) -> Books:
        """Return the accounts, all of one moment."""
        with self._database.read() as connection:
            rows = connection.execute(select(inbox.c.state, func.count()).group_by(inbox.c.state))
            count: dict[str, int] = {state: number for state, number in rows}
            counted: dict[str, int] = {name: value for name, value in connection.execute(select(books))}
            open_ = inbox.c.state.in_(("waiting", "working"))
            oldest = connection.execute(select(func.min(inbox.c.received_at)).where(open_)).scalar()
            unsent = connection.execute(select(func.count()).where(outbox.c.sent_at.is_(None))).scalar_one()
        return Books(
            accepted=counted.get("accepted", 0),
            done=count.get("done", 0) + counted.get("purged", 0),
            superseded=count.get("superseded", 0),
            parked=count.get("parked", 0),
            discarded=count.get("discarded", 0),
            pending=count.get("waiting", 0) + count.get("working", 0),
            unsent=unsent,
            oldest_pending=oldest,
        )

    def purge(self) -> int:
        """Forget finished messages after KEEP; parked ones stay until a person decides. Return how many."""
        before = self._clock.now() - KEEP

        def work(connection: Connection) -> int:
            finished = and_(inbox.c.state.in_(("done", "superseded", "discarded")), inbox.c.finished_at < before)
            gone = connection.execute(inbox.delete().where(finished)).rowcount
            _count(connection, "purged", gone)
            connection.execute(outbox.delete().where(outbox.c.sent_at.is_not(None), outbox.c.created_at < before))
            return gone

        return self._database.write(work)


def _due(now: datetime) -> Any:
    return or_(
        and_(inbox.c.state == "waiting", inbox.c.next_at <= now),
        and_(inbox.c.state == "working", inbox.c.lease_until <= now),
    )


def _waiting(envelope: Envelope, now: datetime) -> dict[str, Any]:
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


def _accept(connection: Connection, rows: list[dict[str, Any]]) -> int:
    new = len(insert_new(connection, inbox, rows, "id"))
    _count(connection, "accepted", new)
    return new


def _count(connection: Connection, name: str, more: int) -> None:
    if more:
        connection.execute(update(books).where(books.c.name == name).values(value=books.c.value + more))


def _supersede(connection: Connection, row: Any, now: datetime) -> Any:
    same = and_(inbox.c.key == row["key"], inbox.c.type == row["type"], inbox.c.state == "waiting")
    newest = connection.execute(select(inbox).where(same).order_by(inbox.c.seq.desc()).limit(1)).mappings().one()
    older = update(inbox).where(same, inbox.c.seq < newest["seq"])
    connection.execute(older.values(state="superseded", finished_at=now))
    return newest


def _explained(row: Any) -> dict[str, Any]:
    errors = orjson.loads(row["errors"])
    return {
        "id": row["id"],
        "type": row["type"],
        "correlation_id": row["correlation_id"],
        "reason": errors[-1]["reason"] if errors else "unreadable_message",
        "attempts": row["attempts"],
        "received_at": row["received_at"].isoformat(),
        "errors": errors,
    }


def _errors(connection: Connection, task: Task, attempt: Attempt) -> list[dict[str, Any]]:
    known = connection.execute(select(inbox.c.errors).where(inbox.c.id == task.envelope.id)).scalar_one()
    return [*orjson.loads(known), attempt.dump()][-ERRORS_KEPT:]
