"""Compares everybody with the books, page by page, and wakes whose moment has come.

Nothing is asked of Microsoft here: who shows what he should, costs no call.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.timesync.handlers.accounts import ensure_accounts, follow_directory, rekey
from services.timesync.handlers.mailboxes import Case, look_at
from services.timesync.handlers.rules import follow_rules
from services.timesync.handlers.world import Timesync, router
from shared.events import AbsencesChanged, ClockStruck, ComparisonWanted, Event

PAGE = 500  # employees that one message compares
NIGHTLY = "day-"  # what the run of a new day is called; the day follows
_WAKES = 500  # employees that one tick wakes


@router.on(ClockStruck)
def look_around(event: ClockStruck, world: Timesync) -> Iterator[Event]:
    """Take over changed rules, follow the directory, and compare whom time itself concerns (R18, R22)."""
    if event.period == "tick":
        yield from follow_rules(world)
        yield from follow_directory(world)
        yield from _due(world)
    if event.period == "day":
        yield ComparisonWanted(run=f"{NIGHTLY}{world.local_now().date()}")


@router.on(ComparisonWanted)
def compare(event: ComparisonWanted, world: Timesync) -> Iterator[Event]:
    """Say who does not show what he should, and go on with the next page."""
    ensure_accounts(world)
    employees = world.store.everybody.page(event.after, PAGE)
    cases = look_at(sorted(set(rekey(employees, world).values())), world)
    yield from (AbsencesChanged(employee=employee) for employee in _differing(cases, world))
    if len(employees) == PAGE:
        yield ComparisonWanted(run=event.run, after=employees[-1])


def _differing(cases: list[Case], world: Timesync) -> list[str]:
    pictures = [case.picture for case in cases if case.picture]
    wanting = {employee for effect in world.effects for employee in effect.steps(pictures)}
    stranded = {case.employee for case in cases if case.unlinked and case.is_wanted}
    settled = {case.employee for case in cases} - stranded
    held = world.store.held.people()
    return sorted(wanting | (stranded - held) | (settled & held))


def _due(world: Timesync) -> Iterator[Event]:
    due = world.store.wakes.due(world.clock.now(), _WAKES)
    world.store.wakes.heed(due)
    yield from (AbsencesChanged(employee=employee) for employee in due)
