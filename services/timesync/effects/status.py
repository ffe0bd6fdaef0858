"""Writes a line under the names of who is away, where nothing of their own stands. Off unless wanted.

Microsoft takes the line away by itself when the absence ends: the hub removes it only when that comes earlier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from services.timesync.domain.rules import Rules
from services.timesync.domain.spans import Span
from services.timesync.domain.status import Line, line_for
from services.timesync.effects.base import Action, Outcome, Picture, Step
from services.timesync.effects.teams import Presences, declined
from services.timesync.store.statuses import StatusBook, StatusRow, StatusState
from shared.crashpoints import crashpoint
from shared.errors import HubError
from shared.graph.errors import NotFound
from shared.graph.presence import Message, Shown

REFUSED = "status_refused"


@dataclass(frozen=True)
class _Case:
    """One name now: its *row* in the book, and the *line* that is wanted now or next."""

    picture: Picture
    row: StatusRow | None
    line: Line | None

    @property
    def is_due(self) -> bool:
        return self.line is not None and self.line.span.start <= self.picture.now

    @property
    def is_elsewhere(self) -> bool:
        """Tell whether the book speaks of another account than the one he has now."""
        return self.row is not None and self.row.user_id != self.picture.user_id

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing is to be done, by the book."""
        row, line = self.row, self.line
        if row is None or line is None:
            return row is None and line is None
        if self.is_elsewhere or row.state is StatusState.STARTED or row.wanted != _plan(line):
            return False
        return (row.state is StatusState.PLANNED) is not self.is_due

    @property
    def ours(self) -> StatusRow | None:
        """Return the row of what the hub wrote, or began to write, as long as Teams shows it."""
        wrote = self.row is not None and self.row.state in (StatusState.STARTED, StatusState.DONE)
        return self.row if self.row and wrote and self.row.until > self.picture.now else None

    @property
    def next_at(self) -> datetime | None:
        if self.line is None:
            return None
        if self.is_due and self.is_elsewhere:  # once the old account is left, the new one gets its line
            return self.picture.now
        return self.line.span.end if self.is_due else self.line.span.start

    @property
    def planned(self) -> StatusRow | None:
        if self.line is None:
            return None
        return StatusRow(self.picture.user_id, StatusState.PLANNED, _plan(self.line), self.line.span.end)

    @property
    def asked(self) -> str | None:
        """Return whose line must be read before anything is decided, None when the book will do."""
        if self.ours and (self.is_elsewhere or not self.is_due):
            return self.ours.user_id
        return self.picture.user_id if self.is_due and not self.is_elsewhere else None

    def is_ours(self, shown: Shown) -> bool:
        if self.ours is None or shown.status is None:
            return False
        return _hash(shown.status.text) in (self.ours.written, self.ours.before)


@dataclass(frozen=True)
class _Job:
    """One change to make: *row* is what the book says once it is made."""

    employee: str
    change: Message
    row: StatusRow | None


@dataclass(frozen=True)
class StatusEffect:
    """Status lines of absences. An own line of somebody stays; it is not looked at again until the absence changes."""

    presences: Presences
    book: StatusBook
    rules: Callable[[], Rules]
    name: str = "status"

    def steps(self, pictures: Sequence[Picture]) -> Mapping[str, Sequence[Step]]:
        steps = {case.picture.employee: self._step(case) for case in self._cases(pictures) if not case.is_settled}
        return {employee: [step] for employee, step in steps.items() if step}

    def show(self, pictures: Sequence[Picture]) -> Mapping[str, Outcome | HubError]:
        cases = {case.picture.employee: case for case in self._cases(pictures)}
        outcomes: dict[str, Outcome | HubError] = {
            employee: Outcome(next_at=case.next_at) for employee, case in cases.items()
        }
        waiting = {employee: case for employee, case in cases.items() if not case.is_settled}
        try:
            seen = self._seen(waiting.values())
        except HubError as error:
            refused = {employee for employee, case in waiting.items() if case.asked}
            outcomes |= dict.fromkeys(refused, declined(error, REFUSED))
            waiting, seen = {employee: case for employee, case in waiting.items() if employee not in refused}, {}
        self._apply(self._planned(waiting, seen), outcomes)
        return outcomes

    def _seen(self, waiting: Iterable[_Case]) -> dict[str, Shown]:
        asked = [case.asked for case in waiting if case.asked]
        return {shown.user_id: shown for shown in self.presences.read_many(asked)} if asked else {}

    def abandon(self, employee: str) -> None:
        if self.book.of_many([employee]):
            self.book.keep({employee: None})

    def _cases(self, pictures: Sequence[Picture]) -> list[_Case]:
        rules, rows = self.rules(), self.book.of_many([each.employee for each in pictures])
        return [
            _Case(
                each,
                rows.get(each.employee),
                line_for(each.segments, each.person, rules, each.now) if rules.status else None,
            )
            for each in pictures
        ]

    def _step(self, case: _Case) -> Step | None:
        if case.line is None:
            return Step(self.name, Action.REMOVE, "", Span(case.picture.now, case.ours.until)) if case.ours else None
        return Step(self.name, Action.CHANGE if case.ours else Action.CREATE, "", case.line.span)

    def _planned(self, waiting: Mapping[str, _Case], seen: Mapping[str, Shown]) -> list[_Job]:
        """Write down what is about to be done, and whatever needs no call; return the changes to make."""
        rows: dict[str, StatusRow | None] = {}
        jobs: list[_Job] = []
        for employee, case in waiting.items():
            shown = seen.get(case.asked or "")
            if case.line is None or case.is_elsewhere or not case.is_due:
                if shown and case.ours and case.is_ours(shown):
                    jobs.append(_Job(employee, Message(case.ours.user_id), case.planned))
                else:
                    rows[employee] = case.planned
                continue
            plan = StatusRow(case.picture.user_id, StatusState.RELEASED, _plan(case.line), case.line.span.end)
            if shown is None or (shown.status and not case.is_ours(shown)):  # no Teams, or a line of his own
                rows[employee] = plan
                continue
            before = _hash(shown.status.text) if shown.status else ""
            started = replace(plan, state=StatusState.STARTED, written=_hash(case.line.text), before=before)
            rows[employee] = started
            change = Message(started.user_id, case.line.text, case.line.span.end)
            jobs.append(_Job(employee, change, replace(started, state=StatusState.DONE, before="")))
        self.book.keep(rows)
        return jobs

    def _apply(self, jobs: Sequence[_Job], outcomes: dict[str, Outcome | HubError]) -> None:
        if not jobs:
            return
        results = self.presences.apply([job.change for job in jobs])
        crashpoint("timesync.after_status")
        rows: dict[str, StatusRow | None] = {}
        for job, result in zip(jobs, results, strict=True):
            if isinstance(result, HubError) and not isinstance(result, NotFound):
                outcomes[job.employee] = declined(result, REFUSED)
                continue
            rows[job.employee] = job.row
            outcome = outcomes[job.employee]
            if result is None and isinstance(outcome, Outcome):
                outcomes[job.employee] = replace(outcome, calls=outcome.calls + 1)
        self.book.keep(rows)


def _plan(line: Line) -> str:
    return _hash(f"{line.span.end}|{line.text}")


def _hash(text: str) -> str:
    return sha256(" ".join(text.split()).encode()).hexdigest()
