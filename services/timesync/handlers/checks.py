"""Looks into mailboxes, in rotation: every night a seventh of them, and at once when ICT asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from zlib import crc32

from services.timesync.effects.inspection import Terms
from services.timesync.handlers.accounts import ensure_accounts
from services.timesync.handlers.comparison import NIGHTLY, PAGE
from services.timesync.handlers.mailboxes import look_at
from services.timesync.handlers.world import Timesync, router
from shared.events import AbsencesChanged, ComparisonWanted, Event, MailboxCheckWanted
from shared.messaging.router import Result

_TURNS = 7  # one for each day of the week


@router.on(ComparisonWanted)
def take_turns(event: ComparisonWanted, world: Timesync) -> Iterator[Event]:
    """Ask for a check of those on the page of the night's comparison whose turn it is."""
    if event.run.startswith(NIGHTLY):
        day = date.fromisoformat(event.run.removeprefix(NIGHTLY))
        employees = world.store.everybody.page(event.after, PAGE)
        yield from (MailboxCheckWanted(employee=each) for each in employees if has_turn(each, day))


@router.together(MailboxCheckWanted)
def check_mailboxes(events: Sequence[MailboxCheckWanted], world: Timesync) -> Mapping[MailboxCheckWanted, Result]:
    """Compare the book of each with his mailbox, and say who does not show what he should after that.

    Safe to repeat: once the book is right, it stays so. A mailbox that asks to wait is looked into later.
    """
    ensure_accounts(world)
    cases = look_at([event.employee for event in events], world)
    pictures = [case.picture for case in cases if case.picture and not case.unlinked]
    repair = frozenset(event.employee for event in events if event.repair)
    failed = world.inspection.inspect(pictures, Terms(repair, strangers=_is_everything_read(world)))
    wanting = {employee for effect in world.effects for employee in effect.steps(pictures)}
    return {
        event: failed.get(event.employee)
        or [AbsencesChanged(employee=event.employee) for _ in wanting & {event.employee}]
        for event in events
    }


def has_turn(employee: str, day: date) -> bool:
    """Tell whether the mailbox of *employee* is looked into on *day*: the same day of every week."""
    return crc32(employee.encode()) % _TURNS == day.weekday()


def _is_everything_read(world: Timesync) -> bool:
    known = world.store.records.sources()
    return all(name in known and known[name].read_at for name in world.systems)
