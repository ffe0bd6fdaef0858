"""Compares what the book says of mailboxes with what of the hub stands in them, and puts the book right.

Nothing of anybody else is touched: an event is the hub's by its property, and what its owner made of it is his (R25,
R26). The changes that follow from the book are the calendar effect's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from services.timesync.domain.difference import Written
from services.timesync.domain.timeline import Segment
from services.timesync.effects.base import Picture
from services.timesync.effects.look import Drawing, Seen, is_as_written, seen
from services.timesync.store.events import EventBook, EventRow, EventState, base_of
from shared.errors import HubError
from shared.graph.calendar import Change, Found, Removal
from shared.graph.errors import NotFound

# Where an event of the hub is looked for: its owner may have moved it.
_BACK = timedelta(days=366)
_AHEAD = timedelta(days=2 * 366)

_Events = Sequence[tuple[str, Found]]  # of one mailbox, with the key that each carries


class Mailboxes(Protocol):
    """The calendars of the tenant, to be looked into; shared.graph.calendar.Calendar is one."""

    def own_events_many(
        self, user_ids: Sequence[str], since: datetime, until: datetime
    ) -> list[list[tuple[str, Found]] | HubError]: ...
    def read(self, user_id: str, event_id: str) -> Found | None: ...
    def apply(self, changes: Sequence[Change]) -> list[Found | HubError | None]: ...


@dataclass(frozen=True)
class Terms:
    """How mailboxes are looked at.

    *repair*: the employees whose own changes are undone, because ICT asked for it. *strangers*: events that no book
    tells of are taken away; not before every source was read, for until then the hub does not know who is absent.
    """

    repair: Collection[str] = ()
    strangers: bool = True


@dataclass
class _Findings:
    """What was found in one mailbox: rows that say something else now, rows to begin, and events to take away."""

    changed: list[EventRow] = field(default_factory=list)
    adopted: list[EventRow] = field(default_factory=list)
    removals: list[Removal] = field(default_factory=list)


@dataclass(frozen=True)
class _Mailbox:
    """One mailbox that was opened: *wanted* is what it should show, by how that looks."""

    picture: Picture
    rows: Sequence[EventRow]
    events: _Events
    wanted: Mapping[Seen, Segment]

    def event_of(self, row: EventRow) -> Found | None:
        """Return the event of *row*; the owner may have copied it, key and all, and a restored one has a new id."""
        same = [event for key, event in self.events if key == row.written.key]
        return next((event for event in same if event.id == row.event_id), same[0] if same else None)

    def ahead(self) -> list[EventRow]:
        """Return the rows of what stands here and is not over."""
        return [
            row
            for row in self.rows
            if row.state is not EventState.STARTED
            and row.user_id == self.picture.user_id
            and row.written.span.end > self.picture.now
        ]

    def unknown(self) -> list[tuple[str, Found]]:
        """Return the events that are not over, and that no row of the employee is of."""
        keys, now = {row.written.key for row in self.rows}, self.picture.now
        return [(key, event) for key, event in self.events if key not in keys and event.shown.end > now]

    def lacking(self) -> dict[Seen, Segment]:
        """Return what should show and has no row."""
        known = {(row.written.profile, row.written.span, row.written.whole) for row in self.rows}
        return {look: each for look, each in self.wanted.items() if (each.profile, each.span, each.whole) not in known}


@dataclass(frozen=True)
class Inspection:
    """Looks into the mailboxes of employees; *look* is how their absences are drawn there."""

    mailboxes: Mailboxes
    book: EventBook
    look: Drawing

    def inspect(self, pictures: Sequence[Picture], terms: Terms) -> Mapping[str, HubError]:
        """Bring the book to what stands in the mailbox of each; return of whom that failed, and why.

        Safe to repeat. A mailbox that is not there is no failure: there is nothing in it.
        """
        failed, opened = self._open(pictures)
        known = self.book.known({key for mailbox in opened for key, _ in mailbox.events})
        found: dict[str, _Findings] = {}
        for mailbox in opened:
            try:
                found[mailbox.picture.employee] = self._findings(mailbox, known, terms)
            except HubError as error:
                failed[mailbox.picture.employee] = error
        self.book.keep([row for each in found.values() for row in each.changed])
        self.book.adopt([row for each in found.values() for row in each.adopted])
        return failed | self._removed([(who, removal) for who, each in found.items() for removal in each.removals])

    def _open(self, pictures: Sequence[Picture]) -> tuple[dict[str, HubError], list[_Mailbox]]:
        failed, opened = dict[str, HubError](), list[_Mailbox]()
        if not pictures:
            return failed, opened
        now = pictures[0].now
        answers = self.mailboxes.own_events_many([each.user_id for each in pictures], now - _BACK, now + _AHEAD)
        rows = self.book.of_many([each.employee for each in pictures])
        for picture, answer in zip(pictures, answers, strict=True):
            if not isinstance(answer, HubError):
                opened.append(_Mailbox(picture, rows[picture.employee], answer, self._wanted(picture)))
            elif not isinstance(answer, NotFound):
                failed[picture.employee] = answer
        return failed, opened

    def _wanted(self, picture: Picture) -> dict[Seen, Segment]:
        faces = {each.profile: self.look(picture.person, each.profile).face for each in picture.segments}
        return {Seen(faces[each.profile], each.span, each.whole): each for each in picture.segments}

    def _findings(self, mailbox: _Mailbox, known: Mapping[str, EventRow], terms: Terms) -> _Findings:
        findings, user_id = _Findings(), mailbox.picture.user_id
        repairs = mailbox.picture.employee in terms.repair
        became = [(row, self._became(row, mailbox, repairs=repairs)) for row in mailbox.ahead()]
        findings.changed += [after for row, after in became if after != row]
        lacking = mailbox.lacking()
        for key, event in mailbox.unknown():
            row, look = known.get(key), seen(event.shown)
            if row is not None:
                is_back = row.state is EventState.REMOVED and row.user_id == user_id  # with a mailbox that was restored
                findings.removals += [Removal(user_id, event.id)] if is_back else []
            elif look in lacking and base_of(key):
                findings.adopted.append(_adopted(key, event, lacking.pop(look), mailbox.picture))
            elif terms.strangers and base_of(key):  # under any other key it is somebody else's, whatever its property
                findings.removals.append(Removal(user_id, event.id))
        return findings

    def _became(self, row: EventRow, mailbox: _Mailbox, *, repairs: bool) -> EventRow:
        """Return what is true of *row*, by the event that stands there for it."""
        found = mailbox.event_of(row)
        if found is None and row.event_id and row.state is not EventState.RESPECTED:
            found = self.mailboxes.read(row.user_id, row.event_id)  # only what was asked for by its id is surely gone
        if found is None:
            return replace(row, state=EventState.REMOVED if repairs else EventState.RESPECTED)
        here = replace(row, event_id=found.id, etag=found.etag, state=EventState.DONE)
        if is_as_written(found.shown, row.written):
            return here
        look = seen(found.shown)
        if look in mailbox.wanted:  # changed by an attempt that did not come to write it down
            return here.reshaped(mailbox.wanted[look], look.face)
        if repairs:  # the book says what stands there, and the effect brings it to what should
            written = Written(row.written.key, row.written.profile, look.span, look.whole, look.face)
            return replace(here, written=written)
        return replace(here, state=EventState.DETACHED)

    def _removed(self, removals: Sequence[tuple[str, Removal]]) -> dict[str, HubError]:
        results = self.mailboxes.apply([removal for _, removal in removals]) if removals else []
        return {
            employee: result
            for (employee, _), result in zip(removals, results, strict=True)
            if isinstance(result, HubError) and not isinstance(result, NotFound)
        }


def _adopted(key: str, event: Found, segment: Segment, picture: Picture) -> EventRow:
    look = seen(event.shown)
    written = Written(key, segment.profile, look.span, look.whole, look.face)
    return EventRow(written, picture.employee, picture.user_id, event.id, event.etag, EventState.DONE)
