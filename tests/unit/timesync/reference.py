"""The rules of the timeline once more, slow and plain: half hour by half hour, sharing values with the domain, no code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.domain.roster import Person

SLOT = timedelta(minutes=30)
DAY = timedelta(days=1)
SIX_HOURS = timedelta(hours=6)
ORDER = [
    "afwezig",
    "afwezig_zonder_antwoord",
    "opleiding",
    "dienstverplaatsing",
    "bezet",
    "telewerk",
    "anderelocatie",
    "aangevraagd",
]


@dataclass(frozen=True)
class Period:
    """What shows; *sources* in any order."""

    start: datetime
    end: datetime
    profile: str
    whole: bool
    open_ended: bool
    sources: frozenset[str]


def periods(records: Sequence[AbsenceRecord], person: Person, today: date, *, requested: bool) -> list[Period]:
    """Return what shows, by start."""
    shown = [record for record in records if shows(record, requested=requested)]
    if not shown:
        return []
    found: list[Period] = []
    day = min(record.first for record in shown)
    while day <= max(last_day(record, today) for record in shown):
        found += on_day(day, shown, person, today)
        day += DAY
    return sorted(
        (to_week_end(each, person) for each in joined(found, person, today)), key=lambda each: (each.start, each.end)
    )


def shows(record: AbsenceRecord, *, requested: bool) -> bool:
    if record.profile in ("negeren", "feestdag"):
        return False
    if record.state is State.REQUESTED:
        return requested and record.profile not in ("telewerk", "anderelocatie")
    return record.state is State.APPROVED


def profile_of(record: AbsenceRecord) -> str:
    return "aangevraagd" if record.state is State.REQUESTED else record.profile


def last_day(record: AbsenceRecord, today: date) -> date:
    if record.ends:
        return record.ends.date()
    day = record.last or max(record.first, today)
    while record.open_ended and day.isoweekday() != 7:
        day += DAY
    return day


# --- who works when


def slots(day: date) -> list[datetime]:
    return [datetime.combine(day, time.min) + number * SLOT for number in range(48)]


def half_of(moment: datetime, person: Person) -> Part | None:
    """Return the half of the working day that holds *moment*, None when nobody works then."""
    day = moment.date()
    shifts = [(datetime.combine(day, a), datetime.combine(day, b)) for a, b in person.week[day.weekday()]]
    for start, end in shifts:
        if start <= moment < end:
            if len(shifts) == 1 and end - start > SIX_HOURS:
                return Part.MORNING if moment - start < end - moment else Part.AFTERNOON
            return Part.MORNING if start.hour < 12 else Part.AFTERNOON
    return None


def works_at(moment: datetime, person: Person) -> bool:
    half = half_of(moment, person)
    closed = person.closed.get(moment.date())
    return half is not None and closed not in (Part.WHOLE, half)


def works_on(day: date, person: Person) -> bool:
    return any(works_at(moment, person) for moment in slots(day))


# --- one day


def asks(record: AbsenceRecord, moment: datetime, person: Person, today: date) -> bool:
    """Tell whether *record* asks for the half hour at *moment*."""
    day = moment.date()
    if record.part is not Part.INTERVAL:
        if not record.first <= day <= last_day(record, today) or not works_at(moment, person):
            return False
        return record.part in (Part.WHOLE, half_of(moment, person))
    assert record.starts
    assert record.ends
    if not record.starts <= moment < record.ends:
        return False
    if any(works_at(each, person) and record.starts <= each < record.ends for each in slots(day)):
        return True
    night = record.ends.date() == record.first + DAY
    return works_on(record.first, person) and (day == record.first or night)


def on_day(day: date, records: Sequence[AbsenceRecord], person: Person, today: date) -> Iterator[Period]:
    asking = {moment: [r for r in records if asks(r, moment, person, today)] for moment in slots(day)}
    owner = {moment: profile_of(min(found, key=lambda r: rank(r, person))) for moment, found in asking.items() if found}
    working = [moment for moment in slots(day) if works_at(moment, person)]
    for profile in sorted(set(owner.values())):
        own = [moment for moment in slots(day) if owner.get(moment) == profile]
        behind = [r for r in records if profile_of(r) == profile and any(r in asking[moment] for moment in own)]
        open_ended = any(record.open_ended for record in behind)
        sources = frozenset(f"{record.source}/{record.source_id}" for record in behind)
        runs = list(runs_of(own, set(owner) | set(working)))
        if working and set(working) <= set(own):
            midnight = datetime.combine(day, time.min)
            runs = [(midnight, midnight + DAY)]
        for start, end in runs:
            yield Period(start, end, profile, bool(working) and set(working) <= set(own), open_ended, sources)


def rank(record: AbsenceRecord, person: Person) -> tuple[bool, int, int]:
    order = ORDER.index(profile_of(record))
    return record.state is State.REQUESTED, person.ranks.get(record.source, len(person.ranks)), order


def runs_of(own: list[datetime], busy: set[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """Yield the runs of *own* half hours; one goes on over half hours in which nothing is."""
    start = end = own[0]
    for moment in own:
        gap = end
        while gap < moment and gap not in busy:
            gap += SLOT
        if gap < moment:
            yield start, end
            start = moment
        end = moment + SLOT
    yield start, end


# --- more days


def joined(found: list[Period], person: Person, today: date) -> list[Period]:
    monday = datetime.combine(today - today.weekday() * DAY, time.min)
    made: list[Period] = []
    for period in sorted(found, key=lambda each: (each.start, each.end)):
        alike = [each for each in made if (each.profile, each.whole) == (period.profile, period.whole)]
        if alike and reaches(alike[-1], period, person):
            made.remove(alike[-1])
            sources = alike[-1].sources | period.sources
            is_open = period.open_ended or (alike[-1].open_ended and alike[-1].end > monday)
            period = Period(  # noqa: PLW2901 - the longer one takes its place
                alike[-1].start, period.end, period.profile, period.whole, is_open, sources
            )
        made.append(period)
    return made


def reaches(before: Period, period: Period, person: Person) -> bool:
    """Tell whether only days without work lie between, from midnight to midnight."""
    day = before.end
    while day < period.start and day.time() == time.min and not works_on(day.date(), person):
        day += DAY
    return day == period.start


def to_week_end(period: Period, person: Person) -> Period:
    end = period.end
    while period.whole and period.open_ended and end.weekday() != 0:
        if works_on(end.date(), person):
            return period
        end += DAY
    return Period(period.start, end, period.profile, period.whole, period.open_ended, period.sources)
