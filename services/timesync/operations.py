"""What ICT asks of timesync: compare anew, stop everything, go on, believe a source. Each is said as an event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import orjson

from services.timesync.handlers.world import Timesync
from services.timesync.store.marks import ACCOUNTS_READ_AT, HALTED
from shared.events import (
    AbsencesChanged,
    AbsencesHinted,
    ComparisonWanted,
    Event,
    GraphResourceChanged,
    MailboxCheckWanted,
    RereadWanted,
)

_ASKED = "resync"  # stands where a subscription's id would
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Halted:
    """Everything was taken away *by* somebody, *at* a moment (ISO 8601), and nothing is shown until it is resumed."""

    by: str
    at: str


def halted(world: Timesync) -> Halted | None:
    """Return who stopped everything, None when it is going on."""
    mark = world.store.marks.get(HALTED)
    return Halted(**orjson.loads(mark)) if mark else None


def halted_mark(by: str, at: datetime) -> str:
    """Return what the mark HALTED holds."""
    return orjson.dumps({"by": by, "at": at.isoformat()}).decode()


def stop(world: Timesync, by: str) -> Event:
    """Show nothing any more from now on, and return the event that takes away what stands (R30). Safe to repeat."""
    if world.store.marks.get(HALTED) is None:
        world.store.marks.put(HALTED, halted_mark(by, world.clock.now()))
    return _comparison("stop", world)


def resume(world: Timesync) -> Event:
    """Show again from now on, and return the event that puts back what was taken away."""
    world.store.marks.put(HALTED, None)
    return _comparison("resume", world)


def compare_all(world: Timesync, sources: Sequence[str] = ()) -> list[Event]:
    """Return the events that read *sources* (nothing given: all) whole and compare everybody."""
    reread = [RereadWanted(source=name) for name in sources or world.systems]
    return [*reread, _comparison("resync", world)]


def compare(world: Timesync, employees: Sequence[str], sources: Sequence[str] = ()) -> list[Event]:
    """Return the events that look anew at *employees*: what *sources* (nothing given: all) say, and their mailboxes.

    The directory is asked for what changed with the next tick.
    """
    world.store.marks.change(ACCOUNTS_READ_AT, _LONG_AGO.isoformat())
    return [
        *(AbsencesHinted(source=name) for name in sources or world.systems),
        *(MailboxCheckWanted(employee=employee, repair=True) for employee in employees),
        *(AbsencesChanged(employee=employee) for employee in employees),
    ]


def identify(world: Timesync, employees: Sequence[str]) -> list[Event]:
    """Return the events that ask Microsoft again whose accounts those of *employees* are."""
    people = [world.rules.roster.person(employee) for employee in employees]
    accounts = world.store.accounts.of(people)
    ids = sorted({account.user_id for each in accounts.values() for account in each})
    return [GraphResourceChanged(subscription_id=_ASKED, resource=f"users/{id_}", change_type="updated") for id_ in ids]


def away(world: Timesync, first: date | None, last: date | None) -> list[str]:
    """Return the employees with an absence, as far as known, between *first* and *last*."""
    return world.store.records.away(first, last)


def _comparison(word: str, world: Timesync) -> ComparisonWanted:
    return ComparisonWanted(run=f"{word}-{world.clock.now().isoformat()}")
