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
from sqlalchemy import Connection, RowMapping
from sqlalchemy.exc import IntegrityError

from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.errors import Invalid, Permanent
from shared.events import Attempt, Event, MessageParked
from shared.events.envelope import Envelope, Outgoing, first, outcomes, stable_id
from shared.persistence import inbox, outbox
from shared.persistence.database import Database

LEASE = timedelta(seconds=60)
KEEP = timedelta(days=30)  # longer than any sender repeats itself, so that a repeat is still known
OwnWrite = Callable[[Connection], object]


@dataclass(frozen=True)
class Task:
    """A claimed message; *fence* proves that the claim is still ours when it is finished."""

    envelope: Envelope
    attempts: int
    fence: int


@dataclass(frozen=True)
class Finished:
    """A task that came to its end, and what it led to."""

    task: Task
    events: Sequence[Event]


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
    def claim_like(self, task: Task, limit: int) -> list[Task]: ...
    def renew(self, tasks: Iterable[Task]) -> None: ...
    def release(self) -> int: ...
    def done(self, task: Task, events: Sequence[Event], own: Sequence[OwnWrite] = ()) -> None: ...
    def done_together(self, finished: Sequence[Finished], own: Sequence[OwnWrite] = ()) -> list[Task]: ...
    def again(self, task: Task, at: datetime, attempt: Attempt, *, counts: bool) -> None: ...
    def park(self, task: Task, attempt: Attempt) -> None: ...
    def parked(self) -> list[dict[str, Any]]: ...
    def came(self, id_: str) -> Envelope | None: ...
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

    # -- what comes in ----------------------------------------------------------------------------------------

    def accept(self, envelopes: Sequence[Envelope]) -> int:
        """Store messages that are not known yet and return how many were new. Safe to repeat."""
        now = self._clock.now()
        rows = [inbox.waiting_row(envelope, now) for envelope in envelopes]
        crashpoint("consume.before_commit")
        new = self._database.write(lambda connection: inbox.accept(connection, rows))
        crashpoint("consume.after_commit")
        if new:
            self.wake_worker()
        return new

    def accept_unreadable(self, body: bytes, failure: Invalid) -> None:
        """Park a message that is no envelope of ours: it must not come back, and must not be lost."""
        now = self._clock.now()
        text = body.decode("utf-8", "replace")[:10_000]
        id_ = stable_id("unreadable", self.service, text)
        envelope = Envelope(id_, "unreadable", "unknown", now, f"unreadable:{id_}", id_, {"body": text})
        attempt = Attempt(at=now, reason=failure.reason, error=str(failure))
        row = inbox.waiting_row(envelope, now)
        row |= {"state": "parked", "finished_at": now, "errors": orjson.dumps([attempt.dump()]).decode()}

        def work(connection: Connection) -> None:
            if inbox.accept(connection, [row]):
                outbox.say(connection, [self._parked(Task(envelope, 0, 0), [attempt], now, now)], now)

        self._database.write(work)
        self.wake_relay()

    # -- work -------------------------------------------------------------------------------------------------

    def claim(self) -> Task | None:
        """Take the oldest due message of a key that nobody holds, for LEASE; older hints of its kind are superseded."""
        now = self._clock.now()
        with self._database.read() as connection:
            if not inbox.is_due(connection, now):
                return None  # asked without the write lock: an idle worker costs no commit
        try:
            row = self._database.write(lambda connection: inbox.claim(connection, now, self._owner, LEASE))
        except IntegrityError:
            return None  # another process took the key; the next claim finds other work
        return None if row is None else _task(row)

    def claim_like(self, task: Task, limit: int) -> list[Task]:
        """Take up to *limit* more due messages of the type of *task*, each of another key that nobody holds."""
        now = self._clock.now()

        def work(connection: Connection) -> list[Task]:
            taken = inbox.claim_like(connection, task.envelope.type, limit, now, self._owner, LEASE)
            return [_task(row) for row in taken]

        try:
            return self._database.write(work)
        except IntegrityError:
            return []

    def renew(self, tasks: Iterable[Task]) -> None:
        """Hold on to what is still being worked on."""
        claims = [(task.envelope.id, task.fence) for task in tasks]
        until = self._clock.now() + LEASE
        if claims:
            self._database.write(lambda connection: inbox.renew(connection, claims, until))

    def release(self) -> int:
        """Let go of what a predecessor of this instance held when it died; return how many."""
        return self._database.write(lambda connection: inbox.release(connection, self._owner))

    def done(self, task: Task, events: Sequence[Event], own: Sequence[OwnWrite] = ()) -> None:
        """Finish: the service's own rows, the inbox and what must be said, in one transaction.

        Raises: LostLease when the claim is no longer ours; then nothing is written.
        """
        now = self._clock.now()
        said = outcomes(events, task.envelope, self.service, now)

        def work(connection: Connection) -> None:
            _finish(connection, task, state="done", finished_at=now)
            for write in own:
                write(connection)
            outbox.say(connection, said, now)

        self._database.write(work)
        self.wake_worker()  # the key is free again
        if said:
            self.wake_relay()

    def done_together(self, finished: Sequence[Finished], own: Sequence[OwnWrite] = ()) -> list[Task]:
        """Finish several as `done` does, in one transaction; return those whose claim is no longer ours."""
        now = self._clock.now()
        said = {
            each.task.envelope.id: outcomes(each.events, each.task.envelope, self.service, now) for each in finished
        }

        def work(connection: Connection) -> list[Task]:
            ours = inbox.finish_all(connection, [(each.task.envelope.id, each.task.fence) for each in finished], now)
            for write in own:
                write(connection)
            outbox.say(connection, [envelope for id_ in ours for envelope in said[id_]], now)
            return [each.task for each in finished if each.task.envelope.id not in ours]

        lost = self._database.write(work)
        self.wake_worker()
        self.wake_relay()
        return lost

    def again(self, task: Task, at: datetime, attempt: Attempt, *, counts: bool) -> None:
        """Put the message back until *at*; an attempt that the target refused to everybody does not count."""
        attempts = task.attempts + (1 if counts else 0)

        def work(connection: Connection) -> None:
            _, errors = inbox.history(connection, task.envelope.id, attempt)
            _finish(connection, task, state="waiting", next_at=at, attempts=attempts, errors=_json(errors))

        self._database.write(work)

    def park(self, task: Task, attempt: Attempt) -> None:
        """Set the message aside for a person, and say so."""
        now = self._clock.now()

        def work(connection: Connection) -> None:
            came, errors = inbox.history(connection, task.envelope.id, attempt)
            changes = {"attempts": task.attempts + 1, "errors": _json(errors)}
            _finish(connection, task, state="parked", finished_at=now, **changes)
            attempts = [Attempt.load(error) for error in errors]
            outbox.say(connection, [self._parked(task, attempts, came, now)], now)

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

    # -- by a person ------------------------------------------------------------------------------------------

    def parked(self) -> list[dict[str, Any]]:
        """Return what waits for a person: `[{id, type, correlation_id, reason, attempts, received_at, errors}]`."""
        with self._database.read() as connection:
            return inbox.parked(connection)

    def came(self, id_: str) -> Envelope | None:
        """Return the message *id_* as it came, None when it never did, or is purged."""
        with self._database.read() as connection:
            row = inbox.one(connection, id_)
        return None if row is None else Envelope.parse(row["envelope"])

    def retry(self, id_: str) -> bool:
        """Let a parked message wait for its turn again with fresh attempts; False when it is not parked."""
        fresh = {"state": "waiting", "next_at": self._clock.now(), "attempts": 0, "finished_at": None}
        changed = self._database.write(lambda connection: inbox.unpark(connection, id_, **fresh))
        self.wake_worker()
        return changed

    def discard(self, id_: str) -> bool:
        """Close a parked message without effect; the row stays. False when it is not parked."""
        closed = {"state": "discarded", "finished_at": self._clock.now()}
        return self._database.write(lambda connection: inbox.unpark(connection, id_, **closed))

    # -- what goes out ----------------------------------------------------------------------------------------

    def say(self, events: Sequence[Event]) -> None:
        """Say events that begin a chain."""
        now = self._clock.now()
        said = [first(event, self.service, now) for event in events]
        self._database.write(lambda connection: outbox.say(connection, said, now))
        self.wake_relay()

    def say_in(self, connection: Connection, envelopes: Sequence[Envelope]) -> list[str]:
        """Say *envelopes* in the caller's transaction and return the ids that are new.

        The caller wakes the relay after its commit.
        """
        return outbox.say(connection, envelopes, self._clock.now())

    def unsent(self, limit: int) -> list[Outgoing]:
        """Return the oldest rows that the broker has not confirmed."""
        with self._database.read() as connection:
            return outbox.unsent(connection, limit)

    def sent(self, seqs: Sequence[int]) -> None:
        """Remember that the broker confirmed these."""
        now = self._clock.now()
        self._database.write(lambda connection: outbox.mark_sent(connection, seqs, now))

    def replay(self, types: Sequence[str] | None, since: datetime) -> int:
        """Send again what was sent since *since* (all *types* when None); receivers know what they already have."""
        count = self._database.write(lambda connection: outbox.replay(connection, types, since))
        self.wake_relay()
        return count

    # -- accounts ---------------------------------------------------------------------------------------------

    def pending(self) -> int:
        """Return how many messages wait or are worked on."""
        with self._database.read() as connection:
            return inbox.pending(connection)

    def balance(self) -> Books:
        """Return the accounts, all of one moment."""
        with self._database.read() as connection:
            state, counted, oldest = inbox.counts(connection)
            unsent = outbox.count_unsent(connection)
        return Books(
            accepted=counted.get("accepted", 0),
            done=state.get("done", 0) + counted.get("purged", 0),
            superseded=state.get("superseded", 0),
            parked=state.get("parked", 0),
            discarded=state.get("discarded", 0),
            pending=state.get("waiting", 0) + state.get("working", 0),
            unsent=unsent,
            oldest_pending=oldest,
        )

    def purge(self) -> int:
        """Forget finished messages after KEEP; parked ones stay until a person decides. Return how many."""
        before = self._clock.now() - KEEP

        def work(connection: Connection) -> int:
            outbox.purge(connection, before)
            return inbox.purge(connection, before)

        return self._database.write(work)


def _task(row: RowMapping) -> Task:
    return Task(Envelope.parse(row["envelope"]), row["attempts"], row["fence"] + 1)


def _finish(connection: Connection, task: Task, **values: Any) -> None:
    if not inbox.finish(connection, task.envelope.id, task.fence, **values):
        raise LostLease(task.envelope.id)


def _json(errors: list[dict[str, Any]]) -> str:
    return orjson.dumps(errors).decode()
