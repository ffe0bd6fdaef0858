"""The page on which an employee sees why Outlook shows him as absent, or why it does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, g, render_template
from flask.typing import ResponseReturnValue

from services.timesync.app.visitors import accounts_are_known, case_of, lacks_mailbox
from services.timesync.app.words import Words
from services.timesync.domain.difference import WINDOW
from services.timesync.domain.reasons import QUIET
from services.timesync.domain.records import AbsenceRecord, State, skip_reason
from services.timesync.domain.timeline import Segment
from services.timesync.effects.base import Picture, Step
from services.timesync.effects.look import own_look
from services.timesync.handlers.accounts import members_of_scope
from services.timesync.handlers.mailboxes import Case
from services.timesync.handlers.world import Timesync
from services.timesync.operations import halted
from services.timesync.store.events import EventRow, EventState
from services.timesync.store.replies import ReplyState
from shared.signin import Gate, Visitor

_NOT_ASKED_FOR = {State.REQUESTED: "requested", State.REJECTED: "rejected"}


@dataclass(frozen=True)
class Shown:
    """One period of the calendar: its words there, what colleagues see, who says so, and whether it stands there."""

    period: str
    label: str
    show_as: str
    sources: tuple[str, ...]
    state: str


@dataclass(frozen=True)
class Hidden:
    """One registration that does not show; *why* is the key of its explanation."""

    period: str
    source: str
    why: str


def add_page(pages: Blueprint, gate: Gate, world: Timesync) -> None:
    """Add `/mijn-afwezigheid` to *pages*."""

    @pages.get("/mijn-afwezigheid")
    @gate.required
    def mine(visitor: Visitor) -> ResponseReturnValue:
        """Show what the hub shows of the visitor, and why; never anyone else's.

        Answers: 200 the page; 303 to the sign-in; 404 when no employee is known by the visitor's account;
        503 when the accounts were not read yet.
        """
        case = case_of(visitor.user_id, world)
        if case is None or case.picture is None:
            has_none = lacks_mailbox(visitor.user_id, world)
            if not has_none and not accounts_are_known(world):
                abort(503)
            what = "no_mailbox" if has_none else "unlinked"
            return render_template("message.html", what=what, ways=_ways("", world)), 404
        notice = _notice(case.picture, world)
        return render_template(
            "own.html",
            visitor=visitor,
            notice=notice,
            shown=list(_shown(case.picture, world)),
            hidden=[] if notice else list(_hidden(case, world)),
            held=_held(case, world),
            reply=_reply(case.picture, world),
            sources=_sources(case, world),
            ways=_ways(case.picture.person.service, world),
        )


def _notice(picture: Picture, world: Timesync) -> str:
    """Return why nothing at all is shown of somebody, "" when it is."""
    if halted(world):
        return "halted"
    return "" if world.rules.scope.holds(picture.person, picture.user_id, members_of_scope(world)) else "out_of_scope"


def _shown(picture: Picture, world: Timesync) -> Iterator[Shown]:
    words: Words = g.words
    rows, steps = world.store.events.of(picture.employee), _steps(picture, "calendar", world)
    look = own_look(lambda: world.rules)
    for segment in picture.segments:
        if segment.span.end > picture.now:
            seen = look(picture.person, segment.profile)
            sources = tuple(dict.fromkeys(name.partition("/")[0] for name in segment.sources))
            state = _state(segment, rows, steps, picture.now)
            yield Shown(words.period(segment), seen.subject, seen.show_as, sources, state)


def _state(segment: Segment, rows: Sequence[EventRow], steps: Sequence[Step], now: datetime) -> str:
    there = {row.state for row in rows if row.written.span.meets(segment.span)}
    if EventState.DETACHED in there:
        return "detached"
    if EventState.RESPECTED in there:
        return "respected"
    if any(step.span.meets(segment.span) for step in steps):
        return "waiting"
    return "planned" if segment.span.start >= now + WINDOW else "stands"


def _steps(picture: Picture, effect: str, world: Timesync) -> list[Step]:
    found = (each.steps([picture]).get(picture.employee, ()) for each in world.effects if each.name == effect)
    return [step for steps in found for step in steps]


def _hidden(case: Case, world: Timesync) -> Iterator[Hidden]:
    words: Words = g.words
    picture = case.picture
    if picture is None:
        return
    today, shown = picture.now.date(), {name for segment in picture.segments for name in segment.sources}
    for record in sorted(case.records, key=lambda each: (each.first, each.source, each.source_id)):
        last = record.ends.date() if record.ends else record.last_day(today)
        if last >= today and f"{record.source}/{record.source_id}" not in shown:
            yield Hidden(words.asked(record), record.source, _why(record, world))


def _why(record: AbsenceRecord, world: Timesync) -> str:
    reason = skip_reason(record, requested=world.rules.requested)
    if reason == "not_approved":
        return _NOT_ASKED_FOR[record.state]
    return {"cancelled": "cancelled", None: "no_time"}.get(reason, "no_absence")


def _held(case: Case, world: Timesync) -> list[tuple[str, datetime]]:
    """Return which source holds what of somebody, and since when. What is wrong with it is not told here."""
    person = world.rules.roster.person(case.employee)
    rows = world.store.held.of_employees({case.employee, (person.upn or case.employee).lower()})
    return [(row.source, row.first_seen) for row in rows if row.reason not in QUIET]


def _reply(picture: Picture, world: Timesync) -> tuple[str, str]:
    """Return how it stands with the automatic reply, and for when."""
    row = world.store.replies.of(picture.employee)
    if _steps(picture, "reply", world):
        return "reply_waiting", ""
    if row is None or row.span.end <= picture.now:
        return "reply_none", ""
    words: Words = g.words
    return f"reply_{ReplyState(row.state)}", words.span(row.span)


def _sources(case: Case, world: Timesync) -> list[tuple[str, datetime | None]]:
    """Return who told something of somebody, or else is asked, and when that was last heard."""
    known = world.store.records.sources()
    names = {record.source for record in case.records} or set(world.systems)
    return [(name, known[name].read_at if name in known else None) for name in sorted(names)]


def _ways(service: str, world: Timesync) -> list[str]:
    """Return whom to ask: the people of HR, or else who answers for *service*."""
    rules = world.rules
    contact = rules.office.services.get(service, rules.office.general)
    return [way for way in ([rules.hr_contact] if rules.hr_contact else [contact.mail, contact.phone]) if way]
