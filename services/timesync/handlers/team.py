"""Says once a day, for each service, who of it is not there: for the digest in its channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import orjson

from services.timesync.domain.identity import Unlinked, match
from services.timesync.domain.roster import Person
from services.timesync.domain.team import DayPart, Gap, Kind, is_working_day, team_day
from services.timesync.domain.timeline import timeline
from services.timesync.handlers.accounts import members_of_scope
from services.timesync.handlers.world import Timesync, router
from services.timesync.store.marks import ACCOUNTS_READ_AT, HALTED
from services.timesync.store.records import Source
from shared.events import ClockStruck, Event, TeamDay
from shared.events.absences import TeamEntry

LATE = timedelta(hours=4)  # a hub that starts later than this says nothing: the morning is over
TOGETHER = 2000  # people that one tick looks at; the other services follow with the next
LONGEST_NAME = 100  # characters, as in TeamDay
DIGESTS = "digests"  # the mark that holds the services that were looked at, and the day: {"day": …, "services": […]}
_DAY = timedelta(days=1)
_AWAY = Gap(DayPart.WHOLE, Kind.AWAY)


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
    """Return those of *people* who take part, from the books alone. Of the others the hub tells nobody anything.

    Only what is known around *day* is looked at: who is away in spring makes a day in autumn no slower.
    """
    scope, in_group, today = world.rules.scope, members_of_scope(world), world.local_now().date()
    accounts = world.store.accounts.of(people)
    records = world.store.records.during([person.employee for person in people], day - _DAY, day + _DAY)
    members: list[Member] = []
    for person in people:
        account = match(person, accounts[person.employee])
        if isinstance(account, Unlinked) or not account.enabled or not scope.holds(person, account.user_id, in_group):
            continue
        segments = timeline(records[person.employee], person, today)
        members.append(Member(person, account.user_id, team_day(segments, person, day)))
    return members


def delegates_of(people: Sequence[Person], day: date, world: Timesync) -> dict[str, str]:
    """Return, by employee, the account of who stands in for him on *day*; of who has nobody, or nobody there, none."""
    roster = world.rules.roster.people
    standing_in = {person.delegate: roster[person.delegate] for person in people if person.delegate in roster}
    accounts = world.store.accounts.of(list(standing_in.values()))
    records = world.store.records.during(list(standing_in), day - _DAY, day + _DAY)
    there: dict[str, str] = {}
    for employee, person in standing_in.items():
        account = match(person, accounts[employee])
        if isinstance(account, Unlinked) or not account.enabled or not person.works_on(day):
            continue
        if _AWAY not in team_day(timeline(records[employee], person, world.local_now().date()), person, day):
            there[employee] = account.user_id
    return {person.employee: there[person.delegate] for person in people if person.delegate in there}


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
            yield from _told(service, look_at_team(people, today, world), today, world)
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


def _told(service: str, members: Sequence[Member], today: date, world: Timesync) -> Iterator[Event]:
    if members:
        delegates = delegates_of([each.person for each in members if _AWAY in each.gaps], today, world)
        entries = [entry for each in members for entry in _entries(each, delegates)]
        yield TeamDay(service=service, day=today, entries=entries)


def _entries(member: Member, delegates: Mapping[str, str]) -> Iterator[TeamEntry]:
    for gap in member.gaps:
        yield TeamEntry(
            employee=member.person.employee,
            user_id=member.user_id,
            part=gap.part,
            kind=gap.kind,
            delegate=delegates.get(member.person.employee),
        )
