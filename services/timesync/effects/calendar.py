"""Makes the calendar of a mailbox show the periods it should, and touches nothing that the hub did not make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.timesync.domain.difference import Written, difference
from services.timesync.domain.profiles import SHOWN
from services.timesync.domain.timeline import Segment
from services.timesync.store.events import EventBook, EventRow, EventState
from shared.crashpoints import crashpoint
from shared.graph.calendar import Appointment, Found
from shared.graph.errors import Conflict, NotFound, Stale

# The id of our extended property, for ever the same: by it the hub finds its own events again.
TAG = "String {6f0c1d52-7a3e-4b0b-9f5e-2d8f5a7c41b3} Name HubAbsenceKey"


class Calendars(Protocol):
    """The calendars of the tenant; shared.graph.calendar.Calendar is one."""

    def create(self, user_id: str, appointment: Appointment, *, key: str, transaction: str) -> Found: ...
    def find(self, user_id: str, key: str) -> Found | None: ...
    def read(self, user_id: str, event_id: str) -> Found | None: ...
    def change(self, user_id: str, event_id: str, appointment: Appointment, *, etag: str) -> Found: ...
    def remove(self, user_id: str, event_id: str) -> None: ...


@dataclass(frozen=True)
class CalendarEffect:
    """Events for absences. *labels* are the organisation's own words for profiles."""

    calendars: Calendars
    book: EventBook
    labels: Mapping[str, str] = field(default_factory=dict)

    def show(self, employee: str, user_id: str, desired: Sequence[Segment], now: datetime) -> int:
        """Bring the mailbox to *desired* and return how many changes that took. *now* is local wall clock.

        Safe to repeat: what is there already is not made again.
        Raises: NotFound when there is no such mailbox.
        """
        finished = sum(self._make(row) for row in self.book.of(employee) if row.state is EventState.STARTED)
        rows = {row.written.key: row for row in self.book.of(employee)}
        here = [row.written for row in rows.values() if row.user_id == user_id]
        elsewhere = [row.written for row in rows.values() if row.user_id != user_id]
        plan, farewell = difference(desired, here, now), difference((), elsewhere, now)
        changed = sum(self._change(rows[each.key], segment, now) for each, segment in farewell.update + plan.update)
        removed = sum(self._remove(rows[each.key]) for each in farewell.remove + plan.remove)
        made = sum(self._make(self.book.start(employee, user_id, segment)) for segment in plan.create)
        return finished + changed + removed + made

    def count(self, employee: str, now: datetime) -> int:
        """Return how many events the mailbox shows from now on."""
        return sum(
            row.state in (EventState.DONE, EventState.DETACHED) and row.written.span.end > now
            for row in self.book.of(employee)
        )

    def abandon(self, employee: str) -> None:
        """Give up what could not be made."""
        self.book.forget_started(employee)

    def _make(self, row: EventRow) -> int:
        shape, key = self._appointment(row.written), row.written.key
        try:
            found: Found | None = self.calendars.create(row.user_id, shape, key=key, transaction=row.transaction)
        except Conflict:  # ErrorDuplicateTransactionId: an attempt before this one was more successful than it knew
            found = self.calendars.find(row.user_id, key)
        crashpoint("timesync.after_post")
        if found is None:  # made, and deleted by its owner since
            self.book.let_go(key, _segment(row.written), EventState.RESPECTED)
            return 0
        self.book.made(key, found.id, found.etag)
        return 1

    def _change(self, row: EventRow, segment: Segment, now: datetime) -> int:
        if row.state is EventState.RESPECTED:
            self.book.removed(row.written.key)
            if segment.span.end <= now:  # only to be cut short, and there is nothing to cut
                return 0
            return self._make(self.book.start(row.employee, row.user_id, segment))
        if row.state is EventState.DETACHED or row.event_id is None:
            self.book.let_go(row.written.key, segment, row.state)
            return 0
        try:
            return self._patch(row, row.event_id, segment, row.etag)
        except NotFound:
            self.book.let_go(row.written.key, segment, EventState.RESPECTED)
            return 0
        except Stale:
            return self._look_again(row, row.event_id, segment)

    def _patch(self, row: EventRow, event_id: str, segment: Segment, etag: str) -> int:
        found = self.calendars.change(row.user_id, event_id, self._appointment(segment), etag=etag)
        crashpoint("timesync.after_patch")
        self.book.reshaped(row.written.key, segment, found.etag)
        return 1

    def _look_again(self, row: EventRow, event_id: str, segment: Segment) -> int:
        """Somebody touched the event: go on when it still shows what we wrote, else leave it to its owner (R26)."""
        found = self.calendars.read(row.user_id, event_id)
        ours = [_visible(self._appointment(each)) for each in (row.written, segment)]
        if found is None or _visible(found.shown) not in ours:
            state = EventState.RESPECTED if found is None else EventState.DETACHED
            self.book.let_go(row.written.key, segment, state)
            return 0
        return self._patch(row, event_id, segment, found.etag)

    def _remove(self, row: EventRow) -> int:
        ours = row.state is EventState.DONE and row.event_id is not None
        if ours and row.event_id:
            self.calendars.remove(row.user_id, row.event_id)
            crashpoint("timesync.after_delete")
        self.book.removed(row.written.key)
        return int(ours)

    def _appointment(self, shape: Segment | Written) -> Appointment:
        profile = SHOWN[shape.profile]
        return Appointment(
            subject=self.labels.get(profile.name, profile.label),
            start=shape.span.start,
            end=shape.span.end,
            all_day=shape.whole,
            show_as=profile.show_as,
            location=profile.location,
        )


def _segment(written: Written) -> Segment:
    return Segment(written.profile, written.span, written.whole)


def _visible(shown: Appointment) -> tuple[object, ...]:
    return shown.subject, shown.start, shown.end, shown.all_day, shown.show_as
