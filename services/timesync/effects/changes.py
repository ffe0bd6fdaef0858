"""What it takes to bring one calendar to its picture: from the book alone, before anything is asked of Graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.timesync.domain.difference import Difference, Written, difference
from services.timesync.domain.spans import Span, midnight
from services.timesync.domain.timeline import Segment
from services.timesync.effects.base import Action, Picture, Step
from services.timesync.effects.look import Drawing, Look
from services.timesync.store.events import EventRow, EventState, Start
from shared.graph.calendar import Change, Creation, Removal, Reshaping


@dataclass(frozen=True)
class Job:
    """One change to make: *row* is what will be true of the event once *change* is made."""

    row: EventRow
    change: Change
    before: EventRow


@dataclass
class Plan:
    """What one picture takes: rows to write down without a call, events to start, and changes to make."""

    settled: list[EventRow] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)


def plan_of(picture: Picture, rows: Sequence[EventRow], look: Drawing) -> Plan:
    """Return what `show` does for *picture*, apart from what was only started."""
    plan, by_key = Plan(), {row.written.key: row for row in rows}
    profiles = {each.profile for each in picture.segments} | {row.written.profile for row in rows}
    looks = {profile: look(picture.person, profile) for profile in profiles}
    for change in _differences(picture, rows, {profile: each.face for profile, each in looks.items()}):
        for written, segment in change.update:
            _reshape(by_key[written.key], segment, looks[segment.profile], picture, plan)
        for written in change.remove:
            _remove(by_key[written.key], plan)
        plan.starts += [_start(picture, segment, looks[segment.profile]) for segment in change.create]
    return plan


def steps_of(picture: Picture, rows: Sequence[EventRow], look: Drawing, effect: str) -> list[Step]:
    """Return the calls that `show` would make for *picture*; what is only to be written down is none."""

    def step(action: Action, shape: Segment | Written) -> Step:
        return Step(effect, action, shape.profile, shape.span)

    plan = plan_of(picture, rows, look)
    started = [row for row in rows if row.state is EventState.STARTED]
    return [
        *(step(Action.CREATE if is_wanted(row, picture) else Action.REMOVE, row.written) for row in started),
        *(step(Action.CREATE, start.segment) for start in plan.starts),
        *(step(_action(job), job.row.written) for job in plan.jobs),
    ]


def creation(row: EventRow, look: Look) -> Job:
    """Return the making of what *row* only started, in the words of now."""
    after = replace(row, written=replace(row.written, face=look.face))
    return Job(after, Creation(row.user_id, look.at(row.written), row.written.key, row.transaction), row)


def is_wanted(row: EventRow, picture: Picture) -> bool:
    """Tell whether what was only started is still of use: it takes its final shape once it stands."""
    meets = any(row.written.span.meets(each.span) for each in picture.segments)
    return meets and row.user_id == picture.user_id


def is_of(row: EventRow, start: Start) -> bool:
    """Tell whether *row* was made for the very period that is about to be made (again)."""
    written, segment = row.written, start.segment
    same = (row.employee, row.user_id, written.profile, written.whole, written.span.end)
    wanted = (start.employee, start.user_id, segment.profile, segment.whole, segment.span.end)
    return same == wanted and written.span.start <= segment.span.start


def _differences(picture: Picture, rows: Sequence[EventRow], faces: Mapping[str, str]) -> tuple[Difference, Difference]:
    """Return what to end in a calendar that was his before, and what to change in the one of now."""
    here = [row.written for row in rows if row.user_id == picture.user_id]
    elsewhere = [row.written for row in rows if row.user_id != picture.user_id]
    return (
        difference((), elsewhere, picture.now, faces),
        difference(picture.segments, here, picture.now, faces),
    )


def _start(picture: Picture, segment: Segment, look: Look) -> Start:
    return Start(picture.employee, picture.user_id, segment, look.face)


def _reshape(row: EventRow, segment: Segment, look: Look, picture: Picture, plan: Plan) -> None:
    shaped = row.reshaped(segment, look.face)
    if row.state is EventState.RESPECTED and _is_told_anew(segment, row.written, picture):
        plan.settled.append(replace(row, state=EventState.REMOVED))
        if segment.span.end > picture.now:  # else only to be cut short, and there is nothing to cut
            begins = max(segment.span.start, midnight(picture.now.date()))  # the past is not rewritten (R17)
            again = replace(segment, span=Span(begins, segment.span.end))
            plan.starts.append(_start(replace(picture, user_id=row.user_id), again, look))
    elif row.state is not EventState.DONE or row.event_id is None:
        plan.settled.append(shaped)
    else:
        plan.jobs.append(Job(shaped, Reshaping(row.user_id, row.event_id, look.at(segment), row.etag), row))


def _remove(row: EventRow, plan: Plan) -> None:
    gone = replace(row, state=EventState.REMOVED)
    if row.state is EventState.DONE and row.event_id:
        plan.jobs.append(Job(gone, Removal(row.user_id, row.event_id), row))
    elif row.state is EventState.DETACHED:
        plan.settled.append(replace(row, state=EventState.LEFT))
    else:
        plan.settled.append(gone)


def _is_told_anew(segment: Segment, written: Written, picture: Picture) -> bool:
    """Tell whether the source says something else; our words change too, and an open end grows by itself (R18)."""
    if (segment.profile, segment.span, segment.whole) == (written.profile, written.span, written.whole):
        return False
    is_grown = segment.open_ended and written.span.end <= picture.now
    return not (is_grown and (segment.profile, segment.whole) == (written.profile, written.whole))


def _action(job: Job) -> Action:
    return Action.REMOVE if isinstance(job.change, Removal) else Action.CHANGE
