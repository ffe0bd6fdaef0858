"""Reads absence systems when it is time or when they say so, and remembers what they told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from services.timesync.domain.records import AbsenceRecord, deletions, is_mass_deletion, merge
from services.timesync.handlers.world import Timesync, router
from services.timesync.store.held import HeldRow
from services.timesync.store.records import Source
from services.timesync.systems.base import Held, Reading
from shared.errors import Invalid
from shared.events import (
    AbsenceHeld,
    AbsenceReleased,
    AbsencesChanged,
    AbsencesHinted,
    ClockStruck,
    Event,
    RereadWanted,
)

_KEPT = timedelta(days=30)  # how long a past absence is remembered


@router.on(ClockStruck)
def wake_up(event: ClockStruck, world: Timesync) -> Iterator[Event]:
    """Ask for the sources that are due; every day, compare everybody again (R18, R22)."""
    if event.period == "tick":
        yield from _due(world)
    if event.period == "day":
        oldest = world.local_now().date() - _KEPT
        world.store.records.forget_before(oldest)
        world.store.events.forget_before(oldest)
        everybody = {*world.store.records.employees(), *world.store.events.counts()}
        yield from (AbsencesChanged(employee=employee) for employee in sorted(everybody))


def _due(world: Timesync) -> Iterator[Event]:
    now = world.clock.now()
    for name, scheduled in world.systems.items():
        hinted_at = world.store.records.source(name).hinted_at
        if hinted_at is None or now - hinted_at >= scheduled.every:
            world.store.records.hinted(name, now)
            yield AbsencesHinted(source=name)


@router.on(AbsencesHinted)
def read_source(event: AbsencesHinted, world: Timesync) -> Iterator[Event]:
    """Read a source and say whose absences changed and what had to be held.

    Safe to repeat: what was stored but not said is said the next time.
    Raises: Transient when the source cannot be read now: what it told before stays (R24).
    """
    yield from _read(event.source, world, whole=False)


@router.on(RereadWanted)
def reread_source(event: RereadWanted, world: Timesync) -> Iterator[Event]:
    """Read all of a source, for what it told since the last time may have gaps; as `read_source` otherwise."""
    yield from _read(event.source, world, whole=True)


@router.on(AbsenceHeld)
def remember_told(event: AbsenceHeld, world: Timesync) -> None:
    """Hear our own announcement back: now it is certain that it was made."""
    world.store.held.told(event.source, event.place, event.reason, released=False)


@router.on(AbsenceReleased)
def forget_released(event: AbsenceReleased, world: Timesync) -> None:
    """Hear our own announcement back: now the row can be forgotten."""
    world.store.held.told(event.source, event.place, event.reason, released=True)


def announcement(row: HeldRow) -> AbsenceHeld | AbsenceReleased:
    """Return what people must be told of *row*."""
    if row.released:
        return AbsenceReleased(source=row.source, place=row.place, reason=row.reason)
    return AbsenceHeld(source=row.source, place=row.place, reason=row.reason, employee=row.employee)


def _read(name: str, world: Timesync, *, whole: bool) -> Iterator[Event]:
    scheduled = world.systems.get(name)
    if scheduled is None:
        known = ", ".join(world.systems) or "none"
        raise Invalid("unknown_source", f"expected one of [timesync.systems] ({known}), got '{name}'")
    source = world.store.records.source(name)
    reading = scheduled.system.read(None if whole else source.cursor)
    if reading.cursor != source.cursor or reading.cursor is None:
        _absorb(name, source, reading, world)
    for employee in world.store.records.unannounced():
        yield AbsencesChanged(employee=employee)
    for row in world.store.held.untold(name):
        yield announcement(row)


def _absorb(name: str, source: Source, reading: Reading, world: Timesync) -> None:
    known = world.store.records.of_source(name)
    count = len(reading.records) + len(reading.held)
    blocked = reading.complete and is_mass_deletion(count, source.counted)
    oldest = world.local_now().date() - _KEPT
    changed = merge(known, (record for record in reading.records if record.last is None or record.last >= oldest))
    gone = dict(reading.deleted) if blocked else {**reading.deleted, **_missing(known, reading)}
    changed |= deletions({**known, **changed}, gone)
    employees = {record.employee for record in changed.values()}
    employees |= {known[source_id].employee for source_id in changed if source_id in known}
    _hold(name, reading, world, world.clock.now(), blocked=blocked)  # before the cursor moves on
    believed = {"counted": count} if reading.complete and not blocked else {}
    world.store.records.absorb(name, changed.values(), employees, {"cursor": reading.cursor, **believed})


def _missing(known: dict[str, AbsenceRecord], reading: Reading) -> dict[str, str]:
    """Return what a complete reading would have shown and did not; what is held is not gone (R23)."""
    seen = {record.source_id for record in reading.records} | {held.source_id for held in reading.held}
    return {source_id: "" for source_id, record in known.items() if reading.reaches(record) and source_id not in seen}


def _hold(name: str, reading: Reading, world: Timesync, now: datetime, *, blocked: bool) -> None:
    held = list(reading.held)
    if blocked:
        held.append(Held(name, "mass_deletion_blocked"))
    mended = None
    if blocked or not reading.complete:
        mended = {record.source_id for record in reading.records} | reading.deleted.keys()
    world.store.held.keep(name, held, now, mended=mended)
