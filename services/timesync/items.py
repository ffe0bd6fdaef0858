"""Every registration that the hub knows, with what became of it and why: for HR, who wants to know where it sticks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from services.timesync.domain.difference import WINDOW
from services.timesync.domain.reasons import EXPLANATIONS
from services.timesync.domain.records import AbsenceRecord, skip_reason
from services.timesync.domain.timeline import Segment
from services.timesync.effects.base import Step
from services.timesync.handlers.mailboxes import Case, look_at
from services.timesync.handlers.world import Timesync
from services.timesync.plan import Why, causes_of
from services.timesync.store.events import EventRow, EventState
from services.timesync.store.held import HeldRow
from services.timesync.store.replies import ReplyRow

SCANNED = 2000  # employees that one page looks at, however few of them the filter lets through
_TOGETHER = 200  # employees that are looked at together


class ItemState(StrEnum):
    """What became of a registration."""

    SYNCHRONISED = "synchronised"  # shown as the source wants it
    WAITING = "waiting"  # something of it is still to be written, changed or taken away
    PLANNED = "planned"  # too far ahead to be shown already
    HELD = "held"  # a person must mend something: in the settings or at Microsoft
    REFUSED = "refused"  # the source says something that cannot be
    SKIPPED = "skipped"  # nothing to show, and nobody has to do anything
    DETACHED = "detached"  # its owner changed the event: not touched any more
    RESPECTED = "respected"  # its owner deleted the event: not made again
    PAST = "past"  # over


_OF_EVENT = {
    EventState.DETACHED: (ItemState.DETACHED, "changed_by_owner"),
    EventState.RESPECTED: (ItemState.RESPECTED, "deleted_by_owner"),
}
_NOTHING = "nothing_to_show"
_OF_CAUSE: dict[Why | None, str] = {Why.STOPPED: "stopped", Why.SCOPE: "out_of_scope", Why.DISABLED: "account_disabled"}
_REFUSED = frozenset({"impossible_date", "unknown_half", "unknown_hours", "unknown_status", "incomplete_row"})
_QUIET = frozenset({"no_mailbox", "duplicate_row", "superseded_row"})
_OF_PERSON = frozenset({"no_mailbox", "unknown_person", "ambiguous_person"})
# What only this list tells; what people are also warned of stands in domain/reasons.py.
_EXPLANATIONS = EXPLANATIONS | {
    "deleted_by_owner": "De medewerker verwijderde de afspraak. Ze komt pas terug als de bron de afwezigheid wijzigt.",
    "stopped": "De hub is stilgelegd en toont niets.",
    "out_of_scope": "Deze medewerker doet nog niet mee.",
    "account_disabled": "De account van deze medewerker is uitgeschakeld.",
    _NOTHING: "Op die dagen werkt de medewerker niet, of een andere afwezigheid gaat voor.",
    "beyond_window": "De afwezigheid ligt nog te ver vooruit; ze wordt vanzelf getoond.",
    "to_be_written": "De hub schrijft dit nog.",
}


@dataclass(frozen=True)
class Item:
    """One registration, or something held that never became one. *place* finds it in its source.

    *first* and *last* are its days; *effects* says what became of each thing that colleagues see.
    """

    employee: str | None
    source: str
    place: str
    state: ItemState
    reason: str = ""
    first: date | None = None
    last: date | None = None
    since: datetime | None = None
    effects: Mapping[str, str] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it with its reason explained in Dutch."""
        return {
            "employee": self.employee,
            "source": self.source,
            "place": self.place,
            "first": self.first.isoformat() if self.first else None,
            "last": self.last.isoformat() if self.last else None,
            "state": self.state,
            "reason": self.reason or None,
            "explanation": _EXPLANATIONS.get(self.reason, self.reason) or None,
            "since": self.since.isoformat() if self.since else None,
            "effects": dict(self.effects or {}),
        }


@dataclass(frozen=True)
class Wishes:
    """Which items are wanted; "" is any."""

    state: str = ""
    employee: str = ""
    source: str = ""

    def let_through(self, item: Item) -> bool:
        return self.state in ("", item.state) and self.source in ("", item.source)


@dataclass(frozen=True)
class Page:
    """Items of whole employees, in the order of their numbers; *after* asks for the next page, None: there is none."""

    items: tuple[Item, ...]
    after: str | None


def page_of(world: Timesync, wishes: Wishes, after: str | None = None, limit: int = 100) -> Page:
    """Return the first *limit* items after the employee *after*, or a few more: those of one employee stay together.

    What is held and tells no employee comes first of all, when *after* is None.
    """
    if wishes.employee:
        return Page(tuple(filter(wishes.let_through, _of([wishes.employee], world))), None)
    found: list[Item] = []
    if after is None:
        found, after = [each for each in map(_of_held, world.store.held.of_nobody()) if wishes.let_through(each)], ""
    scanned = 0
    while len(found) < limit and scanned < SCANNED:
        employees = _next(world, after)
        if not employees:
            return Page(tuple(found), None)
        items = _by_employee(_of(employees, world))
        for employee in employees:
            found += filter(wishes.let_through, items.get(employee, ()))
            after, scanned = employee, scanned + 1
            if len(found) >= limit:
                break
    return Page(tuple(found), after)


