"""Takes absences that a system reports one by one: nobody can read them again, so what comes is what there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time

from services.timesync.domain.profiles import NAMES
from services.timesync.domain.records import AbsenceRecord, Part, State, is_newer
from services.timesync.handlers.accounts import ensure_accounts, rekey
from services.timesync.handlers.sources import announcement
from services.timesync.handlers.world import Timesync, router
from services.timesync.systems.base import Held
from shared.events import AbsenceReported, AbsencesChanged, AbsencesHinted, Event

_SHOWS_NOTHING = "negeren"


@router.on(AbsenceReported)
def take_report(event: AbsenceReported, world: Timesync) -> Iterator[Event]:
    """Remember a reported absence and say whose absences changed, or hold it. A source that can be read, is read.

    Safe to repeat: what was stored but not said is said the next time.
    """
    if event.source in world.systems:
        yield AbsencesHinted(source=event.source)
        return
    ensure_accounts(world)
    event = replace(event, employee=rekey([event.employee], world)[event.employee])
    known = world.store.records.one(event.source, event.absence_id)
    if known is None or not event.version or event.version >= known.version:
        _remember(event, known, world)
    concerned = {event.employee, known.employee if known else event.employee}
    changed = [employee for employee in world.store.records.unannounced() if employee in concerned]
    world.store.records.announced(changed)
    yield from (AbsencesChanged(employee=employee) for employee in changed)
    for row in world.store.held.untold(event.source):
        if row.place == event.absence_id:
            yield announcement(row)


def _remember(event: AbsenceReported, known: AbsenceRecord | None, world: Timesync) -> None:
    """Store the report. What is held changes nothing but the version, so that an older report cannot come after it."""
    reason = _fault(event)
    identity = f"report:{event.absence_id}"
    held = [Held(event.absence_id, reason, event.employee, identity)] if reason else []
    world.store.held.keep(event.source, held, world.clock.now(), mended={identity})
    reported = _record(event, known)
    if reason:
        reported = replace(known or replace(reported, profile=_SHOWS_NOTHING), version=reported.version)
    if is_newer(reported, known):
        employees = {reported.employee, known.employee if known else reported.employee}
        world.store.records.absorb(event.source, [reported], employees, {"cursor": None})


def _fault(event: AbsenceReported) -> str | None:
    """Return the slug of why the report cannot be shown; what is not to be shown has no faults."""
    if event.state != State.APPROVED:
        return None
    if event.profile not in NAMES:
        return "unknown_profile"
    if event.starts or event.ends:
        return None if _hours(event) else "impossible_date"
    return "impossible_date" if event.last is not None and event.last < event.first else None


def _hours(event: AbsenceReported) -> tuple[datetime, datetime] | None:
    """Return when the hours of one day start and end, None when it is not that; clocks compare as text."""
    if not event.starts or not event.ends or event.ends <= event.starts or event.last != event.first:
        return None
    starts, ends = time.fromisoformat(event.starts), time.fromisoformat(event.ends)
    return datetime.combine(event.first, starts), datetime.combine(event.first, ends)


def _record(event: AbsenceReported, known: AbsenceRecord | None) -> AbsenceRecord:
    """Return the report as a record. From a source that tells no version, what comes last counts."""
    hours = _hours(event)
    starts, ends = hours or (None, None)
    return AbsenceRecord(
        source=event.source,
        source_id=event.absence_id,
        employee=event.employee,
        first=event.first,
        last=event.last,
        part=Part.INTERVAL if hours else Part(event.part),
        starts=starts,
        ends=ends,
        open_ended=event.last is None,
        state=State(event.state),
        profile=event.profile if event.profile in NAMES else _SHOWS_NOTHING,
        version=event.version or (known.version if known else ""),
        place=event.absence_id,
    )
