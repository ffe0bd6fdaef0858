"""What Hypothesis may think of: people, what sources say of them, and what stands in a calendar already."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import strategies as st

from services.timesync.domain.difference import Difference, Written
from services.timesync.domain.profiles import NAMES, SHOWN
from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.domain.roster import Hours, Person
from services.timesync.domain.spans import Span

TODAY = date(2026, 11, 12)  # a Thursday; a holiday and two weekends lie near
NOW = datetime(2026, 11, 12, 10, 15)  # noqa: DTZ001 - wall clock
MIDNIGHT = datetime.combine(TODAY, time.min)

OFFICE: Hours = ((time(8), time(12)), (time(12, 30), time(17)))
SHIFTS: tuple[Hours, ...] = (
    OFFICE,
    OFFICE,
    (),
    ((time(8), time(16)),),  # straight on: its half is at noon
    ((time(7), time(15)),),  # and here at eleven
    ((time(8, 30), time(12)),),  # mornings only
    ((time(13), time(17)),),
    ((time(14), time(22)),),
    ((time(6), time(9)), (time(12), time(14)), (time(18), time(20))),
)
WEEK: tuple[Hours, ...] = (OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, (), ())

_near = st.integers(-6, 10).map(lambda number: TODAY + timedelta(days=number))
_slots = st.integers(-6 * 48, 10 * 48).map(lambda number: MIDNIGHT + number * timedelta(minutes=30))
_halves = st.sampled_from((Part.WHOLE, Part.MORNING, Part.AFTERNOON))
_ranks = st.sampled_from(({}, {"a": 0}, {"b": 0, "a": 1}, {"c": 0, "b": 1, "a": 2}))
_sources = st.sampled_from(("a", "b", "c"))
_ids = st.integers(1, 6).map(str)
_states = st.sampled_from((State.APPROVED, State.APPROVED, State.APPROVED, *State))
profiles = st.sampled_from(("afwezig", "afwezig", "telewerk", *NAMES))

people = st.builds(
    Person,
    st.just("1"),
    week=st.one_of(st.just(WEEK), st.tuples(*[st.sampled_from(SHIFTS)] * 7)),
    closed=st.dictionaries(_near, _halves, max_size=5),
    ranks=_ranks,
)


@st.composite
def absences(draw: st.DrawFn, states: st.SearchStrategy[State] = _states, *, open_ends: bool = True) -> AbsenceRecord:
    """Draw what a source may say of one absence."""
    first = draw(_near)
    length = draw(st.one_of(st.none(), st.integers(0, 9)) if open_ends else st.integers(0, 9))
    last = None if length is None else first + timedelta(days=length)
    told = AbsenceRecord(
        source=draw(_sources),
        source_id=draw(_ids),
        employee="1",
        first=first,
        last=last,
        part=draw(_halves),
        open_ended=last is None or (open_ends and draw(st.integers(0, 5)) == 0),
        state=draw(states),
        profile=draw(profiles),
        version=str(draw(st.integers(0, 9))),
    )
    return _in_hours(told, draw(_slots), draw(st.integers(1, 160))) if draw(st.booleans()) else told


def _in_hours(record: AbsenceRecord, starts: datetime, halves: int) -> AbsenceRecord:
    ends = starts + halves * timedelta(minutes=30)
    return replace(
        record,
        first=starts.date(),
        last=ends.date(),
        part=Part.INTERVAL,
        starts=starts,
        ends=ends,
        open_ended=False,
    )


def unlike(found: list[AbsenceRecord]) -> list[AbsenceRecord]:
    """Return one record per source and id, as the store keeps them."""
    return list({(record.source, record.source_id): record for record in found}.values())


records = st.lists(absences(), max_size=6).map(unlike)
bounded = st.lists(absences(open_ends=False), max_size=6).map(unlike)


@st.composite
def calendars(draw: st.DrawFn) -> list[Written]:
    """Draw anything that may stand in a calendar: it may overlap, be over, or be written in other words."""
    made: list[Written] = []
    for number in range(draw(st.integers(0, 6))):
        whole = draw(st.booleans())
        if whole:
            first = draw(_near)
            start = datetime.combine(first, time.min)
            end = start + timedelta(days=draw(st.integers(1, 9)))
        else:
            start = draw(_slots)
            end = start + draw(st.integers(1, 60)) * timedelta(minutes=30)
        profile, face = draw(st.sampled_from(tuple(SHOWN))), draw(st.sampled_from(("", "old")))
        made.append(Written(f"old{number}", profile, Span(start, end), whole, face))
    return made


def applied(plan: Difference, before: list[Written], faces: dict[str, str] | None = None) -> list[Written]:
    """Return what is written after *plan*."""
    faces = faces or {}
    changed = {
        each.key: Written(each.key, new.profile, new.span, new.whole, faces.get(new.profile, ""))
        for each, new in plan.update
    }
    gone = {each.key for each in plan.remove}
    kept = [changed.get(each.key, each) for each in before if each.key not in gone]
    made = [
        Written(
            f"new{len(before)}-{number}-{new.span.start}", new.profile, new.span, new.whole, faces.get(new.profile, "")
        )
        for number, new in enumerate(plan.create)
    ]
    return kept + made
