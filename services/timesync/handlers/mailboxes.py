"""Brings the mailboxes of employees to what is known of their absences."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.timesync.domain.delegates import Delegate
from services.timesync.domain.identity import Account, Unlinked, match
from services.timesync.domain.records import AbsenceRecord, skip_reason
from services.timesync.domain.roster import Person
from services.timesync.domain.timeline import timeline
from services.timesync.effects.base import Outcome, Picture
from services.timesync.effects.teams import Declined
from services.timesync.handlers.accounts import ensure_accounts, members_of_scope
from services.timesync.handlers.options import heed_refusals
from services.timesync.handlers.sources import announcement
from services.timesync.handlers.world import Timesync, router
from services.timesync.store.marks import HALTED
from services.timesync.systems.base import Held
from shared.clock import BRUSSELS
from shared.errors import HubError
from shared.events import AbsencesChanged, AbsencesShown, Event
from shared.graph.errors import NotFound
from shared.messaging.router import Result


@dataclass(frozen=True)
class Case:
    """What is to be done for one employee: a *picture* to show, or nobody to show it of (*unlinked*).

    When all is stopped it is both: what the hub made is taken away wherever it stands (R30).
    """

    employee: str
    records: Sequence[AbsenceRecord]
    picture: Picture | None
    unlinked: Unlinked | None = None

    @property
    def is_wanted(self) -> bool:
        """Tell whether there is anything to show at all."""
        return any(skip_reason(record) is None for record in self.records)


@router.together(AbsencesChanged)
def show_absences(events: Sequence[AbsencesChanged], world: Timesync) -> Mapping[AbsencesChanged, Result]:
    """Compare what the records of each ask with what the hub wrote, and apply the difference.

    Safe to repeat: a second time there is no difference, and the outcome is the same.
    """
    ensure_accounts(world)
    decided = _decided(world)
    cases = {case.employee: case for case in look_at([event.employee for event in events], world)}
    outcomes, told = _show([case.picture for case in cases.values() if case.picture], world)
    world.store.wakes.plan_many(_moments(cases, outcomes))
    troubled = world.store.held.troubled(list(cases))
    results = {event: _result(cases[event.employee], outcomes.get(event.employee), troubled, world) for event in events}
    for event, result in results.items():
        if told and not isinstance(result, HubError):
            results[event], told = [*result, *told], []
    if _decided(world) != decided:  # meanwhile: a comparison that came by did not see yet what was being made
        return {event: _again(event, result) for event, result in results.items()}
    return results


def _decided(world: Timesync) -> tuple[str | None, str]:
    """Return what changes when all is stopped, or other rules hold."""
    return world.store.marks.get(HALTED), world.rulebook.fingerprint


def _again(event: AbsencesChanged, result: Result) -> Result:
    return result if isinstance(result, HubError) else [*result, event]


def look_at(employees: Sequence[str], world: Timesync) -> list[Case]:
    """Return what each of *employees* should show now, from the books alone."""
    rules, now = world.rules, world.local_now()
    people = [rules.roster.person(employee) for employee in employees]
    standing_in = [rules.roster.person(person.delegate) for person in people if person.delegate]
    everybody = list({person.employee: person for person in [*people, *standing_in]}.values())
    records = world.store.records.of_employees([person.employee for person in everybody])
    accounts = world.store.accounts.of(everybody)
    delegates = {
        person.employee: _delegate(person, accounts[person.employee], records[person.employee], now.date())
        for person in standing_in
    }
    is_halted = world.store.marks.get(HALTED) is not None
    members = members_of_scope(world)
    cases: list[Case] = []
    for person in people:
        account = match(person, accounts[person.employee])
        known = records[person.employee]
        if isinstance(account, Unlinked):
            nothing = Picture(person.employee, "", person, (), now) if is_halted else None
            cases.append(Case(person.employee, known, nothing, account))
            continue
        shows = not is_halted and account.enabled and rules.scope.holds(person, account.user_id, members)
        segments = tuple(timeline(known, person, now.date(), requested=rules.requested)) if shows else ()
        picture = Picture(person.employee, account.user_id, person, segments, now, delegates.get(person.delegate))
        cases.append(Case(person.employee, known, picture))
    return cases


def _delegate(
    person: Person, accounts: Sequence[Account], records: Sequence[AbsenceRecord], today: date
) -> Delegate | None:
    """Return who stands in, with his own absences; None when nobody could reach him."""
    account = match(person, accounts)
    if isinstance(account, Unlinked) or not account.enabled or not (person.name and person.upn):
        return None
    return Delegate(person.name, person.upn, tuple(timeline(records, person, today)))


def _show(pictures: Sequence[Picture], world: Timesync) -> tuple[dict[str, Outcome | HubError], list[Event]]:
    """Let every effect show *pictures*, and say which option is refused; that stops nothing else.

    Whose mailbox fails with one effect, is not shown by the next.
    """
    outcomes: dict[str, Outcome | HubError] = {picture.employee: Outcome() for picture in pictures}
    answers: dict[str, Collection[Outcome | HubError]] = {}
    for effect in world.effects:
        left = [picture for picture in pictures if isinstance(outcomes[picture.employee], Outcome)]
        shown = effect.show(left) if left else {}
        answers[effect.name] = shown.values()
        for employee, answer in shown.items():
            outcomes[employee] = _both(outcomes[employee], answer)
    return outcomes, heed_refusals(answers, world)


def _both(before: Outcome | HubError, shown: Outcome | HubError) -> Outcome | HubError:
    if isinstance(shown, Declined):
        return before
    if isinstance(shown, Outcome) and isinstance(before, Outcome):
        return Outcome(before.calls + shown.calls, _earlier(before.next_at, shown.next_at))
    return shown


def _moments(cases: Mapping[str, Case], outcomes: Mapping[str, Outcome | HubError]) -> dict[str, datetime | None]:
    """Return when to look again at each whose mailbox is as it should be, or who has none."""
    moments: dict[str, datetime | None] = {}
    for employee in cases:
        outcome = outcomes.get(employee)
        if not isinstance(outcome, HubError) or isinstance(outcome, NotFound):
            next_at = outcome.next_at if isinstance(outcome, Outcome) else None
            moments[employee] = next_at.replace(tzinfo=BRUSSELS) if next_at else None
    return moments


def _result(case: Case, outcome: Outcome | HubError | None, troubled: Collection[str], world: Timesync) -> Result:
    if isinstance(outcome, NotFound):  # the account has no mailbox (any more)
        outcome, case = None, Case(case.employee, case.records, None, Unlinked("no_mailbox"))
    if isinstance(outcome, HubError):
        return outcome
    if outcome is None or case.unlinked:
        try:
            _abandon(case, world)
        except HubError as error:
            return error
        return list(_held(case, world)) if case.unlinked else []
    shown = sum(segment.span.end > case.picture.now for segment in case.picture.segments) if case.picture else 0
    said = AbsencesShown(employee=case.employee, events=shown, calls=outcome.calls, at=world.clock.now())
    return [*(_released(case.employee, world) if case.employee in troubled else ()), said]


def _abandon(case: Case, world: Timesync) -> None:
    if case.unlinked != Unlinked("ambiguous_person"):  # else his mailbox is there, it is only not known which
        for effect in world.effects:
            effect.abandon(case.employee)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((each for each in (one, other) if each is not None), default=None)


def _released(employee: str, world: Timesync) -> Iterator[Event]:
    """Let go of what was held for want of a mailbox, and say so."""
    if world.store.held.release_person(employee):
        yield from (announcement(row) for row in world.store.held.untold_of(employee))


def _held(case: Case, world: Timesync) -> Iterator[Event]:
    """Hold what an employee without a mailbox has in each source, and say so where somebody can mend it."""
    reason = case.unlinked.reason if case.unlinked else ""
    places = {record.source: record.place for record in case.records if skip_reason(record) is None}
    world.store.held.release_person(case.employee, but=places)
    for source, place in sorted(places.items()):
        world.store.held.keep_person(source, Held(place, reason, case.employee), world.clock.now())
    yield from (announcement(row) for row in world.store.held.untold_of(case.employee))
