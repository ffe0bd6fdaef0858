"""What the hub would change and why, without changing anything: neither at Microsoft nor in its own books."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from services.timesync.as_if import AccountsAsIf, MarksAsIf, RecordsAsIf
from services.timesync.domain.identity import Account
from services.timesync.domain.profiles import SHOWN
from services.timesync.domain.records import AbsenceRecord, State, skip_reason
from services.timesync.domain.spans import Span, midnight
from services.timesync.effects.base import Action, Picture, Step
from services.timesync.handlers.accounts import account_of, members_mark, members_of_scope
from services.timesync.handlers.mailboxes import Case, look_at
from services.timesync.handlers.sources import absorption, removed
from services.timesync.handlers.world import Timesync
from services.timesync.store.marks import ACCOUNTS_READ_AT, HALTED, MEMBERS, RULES
from services.timesync.store.records import Records
from services.timesync.systems.base import Held
from shared.errors import HubError
from shared.persistence.database import Database

PAGE = 500  # employees that are looked at together


class Why(StrEnum):
    """Why a step would be taken."""

    SOURCE = "changed in the source"
    GONE = "no longer in the source"
    RULES = "rules changed"
    PENDING = "not shown yet"
    SCOPE = "out of scope"
    DISABLED = "account disabled"
    STOPPED = "stopped"


@dataclass(frozen=True)
class PlanLine:
    """One change that would be made. *records* are the registrations behind it, as `source/id`."""

    employee: str
    service: str
    effect: str
    action: Action
    label: str
    span: Span
    why: Why
    records: tuple[str, ...]


@dataclass(frozen=True)
class Unreachable:
    """Somebody with absences and no mailbox to show them in; *reason* is the slug."""

    employee: str
    reason: str


@dataclass(frozen=True)
class SourceState:
    """How a source was looked at: *read* just now, or as it is stored, then *reason* says why.

    *blocked*: the hub would wait for a person before it takes anything away.
    """

    name: str
    read: bool
    reason: str = ""
    count: int = 0
    blocked: bool = False


@dataclass(frozen=True)
class Supposition:
    """A *world* that would be, and what is *held* in it, by source. *accounts_read*: Microsoft was asked who is who."""

    world: Timesync
    sources: tuple[SourceState, ...]
    held: tuple[tuple[str, Held], ...]
    accounts_read: bool


def suppose(world: Timesync, database: Database, *, fresh: bool = True, confirmed: Collection[str] = ()) -> Supposition:
    """Return the world that follows from the sources and the pilot group as they are now; nothing is kept.

    Not *fresh*: as they are stored, and so is a source that cannot be read. *confirmed* are the sources whose reading
    is believed however much it takes away.
    Raises: what shared.graph.errors says, when nobody ever read who is who and Microsoft cannot be asked now.
    """
    accounts_read = world.store.marks.get(ACCOUNTS_READ_AT) is None
    if accounts_read:
        world = replace(world, store=replace(world.store, accounts=AccountsAsIf(database, _directory(world))))
    if fresh:
        marks = MarksAsIf(database, {MEMBERS: members_mark(world)})
        world = replace(world, store=replace(world.store, marks=marks))
    told: dict[str, list[AbsenceRecord]] = {}
    states: list[SourceState] = []
    held: list[tuple[str, Held]] = []
    for name in world.systems if fresh else ():
        state, records, faults = _read(name, world, confirmed=name in confirmed)
        states.append(state)
        if state.read:
            told[name] = records
            held += [(name, each) for each in faults]
    if fresh:
        told |= {name: [] for name in removed(world)}
    stored = [row for row in world.store.held.all() if row.source not in told]
    held += [(row.source, Held(row.place, row.reason, row.employee)) for row in stored]
    supposed = replace(world, store=replace(world.store, records=RecordsAsIf(database, told)))
    return Supposition(supposed, tuple(states), tuple(held), accounts_read)


def plan(world: Timesync, stored: Records, employees: Collection[str] = ()) -> Iterator[PlanLine | Unreachable]:
    """Yield what would change in *world*, by employee; *stored* is what the hub knew of the sources before.

    *employees*: only theirs; nothing given: everybody's.
    """
    everybody = sorted(employees or _everybody(world))
    is_edited = world.store.marks.get(RULES) not in (None, world.rulebook.fingerprint)
    for at in range(0, len(everybody), PAGE):
        some = everybody[at : at + PAGE]
        before = stored.of_employees(some)
        cases = {case.employee: case for case in look_at(some, world)}
        for case in cases.values():
            if case.unlinked and case.is_wanted:
                yield Unreachable(case.employee, case.unlinked.reason)
        causes = causes_of([case.picture for case in cases.values() if case.picture], world)
        for employee, step in _steps(list(cases.values()), world):
            reason = _Reason(cases[employee], before[employee], causes.get(employee), is_edited, world.rules.requested)
            yield _line(step, reason, world)


def causes_of(pictures: Sequence[Picture], world: Timesync) -> dict[str, Why]:
    """Return, by employee, why nothing at all is shown in a mailbox, whatever the sources say."""
    if world.store.marks.get(HALTED) is not None:
        return {picture.employee: Why.STOPPED for picture in pictures}
    members, scope = members_of_scope(world), world.rules.scope
    accounts = world.store.accounts.by_id([picture.user_id for picture in pictures])
    disabled = {user_id for user_id, account in accounts.items() if not account.enabled}
    found = {each.employee: Why.SCOPE for each in pictures if not scope.holds(each.person, each.user_id, members)}
    return found | {each.employee: Why.DISABLED for each in pictures if each.user_id in disabled}


def _directory(world: Timesync) -> Iterator[Account]:
    link, is_over = None, False
    while not is_over:
        page = world.directory.delta(link)
        yield from (account_of(user) for user in page.users if user.upn)
        link, is_over = page.link, page.is_over


def _read(name: str, world: Timesync, *, confirmed: bool) -> tuple[SourceState, list[AbsenceRecord], tuple[Held, ...]]:
    known = world.store.records.of_source(name)
    try:
        reading = world.systems[name].system.read(None)
    except HubError as error:
        return SourceState(name, read=False, reason=error.reason), [], ()
    found = absorption(reading, known, world.store.records.source(name).counted, world, confirmed=confirmed)
    state = SourceState(name, read=True, count=found.count, blocked=found.is_blocked)
    return state, list({**known, **found.changed}.values()), reading.held


def _everybody(world: Timesync) -> set[str]:
    records, after = world.store.records, ""
    found = set(records.employees) if isinstance(records, RecordsAsIf) else set()
    while page := world.store.everybody.page(after, PAGE):
        found.update(page)
        after = page[-1]
    return found


def _steps(cases: Sequence[Case], world: Timesync) -> list[tuple[str, Step]]:
    pictures = [case.picture for case in cases if case.picture]
    found = [effect.steps(pictures) for effect in world.effects]
    return [(case.employee, step) for case in cases for steps in found for step in steps.get(case.employee, ())]


@dataclass(frozen=True)
class _Reason:
    """What a step follows from: *before* are the records as stored, *cause* why nothing is shown at all."""

    case: Case
    before: Sequence[AbsenceRecord]
    cause: Why | None
    is_edited: bool
    requested: bool

    def of(self, step: Step, today: date) -> tuple[Why, tuple[str, ...]]:
        """Return why *step* is taken, and the registrations behind it."""
        if self.cause:
            return self.cause, ()
        now = {_id(each): each for each in self.case.records if _span(each, today).meets(step.span)}
        was = {_id(each): each for each in self.before if _span(each, today).meets(step.span)}
        told = {each for each in now.keys() | was.keys() if _is_told_anew(was.get(each), now.get(each))}
        if step.action is Action.REMOVE:
            counts = any(each.state is State.APPROVED for each in now.values())
            why = Why.GONE if told or not counts else self._otherwise(was, now)
            return why, tuple(sorted(told or was))
        why = Why.SOURCE if told else self._otherwise(was, now)
        shown = (each for each, record in now.items() if skip_reason(record, requested=self.requested) is None)
        return why, tuple(sorted(shown))

    def _otherwise(self, was: dict[str, AbsenceRecord], now: dict[str, AbsenceRecord]) -> Why:
        is_mapped_anew = any(was[each].profile != now[each].profile for each in was.keys() & now.keys())
        return Why.RULES if self.is_edited or is_mapped_anew else Why.PENDING


def _line(step: Step, reason: _Reason, world: Timesync) -> PlanLine:
    person = world.rules.roster.person(reason.case.employee)
    why, records = reason.of(step, world.local_now().date())
    label = world.rules.labels.get(step.profile, SHOWN[step.profile].label) if step.profile in SHOWN else ""
    return PlanLine(person.employee, person.service, step.effect, step.action, label, step.span, why, records)


def _is_told_anew(was: AbsenceRecord | None, now: AbsenceRecord | None) -> bool:
    """Tell whether the source says something else; another profile for the same code is a matter of our rules."""
    if was is None or now is None:
        return was is not now
    return replace(now, profile=was.profile, place=was.place) != was


def _id(record: AbsenceRecord) -> str:
    return f"{record.source}/{record.source_id}"


def _span(record: AbsenceRecord, today: date) -> Span:
    last = record.ends.date() if record.ends else record.last_day(today)
    return Span(midnight(record.first), midnight(max(record.first, last) + timedelta(days=1)))
