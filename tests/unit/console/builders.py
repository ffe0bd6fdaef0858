"""Valid values and one console on fakes, for the tests of the console; a test states only what matters to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import insert

from services.console import store as tables
from services.console.app import create_app
from services.console.app.desk import Desk
from services.console.domain.post import InTray, MailroomView, Offered
from services.console.domain.sighting import Books, Queue, Readiness, ServiceState, Sighting, queue_of
from services.console.store import Store
from shared.clock import FixedClock
from shared.errors import Transient
from shared.events import Attempt, Event, MessageParked
from shared.events.envelope import Envelope
from shared.persistence.database import Database
from shared.persistence.tables import inbox
from shared.persistence.tables import metadata as ledger_tables

NOW = datetime(2026, 11, 23, 14, 2, 11, tzinfo=UTC)  # 15:02:11 in Brussels
SERVICES = ("console", "webhooks", "timesync", "mailroom", "notifier")


def books(**changes: Any) -> Books:
    return Books(**{"accepted": 0, "done": 0, "superseded": 0, "parked": 0, "discarded": 0, "pending": 0} | changes)


def state(name: str, *, failing: Sequence[str] = (), ready: bool | None = None, **accounts: Any) -> ServiceState:
    checks = {"consumer": True, "publisher": True, "database": True} | dict.fromkeys(failing, False)
    answer = Readiness(ready=not failing if ready is None else ready, checks=checks, books=books(**accounts))
    return ServiceState(name, answer)


def queue(name: str, *, ready: int = 0, consumers: int = 1, **more: Any) -> Queue:
    return Queue(name=name, ready=ready, unacknowledged=0, consumers=consumers, **more)


def healthy() -> Sighting:
    nets = [queue("hub.unrouted", consumers=0), queue("hub.dead", consumers=0)]
    return Sighting([state(name) for name in SERVICES], [queue(queue_of(name)) for name in SERVICES] + nets)


def replaced(sighting: Sighting, *changes: ServiceState | Queue) -> Sighting:
    """Return *sighting* with the services and queues of the same name replaced, and new queues added."""
    services = {change.name: change for change in changes if isinstance(change, ServiceState)}
    queues = {change.name: change for change in changes if isinstance(change, Queue)}
    known = {old.name: old for old in sighting.queues or []}
    return Sighting([services.get(old.name, old) for old in sighting.services], list((known | queues).values()))


def parked(message_id: str = "m-1", **changes: Any) -> MessageParked:
    values: dict[str, Any] = {
        "service": "timesync",
        "message_id": message_id,
        "message_type": "absences.changed.v1",
        "message_correlation_id": "c-1",
        "reason": "graph_404",
        "first_seen": NOW - timedelta(hours=2),
        "parked_at": NOW - timedelta(hours=1),
        "attempts": [
            Attempt(
                at=NOW - timedelta(hours=1),
                reason="graph_404",
                error="GET /users/… answered 404 ErrorItemNotFound, request-id 7f",
            )
        ],
    }
    return MessageParked(**values | changes)


def in_tray(kenmerk: str = "2026/IN/001234", **changes: Any) -> InTray:
    values: dict[str, Any] = {
        "kenmerk": kenmerk,
        "version": 1,
        "reason": "unknown_project",
        "suggestions": ("A40201", "A40203"),
        "since": NOW - timedelta(hours=3),
    }
    return InTray(**values | changes)


def offered(message: str = "3f5a" * 16, **changes: Any) -> Offered:
    values: dict[str, Any] = {
        "message": message,
        "intake": "post",
        "received_at": NOW - timedelta(hours=2),
        "references": ("2026/IN/001234",),
        "projects": ("A40201",),
    }
    return Offered(**values | changes)


@dataclass
class FakeConsole:
    """A whole console: real store and pages; what it sees, mailroom says and it says is in the test's hands."""

    database: Database
    store: Store
    clock: FixedClock
    sighting: Sighting = field(default_factory=healthy)
    mailroom: MailroomView = field(default_factory=MailroomView)
    said: list[Event] = field(default_factory=list)
    away: bool = False  # the database

    @classmethod
    def at(cls, folder: Path) -> FakeConsole:
        database = Database(f"sqlite:///{folder / 'console.db'}", "console")
        tables.metadata.create_all(database.engine)
        ledger_tables.create_all(database.engine)
        return cls(database, Store(database), FixedClock(NOW))

    def app(self) -> Flask:
        desk = Desk(self.store, self.look, lambda: self.mailroom, self.said.extend, self.clock)
        return create_app(desk, b"a key for tests")

    def look(self) -> Sighting:
        if self.away:
            raise Transient("storage_unavailable", "no database")
        return self.sighting

    def hear(self, event: Event, id_: str, *, source: str = "timesync", chain: str | None = None) -> None:
        """Put *event* in the ledger's inbox, as the consumer does."""
        envelope = Envelope(id_, event.TYPE, f"hub/{source}", NOW, event.work_key, chain or id_, event.dump())
        self.hear_raw(envelope)

    def hear_raw(self, envelope: Envelope) -> None:
        row = {
            "id": envelope.id,
            "type": envelope.type,
            "key": envelope.key,
            "source": envelope.source,
            "correlation_id": envelope.correlation_id,
            "causation_id": envelope.causation_id,
            "envelope": envelope.to_json().decode(),
            "hint": envelope.hint,
            "state": "done",
            "attempts": 0,
            "errors": "[]",
            "next_at": NOW,
            "fence": 0,
            "received_at": NOW,
            "finished_at": NOW,
        }
        self.database.write(lambda connection: connection.execute(insert(inbox).values(row)))
