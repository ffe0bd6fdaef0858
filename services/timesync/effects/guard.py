"""Keeps call queues from ringing people who are away: a preferred presence, asked for a few hours at a time.

Off unless the organisation wants it. Who is at work, elsewhere or in training is never guarded. When the hub stands
still, what it asked for ends by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.timesync.domain.rules import Rules
from services.timesync.domain.spans import Span
from services.timesync.effects.base import Action, Outcome, Picture, Step
from services.timesync.effects.lease import Guard, absence_of, lease_from
from services.timesync.effects.teams import Presences, declined
from services.timesync.store.guards import GuardBook, GuardRow, GuardState
from shared.crashpoints import crashpoint
from shared.errors import HubError
from shared.graph.errors import NotFound
from shared.graph.presence import NoPreference, Preference

REFUSED = "guard_refused"
# The only pair that reads as not there: https://learn.microsoft.com/en-us/graph/api/presence-setuserpreferredpresence
_AWAY = ("Offline", "OffWork")
_NOT_THERE = ("offline", "presenceunknown", "")


@dataclass(frozen=True)
class _Job:
    """One change to make: *row* is what the book says once it is made."""

    case: Guard
    change: Preference | NoPreference
    row: GuardRow | None


@dataclass(frozen=True)
class GuardEffect:
    """Teams shows who is away for whole days as off work, unless he came back to Teams himself."""

    presences: Presences
    book: GuardBook
    rules: Callable[[], Rules]
    name: str = "guard"

    def steps(self, pictures: Sequence[Picture]) -> Mapping[str, Sequence[Step]]:
        steps = {case.picture.employee: self._step(case) for case in self._cases(pictures) if not case.is_settled}
        return {employee: [step] for employee, step in steps.items() if step}

    def show(self, pictures: Sequence[Picture]) -> Mapping[str, Outcome | HubError]:
        cases = self._cases(pictures)
        outcomes: dict[str, Outcome | HubError] = {
            case.picture.employee: Outcome(next_at=case.next_at(case.row)) for case in cases
        }
        waiting = [case for case in cases if not case.is_settled]
        try:
            here = self._here(waiting)
        except HubError as error:
            renewals = [case for case in waiting if case.is_renewal]
            outcomes |= {case.picture.employee: declined(error, REFUSED) for case in renewals}
            waiting, here = [case for case in waiting if not case.is_renewal], frozenset()
        self._apply(self._planned(waiting, here, outcomes), outcomes)
        return outcomes

    def abandon(self, employee: str) -> None:
        if self.book.of_many([employee]):
            self.book.keep({employee: None})

    def _cases(self, pictures: Sequence[Picture]) -> list[Guard]:
        is_on, rows = self.rules().guard, self.book.of_many([each.employee for each in pictures])
        return [Guard(each, rows.get(each.employee), absence_of(each) if is_on else None) for each in pictures]

    def _step(self, case: Guard) -> Step | None:
        if case.span is None:
            lasts = case.lease
            return Step(self.name, Action.REMOVE, "", Span(case.picture.now, lasts.until)) if lasts else None
        return Step(self.name, Action.CHANGE if case.lease else Action.CREATE, "", case.span)

    def _here(self, waiting: Iterable[Guard]) -> frozenset[str]:
        """Return the accounts that are seen in Teams though the hub's wish should hide them: their owners chose so."""
        asked = [case.picture.user_id for case in waiting if case.is_renewal]
        found = self.presences.read_many(asked) if asked else ()
        return frozenset(shown.user_id for shown in found if shown.availability not in _NOT_THERE)

    def _planned(
        self, waiting: Sequence[Guard], here: frozenset[str], outcomes: dict[str, Outcome | HubError]
    ) -> list[_Job]:
        """Write down what is about to be done, and whatever needs no call; return the changes to make."""
        rows: dict[str, GuardRow | None] = {}
        jobs: list[_Job] = []
        for case in waiting:
            employee, now = case.picture.employee, case.picture.now
            if case.span is None or case.is_elsewhere or not case.is_due:
                if case.lease:
                    jobs.append(_Job(case, NoPreference(case.lease.user_id), case.planned))
                    continue
                rows[employee] = case.planned
            elif case.picture.user_id in here:
                rows[employee] = GuardRow(case.picture.user_id, GuardState.RELEASED, case.span.end)
            else:
                until, duration = lease_from(now, case.span.end)
                rows[employee] = started = GuardRow(case.picture.user_id, GuardState.STARTED, until)
                change = Preference(case.picture.user_id, *_AWAY, duration)
                jobs.append(_Job(case, change, replace(started, state=GuardState.DONE)))
                continue
            outcomes[employee] = Outcome(next_at=case.next_at(rows[employee]))
        self.book.keep(rows)
        return jobs

    def _apply(self, jobs: Sequence[_Job], outcomes: dict[str, Outcome | HubError]) -> None:
        if not jobs:
            return
        results = self.presences.apply([job.change for job in jobs])
        crashpoint("timesync.after_guard")
        rows: dict[str, GuardRow | None] = {}
        for job, result in zip(jobs, results, strict=True):
            employee, row = job.case.picture.employee, job.row
            if isinstance(result, HubError) and not isinstance(result, NotFound):
                outcomes[employee] = declined(result, REFUSED)
                continue
            if result is not None and row and isinstance(job.change, Preference):  # no Teams: nothing to guard
                row = replace(row, state=GuardState.RELEASED)
            rows[employee] = row
            outcomes[employee] = Outcome(int(result is None), job.case.next_at(row))
        self.book.keep(rows)
