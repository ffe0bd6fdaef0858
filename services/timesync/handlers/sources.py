"""Reads absence systems when it is time or when they say so, and remembers what they told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.timesync.handlers.accounts import canonical, ensure_accounts, rekey
from services.timesync.handlers.readings import KEPT, Absorption, Known, absorbed
from services.timesync.handlers.world import Timesync, router
from services.timesync.store.held import HeldRow
from services.timesync.store.records import Source
from services.timesync.systems.base import Held, Reading
from shared.errors import HubError, Invalid
from shared.events import (
    AbsenceHeld,
    AbsenceReleased,
    AbsencesChanged,
    AbsencesHinted,
    AbsenceSourceFailing,
    AbsenceSourceRestored,
    ClockStruck,
    Event,
    ReadingConfirmed,
    RereadWanted,
)

MASS_CHANGE = "mass_change_blocked"
MASS_DELETION = "mass_deletion_blocked"
_MISSED = 2  # turns that a source may miss before people are told (R24)


@router.on(ClockStruck)
def wake_up(event: ClockStruck, world: Timesync) -> Iterator[Event]:
    """Ask for the sources that are due, and say which have not been heard for two of their turns (R24)."""
    if event.period == "tick":
        yield from _due(world)
        yield from _troubles(world)
    if event.period == "day":
        oldest = world.local_now().date() - KEPT
        world.store.records.forget_before(oldest)
        world.store.events.forget_before(oldest)
        world.store.replies.forget_before(oldest)


def _due(world: Timesync) -> Iterator[Event]:
    now, known = world.clock.now(), world.store.records.sources()
    for name, scheduled in world.systems.items():
        hinted_at = known.get(name, Source()).hinted_at
        # a moment that is yet to come is one of a clock that was put right since
        if hinted_at is None or not timedelta(0) <= now - hinted_at < scheduled.every:
            world.store.records.progress_with_outcome(name, {"hinted_at": now})
            yield AbsencesHinted(source=name)


def _troubles(world: Timesync) -> Iterator[Event]:
    now, records = world.clock.now(), world.store.records
    for name, source in records.sources().items():
        scheduled = world.systems.get(name)
        if scheduled and source.failing_since and not source.failing_told:
            if now - source.failing_since >= _MISSED * scheduled.every:
                records.progress_with_outcome(name, {"failing_told": True})
                reason = source.failing_reason or "unknown"
                yield AbsenceSourceFailing(source=name, reason=reason, since=source.failing_since)
        elif source.failing_told and not (scheduled and source.failing_since):  # read again, or no longer asked for
            records.progress_with_outcome(name, {"failing_told": False, "failing_since": None})
            yield AbsenceSourceRestored(source=name, at=now)


@router.on(AbsencesHinted)
def read_source(event: AbsencesHinted, world: Timesync) -> Iterator[Event]:
    """Read a source and say whose absences changed and what had to be held.

    Safe to repeat: what was stored but not said is said the next time.
    Raises: Transient when the source cannot be read now: what it told before stays (R24).
    """
    if event.source not in removed(world):  # else it was taken out of hub.toml since
        yield from _read(event.source, world)


@router.on(RereadWanted)
def reread_source(event: RereadWanted, world: Timesync) -> Iterator[Event]:
    """Read all of a source, for what it told since the last time may have gaps; as `read_source` otherwise.

    A source that was taken out of hub.toml tells nothing any more: what it told is withdrawn.
    """
    if event.source in removed(world):
        yield from _withdraw(event.source, world)
    else:
        yield from _read(event.source, world, whole=True)


def removed(world: Timesync) -> list[str]:
    """Return the systems that were read and are no longer in hub.toml; what is only reported is none of them."""
    known = world.store.records.sources()
    return sorted(name for name, source in known.items() if source.hinted_at and name not in world.systems)


@router.on(ReadingConfirmed)
def believe_reading(event: ReadingConfirmed, world: Timesync) -> Iterator[Event]:
    """Read all of a source and believe it, however little it tells: a person looked at it (R23)."""
    yield from _read(event.source, world, whole=True, confirmed=True)


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


def _read(name: str, world: Timesync, *, whole: bool = False, confirmed: bool = False) -> Iterator[Event]:
    scheduled = world.systems.get(name)
    if scheduled is None:
        known = ", ".join(world.systems) or "none"
        raise Invalid("unknown_source", f"expected one of [timesync.systems] ({known}), got '{name}'")
    ensure_accounts(world)
    source = world.store.records.source(name)
    try:
        reading = scheduled.system.read(None if whole else source.cursor)
    except HubError as error:
        _note_trouble(name, source, error, world)
        raise
    if whole or reading.cursor != source.cursor or reading.cursor is None:
        _absorb(name, source, reading, world, confirmed=confirmed)
    world.store.records.progress(name, {"read_at": world.clock.now(), "failing_since": None, "failing_reason": None})
    changed = world.store.records.unannounced()
    world.store.records.announced(changed)
    yield from (AbsencesChanged(employee=employee) for employee in changed)
    yield from (announcement(row) for row in world.store.held.untold(name))


def _withdraw(name: str, world: Timesync) -> Iterator[Event]:
    """Forget what a source told, and say whom that concerns and what nobody has to mend any more."""
    yield from (AbsencesChanged(employee=employee) for employee in world.store.records.withdraw(name))
    world.store.held.keep(name, [], world.clock.now(), mended=None)
    yield from (announcement(row) for row in world.store.held.untold(name))


def _note_trouble(name: str, source: Source, error: HubError, world: Timesync) -> None:
    since = source.failing_since or world.clock.now()
    world.store.records.progress(name, {"failing_since": since, "failing_reason": error.reason})


def absorption(reading: Reading, known: Known, counted: int, world: Timesync, *, confirmed: bool = False) -> Absorption:
    """Return what *reading* changes in what is *known* of its source; nothing is remembered."""
    references = {record.employee for record in (*reading.records, *known.values())}
    owners, today = canonical(references, world), world.local_now().date()
    return absorbed(known, reading, counted, owners, today, confirmed=confirmed)


def _absorb(name: str, source: Source, reading: Reading, world: Timesync, *, confirmed: bool) -> None:
    rekey({record.employee for record in reading.records}, world)
    known = world.store.records.of_source(name)
    found = absorption(reading, known, source.counted, world, confirmed=confirmed)
    _hold(name, reading, found, world)  # before the cursor moves on
    progress = _progress(reading, found)
    world.store.records.absorb(name, found.changed.values(), found.concerned(known), progress)


def _progress(reading: Reading, found: Absorption) -> dict[str, Any]:
    """Return how far the source was read: no further, as long as nothing of a reading is believed."""
    moved = {} if found.takes_too_much else {"cursor": reading.cursor}
    if found.is_blocked:
        return {**moved, "blocked": found.count, "losing": found.losing}
    return {**moved, "counted": found.count, "blocked": None, "losing": None} if reading.complete else moved


def _hold(name: str, reading: Reading, found: Absorption, world: Timesync) -> None:
    owners = canonical({each.employee for each in reading.held if each.employee}, world)
    held = [replace(each, employee=owners[each.employee] if each.employee else None) for each in reading.held]
    if found.is_blocked:
        held.append(Held(name, MASS_CHANGE if found.takes_too_much else MASS_DELETION))
    mended = None
    if found.is_blocked or not reading.complete:
        mended = {record.source_id for record in reading.records} | reading.deleted.keys()
        mended |= {name} if found.is_blocked else set()  # it may have been blocked for another reason before
    world.store.held.keep(name, held, world.clock.now(), mended=mended)
