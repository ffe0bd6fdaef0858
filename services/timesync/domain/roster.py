"""Who works when: weekly schedules, and the closing days of each service."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from services.timesync.domain.records import Part
from services.timesync.domain.spans import Span

Hours = tuple[tuple[time, time], ...]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OFFICE: Hours = ((time(8), time(12)), (time(12, 30), time(17)))
_DEFAULT: tuple[Hours, ...] = (*([_OFFICE] * 5), (), ())  # who has no schedule of his own (R4)
_LONGEST_HALF = timedelta(hours=6)  # longer without a break is not one half of a day, but two
_NOON = 12
_YEAR = 366


@dataclass(frozen=True)
class Closure:
    """A day, or half of one, on which services are closed; "*" in *services* means all of them."""

    day: date
    services: frozenset[str]
    exempt: frozenset[str] = frozenset()
    part: Part = Part.WHOLE

    def closes(self, service: str) -> bool:
        return bool(self.services & {"*", service}) and service not in self.exempt


@dataclass(frozen=True)
class Person:
    """One employee's identity and working time. *week* runs from Monday; *closed* are the days off of the service.

    *ranks* orders the sources whose word counts, 0 first; *delegate* is the employee who answers meanwhile; *languages*
    are those of the automatic reply, () the organisation's. *shares_name*: somebody else has the same *upn*.
    """

    employee: str
    name: str = ""
    upn: str | None = None
    service: str = ""
    week: tuple[Hours, ...] = _DEFAULT
    closed: Mapping[date, Part] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)
    delegate: str = ""
    languages: tuple[str, ...] = ()
    shares_name: bool = False

    def rank(self, source: str) -> int:
        """Return the place of *source*: where two speak of the same time, the lower one counts."""
        return self.ranks.get(source, len(self.ranks))

    def works_on(self, day: date) -> bool:
        """Tell whether *day* holds working time (R6)."""
        planned = bool(self.week[day.weekday()])
        return planned if day not in self.closed else planned and bool(self.hours(day))

    def hours(self, day: date) -> tuple[Span, ...]:
        """Return the working time of *day*: none on a free or closed day (R6)."""
        return self._planned(day) if day not in self.closed else (*self.morning(day), *self.afternoon(day))

    def morning(self, day: date) -> tuple[Span, ...]:
        """Return the working time before the break (R4)."""
        return () if self.closed.get(day) in (Part.WHOLE, Part.MORNING) else _halves(self._planned(day))[0]

    def afternoon(self, day: date) -> tuple[Span, ...]:
        """Return the working time after the break; nothing for who only works mornings (R4)."""
        return () if self.closed.get(day) in (Part.WHOLE, Part.AFTERNOON) else _halves(self._planned(day))[1]

    def _planned(self, day: date) -> tuple[Span, ...]:
        return tuple(_shift(day, start, end) for start, end in self.week[day.weekday()])

    def next_working_day(self, day: date) -> date | None:
        """Return the first day from *day* on with working time (R8), None when there is none within a year."""
        ahead = (day + timedelta(days=number) for number in range(_YEAR))
        return next((each for each in ahead if self.works_on(each)), None)


def _shift(day: date, start: time, end: time) -> Span:
    # who works nights ends on the next day
    return Span(datetime.combine(day, start), datetime.combine(day + timedelta(days=end <= start), end))


def _halves(hours: Sequence[Span]) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    if len(hours) == 1 and hours[0].end - hours[0].start > _LONGEST_HALF:
        (span,) = hours
        middle = span.start + (span.end - span.start) / 2
        return (Span(span.start, middle),), (Span(middle, span.end),)
    return (
        tuple(span for span in hours if span.start.hour < _NOON),
        tuple(span for span in hours if span.start.hour >= _NOON),
    )


@dataclass(frozen=True)
class Roster:
    """Everybody whose schedule is known, by employee number; *everywhere* are the days on which all is closed."""

    people: Mapping[str, Person] = field(default_factory=dict)
    everywhere: Mapping[date, Part] = field(default_factory=dict)

    def person(self, employee: str) -> Person:
        """Return the employee, with office hours when no schedule is known."""
        return self.people.get(employee) or Person(employee, closed=self.everywhere)


def closed_days(service: str, closures: Iterable[Closure]) -> dict[date, Part]:
    """Return the days off of *service*; two halves of a day are a whole one."""
    closed: dict[date, Part] = {}
    for closure in closures:
        if closure.closes(service):
            both = closed.get(closure.day, closure.part) is not closure.part
            closed[closure.day] = Part.WHOLE if both else closure.part
    return closed
