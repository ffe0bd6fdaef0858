"""Keeps the register of projects: takes over the export of the plan, and what systems tell of a project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from services.mailroom.domain.plan import PLAN, Difference, Registered, difference
from services.mailroom.domain.projects import Project
from services.mailroom.handlers.world import Mailroom, router
from services.mailroom.project_file import Reading
from shared.errors import Invalid
from shared.events import ClockStruck, CollectionDue, Event, MailHeld, MailReleased, ProjectReported, ProjectsChanged

BLOCKED = "mass_closing_blocked"
MOST_TOLD = 100  # faulty rows of one file that people hear of one by one; `hub mail projects import` lists all
_LONGEST = 200  # characters of a reference


@router.on(ClockStruck)
def say_when_to_import(event: ClockStruck, room: Mailroom) -> Iterator[Event]:
    """Have the export of projects looked at with each tick."""
    if event.period == "tick" and room.project_file.path:
        yield CollectionDue(intake=PLAN)


@router.on(CollectionDue)
def import_projects(event: CollectionDue, room: Mailroom) -> Iterator[Event]:
    """Take over the export when it changed and nobody writes in it, and say what must be mended. Safe to repeat.

    Raises: Transient when it cannot be reached.
    """
    path = room.project_file.path if event.intake == PLAN else None
    if path is None:
        return
    seen = room.project_file.look(path)
    if seen.fingerprint == room.store.imports.taken() or not seen.is_quiet(room.clock.now()):
        return
    try:
        reading = room.project_file.read(seen, room.projects().keys())
    except Invalid as error:
        yield from _complain({f"|{error.reason}": path.name}, room, seen.fingerprint, keeping=True)
        return
    found = compared(reading, room)
    complaints = dict(_complaints(reading, found, path))
    if not found.is_blocked:
        yield from apply(found, room)
    yield from _complain(complaints, room, seen.fingerprint)


@router.on(ProjectReported)
def hear_of_project(event: ProjectReported, room: Mailroom) -> Iterator[Event]:
    """Remember the title of a project and whether it is over, as a system told; hub.toml's own word stays above it."""
    known = room.store.projects.get(event.code) or Registered(event.source, Project(code=event.code))
    closed = room.project_file.options.is_closed(event.status)
    after = known.reported(event.title, closed=closed)
    if after != known:
        room.store.projects.put([after])
        yield ProjectsChanged(register=event.source)


def compared(reading: Reading, room: Mailroom) -> Difference:
    """Return what *reading* would change."""
    return difference(
        room.store.projects.all(),
        reading.projects,
        reading.refused,
        is_whole=reading.is_whole,
        max_loss=room.project_file.options.max_loss,
    )


def apply(found: Difference, room: Mailroom) -> Iterator[Event]:
    """Remember what changed, whatever it is; what waits in the tray may have a folder now."""
    room.store.projects.put([change.after for change in found.changes])
    if found.changes:
        yield ProjectsChanged(register=PLAN)


def _complaints(reading: Reading, found: Difference, path: Path) -> Iterable[tuple[str, str]]:
    """Yield a key for each thing to mend, the same wherever its row stands, and the reference that people see."""
    if found.is_blocked:
        yield f"|{BLOCKED}", path.name[:_LONGEST]
    if len(reading.faults) > MOST_TOLD:
        yield "|many_faulty_rows", path.name[:_LONGEST]
    for fault in reading.faults[:MOST_TOLD]:
        whose = fault.code or f":{fault.line}"
        yield f"{whose}|{fault.reason}", f"{path.name}:{fault.line} {fault.code}".strip()[:_LONGEST]


def _complain(
    complaints: Mapping[str, str], room: Mailroom, fingerprint: str, *, keeping: bool = False
) -> Iterator[Event]:
    """Say each complaint once, and that it was mended. *keeping*: the rows could not be looked at, so theirs stay."""
    told = room.store.imports.told()
    after = {**(told if keeping else {}), **complaints, **{key: told[key] for key in complaints if key in told}}
    room.store.imports.take(fingerprint, after)
    for key in after.keys() - told.keys():
        yield MailHeld(intake=PLAN, reference=after[key], reason=key.rpartition("|")[2])
    for key in told.keys() - after.keys():
        yield MailReleased(intake=PLAN, reference=told[key], reason=key.rpartition("|")[2])
