"""What cannot be true in a people file that reads well: each fault by its dotted place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from itertools import pairwise

from services.timesync.domain.roster import WEEKDAYS
from services.timesync.people import ClosureRow, PeopleFile, PersonRow
from shared.faults import near, unknown

EVERYWHERE = "*"
_DAY = 24 * 60  # minutes
_WEEK = 7 * _DAY

Wrong = tuple[str, str]  # the dotted place, and what was expected there


@dataclass(frozen=True)
class Known:
    """What the people file may name: *sources* of absences (None: any), and *services* beside those of its people."""

    sources: Collection[str] | None = None
    services: Collection[str] = ()


def contradictions(file: PeopleFile, known: Known) -> Iterator[Wrong]:
    """Yield what is wrong. The name or address of a person is never in it."""
    numbers: dict[str, int] = {}
    for at, row in enumerate(file.people):
        place = f"people.{at}"
        if numbers.setdefault(row.employee_number, at) != at:
            yield f"{place}.employee_number", "expected a number of his own: a row above has it too"
        yield from _schedule(row, f"{place}.schedule")
        if known.sources is not None:
            wrong = [source for source in row.sources if source not in known.sources]
            yield from (
                (f"{place}.sources", unknown("source", source, known.sources, repeated=False)) for source in wrong
            )
    yield from _delegates(file, numbers)
    services = file.services() | set(known.services)
    for at, closure in enumerate(file.closures):
        yield from wrong_services(closure, f"closures.{at}", services)


def wrong_services(closure: ClosureRow, place: str, services: Collection[str]) -> Iterator[Wrong]:
    """Yield the services of a closing day that nobody works for."""
    for key, named in (("applies_to", closure.applies_to), ("except", closure.exempt)):
        for service in named:
            if service != EVERYWHERE and service not in services:
                yield f"{place}.{key}", unknown("service", service, [*sorted(services), EVERYWHERE])


def _delegates(file: PeopleFile, numbers: Mapping[str, int]) -> Iterator[Wrong]:
    for at, row in enumerate(file.people):
        if row.delegate == row.employee_number:
            yield f"people.{at}.delegate", "expected the employee_number of somebody else: nobody replaces himself"
        elif row.delegate and row.delegate not in numbers:
            # What stands there may be a name, so it is not repeated; nor is an address proposed.
            meant = near(row.delegate, [number for number in numbers if "@" not in number])
            proposed = f"; did you mean '{meant}'?" if meant else ""
            yield f"people.{at}.delegate", f"expected the employee_number of a person in this file{proposed}"


def _schedule(row: PersonRow, place: str) -> Iterator[Wrong]:
    worked: list[tuple[int, int, str]] = []
    for number, day in enumerate(WEEKDAYS):
        for starts, ends in (row.schedule or {}).get(day, []):
            if starts == ends:
                yield f"{place}.{day}", f"expected hours that end later than they start, got {_hours(starts, ends)}"
                continue
            first, last = (number * _DAY + each.hour * 60 + each.minute for each in (starts, ends))
            worked.append((first, last + _DAY * (ends < starts), day))  # who works nights ends on the next day
    worked.sort()
    after = [(first + _WEEK, last + _WEEK, day) for first, last, day in worked[:1]]  # Sunday night meets Monday
    for (_, ended, _), (first, _, day) in pairwise([*worked, *after]):
        if first < ended:
            clock = f"{first % _DAY // 60:02}:{first % 60:02}"
            yield f"{place}.{day}", f"expected hours that do not overlap: {clock} is before the end of those before it"


def _hours(starts: time, ends: time) -> str:
    return f"{starts:%H:%M}-{ends:%H:%M}"
