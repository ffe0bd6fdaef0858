"""The ledger's twin in memory: the same promises, for tests that need no database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.clock import Clock
from shared.errors import Invalid
from shared.events import Attempt, Event, MessageParked
from shared.events.envelope import Envelope, Outgoing, first, outcomes, stable_id
from shared.persistence.ledger import KEEP, LEASE, Books, Finished, LostLease, Task


@dataclass
class _Row:
    envelope: Envelope
    received_at: datetime
    next_at: datetime
    state: str = "waiting"
    attempts: int = 0
    fence: int = 0
    lease_until: datetime | None = None
    finished_at: datetime | None = None
    errors: list[Attempt] = field(default_factory=list)


@dataclass
class _Said:
    outgoing: Outgoing
    created_at: datetime
    sent: bool = False


class MemoryLedger:
    """Rows in a dictionary, one lock around everything."""

    def __init__(self, service: str, clock: Clock) -> None:
        self.service = service
        self._clock = clock
        self._lock = threading.RLock()
        self._rows: dict[str, _Row] = {}
        self._outbox: dict[str, _Said] = {}
        self._accepted = 0
        self._purged = 0
        self.wake_worker: Callable[[], None] = lambda: None
        self.wake_relay: Callable[[], None] = lambda: None

    def accept(self, envelopes: Sequence[Envelope]) -> int:
        now = self._clock.now()
        with self._lock:
            new = [one for one in {e.id: e for e in envelopes}.values() if one.id not in self._rows]
            for envelope in new:
                self._rows[envelope.id] = _Row(envelope, now, now)
            self._accepted += len(new)
        self.wake_worker()
        return len(new)

    def accept_unreadable(self, body: bytes, failure: Invalid) -> None:
        now = self._clock.now()
        text = body.decode("utf-8", "replace")[:10_000]
        id_ = stable_id("unreadable", self.service, text)
        with self._lock:
            if self.accept([Envelope(id_, "unreadable", "unknown", now, f"unreadable:{id_}", id_, {"body": text})]):
                self._set_aside(self._rows[id_], Attempt(at=now, reason=failure.reason, error=str(failure)))

    def claim(self) -> Task | None:
        now = self._clock.now()
        with self._lock:
            for row in self._rows.values():
                if row.state == "working" and row.lease_until is not None and row.lease_until <= now:
                    row.state = "waiting"
            held = {row.envelope.key for row in self._rows.values() if row.state == "working"}
            due = [row for row in self._waiting() if row.next_at <= now and row.envelope.key not in held]
            if not due:
                return None
            row = self._newest(due[0], now) if due[0].envelope.hint else due[0]
            row.state, row.lease_until, row.fence = "working", now + LEASE, row.fence + 1
            return Task(row.envelope, row.attempts, row.fence)

    def claim_like(self, task: Task, limit: int) -> list[Task]:
        taken: list[Task] = []
        with self._lock:
            others = [row for row in self._waiting() if row.envelope.type != task.envelope.type]
            for row in others:
                row.state = "aside"
            while len(taken) < limit and (one := self.claim()):
                taken.append(one)
            for row in others:
                row.state = "waiting"
        return taken

    def _waiting(self) -> list[_Row]:
        return [row for row in self._rows.values() if row.state == "waiting"]

    def _newest(self, row: _Row, now: datetime) -> _Row:
        kind = (row.envelope.key, row.envelope.type)
        *older, newest = [one for one in self._waiting() if (one.envelope.key, one.envelope.type) == kind]
        for one in older:
            one.state, one.finished_at = "superseded", now
        return newest

    def renew(self, tasks: Iterable[Task]) -> None:
        until = self._clock.now() + LEASE
        with self._lock:
            for task in tasks:
                row = self._rows[task.envelope.id]
                if row.state == "working" and row.fence == task.fence:
                    row.lease_until = until

    def release(self) -> int:
        with self._lock:
            held = [row for row in self._rows.values() if row.state == "working"]
            for row in held:
                row.state = "waiting"
            return len(held)

    def done(self, task: Task, events: Sequence[Event], own: Sequence[Callable[[Any], object]] = ()) -> None:
        now = self._clock.now()
        with self._lock:
            row = self._mine(task)
            for write in own:
                write(None)
            row.state, row.finished_at = "done", now
            self._say(outcomes(events, task.envelope, self.service, now))
        self.wake_worker()

    def done_together(self, finished: Sequence[Finished], own: Sequence[Callable[[Any], object]] = ()) -> list[Task]:
        lost: list[Task] = []
        for each in finished:
            try:
                self.done(each.task, each.events)
            except LostLease:
                lost.append(each.task)
        for write in own:
            write(None)
        return lost

    def again(self, task: Task, at: datetime, attempt: Attempt, *, counts: bool) -> None:
        with self._lock:
            row = self._mine(task)
            row.state, row.next_at = "waiting", at
            row.attempts += 1 if counts else 0
            row.errors.append(attempt)

    def park(self, task: Task, attempt: Attempt) -> None:
        with self._lock:
            self._set_aside(self._mine(task), attempt)

    def _set_aside(self, row: _Row, attempt: Attempt) -> None:
        now = self._clock.now()
        row.state, row.finished_at = "parked", now
        row.attempts += 1
        row.errors.append(attempt)
        event = MessageParked(
            service=self.service,
            message_id=row.envelope.id,
            message_type=row.envelope.type,
            message_correlation_id=row.envelope.correlation_id,
            reason=attempt.reason,
            first_seen=row.received_at,
            parked_at=now,
            attempts=row.errors,
        )
        id_ = stable_id("parked", self.service, row.envelope.id, str(row.fence))
        self._say([first(event, self.service, now, id_=id_)])

    def _mine(self, task: Task) -> _Row:
        row = self._rows[task.envelope.id]
        if row.state != "working" or row.fence != task.fence:
            raise LostLease(task.envelope.id)
        return row

    def retry(self, id_: str) -> bool:
        return self._unpark(id_, "waiting")

    def discard(self, id_: str) -> bool:
        return self._unpark(id_, "discarded")

    def _unpark(self, id_: str, state: str) -> bool:
        with self._lock:
            row = self._rows.get(id_)
            if row is None or row.state != "parked":
                return False
            row.state, row.next_at, row.attempts = state, self._clock.now(), 0
        self.wake_worker()
        return True

    def parked(self) -> list[dict[str, Any]]:
        with self._lock:
            rows = [row for row in self._rows.values() if row.state == "parked"]
            return [
                {
                    "id": row.envelope.id,
                    "type": row.envelope.type,
                    "correlation_id": row.envelope.correlation_id,
                    "reason": row.errors[-1].reason,
                    "attempts": row.attempts,
                    "received_at": row.received_at.isoformat(),
                    "errors": [attempt.dump() for attempt in row.errors],
                }
                for row in rows
            ]

    def came(self, id_: str) -> Envelope | None:
        with self._lock:
            row = self._rows.get(id_)
            return row.envelope if row else None

    def say(self, events: Sequence[Event]) -> None:
        now = self._clock.now()
        self._say([first(event, self.service, now) for event in events])

    def _say(self, envelopes: Sequence[Envelope]) -> None:
        with self._lock:
            for envelope in envelopes:
                outgoing = Outgoing(len(self._outbox) + 1, envelope.id, envelope.type, envelope.to_json())
                self._outbox.setdefault(envelope.id, _Said(outgoing, self._clock.now()))
        self.wake_relay()

    def unsent(self, limit: int) -> list[Outgoing]:
        with self._lock:
            return [one.outgoing for one in self._outbox.values() if not one.sent][:limit]

    def sent(self, seqs: Sequence[int]) -> None:
        with self._lock:
            for one in self._outbox.values():
                if one.outgoing.seq in seqs:
                    one.sent = True

    def replay(self, types: Sequence[str] | None, since: datetime) -> int:
        with self._lock:
            wanted = [
                one
                for one in self._outbox.values()
                if one.sent and one.created_at >= since and (types is None or one.outgoing.type in types)
            ]
            for one in wanted:
                one.sent = False
        self.wake_relay()
        return len(wanted)

    def pending(self) -> int:
        return self.balance().pending

    def balance(self) -> Books:
        with self._lock:
            count = dict.fromkeys(("waiting", "working", "done", "superseded", "parked", "discarded"), 0)
            for row in self._rows.values():
                count[row.state] += 1
            open_ = [row.received_at for row in self._rows.values() if row.state in ("waiting", "working")]
            return Books(
                accepted=self._accepted,
                done=count["done"] + self._purged,
                superseded=count["superseded"],
                parked=count["parked"],
                discarded=count["discarded"],
                pending=count["waiting"] + count["working"],
                unsent=len(self.unsent(1_000_000)),
                oldest_pending=min(open_, default=None),
            )

    def purge(self) -> int:
        before = self._clock.now() - KEEP
        with self._lock:
            old = [
                id_
                for id_, row in self._rows.items()
                if row.state in ("done", "superseded", "discarded") and row.finished_at and row.finished_at < before
            ]
            for id_ in old:
                del self._rows[id_]
            self._purged += len(old)
            return len(old)
