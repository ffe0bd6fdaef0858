"""Many employees are brought up to date together, and one that fails spoils nothing for the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from services.timesync.domain.records import State
from services.timesync.domain.rules import Scope
from services.timesync.handlers.mailboxes import show_absences
from services.timesync.store.events import EventState
from services.timesync.store.marks import HALTED
from shared.errors import HubError, Transient
from shared.events import AbsenceHeld, AbsencesChanged, AbsencesShown
from shared.graph.calendar import Change, Found
from shared.graph.errors import NotFound, Refused, Stale, Throttled
from shared.messaging.router import Result

from .builders import at, record
from .conftest import Town
from .outlook import Killed, Outlook

EMPLOYEES = ("100001", "100002", "100003")
DAY = [("2026-11-16T00:00", "2026-11-17T00:00", "oof")]
LATER = [("2026-11-16T00:00", "2026-11-18T00:00", "oof")]
NO_MAILBOX = NotFound("graph_404", "no mailbox", "MailboxNotEnabledForRESTAPI")


def add(town: Town) -> list[str]:
    return [town.outlook.add(employee) for employee in EMPLOYEES]


def know(town: Town, last: str = "2026-11-16", state: State = State.APPROVED, version: str = "1") -> None:
    """Let everybody be absent from the 16th until *last*, and show nothing yet."""
    records = [
        record("2026-11-16", last, employee=employee, source_id=employee, state=state, version=version)
        for employee in EMPLOYEES
    ]
    town.store.records.absorb("file", records, [], {"cursor": version})


def show(town: Town) -> dict[str, Result]:
    events = [AbsencesChanged(employee=employee) for employee in EMPLOYEES]
    return {event.employee: result for event, result in show_absences(events, town.world).items()}


def calls(results: dict[str, Result]) -> dict[str, int]:
    return {
        employee: said.calls
        for employee, result in results.items()
        if not isinstance(result, HubError)
        for said in result
        if isinstance(said, AbsencesShown)
    }


class Counting:
    """Hands every batch of changes on, and counts them."""

    def __init__(self, outlook: Outlook) -> None:
        self.outlook = outlook
        self.sizes: list[int] = []
        self._apply = outlook.apply
        outlook.apply = self.apply  # type: ignore[method-assign]  # it stands in between

    def apply(self, changes: Sequence[Change]) -> list[Found | HubError | None]:
        self.sizes.append(len(changes))
        return self._apply(changes)


def test_what_several_employees_need_is_asked_at_once(town: Town) -> None:
    users = add(town)
    know(town)
    counting = Counting(town.outlook)

    results = show(town)

    assert counting.sizes == [3]
    assert calls(results) == dict.fromkeys(EMPLOYEES, 2)
    assert [town.outlook.shown(user) for user in users] == [DAY, DAY, DAY]


def test_making_changing_and_removing_travel_together(town: Town) -> None:
    users = add(town)
    know(town)
    show(town)
    first, second, third = EMPLOYEES
    records = [
        record("2026-11-16", "2026-11-17", employee=first, source_id=first, version="2"),
        record("2026-11-16", employee=second, source_id=second, version="2", state=State.CANCELLED),
        record("2026-11-24", employee=third, source_id="another"),
    ]
    town.store.records.absorb("file", records, [], {"cursor": "2"})
    counting = Counting(town.outlook)

    show(town)

    assert counting.sizes == [3]
    assert [town.outlook.shown(user) for user in users] == [
        LATER,
        [],
        [*DAY, ("2026-11-24T00:00", "2026-11-25T00:00", "oof")],
    ]


def test_with_nothing_to_do_nothing_is_asked(town: Town) -> None:
    add(town)
    know(town)
    show(town)
    counting = Counting(town.outlook)
    town.outlook.asked.clear()

    results = show(town)

    assert (counting.sizes, town.outlook.asked) == ([], [])
    assert calls(results) == dict.fromkeys(EMPLOYEES, 0)


@pytest.mark.parametrize(
    "failure",
    [
        Throttled("graph_429", "wait", timedelta(seconds=5)),
        Transient("graph_502", "no"),
        Refused("graph_403", "no", "ErrorAccessDenied"),
    ],
    ids=["throttled", "no answer", "refused"],
)
def test_a_mailbox_that_fails_spoils_nothing_for_the_others(town: Town, failure: HubError) -> None:
    first, second, third = add(town)
    know(town)
    town.outlook.trouble[second] = failure

    results = show(town)

    assert results["100002"] is failure
    assert calls(results) == {"100001": 2, "100003": 2}
    assert (town.outlook.shown(first), town.outlook.shown(third)) == (DAY, DAY)


def test_a_mailbox_that_failed_is_finished_later_and_only_once(town: Town) -> None:
    _, second, _ = add(town)
    know(town)
    town.outlook.trouble[second] = Throttled("graph_429", "wait", timedelta(seconds=5))
    show(town)
    show(town)
    del town.outlook.trouble[second]

    results = show(town)

    assert calls(results) == {"100001": 0, "100002": 2, "100003": 0}
    assert town.outlook.shown(second) == DAY


def test_a_mailbox_that_is_not_there_is_held_and_the_others_are_shown(town: Town) -> None:
    first, second, third = add(town)
    know(town)
    town.outlook.trouble[second] = NO_MAILBOX

    results = show(town)

    held = [(row.reason, row.employee) for row in town.store.held.all()]
    assert held == [("no_mailbox", "100002")]
    assert (town.outlook.shown(first), town.outlook.shown(third)) == (DAY, DAY)
    assert calls(results) == {"100001": 2, "100003": 2}
    assert town.store.events.of("100002") == []


def test_an_event_that_was_made_before_is_found_again_and_the_others_are_made(town: Town) -> None:
    first, second, third = add(town)
    know(town)
    town.outlook.die_after_next = True
    with pytest.raises(Killed):
        show(town)

    results = show(town)

    assert [len(town.outlook.events[user]) for user in (first, second, third)] == [1, 1, 1]
    assert calls(results) == dict.fromkeys(EMPLOYEES, 2)


def test_an_event_that_somebody_touched_is_looked_at_and_the_others_are_changed(town: Town) -> None:
    first, second, third = add(town)
    know(town)
    show(town)
    town.outlook.touch(second, show_as="free", end=at("2026-11-19"))
    know(town, "2026-11-17", version="2")

    results = show(town)

    assert (town.outlook.shown(first), town.outlook.shown(third)) == (LATER, LATER)
    assert town.outlook.shown(second) == [("2026-11-16T00:00", "2026-11-19T00:00", "free")]
    assert calls(results) == {"100001": 2, "100002": 1, "100003": 2}
    assert [row.state for row in town.store.events.of("100002")] == [EventState.DETACHED]


def test_an_event_that_is_touched_again_and_again_waits(town: Town) -> None:
    _, second, _ = add(town)
    know(town)
    show(town)
    know(town, "2026-11-17", version="2")
    town.outlook.trouble[second] = Stale("graph_412", "changed meanwhile")

    results = show(town)

    assert results["100002"] is town.outlook.trouble[second]
    assert calls(results) == {"100001": 2, "100003": 2}


def test_what_is_removed_and_gone_already_is_gone(town: Town) -> None:
    first, second, third = add(town)
    know(town)
    show(town)
    town.outlook.events[second].clear()
    know(town, state=State.CANCELLED, version="2")

    results = show(town)

    assert [town.outlook.shown(user) for user in (first, second, third)] == [[], [], []]
    assert calls(results) == dict.fromkeys(EMPLOYEES, 2)
    assert town.store.events.of("100002") == []


def test_an_event_without_an_answer_fails_for_its_employee_only(town: Town) -> None:
    _, second, third = add(town)
    know(town)
    apply = town.outlook.apply
    town.outlook.apply = lambda changes: [  # type: ignore[method-assign]  # Graph answered 201 with nothing
        None if change.user_id == second else answer for change, answer in zip(changes, apply(changes), strict=True)
    ]

    results = show(town)
    town.outlook.apply = apply  # type: ignore[method-assign]  # and is itself again
    later = show(town)

    assert isinstance(results["100002"], Transient)
    assert town.outlook.shown(third) == DAY
    assert calls(later)["100002"] == 2
    assert len(town.outlook.events[second]) == 1


def test_what_was_only_started_is_made_before_anything_else(town: Town) -> None:
    users = add(town)
    know(town)
    town.outlook.fail_next = None
    town.outlook.die_after_next = True
    with pytest.raises(Killed):
        show(town)
    know(town, "2026-11-17", version="2")
    counting = Counting(town.outlook)

    show(town)

    assert counting.sizes == [3, 3]  # first what was started, as it was; then what it has become
    assert [town.outlook.shown(user) for user in users] == [LATER, LATER, LATER]


def test_who_cannot_be_finished_is_not_begun_anew(town: Town) -> None:
    _, second, _ = add(town)
    know(town)
    town.outlook.trouble[second] = Throttled("graph_429", "wait", timedelta(seconds=5))
    show(town)

    show(town)

    assert [row.state for row in town.store.events.of("100002")] == [EventState.STARTED]


def test_a_death_after_everything_was_made_makes_nothing_twice(town: Town) -> None:
    users = add(town)
    know(town)
    apply = town.outlook.apply

    def die(changes: Sequence[Change]) -> list[Found | HubError | None]:
        apply(changes)
        raise Killed

    town.outlook.apply = die  # type: ignore[method-assign]  # Graph did it all, and nobody heard
    with pytest.raises(Killed):
        show(town)
    town.outlook.apply = apply  # type: ignore[method-assign]  # and is itself again

    results = show(town)

    assert [len(town.outlook.events[user]) for user in users] == [1, 1, 1]
    assert calls(results) == dict.fromkeys(EMPLOYEES, 2)
    assert calls(show(town)) == dict.fromkeys(EMPLOYEES, 0)


def test_whoever_has_no_account_is_held_and_the_others_are_shown(town: Town) -> None:
    town.outlook.add("100001")
    know(town)

    results = show(town)

    assert calls(results) == {"100001": 2}
    held = [each for result in results.values() if not isinstance(result, HubError) for each in result]
    assert [each.employee for each in held if isinstance(each, AbsenceHeld)] == ["100002", "100003"]


@dataclass
class Interrupted:
    """Outlook, and somebody who does *what* when the first batch of changes is on its way."""

    outlook: Outlook
    what: Callable[[], object]

    def apply(self, changes: Sequence[Change]) -> list[Found | HubError | None]:
        self.what()
        return self.outlook.apply(changes)

    def find(self, user_id: str, key: str) -> Found | None:
        return self.outlook.find(user_id, key)

    def read(self, user_id: str, event_id: str) -> Found | None:
        return self.outlook.read(user_id, event_id)


@pytest.mark.parametrize(
    "what",
    [
        lambda town: town.store.marks.put(HALTED, "now"),
        lambda town: town.rulebook.change(scope=Scope(employees=frozenset({"nobody"}))),
    ],
    ids=["all is stopped", "other rules hold"],
)
def test_who_was_being_shown_while_that_was_decided_is_looked_at_again(
    town: Town, what: Callable[[Town], object]
) -> None:
    users = add(town)
    know(town)
    calendar, replies = town.world.effects
    interrupted = Interrupted(town.outlook, lambda: what(town))
    town.world = replace(town.world, effects=(replace(calendar, calendars=interrupted), replies))  # type: ignore[type-var]  # the calendar's

    results = show(town)

    assert [result[-1] for result in results.values() if not isinstance(result, HubError)] == [
        AbsencesChanged(employee=employee) for employee in EMPLOYEES
    ]
    show(town)
    assert [town.outlook.shown(user) for user in users] == [[], [], []]
