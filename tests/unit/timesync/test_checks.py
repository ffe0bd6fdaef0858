"""Mailboxes are looked into in rotation: the book is put right, and what its owner did is respected."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.timesync.domain.records import State
from services.timesync.handlers import Scheduled
from services.timesync.handlers.checks import check_mailboxes, has_turn
from services.timesync.store.events import EventState
from shared.errors import HubError
from shared.events import AbsencesChanged, ClockStruck, ComparisonWanted, Event, MailboxCheckWanted
from shared.graph.calendar import Appointment
from shared.graph.errors import NotFound, Throttled

from .builders import at, record
from .conftest import FakeSystem, Town

DAY = Appointment("Afwezig", at("2026-11-16"), at("2026-11-17"), all_day=True, show_as="oof")
STRANGE = Appointment("Afwezig", at("2026-12-01"), at("2026-12-02"), all_day=True, show_as="oof")
UNKNOWN = "11111111-2222-5333-8444-555555555555-0"


def check(town: Town, *, repair: bool = False) -> list[Event]:
    return town.hear(MailboxCheckWanted(employee="000104", repair=repair))


def state(town: Town) -> list[EventState]:
    return [row.state for row in town.store.events.of("000104")]


def forget(town: Town) -> None:
    """Let the book be that of a backup from before anything was written."""
    town.store.events.forget_before(date(2099, 1, 1))


@pytest.fixture
def user(town: Town) -> str:
    """Return the mailbox of an employee who is shown absent on the 16th."""
    user_id = town.outlook.add("000104")
    town.read(record("2026-11-16"))
    town.outlook.calls.clear()
    return user_id


# --- what its owner did


def test_a_mailbox_that_shows_what_was_written_is_let_be(town: Town, user: str) -> None:
    rows = town.store.events.of("000104")

    assert check(town) == []
    assert town.outlook.calls == []
    assert town.store.events.of("000104") == rows


def test_r26_what_its_owner_deleted_is_respected(town: Town, user: str) -> None:
    town.outlook.events[user].clear()

    assert check(town) == []
    assert state(town) == [EventState.RESPECTED]
    assert check(town) == []
    assert town.outlook.shown(user) == []


def test_r26_what_its_owner_deleted_is_written_again_when_the_source_changes(town: Town, user: str) -> None:
    town.outlook.events[user].clear()
    check(town)

    town.read(record("2026-11-16", "2026-11-17", version="2"))

    assert town.outlook.shown(user) == [("2026-11-16T00:00", "2026-11-18T00:00", "oof")]


def test_r26_what_its_owner_changed_is_left_to_him(town: Town, user: str) -> None:
    town.outlook.touch(user, show_as="free")

    assert check(town) == []
    assert state(town) == [EventState.DETACHED]
    assert [show_as for *_, show_as in town.outlook.shown(user)] == ["free"]


@pytest.mark.parametrize("start", ["2026-10-05", "2030-01-07"], ids=["to the past", "far ahead"])
def test_r26_what_its_owner_moved_is_not_taken_for_deleted(town: Town, user: str, start: str) -> None:
    town.outlook.touch(user, start=at(start), end=at(start) + timedelta(days=1))

    check(town)

    assert state(town) == [EventState.DETACHED]


def test_an_event_that_its_owner_put_back_as_it_was_is_the_hubs_again(town: Town, user: str) -> None:
    town.outlook.touch(user, show_as="free")
    check(town)
    town.outlook.touch(user, show_as="oof")

    check(town)

    assert state(town) == [EventState.DONE]


def test_an_event_under_its_former_label_is_not_its_owners(town: Town, user: str) -> None:
    town.rulebook.change(labels={"afwezig": "Niet op kantoor"})

    assert check(town) == [AbsencesChanged(employee="000104")]
    assert state(town) == [EventState.DONE]


def test_an_event_that_was_only_touched_is_changed_at_once_after_a_check(town: Town, user: str) -> None:
    town.outlook.touch(user)
    check(town)
    town.outlook.asked.clear()

    town.read(record("2026-11-16", "2026-11-17", version="2"))

    assert town.outlook.calls[0] == "change"
    assert [each for each in town.outlook.asked if each.startswith("read")] == []  # its etag was known


def test_a_copy_that_its_owner_made_is_his(town: Town, user: str) -> None:
    (row,) = town.store.events.of("000104")
    copy = town.outlook.put(user, row.written.key, DAY)

    check(town)

    assert copy in town.outlook.events[user]
    assert town.store.events.of("000104") == [row]


def test_r27_events_of_others_are_let_be(town: Town, user: str) -> None:
    town.outlook.put(user, None, DAY)
    town.outlook.put(user, "made by somebody else", DAY)
    town.outlook.events[user].pop(town.store.events.of("000104")[0].event_id or "")

    check(town, repair=True)

    assert town.outlook.calls == []
    assert len(town.outlook.events[user]) == 2


# --- what ICT asks to repair


def test_what_its_owner_deleted_is_made_again_when_ict_asks(town: Town, user: str) -> None:
    town.outlook.events[user].clear()
    check(town)

    town.settle(MailboxCheckWanted(employee="000104", repair=True))

    assert town.outlook.shown(user) == [("2026-11-16T00:00", "2026-11-17T00:00", "oof")]


@pytest.mark.parametrize(
    "change",
    [
        {"show_as": "free"},
        {"end": at("2026-11-20")},
        {"subject": "Thuis"},
        {"start": at("2026-11-10"), "end": at("2026-11-11")},
    ],
    ids=["show-as", "longer", "words", "to the past"],
)
def test_what_its_owner_changed_is_put_right_when_ict_asks(town: Town, user: str, change: dict[str, object]) -> None:
    town.outlook.touch(user, **change)
    check(town)

    town.settle(MailboxCheckWanted(employee="000104", repair=True))

    assert ("2026-11-16T00:00", "2026-11-17T00:00", "oof") in town.outlook.shown(user)
    assert {each.shown.subject for each in town.outlook.events[user].values()} == {"Afwezig"}
    assert check(town) == []


# --- books and mailboxes from before


def test_r25_an_event_that_no_book_tells_of_and_that_should_be_there_is_taken_over(town: Town, user: str) -> None:
    event = town.outlook.only(user)
    forget(town)

    assert check(town) == []
    assert [(row.event_id, row.state) for row in town.store.events.of("000104")] == [(event.id, EventState.DONE)]
    town.show()
    assert town.outlook.calls == []


def test_what_was_taken_over_and_removed_can_come_back(town: Town, user: str) -> None:
    forget(town)
    check(town)

    town.read(record("2026-11-16", state=State.CANCELLED, version="2"))
    town.read(record("2026-11-16", version="3"))

    assert town.outlook.shown(user) == [("2026-11-16T00:00", "2026-11-17T00:00", "oof")]


def test_r25_an_event_that_no_book_tells_of_and_nobody_wants_is_removed(town: Town, user: str) -> None:
    town.outlook.put(user, UNKNOWN, STRANGE)

    assert check(town) == []
    assert town.outlook.shown(user) == [("2026-11-16T00:00", "2026-11-17T00:00", "oof")]


def test_what_is_over_is_history_whoever_made_it(town: Town, user: str) -> None:
    past = Appointment("Afwezig", at("2026-11-02"), at("2026-11-03"), all_day=True, show_as="oof")
    town.outlook.put(user, UNKNOWN, past)

    check(town, repair=True)

    assert len(town.outlook.events[user]) == 2


def test_r24_before_every_source_was_read_nothing_unknown_is_removed(town: Town, user: str) -> None:
    town.rulebook.systems["second"] = Scheduled(FakeSystem("second"), timedelta(minutes=15))
    town.outlook.put(user, UNKNOWN, STRANGE)

    check(town)

    assert len(town.outlook.events[user]) == 2


def test_a_removed_event_that_came_back_with_an_old_mailbox_is_removed_again(town: Town, user: str) -> None:
    (row,) = town.store.events.of("000104")
    town.read(record("2026-11-16", state=State.CANCELLED, version="2"))
    town.outlook.put(user, row.written.key, DAY)

    check(town)

    assert town.outlook.shown(user) == []


def test_r26_what_its_owner_changed_stays_when_the_absence_is_gone(town: Town, user: str) -> None:
    town.outlook.touch(user, show_as="free")
    check(town)
    town.read(record("2026-11-16", state=State.CANCELLED, version="2"))

    check(town, repair=True)

    assert [show_as for *_, show_as in town.outlook.shown(user)] == ["free"]


def test_an_event_that_came_back_under_another_id_is_known_by_its_key(town: Town, user: str) -> None:
    (row,) = town.store.events.of("000104")
    town.outlook.events[user].clear()
    restored = town.outlook.put(user, row.written.key, DAY)

    check(town)

    assert [(each.event_id, each.state) for each in town.store.events.of("000104")] == [(restored, EventState.DONE)]


# --- together, and when Microsoft asks to wait


def test_several_mailboxes_are_asked_for_at_once_and_one_that_fails_waits_alone(town: Town, user: str) -> None:
    busy, gone = town.outlook.add("000105"), town.outlook.add("000102")
    wait = Throttled("graph_429", "wait", timedelta(seconds=5))
    town.outlook.trouble |= {busy: wait, gone: NotFound("graph_404", "no mailbox", "x")}
    town.outlook.changed += [busy, gone]
    town.hour()
    town.outlook.events[user].clear()
    town.outlook.asked.clear()
    wanted = {each: MailboxCheckWanted(employee=each) for each in ("000102", "000104", "000105")}

    results = check_mailboxes(list(wanted.values()), town.world)

    assert results == {wanted["000102"]: [], wanted["000104"]: [], wanted["000105"]: wait}
    assert [each for each in town.outlook.asked if each.startswith("own")] == ["own events of 3"]
    assert state(town) == [EventState.RESPECTED]


def test_a_mailbox_that_asks_to_wait_while_it_is_put_right_is_looked_into_again(town: Town, user: str) -> None:
    town.outlook.put(user, UNKNOWN, STRANGE)
    town.outlook.fail_next = Throttled("graph_429", "wait", timedelta(seconds=5))
    with pytest.raises(HubError):
        check(town)

    check(town)

    assert len(town.outlook.events[user]) == 1


def test_who_has_no_mailbox_is_not_looked_into(town: Town) -> None:
    town.outlook.add("000107", mailbox=False)

    assert town.hear(MailboxCheckWanted(employee="000107")) == []


# --- in rotation


def test_every_mailbox_has_its_turn_once_a_week(town: Town) -> None:
    week = [date(2026, 11, 16) + timedelta(days=number) for number in range(7)]
    employees = [f"{number:06}" for number in range(700)]

    turns = [[each for each in employees if has_turn(each, day)] for day in week]

    assert sorted(each for some in turns for each in some) == employees
    assert all(60 < len(some) < 140 for some in turns)


def test_the_nights_comparison_asks_for_the_checks_of_its_page(town: Town, user: str) -> None:
    turns = {
        day: [each for each in town.hear(ComparisonWanted(run=f"day-{day}")) if isinstance(each, MailboxCheckWanted)]
        for day in (f"2026-11-{number}" for number in range(16, 23))
    }

    assert [each for some in turns.values() for each in some] == [MailboxCheckWanted(employee="000104")]


def test_no_other_comparison_looks_into_mailboxes(town: Town, user: str) -> None:
    said = town.hear(ComparisonWanted(run="resync-2026-11-16T00:00:00+00:00"))

    assert said == []


def test_the_page_of_a_new_day_leads_to_checks(town: Town, user: str) -> None:
    said = []
    for _ in range(7):
        town.clock.advance(timedelta(days=1))
        said += town.settle(ClockStruck(at=town.clock.now(), period="day"))

    assert [each for each in said if isinstance(each, MailboxCheckWanted)] == [MailboxCheckWanted(employee="000104")]
