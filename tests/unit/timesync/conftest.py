"""A timesync with a real store, one fake Outlook and a source that says what the test puts in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from services.timesync.domain.records import AbsenceRecord
from services.timesync.domain.rules import ReplyRules, Rules
from services.timesync.domain.texts import Contact, Office
from services.timesync.effects.calendar import CalendarEffect
from services.timesync.effects.inspection import Inspection
from services.timesync.effects.look import own_look
from services.timesync.effects.replies import ReplyEffect
from services.timesync.handlers import Scheduled, Timesync, router
from services.timesync.store import Store, metadata
from services.timesync.systems.base import Reading
from shared.clock import BRUSSELS, FixedClock
from shared.events import AbsencesChanged, AbsencesHinted, ClockStruck, Event
from shared.events.absences import RuleFault
from shared.persistence.database import Database, own_writes

from .builders import roster
from .outlook import Outlook

OFFICE = Office("Gemeente Voorbeeldegem", Contact("onthaal@example.org", "053 00 00 00"), "post@example.org")


@dataclass
class FakeSystem:
    """Says `reading`, each time under a new cursor unless it is `fixed_cursor`, or fails with `failure`."""

    name: str = "file"
    reading: Reading = field(default_factory=Reading)
    failure: Exception | None = None
    reads: int = 0
    cursors: list[str | None] = field(default_factory=list)  # since when it was asked
    fixed_cursor: str | None = None

    def read(self, cursor: str | None) -> Reading:
        if self.failure:
            raise self.failure
        self.reads += 1
        self.cursors.append(cursor)
        return Reading(**{**vars(self.reading), "cursor": self.fixed_cursor or str(self.reads)})

    def say(self, *records: AbsenceRecord, **rest: object) -> None:
        """Let the next reading be a complete one of *records*."""
        self.reading = Reading(records=records, **({"complete": True} | rest))  # type: ignore[arg-type]  # the test says which


@dataclass
class FixedRulebook:
    """Rules that the test changes."""

    rules: Rules
    systems: dict[str, Scheduled]
    fingerprint: str = "rules"
    readings: dict[str, str] = field(default_factory=lambda: {"file": "codes"})
    faults: tuple[RuleFault, ...] = ()
    file: str = "hub.toml"

    def renew(self) -> None:
        """Do nothing: the rules are what the test says."""

    def change(self, **rules: object) -> None:
        """Let other rules hold from the next tick on."""
        self.rules = replace(self.rules, **rules)  # type: ignore[arg-type]  # the test says which
        self.fingerprint += "'"


@dataclass
class Town:
    """Timesync and its whole surroundings."""

    clock: FixedClock
    outlook: Outlook
    source: FakeSystem
    store: Store
    world: Timesync
    database: Database
    rulebook: FixedRulebook

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
        rulebook = FixedRulebook(
            Rules(roster(), OFFICE, replies=ReplyRules(lead=timedelta(days=365))),
            {"file": Scheduled(source, timedelta(minutes=15))},
        )
        look = own_look(lambda: rulebook.rules)
        world = Timesync(
            clock=clock,
            store=store,
            rulebook=rulebook,
            directory=outlook,
            effects=(
                CalendarEffect(outlook, store.events, look),
                ReplyEffect(outlook, store.replies, lambda: rulebook.rules),
            ),
            inspection=Inspection(outlook, store.events, look),
        )
        return cls(clock, outlook, source, store, world, database, rulebook)

    def hear(self, event: Event) -> list[Event]:
        """Return what the handlers of *event* say."""
        return list(router.handle(event, self.world))

    def lose(self, event: Event) -> list[Event]:
        """Return what was about to be said of *event* when the process died: it was not, and none of its outcome kept."""
        with own_writes():
            return self.hear(event)

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

    def hour(self) -> list[Event]:
        """Let an hour pass, and settle what its tick brings: by then the directory is asked again."""
        self.clock.advance(timedelta(hours=1))
        return self.settle(ClockStruck(at=self.clock.now(), period="tick"))

    def night(self) -> list[Event]:
        """Settle what a new day brings."""
        return self.settle(ClockStruck(at=self.clock.now(), period="day"))

    def move_to(self, local: str) -> None:
        self.clock.at = datetime.fromisoformat(local).replace(tzinfo=BRUSSELS)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Thursday 12 November 2026, early. Nobody has an account yet."""
    made = Town.at(tmp_path)
    yield made
    made.database.close()
