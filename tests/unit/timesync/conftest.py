"""A timesync with a real store, one fake Outlook and a source that says what the test puts in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from services.timesync.domain.records import AbsenceRecord
from services.timesync.domain.texts import Contact, Office
from services.timesync.effects.calendar import CalendarEffect
from services.timesync.effects.replies import ReplyEffect
from services.timesync.handlers import Scheduled, Timesync, router
from services.timesync.store import Store, metadata
from services.timesync.systems.base import Reading
from shared.clock import BRUSSELS, FixedClock
from shared.events import AbsencesChanged, AbsencesHinted, Event
from shared.persistence.database import Database

from .builders import roster
from .outlook import Outlook

OFFICE = Office("Gemeente Voorbeeldegem", Contact("onthaal@example.org", "053 00 00 00"), "post@example.org")


@dataclass
class FakeSystem:
    """Says `reading`, each time under a new cursor, or fails with `failure`."""

    name: str = "file"
    reading: Reading = field(default_factory=Reading)
    failure: Exception | None = None
    reads: int = 0
    cursors: list[str | None] = field(default_factory=list)  # since when it was asked

    def read(self, cursor: str | None) -> Reading:
        if self.failure:
            raise self.failure
        self.reads += 1
        self.cursors.append(cursor)
        return Reading(**{**vars(self.reading), "cursor": str(self.reads)})

    def say(self, *records: AbsenceRecord, **rest: object) -> None:
        """Let the next reading be a complete one of *records*."""
        self.reading = Reading(records=records, **({"complete": True} | rest))  # type: ignore[arg-type]  # the test says which


@dataclass
class Town:
    """Timesync and its whole surroundings."""

    clock: FixedClock
    outlook: Outlook
    source: FakeSystem
    store: Store
    world: Timesync
    database: Database

    @classmethod
    def at(cls, path: Path) -> Town:
        database = Database(f"sqlite:///{path / 'timesync.db'}", "timesync")
        metadata.create_all(database.engine)
        clock, outlook, source = (
            FixedClock(datetime.fromisoformat("2026-11-12T07:05:00+01:00")),
            Outlook(),
            FakeSystem(),
        )
        store = Store.of(database)
        world = Timesync(
            clock=clock,
            store=store,
            systems={"file": Scheduled(source, timedelta(minutes=15))},
            accounts=outlook,
            calendar=CalendarEffect(outlook, store.events),
            replies=ReplyEffect(outlook, store.replies),
            roster=roster(),
            office=OFFICE,
        )
        return cls(clock, outlook, source, store, world, database)

    def hear(self, event: Event) -> list[Event]:
        """Return what the handlers of *event* say."""
        return list(router.handle(event, self.world))

    def settle(self, event: Event) -> list[Event]:
        """Handle *event* and whatever follows from it; return all that was said."""
        said, waiting = [], [event]
        while waiting:
            heard = self.hear(waiting.pop(0))
            said += heard
            waiting += heard
        return said

    def read(self, *records: AbsenceRecord, **rest: object) -> list[Event]:
        """Let the source say *records*, read it, and show what follows."""
        self.source.say(*records, **rest)
        return self.settle(AbsencesHinted(source="file"))

    def show(self, employee: str = "000104") -> list[Event]:
        return self.hear(AbsencesChanged(employee=employee))

    def move_to(self, local: str) -> None:
        self.clock.at = datetime.fromisoformat(local).replace(tzinfo=BRUSSELS)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Thursday 12 November 2026, early. Nobody has an account yet."""
    made = Town.at(tmp_path)
    yield made
    made.database.close()