def _by_employee(items: Iterable[Item]) -> dict[str | None, list[Item]]:
    found: dict[str | None, list[Item]] = {}
    for item in items:
        found.setdefault(item.employee, []).append(item)
    return found


def _next(world: Timesync, after: str) -> list[str]:
    known = world.store.everybody.page(after, _TOGETHER)
    return sorted({*known, *world.store.held.employees(after, _TOGETHER)})[:_TOGETHER]


@dataclass(frozen=True)
class _Known:
    """What the books say of one employee."""

    case: Case
    rows: Sequence[EventRow]
    reply: ReplyRow | None
    steps: Sequence[Step]
    cause: Why | None
    held: Sequence[HeldRow]


def _of(employees: Sequence[str], world: Timesync) -> Iterator[Item]:
    """Yield the items of *employees*, by employee and first day."""
    cases = look_at(employees, world)
    pictures = [case.picture for case in cases if case.picture]
    rows, replies = world.store.events.of_many(employees), world.store.replies.of_many(employees)
    steps = [effect.steps(pictures) for effect in world.effects]
    causes = causes_of(pictures, world)
    held: dict[str | None, list[HeldRow]] = {}
    for row in world.store.held.of_employees(employees):
        held.setdefault(row.employee, []).append(row)
    for case in sorted(cases, key=lambda case: case.employee):
        employee = case.employee
        waiting = [step for found in steps for step in found.get(employee, ())]
        cause, own = causes.get(employee), held.get(employee, [])
        known = _Known(case, rows[employee], replies.get(employee), waiting, cause, own)
        for record in sorted(case.records, key=lambda each: (each.first, each.source, each.source_id)):
            yield _item(record, known, world)
        yield from (_of_held(row) for row in own if row.reason not in _OF_PERSON)


def _item(record: AbsenceRecord, known: _Known, world: Timesync) -> Item:
    state, reason = _state(record, known, world)
    segments = _segments(record, known.case)
    since = next((row.first_seen for row in known.held if row.reason == reason and row.source == record.source), None)
    effects = _effects(segments, known)
    return Item(record.employee, record.source, record.place, state, reason, record.first, record.last, since, effects)


def _state(record: AbsenceRecord, known: _Known, world: Timesync) -> tuple[ItemState, str]:
    today = world.local_now().date()
    segments = _segments(record, known.case)
    last = record.ends.date() if record.ends else record.last_day(today)
    if not segments and (reason := skip_reason(record, requested=world.rules.requested)):
        return ItemState.SKIPPED, reason
    if last < today:
        return ItemState.PAST, ""
    if known.case.unlinked:
        reason = known.case.unlinked.reason
        return (ItemState.SKIPPED if reason in _QUIET else ItemState.HELD), reason
    return _shown(segments, known, world) if segments else (ItemState.SKIPPED, _OF_CAUSE.get(known.cause, _NOTHING))


def _shown(segments: Sequence[Segment], known: _Known, world: Timesync) -> tuple[ItemState, str]:
    """Return how far *segments* are in the mailbox."""
    rows = [row for row in known.rows if any(row.written.span.meets(each.span) for each in segments)]
    touched = [_OF_EVENT[row.state] for row in rows if row.state in _OF_EVENT]
    if touched:
        return touched[0]
    if any(_concerns(step, segments) for step in known.steps):
        return ItemState.WAITING, "to_be_written"
    if all(segment.span.start >= world.local_now() + WINDOW for segment in segments):
        return ItemState.PLANNED, "beyond_window"
    return ItemState.SYNCHRONISED, ""


def _segments(record: AbsenceRecord, case: Case) -> list[Segment]:
    shown = case.picture.segments if case.picture else ()
    return [segment for segment in shown if f"{record.source}/{record.source_id}" in segment.sources]


def _effects(segments: Sequence[Segment], known: _Known) -> dict[str, str]:
    """Return the state of each effect on *segments*: that of the books, or `waiting`."""
    spans = [segment.span for segment in segments]
    effects: dict[str, str] = {}
    for row in known.rows:
        if any(row.written.span.meets(span) for span in spans):
            effects["calendar"] = str(row.state)
    if known.reply and any(known.reply.span.meets(span) for span in spans):
        effects["reply"] = str(known.reply.state)
    return effects | {step.effect: ItemState.WAITING for step in known.steps if _concerns(step, segments)}


def _concerns(step: Step, segments: Sequence[Segment]) -> bool:
    return any(step.span.meets(segment.span) for segment in segments)


def _of_held(row: HeldRow) -> Item:
    state = ItemState.REFUSED if row.reason in _REFUSED else ItemState.HELD
    state = ItemState.SKIPPED if row.reason in _QUIET else state
    return Item(row.employee, row.source, row.place, state, row.reason, since=row.first_seen)
