"""What mailboxes should show, by the slow reference of the rules: half hour by half hour, and sharing no code with the hub."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby

from services.timesync.domain.profiles import SHOWN
from services.timesync.domain.records import AbsenceRecord
from services.timesync.domain.roster import Person
from tests.unit.timesync import reference
from tests.unit.timesync.reference import Period

DAY = timedelta(days=1)
REPLIES = timedelta(hours=12)  # before an absence begins, the mailbox gets its reply
AHEAD = 180 * DAY


@dataclass(frozen=True, order=True)
class Entry:
    """One event as a colleague sees it."""

    start: datetime
    end: datetime
    whole: bool
    subject: str
    show_as: str


@dataclass
class Expectation:
    """What the reference said before is not worked out again."""

    requested: bool
    _known: dict[object, list[Period]] = field(default_factory=dict)

    def periods(self, records: Sequence[AbsenceRecord], person: Person, today: date) -> list[Period]:
        found: list[Period] = []
        for some in _apart(
            [each for each in records if reference.shows(each, requested=self.requested)], person, today
        ):
            is_open = any(each.open_ended for each in some)
            key = (frozenset(some), person.employee, person.week, person.service, today if is_open else None)
            if key not in self._known:
                self._known[key] = reference.periods(some, person, today, requested=self.requested)
            found += self._known[key]
        return sorted(found, key=lambda each: (each.start, each.end))


def entries(periods: Sequence[Period], now: datetime) -> list[Entry]:
    """Return what stands in the calendar for today and the days that the hub writes ahead."""
    looks = [SHOWN[each.profile] for each in periods]
    return ahead(
        [
            Entry(each.start, each.end, each.whole, look.label, look.show_as)
            for each, look in zip(periods, looks, strict=True)
        ],
        now,
    )


def ahead(found: Sequence[Entry], now: datetime) -> list[Entry]:
    """Return the part of *found* that is neither over nor out of reach."""
    midnight = datetime.combine(now.date(), time.min)
    return sorted(
        Entry(max(each.start, midnight if each.whole else now), each.end, each.whole, each.subject, each.show_as)
        for each in found
        if each.end > now and each.start < midnight + AHEAD
    )


def reply(periods: Sequence[Period], person: Person, now: datetime) -> tuple[datetime, datetime] | None:
    """Return from when to when the mailbox should answer by now, None if it should not."""
    for absence in _absences(periods, person):
        for answers, some in groupby(absence, key=lambda each: SHOWN[each.profile].reply):
            run = list(some)
            start, end = run[0].start, max(each.end for each in run)
            if answers and end > now and any(each.whole for each in run):
                return (start, end) if start - REPLIES <= now else None
    return None


def _absences(periods: Sequence[Period], person: Person) -> list[list[Period]]:
    runs: list[list[Period]] = []
    for each in periods:
        if SHOWN[each.profile].show_as != "oof":
            continue
        if runs and not _works_between(max(one.end for one in runs[-1]), each.start, person):
            runs[-1].append(each)
        else:
            runs.append([each])
    return runs


def _works_between(start: datetime, end: datetime, person: Person) -> bool:
    moment = start
    while moment < end:
        if reference.works_at(moment, person):
            return True
        moment += reference.SLOT
    return False


def _apart(records: Sequence[AbsenceRecord], person: Person, today: date) -> Iterator[list[AbsenceRecord]]:
    """Yield the records that may touch each other: between two lots lies a day of work that nothing asks for."""
    lot: list[AbsenceRecord] = []
    reached = date.min
    for each in sorted(records, key=lambda one: (one.first, one.source_id)):
        if lot and _has_work(reached + DAY, each.first, person):
            yield lot
            lot = []
        lot.append(each)
        last = reference.last_day(each, today)
        reached = max(reached, last) if len(lot) > 1 else last
    if lot:
        yield lot


def _has_work(first: date, before: date, person: Person) -> bool:
    return any(reference.works_on(first + n * DAY, person) for n in range(max(0, (before - first).days)))
