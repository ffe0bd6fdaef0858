"""Makes calendars show the periods they should, and touches nothing that the hub did not make.

What many employees need travels together: one write of what is about to be made, one batch to Graph, one write of
what became of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from services.timesync.domain.difference import next_look
from services.timesync.effects.base import Outcome, Picture, Step
from services.timesync.effects.changes import Job, creation, is_of, is_wanted, plan_of, steps_of
from services.timesync.effects.look import Drawing, is_as_written
from services.timesync.store.events import EventBook, EventRow, EventState, Start
from shared.crashpoints import crashpoint
from shared.errors import HubError, Transient
from shared.graph.calendar import Change, Creation, Found, Removal, Reshaping
from shared.graph.errors import Conflict, NotFound, Stale, Unreachable

# The id of our extended property, for ever the same: by it the hub finds its own events again. Every hub has the same
# one: two that write in the same mailboxes would take each other's events for their own.
TAG = "String {6f0c1d52-7a3e-4b0b-9f5e-2d8f5a7c41b3} Name HubAbsenceKey"
_CRASHPOINTS = {Creation: "timesync.after_post", Reshaping: "timesync.after_patch", Removal: "timesync.after_delete"}


class Calendars(Protocol):
    """The calendars of the tenant; shared.graph.calendar.Calendar is one."""

    def apply(self, changes: Sequence[Change]) -> list[Found | HubError | None]: ...
    def find(self, user_id: str, key: str) -> Found | None: ...
    def read(self, user_id: str, event_id: str) -> Found | None: ...


@dataclass(frozen=True)
class CalendarEffect:
    """Events for absences, in the calendar that each picture names; *look* draws them."""

    calendars: Calendars
    book: EventBook
    look: Drawing
    name: str = "calendar"

    def steps(self, pictures: Sequence[Picture]) -> Mapping[str, Sequence[Step]]:
        rows = self.book.of_many([each.employee for each in pictures])
        found = {each.employee: steps_of(each, rows[each.employee], self.look, self.name) for each in pictures}
        return {employee: steps for employee, steps in found.items() if steps}

    def show(self, pictures: Sequence[Picture]) -> Mapping[str, Outcome | HubError]:
        outcomes: dict[str, Outcome | HubError] = {
            each.employee: Outcome(next_at=next_look(each.segments, each.now)) for each in pictures
        }
        rows = self._finished(pictures, outcomes)
        going_on = [each for each in pictures if isinstance(outcomes[each.employee], Outcome)]
        plans = [plan_of(each, rows[each.employee], self.look) for each in going_on]
        starts = [start for plan in plans for start in plan.starts]
        owned = self._owned(starts)
        self.book.keep([row for plan in plans for row in plan.settled] + list(owned.values()))
        started = self.book.start([start for start in starts if start not in owned])
        self._apply([job for plan in plans for job in plan.jobs] + self._creations(started, pictures), outcomes)
        return outcomes

    def abandon(self, employee: str) -> None:
        self.book.forget_started(employee)

    # --- what an earlier attempt began

    def _finished(
        self, pictures: Sequence[Picture], outcomes: dict[str, Outcome | HubError]
    ) -> dict[str, list[EventRow]]:
        """Return the rows of each, once what was only started is made, or was looked for when nobody wants it now."""
        employees = [each.employee for each in pictures]
        rows = self.book.of_many(employees)
        started = [(row, each) for each in pictures for row in rows[each.employee] if row.state is EventState.STARTED]
        if not started:
            return rows
        self._apply(self._creations([row for row, each in started if is_wanted(row, each)], pictures), outcomes)
        self._look_for([row for row, each in started if not is_wanted(row, each)], outcomes)
        return {
            employee: [row for row in each if row.state is not EventState.STARTED]
            for employee, each in self.book.of_many(employees).items()
        }

    def _look_for(self, rows: Sequence[EventRow], outcomes: dict[str, Outcome | HubError]) -> None:
        became: list[EventRow] = []
        for row in rows:
            try:
                found = self.calendars.find(row.user_id, row.written.key)
            except NotFound:  # the mailbox is gone, and all that was in it
                found = None
            except HubError as error:
                outcomes[row.employee] = error
                continue
            became.append(_standing(row, found) if found else replace(row, state=EventState.REMOVED))
        self.book.keep(became)

    def _creations(self, rows: Sequence[EventRow], pictures: Sequence[Picture]) -> list[Job]:
        people = {each.employee: each.person for each in pictures}
        return [creation(row, self.look(people[row.employee], row.written.profile)) for row in rows]

    def _owned(self, starts: Sequence[Start]) -> dict[Start, EventRow]:
        """Return which of *starts* their owners made something else of before: that stands, and stays theirs (R26)."""
        left = self.book.left(sorted({start.employee for start in starts}))
        owned = {start: next((row for row in left if is_of(row, start)), None) for start in starts}
        return {start: replace(row, state=EventState.DETACHED) for start, row in owned.items() if row}

    # --- doing it

    def _apply(self, jobs: Sequence[Job], outcomes: dict[str, Outcome | HubError]) -> None:
        results = self.calendars.apply([job.change for job in jobs]) if jobs else []
        for kind in {type(job.change) for job in jobs}:
            crashpoint(_CRASHPOINTS[kind])
        became: list[EventRow] = []
        for job, result in zip(jobs, results, strict=True):
            before = outcomes[job.row.employee]
            try:
                row, calls = self._settle(job, result)
            except HubError as error:
                if not isinstance(before, Transient):  # what may go better later is tried again before anybody looks
                    outcomes[job.row.employee] = error
                continue
            became.append(row)
            if isinstance(before, Outcome):
                outcomes[job.row.employee] = replace(before, calls=before.calls + calls)
        self.book.keep(became)

    def _settle(self, job: Job, result: Found | HubError | None) -> tuple[EventRow, int]:
        """Return what is now true of the event, and how many changes that took."""
        match job.change, result:
            case Removal(), None | NotFound():
                return job.row, 1
            case Creation(), Conflict():
                return self._made_before(job)
            case Reshaping() as change, NotFound():
                self.calendars.find(change.user_id, job.row.written.key)  # NotFound: it is the mailbox that is gone
                return replace(job.row, state=EventState.RESPECTED), 0
            case Reshaping() as change, Stale():
                return self._look_again(job, change)
        if isinstance(result, HubError):
            raise result
        if result is None:
            raise Unreachable("graph_no_event", f"{job.row.written.key}: expected the event, came nothing")
        return _standing(job.row, result), 1

    def _made_before(self, job: Job) -> tuple[EventRow, int]:
        """ErrorDuplicateTransactionId: an attempt before this one was more successful than it knew."""
        found = self.calendars.find(job.row.user_id, job.row.written.key)
        if found is None:  # made, and deleted by its owner since
            return replace(job.row, state=EventState.RESPECTED), 0
        for row in (job.row, job.before):  # in the words of now, or in those of then
            if is_as_written(found.shown, row.written):
                return _standing(row, found), 1
        return replace(_standing(job.row, found), state=EventState.DETACHED), 1

    def _look_again(self, job: Job, change: Reshaping) -> tuple[EventRow, int]:
        """Somebody touched the event: go on when it still shows what we wrote, else leave it to its owner (R26)."""
        found = self.calendars.read(change.user_id, change.event_id)
        if found is None:
            return replace(job.row, state=EventState.RESPECTED), 0
        if is_as_written(found.shown, job.row.written):  # an attempt before this one got that far
            return _standing(job.row, found), 1
        if not is_as_written(found.shown, job.before.written):
            return replace(job.row, state=EventState.DETACHED), 0
        (result,) = self.calendars.apply([replace(change, etag=found.etag)])
        if isinstance(result, Stale):  # touched again this very moment: later
            raise result
        return self._settle(job, result)


def _standing(row: EventRow, found: Found) -> EventRow:
    return replace(row, event_id=found.id, etag=found.etag, state=EventState.DONE)
