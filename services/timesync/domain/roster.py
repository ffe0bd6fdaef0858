"""Who works when: weekly schedules, and the closing days of each service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Annotated

from marshmallow import fields

from services.timesync.domain.spans import Span
from shared.contracts import Contract, nested

Hours = tuple[tuple[time, time], ...]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OFFICE: Hours = ((time(8), time(12)), (time(12, 30), time(17)))
_DEFAULT: tuple[Hours, ...] = (*([_OFFICE] * 5), (), ())  # who has no schedule of his own (R4)
_LONGEST_HALF = timedelta(hours=6)  # longer without a break is not one half of a day, but two
_YEAR = 366


@dataclass(frozen=True)
class Closure:
    """A day on which services are closed; "*" in *services* means all of them."""

    day: date
    services: frozenset[str]
    exempt: frozenset[str] = frozenset()

    def closes(self, service: str) -> bool:
        return bool(self.services & {"*", service}) and service not in self.exempt


@dataclass(frozen=True)
class Person:
    """One employee's identity and working time. *week* runs from Monday; *closed* are the days off of the service."""

    employee: str
    name: str = ""
    upn: str | None = None
    service: str = ""
    week: tuple[Hours, ...] = _DEFAULT
    closed: frozenset[date] = frozenset()

    def hours(self, day: date) -> tuple[Span, ...]:
        """Return the working time of *day*: none on a free or closed day (R6)."""
        if day in self.closed:
            return ()
        return tuple(
            Span(datetime.combine(day, start), datetime.combine(day, end)) for start, end in self.week[day.weekday()]
        )

    def morning(self, day: date) -> tuple[Span, ...]:
        """Return the working time before the break (R4)."""
        return _halves(self.hours(day))[0]

    def afternoon(self, day: date) -> tuple[Span, ...]:
        """Return the working time after the break; nothing for who only works mornings (R4)."""
        return _halves(self.hours(day))[1]

    def next_working_day(self, day: date) -> date | None:
        """Return the first day from *day* on with working time (R8), None when there is none within a year."""
        ahead = (day + timedelta(days=number) for number in range(_YEAR))
        return next((each for each in ahead if self.hours(each)), None)


def _halves(hours: Sequence[Span]) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    if len(hours) == 1 and hours[0].end - hours[0].start > _LONGEST_HALF:
        (span,) = hours
        middle = span.start + (span.end - span.start) / 2
        return (Span(span.start, middle),), (Span(middle, span.end),)
    noon = time(12)
    return (
        tuple(span for span in hours if span.start.time() < noon),
        tuple(span for span in hours if span.start.time() >= noon),
    )


@dataclass(frozen=True)
class Roster:
    """Everybody whose schedule is known, by employee number."""

    people: Mapping[str, Person] = field(default_factory=dict)
    everywhere: frozenset[date] = frozenset()

    def person(self, employee: str) -> Person:
        """Return the employee, with office hours when no schedule is known."""
        return self.people.get(employee) or Person(employee, closed=self.everywhere)


@dataclass(frozen=True, kw_only=True)
class _PersonRow(Contract):
    employee_number: Annotated[str, fields.String()]
    name: Annotated[str, fields.String()] = ""
    upn: Annotated[str | None, fields.String(allow_none=True)] = None
    service: Annotated[str, fields.String()] = ""
    schedule: Annotated[
        dict[str, list[list[time]]] | None,
        fields.Dict(
            keys=fields.String(), values=fields.List(fields.List(fields.Time(format="%H:%M"))), allow_none=True
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class _ClosureRow(Contract):
    date: Annotated[date, fields.Date()]
    applies_to: Annotated[list[str], fields.List(fields.String())]
    exempt: Annotated[list[str], fields.List(fields.String(), data_key="except")] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class RosterFile(Contract):
    """The people file: `{"people": [{employee_number, name, upn, service, schedule}], "closures": [{date, …}]}`."""

    people: Annotated[list[_PersonRow], fields.List(nested(_PersonRow))]
    closures: Annotated[list[_ClosureRow], fields.List(nested(_ClosureRow))] = field(default_factory=list)

    def roster(self) -> Roster:
        closures = [Closure(row.date, frozenset(row.applies_to), frozenset(row.exempt)) for row in self.closures]
        people = {row.employee_number: _person(row, closures) for row in self.people}
        return Roster(people, _closed("", closures))


def _person(row: _PersonRow, closures: Sequence[Closure]) -> Person:
    week = _DEFAULT
    if row.schedule is not None:
        week = tuple(tuple((start, end) for start, end in row.schedule.get(day, [])) for day in WEEKDAYS)
    return Person(row.employee_number, row.name, row.upn, row.service, week, _closed(row.service, closures))


def _closed(service: str, closures: Sequence[Closure]) -> frozenset[date]:
    return frozenset(closure.day for closure in closures if closure.closes(service))
