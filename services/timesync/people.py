"""The people file: who works where and when. HR keeps it; JSON here, CSV for who would rather use a spreadsheet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from pathlib import Path
from typing import Annotated

from marshmallow import fields, validate

from services.timesync.domain.records import Part
from services.timesync.domain.roster import WEEKDAYS, Closure, Person, Roster, closed_days
from shared.contracts import Contract, nested
from shared.errors import Invalid

_CLOSING = (Part.WHOLE, Part.MORNING, Part.AFTERNOON)


@dataclass(frozen=True, kw_only=True)
class ClosureRow(Contract):
    """A closing day: `{date, applies_to: [service | "*"], except: [service], part}`."""

    date: Annotated[date, fields.Date()]
    applies_to: Annotated[list[str], fields.List(fields.String())]
    exempt: Annotated[list[str], fields.List(fields.String(), data_key="except")] = field(default_factory=list)
    part: Annotated[str, fields.String(validate=validate.OneOf(_CLOSING))] = Part.WHOLE

    def closure(self) -> Closure:
        return Closure(self.date, frozenset(self.applies_to), frozenset(self.exempt), Part(self.part))


@dataclass(frozen=True, kw_only=True)
class PersonRow(Contract):
    """One employee. *sources* are the systems whose word counts for him, the first one first."""

    employee_number: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    name: Annotated[str, fields.String()] = ""
    upn: Annotated[str | None, fields.String(allow_none=True)] = None
    service: Annotated[str, fields.String()] = ""
    schedule: Annotated[
        dict[str, list[list[time]]] | None,
        fields.Dict(
            keys=fields.String(), values=fields.List(fields.List(fields.Time(format="%H:%M"))), allow_none=True
        ),
    ] = None
    sources: Annotated[list[str], fields.List(fields.String())] = field(default_factory=list)
    delegate: Annotated[str, fields.String()] = ""
    languages: Annotated[list[str], fields.List(fields.String())] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class PeopleFile(Contract):
    """`{"people": [{employee_number, name, upn, service, schedule, …}], "closures": [{date, …}]}`."""

    people: Annotated[list[PersonRow], fields.List(nested(PersonRow))]
    closures: Annotated[list[ClosureRow], fields.List(nested(ClosureRow))] = field(default_factory=list)


def read_people(path: Path) -> PeopleFile:
    """Read the people file.

    Raises: Invalid naming the file and what was expected in it.
    """
    try:
        return PeopleFile.load(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise Invalid("invalid_people", f"{path}: expected a readable JSON file ({type(error).__name__})") from error
    except Invalid as error:
        raise Invalid("invalid_people", f"{path}: {error}", error.fields) from error


def roster_of(file: PeopleFile, closures: Iterable[Closure] = (), order: Sequence[str] = ()) -> Roster:
    """Return the roster with *closures* beside those of the file; *order* are the sources of who names none."""
    closed = [*(row.closure() for row in file.closures), *closures]
    days = {service: closed_days(service, closed) for service in {row.service for row in file.people}}
    people = {row.employee_number: _person(row, days[row.service], order) for row in file.people}
    return Roster(people, closed_days("", closed))


def _person(row: PersonRow, closed: dict[date, Part], order: Sequence[str]) -> Person:
    person = Person(
        row.employee_number,
        row.name,
        row.upn,
        row.service,
        closed=closed,
        ranks={source: rank for rank, source in enumerate(row.sources or order)},
        delegate=row.delegate,
        languages=tuple(row.languages),
    )
    if row.schedule is None:
        return person
    week = tuple(tuple((start, end) for start, end in row.schedule.get(day, [])) for day in WEEKDAYS)
    return replace(person, week=week)
