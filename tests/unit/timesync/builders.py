"""Values with defaults that make sense; a test states only what matters to it."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path

from services.timesync.domain.difference import Written
from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.domain.roster import Person, Roster
from services.timesync.domain.spans import Span
from services.timesync.domain.timeline import Segment
from services.timesync.people import roster_of
from services.timesync.people_file import read_people

SAMPLES = Path(__file__).parents[2] / "samples" / "timesync"


def day(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def span(start: str, end: str) -> Span:
    return Span(at(start), at(end))


def record(
    first: str,
    last: str | None = "",
    *,
    source_id: str = "1",
    employee: str = "000104",
    part: Part = Part.WHOLE,
    hours: tuple[str, str] | None = None,
    profile: str = "afwezig",
    state: State = State.APPROVED,
    version: str = "1",
    source: str = "file",
    open_ended: bool = False,
) -> AbsenceRecord:
    """Build an absence of whole days; *last* "" means one day, None an open end."""
    final = None if last is None else day(last or first)
    starts, ends = (at(hours[0]), at(hours[1])) if hours else (None, None)
    return AbsenceRecord(
        source=source,
        source_id=source_id,
        employee=employee,
        first=day(first),
        last=final,
        part=Part.INTERVAL if hours else part,
        starts=starts,
        ends=ends,
        open_ended=open_ended or final is None,
        state=state,
        profile=profile,
        version=version,
        place=f"file.csv:2 {source_id}",
    )


def segment(start: str, end: str, *, profile: str = "afwezig", whole: bool = True) -> Segment:
    return Segment(profile, span(start, end), whole)


def written(start: str, end: str, *, key: str = "k", profile: str = "afwezig", whole: bool = True) -> Written:
    return Written(key, profile, span(start, end), whole)


@cache
def roster() -> Roster:
    """Return the people and closing days of Voorbeeldegem."""
    return roster_of(read_people(SAMPLES / "people.json"))


def person(employee: str = "000104") -> Person:
    return roster().person(employee)
