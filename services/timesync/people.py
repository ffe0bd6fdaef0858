"""What the people file says: who works where and when. HR keeps it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Annotated, Any

from marshmallow import fields, validate

from services.timesync.domain.records import Part
from services.timesync.domain.roster import WEEKDAYS, Closure, Person, Roster, closed_days
from services.timesync.domain.texts import LANGUAGES
from shared.contracts import Contract, nested
from shared.faults import OneOf

_CLOSING = (Part.WHOLE, Part.MORNING, Part.AFTERNOON)
_LANGUAGE = OneOf("language", LANGUAGES, repeated=False)  # in a row that slipped a column, a name may stand there
# Nobody is what an export that went wrong holds, and nobody would take part by service any more.
_SOMEBODY = validate.Length(min=1, error="expected one person at least")
_NO_RANKS: Mapping[str, int] = {}


class LocalDay(fields.Date):
    """A day as JSON writes it, or as TOML does: without quotes."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        return super()._deserialize(value, attr, data, **kwargs)


@dataclass(frozen=True, kw_only=True)
class ClosureRow(Contract):
    """A closing day: `{date, applies_to: [service | "*"], except: [service], part}`; its *name* is for people."""

    date: Annotated[date, LocalDay()]
    name: Annotated[str, fields.String()] = ""
    applies_to: Annotated[list[str], fields.List(fields.String())]
    exempt: Annotated[list[str], fields.List(fields.String(), data_key="except")] = field(default_factory=list)
    part: Annotated[str, fields.String(validate=OneOf("part of the day", _CLOSING))] = Part.WHOLE

    def closure(self) -> Closure:
        return Closure(self.date, frozenset(self.applies_to), frozenset(self.exempt), Part(self.part))


@dataclass(frozen=True, kw_only=True)
class PersonRow(Contract):
    """One employee. *sources* are the systems whose word counts for him, the first one first."""

    employee_number: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    name: Annotated[str, fields.String()] = ""
    upn: Annotated[str | None, fields.String(allow_none=True)] = None
    service: Annotated[str, fields.String(validate=validate.Length(max=100))] = ""
    schedule: Annotated[
        dict[str, list[list[time]]] | None,
        fields.Dict(
            keys=fields.String(validate=OneOf("weekday", WEEKDAYS)),
            values=fields.List(fields.List(fields.Time(format="%H:%M"), validate=validate.Length(equal=2))),
            allow_none=True,
        ),
    ] = None
    sources: Annotated[list[str], fields.List(fields.String())] = field(default_factory=list)
    delegate: Annotated[str, fields.String()] = ""
    languages: Annotated[list[str], fields.List(fields.String(validate=_LANGUAGE))] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class PeopleFile(Contract):
    """`{"people": [{employee_number, name, upn, service, schedule, …}], "closures": [{date, …}]}`."""

    people: Annotated[list[PersonRow], fields.List(nested(PersonRow), validate=_SOMEBODY)]
    closures: Annotated[list[ClosureRow], fields.List(nested(ClosureRow))] = field(default_factory=list)

    def services(self) -> set[str]:
        """Return the services that have people."""
        return {row.service for row in self.people if row.service}


def roster_of(file: PeopleFile, closures: Iterable[Closure] = (), ranks: Mapping[str, int] = _NO_RANKS) -> Roster:
    """Return the roster with *closures* beside those of the file; *ranks* are the sources of who names none."""
    closed = [*(row.closure() for row in file.closures), *closures]
    days = {service: closed_days(service, closed) for service in {row.service for row in file.people}}
    people = {row.employee_number: _person(row, days[row.service], ranks) for row in file.people}
    names = Counter(row.upn.lower() for row in file.people if row.upn)
    shared = {each: replace(it, shares_name=True) for each, it in people.items() if names[(it.upn or "").lower()] > 1}
    return Roster(people | shared, closed_days("", closed))


def _person(row: PersonRow, closed: dict[date, Part], ranks: Mapping[str, int]) -> Person:
    person = Person(
        row.employee_number,
        row.name,
        row.upn,
        row.service,
        closed=closed,
        ranks={source: rank for rank, source in enumerate(row.sources)} or ranks,
        delegate=row.delegate,
        languages=tuple(row.languages),
    )
    if row.schedule is None:
        return person
    week = tuple(tuple(sorted((start, end) for start, end in row.schedule.get(day, []))) for day in WEEKDAYS)
    return replace(person, week=week)
