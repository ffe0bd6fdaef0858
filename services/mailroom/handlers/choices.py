"""What a person decides about a letter, and what new projects change for those that wait in the tray."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from services.mailroom.domain.columns import PROJECT
from services.mailroom.domain.projects import Project
from services.mailroom.domain.routing import Decision, Goal
from services.mailroom.filing.library import NoShelf, Shelf
from services.mailroom.handlers.fate import note_decision, settle
from services.mailroom.handlers.links import follow
from services.mailroom.handlers.outcomes import outcome
from services.mailroom.handlers.shelving import refiled
from services.mailroom.handlers.strays import sweep
from services.mailroom.handlers.withdrawal import withdraw
from services.mailroom.handlers.world import Mailroom, router
from services.mailroom.store.letters import FILED, KEPT, PROTECTED, TRAY, Filing
from shared.errors import Permanent, Transient
from shared.events import ClassificationChosen, ClockStruck, Event, ProjectsChanged

OURSELVES = "hub"
_OUT = {Goal.PROTECTED: PROTECTED, Goal.REGISTER: KEPT}


@router.on(ClassificationChosen)
def classify(event: ClassificationChosen, room: Mailroom) -> Iterator[Event]:
    """File a letter in the project that a person chose, or look again what the rules say. Safe to repeat.

    Raises: Permanent when there is no such letter, or nothing of it to file.
    """
    known = room.store.letters.newest(event.kenmerk)
    if known is None or known.facts is None or not known.is_visible:
        raise Permanent("nothing_to_classify", f"{event.kenmerk}: expected a letter in a project or in the tray")
    chosen = event.project or known.chosen
    decision = room.decide(known.facts, chosen)
    occasion = room.clock.now().isoformat()
    room.store.trail.note(event.kenmerk, known.version, "chosen", occasion, project=event.project, by=event.by)
    note_decision(known, decision, room, occasion)
    wanted = replace(known, chosen=chosen, rule=decision.rule, reason=decision.reason, suggestions=decision.suggestions)
    moved = _moved(wanted, decision, room)
    sweep(event.kenmerk, moved, room)  # an attempt that broke off may have gone elsewhere
    settled = settle(moved, room, occasion)
    follow(event.kenmerk, room)
    yield from outcome(settled)


@router.on(ProjectsChanged)
def look_in_tray(_: ProjectsChanged, room: Mailroom) -> Iterator[Event]:
    """Have every letter in the tray that has a project now filed in it."""
    for filing in room.store.letters.in_tray():
        if filing.facts and room.decide(filing.facts, filing.chosen).goal is Goal.PROJECT:
            yield ClassificationChosen(kenmerk=filing.kenmerk, by=OURSELVES)


@router.on(ClockStruck)
def look_for_folders(event: ClockStruck, room: Mailroom) -> Iterator[Event]:
    """Look again each day for the folders that letters in the tray wait for: nobody tells that one was made."""
    if event.period != "day":
        return
    for filing in room.store.letters.in_tray():
        decision = room.decide(filing.facts, filing.chosen) if filing.facts else None
        if decision and decision.project and _has_folder(filing, decision.project, room):
            yield ClassificationChosen(kenmerk=filing.kenmerk, by=OURSELVES)


def _has_folder(filing: Filing, project: Project, room: Mailroom) -> bool:
    """Tell whether it can be filed now; a folder that cannot be asked of keeps no other letter waiting."""
    try:
        return not isinstance(_folder(filing, project, room), NoShelf)
    except Permanent:
        return False
    except Transient:
        return True  # it is asked again, as work of the letter itself


def _folder(filing: Filing, project: Project, room: Mailroom) -> Shelf | NoShelf:
    return room.folders.of(project, filing.facts.confidentiality if filing.facts else "")


def _moved(filing: Filing, decision: Decision, room: Mailroom) -> Filing:
    """Return *filing* in the folder of the project that was decided; where it is when that cannot take it.

    What must not be in a folder that people read, by the rules of now, is taken out of it.
    """
    if decision.goal in _OUT:
        return withdraw(replace(filing, project=None), filing, _OUT[decision.goal], room)
    if decision.goal is not Goal.PROJECT or decision.project is None or filing.facts is None:
        return filing
    code, day = decision.project.code, filing.facts.day
    if filing.state == FILED and filing.project == code:
        return filing
    shelf = _folder(filing, decision.project, room)
    if isinstance(shelf, NoShelf):
        return replace(filing, reason=shelf.reason)
    shelf = room.folders.below(shelf, f"Post/{filing.facts.direction.capitalize()}/{day.year}")
    pieces = refiled(filing, shelf, {PROJECT: code}, room)
    before = TRAY if filing.state == TRAY else filing.project
    return replace(
        filing, state=FILED, project=code, drive_id=shelf.library.id, folder=shelf.path, pieces=pieces, before=before
    )
