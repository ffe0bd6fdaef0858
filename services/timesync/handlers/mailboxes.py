"""Brings the mailbox of one employee to what is known of his absences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.timesync.domain.records import AbsenceRecord, skip_reason
from services.timesync.domain.replies import reply_for
from services.timesync.domain.roster import Person
from services.timesync.domain.timeline import timeline
from services.timesync.handlers.sources import announcement
from services.timesync.handlers.world import Accounts, Timesync, router
from services.timesync.systems.base import Held
from shared.events import AbsencesChanged, AbsencesShown, Event, GraphResourceChanged
from shared.graph.errors import NotFound

_USER = re.compile(r"/?users/([^/]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Unlinked:
    """There is no mailbox to write in; *reason* is the slug."""

    reason: str


@router.on(AbsencesChanged)
def show_absences(event: AbsencesChanged, world: Timesync) -> Iterator[Event]:
    """Compare what the records ask with what the hub wrote, and apply the difference.

    Safe to repeat: a second time there is no difference, and the outcome is the same.
    """
    employee = event.employee
    world.store.records.announced(employee)
    person, now = world.roster.person(employee), world.local_now()
    records = world.store.records.of_employee(employee)
    segments = timeline(records, person, now.date())
    calls = 0
    if segments or world.store.events.of(employee) or world.store.replies.of(employee):
        account = _account(person, world)
        if isinstance(account, Unlinked):
            yield from _held(employee, account, records, world)
            return
        try:
            calls += world.calendar.show(employee, account, segments, now)
            calls += world.replies.show(employee, account, reply_for(segments, person, world.office, now), now)
        except NotFound:  # the account has no mailbox (any more)
            world.calendar.abandon(employee)
            world.store.links.forget(employee)
            yield from _held(employee, Unlinked("no_mailbox"), records, world)
            return
        yield from _released(employee, world)
    shown = world.calendar.count(employee, now)
    yield AbsencesShown(employee=employee, events=shown, calls=calls, at=world.clock.now())


@router.on(GraphResourceChanged)
def follow_account(event: GraphResourceChanged, world: Timesync) -> Iterator[Event]:
    """An account came, went or was renamed: compare the employees whom it may concern (R28)."""
    match = _USER.fullmatch(event.resource)
    if match is None:
        return
    user_id = match[1]
    user, before = world.accounts.user(user_id), world.store.links.employee(user_id)
    now = user.employee if user else None
    if before and (user is None or now not in (None, before)):
        world.store.replies.forget(before)  # the slot stays with the mailbox; what was in it is no concern of the next
    for employee in sorted({each for each in (before, now) if each}):
        world.store.links.forget(employee)
        if employee == before or world.store.records.of_employee(employee):
            yield AbsencesChanged(employee=employee)


def _account(person: Person, world: Timesync) -> str | Unlinked:
    linked = world.store.links.user_id(person.employee)
    if linked is not None:
        return linked
    found = find_account(person, world.accounts)
    if not isinstance(found, Unlinked):
        world.store.links.keep(person.employee, found)
    return found


def find_account(person: Person, accounts: Accounts) -> str | Unlinked:
    """Return the id of the employee's account: by personnel number, else by the sign-in name of the roster (R28)."""
    users = accounts.with_employee_id(person.employee)
    if len(users) > 1:
        return Unlinked("ambiguous_person")
    user = users[0] if users else accounts.user(person.upn) if person.upn else None
    if user is None or user.employee not in (None, person.employee):
        # Who stands on the roster without a sign-in name has none: a worker without a mailbox.
        return Unlinked("no_mailbox" if person.name and not person.upn else "unknown_person")
    return user.id if user.mail else Unlinked("no_mailbox")


def _released(employee: str, world: Timesync) -> Iterator[Event]:
    """Let go of what was held for want of a mailbox, and say so."""
    world.store.held.release_person(employee)
    for row in world.store.held.untold_of(employee):
        yield announcement(row)


def _held(employee: str, unlinked: Unlinked, records: Sequence[AbsenceRecord], world: Timesync) -> Iterator[Event]:
    """Hold what an employee without a mailbox has in each source, and say so where somebody can mend it."""
    places = {record.source: record.place for record in records if skip_reason(record) is None}
    for source, place in sorted(places.items()):
        held = Held(place, unlinked.reason, employee)
        world.store.held.keep_person(source, held, world.clock.now())
        for row in world.store.held.untold(source):
            if row.employee == employee:
                yield announcement(row)
