"""Says once a day, for each service, who of it is not there: for the digest in its channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import orjson

from services.timesync.domain.roster import Person
from services.timesync.domain.team import Gap, is_working_day, team_day
from services.timesync.handlers.accounts import members_of_scope
from services.timesync.handlers.mailboxes import Case, look_at
from services.timesync.handlers.world import Timesync, router
from services.timesync.store.marks import ACCOUNTS_READ_AT, HALTED
from services.timesync.store.records import Source
from shared.events import ClockStruck, Event, TeamDay
from shared.events.absences import TeamEntry

LATE = timedelta(hours=4)  # a hub that starts later than this says nothing: the morning is over
TOGETHER = 2000  # people that one tick looks at; the other services follow with the next
LONGEST_NAME = 100  # characters, as in TeamDay
DIGESTS = "digests"  # the mark that holds the services that were looked at, and the day: {"day": …, "services": […]}
_PAGE = 500  # people that are looked at together


@dataclass(frozen=True)
class Member:
    """Somebody who takes part, and how he is not there; no *gaps*: he is."""

    person: Person
    user_id: str
    gaps: tuple[Gap, ...]


def people_of(service: str, world: Timesync) -> list[Person]:
    """Return who belongs to *service*."""
    return [person for person in world.rules.roster.people.values() if person.service == service]


def look_at_team(people: Sequence[Person], day: date, world: Timesync) -> list[Member]:
    """Return those of *people* who take part, from the books alone. Of the others the hub tells nobody anything."""
    rules, in_group = world.rules, members_of_scope(world)
    employees = [person.employee for person in people]
    cases = [case for at in range(0, len(employees), _PAGE) for case in look_at(employees[at : at + _PAGE], world)]
    members = (_member(case, day) for case in cases)
    return [each for each in members if each and rules.scope.holds(each.person, each.user_id, in_group)]


def _member(case: Case, day: date) -> Member | None:
    picture = case.picture
    return Member(picture.person, picture.user_id, team_day(picture.segments, picture.person, day)) if picture else None


@router.on(ClockStruck)
def tell_teams(event: ClockStruck, world: Timesync) -> Iterator[Event]:
    """Say who is not there, once a day for each service that works that day and takes part.

    Nothing is said before everything was read once, or while all is stopped: that nobody is away would not be true.
    """
    if event.period != "tick" or not _is_time(world.local_now(), world) or not _knows(world):
        return
    today, looked_at = world.local_now().date(), 0
    done = _done(today, world)
    waiting = {service: people for service, people in sorted(_services(world).items()) if service not in done}
    for service, people in waiting.items():
        if looked_at >= TOGETHER:
            break
        done.append(service)
        if is_working_day(people, today):
            looked_at += len(people)
            yield from _told(service, look_at_team(people, today, world), today)
    if waiting:
        world.store.marks.put_with_outcome(DIGESTS, orjson.dumps({"day": today, "services": done}).decode())


def _is_time(now: datetime, world: Timesync) -> bool:
    wanted = world.rules.digest_at
    return wanted is not None and timedelta(0) <= now - datetime.combine(now.date(), wanted) < LATE


def _knows(world: Timesync) -> bool:
    marks, sources = world.store.marks, world.store.records.sources()
    all_read = all(sources.get(name, Source()).read_at for name in world.systems)
    return all_read and marks.get(ACCOUNTS_READ_AT) is not None and marks.get(HALTED) is None


def _done(today: date, world: Timesync) -> list[str]:
    mark = orjson.loads(world.store.marks.get(DIGESTS) or "{}")
    return list(mark["services"]) if mark.get("day") == today.isoformat() else []


def _services(world: Timesync) -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = {}
    for person in world.rules.roster.people.values():
        if 0 < len(person.service) <= LONGEST_NAME:
            found.setdefault(person.service, []).append(person)
    return found


def _told(service: str, members: Sequence[Member], today: date) -> Iterator[Event]:
    if members:
        yield TeamDay(service=service, day=today, entries=[entry for each in members for entry in _entries(each)])


def _entries(member: Member) -> Iterator[TeamEntry]:
    for gap in member.gaps:
        yield TeamEntry(employee=member.person.employee, user_id=member.user_id, part=gap.part, kind=gap.kind)
