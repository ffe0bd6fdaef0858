"""Who hears of a letter when its handler is away."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from services.mailroom.handlers import router, terms
from shared.clock import BRUSSELS
from shared.events import ClockStruck, ReplyDue, TeamDay
from shared.events.absences import TeamEntry
from shared.persistence.database import own_writes
from tests.unit.mailroom.builders import FakeMailroom
from tests.unit.mailroom.terms_builders import DUE, KENMERK, LETTER, heard, hour, move_to, save

MONDAY, TUESDAY = date(2026, 12, 7), date(2026, 12, 8)
AWAY = TeamEntry(employee="000104", user_id="user-4", part="whole", kind="away", delegate="user-1")


def team_day(*entries: TeamEntry, day: date = MONDAY, service: str = "ICT") -> TeamDay:
    return TeamDay(service=service, day=day, entries=list(entries))


def tell(room: FakeMailroom, local: str, *entries: TeamEntry, service: str = "ICT") -> list[ReplyDue]:
    """Return what people hear once it is told, at a moment of Brussels, who is away that day."""
    move_to(room, local)
    day = room.clock.now().astimezone(BRUSSELS).date()
    return heard(room.hear(team_day(*entries, day=day, service=service)))


def whom(said: list[ReplyDue]) -> list[tuple[bool, str | None]]:
    return [(event.is_away, event.substitute) for event in said]


@pytest.fixture
def waiting(room: FakeMailroom) -> FakeMailroom:
    """A letter of user-4 that must be answered on Tuesday 8 December; that five days were left, was said."""
    save(room, LETTER)
    hour(room, "2026-12-01T08:00")
    return room


# --- known in the morning


def test_the_substitute_hears_in_the_place_of_who_is_away(waiting: FakeMailroom) -> None:
    waiting.hear(team_day(AWAY))

    (said,) = hour(waiting, "2026-12-07T08:00")

    assert (said.handler, said.is_away, said.substitute) == ("user-4", True, "user-1")


def test_who_is_away_without_a_substitute_is_said_to_be_away(waiting: FakeMailroom) -> None:
    waiting.hear(team_day(replace(AWAY, delegate=None)))

    assert whom(hour(waiting, "2026-12-07T08:00")) == [(True, None)]


@pytest.mark.parametrize(
    "entry",
    [
        replace(AWAY, part="morning"),
        replace(AWAY, part="partly"),
        replace(AWAY, kind="elsewhere"),
        replace(AWAY, kind="busy"),
        replace(AWAY, user_id=None),
        replace(AWAY, user_id="user-5"),
    ],
    ids=["the morning", "a part", "telework", "a training", "no account", "somebody else"],
)
def test_who_is_not_away_all_day_hears_it_himself(waiting: FakeMailroom, entry: TeamEntry) -> None:
    waiting.hear(team_day(entry))

    assert whom(hour(waiting, "2026-12-07T08:00")) == [(False, None)]


def test_of_whom_nothing_is_told_today_nobody_knows_that_he_is_away(waiting: FakeMailroom) -> None:
    waiting.hear(team_day(AWAY))

    assert whom(hour(waiting, "2026-12-08T08:00")) == [(False, None)]


def test_a_letter_without_a_handler_is_said_to_the_service_whoever_is_away(room: FakeMailroom) -> None:
    save(room, replace(LETTER, handler=None))
    room.hear(team_day(AWAY))

    assert whom(hour(room, "2026-12-07T08:00")) == [(False, None)]


def test_two_services_know_of_their_own_people(waiting: FakeMailroom) -> None:
    waiting.hear(team_day(AWAY), team_day(replace(AWAY, user_id="user-9", delegate=None), service="Omgeving"))

    assert waiting.store.away.on(MONDAY) == {"user-4": "user-1", "user-9": None}


# --- known later than the reminder


def test_the_substitute_hears_the_same_morning_of_what_was_said_before(waiting: FakeMailroom) -> None:
    (said,) = tell(waiting, "2026-12-02T07:30", AWAY)

    assert (said.kenmerk, said.due, said.days) == (KENMERK, DUE, 6)
    assert (said.is_away, said.substitute) == (True, "user-1")


def test_he_hears_it_once_however_long_the_absence_and_however_often_it_is_told(waiting: FakeMailroom) -> None:
    tell(waiting, "2026-12-02T07:30", AWAY)

    assert tell(waiting, "2026-12-02T07:31", AWAY) == []
    assert tell(waiting, "2026-12-03T07:30", AWAY) == []
    assert hour(waiting, "2026-12-03T08:00") == []


def test_the_next_step_is_said_to_him_too(waiting: FakeMailroom) -> None:
    tell(waiting, "2026-12-02T07:30", AWAY)
    tell(waiting, "2026-12-07T07:30", AWAY)

    assert whom(hour(waiting, "2026-12-07T08:00")) == [(True, "user-1")]
    assert tell(waiting, "2026-12-07T08:30", AWAY) == []


def test_who_was_said_to_be_away_with_the_reminder_is_not_spoken_of_again_the_day_after(waiting: FakeMailroom) -> None:
    tell(waiting, "2026-12-08T07:30", AWAY)
    hour(waiting, "2026-12-08T08:00")

    assert tell(waiting, "2026-12-09T07:30", AWAY) == []


def test_a_day_that_is_told_after_the_reminder_of_that_morning_is_heard(waiting: FakeMailroom) -> None:
    unknown = hour(waiting, "2026-12-07T08:00")
    told = tell(waiting, "2026-12-07T08:15", AWAY)

    assert (whom(unknown), whom(told)) == ([(False, None)], [(True, "user-1")])
    assert tell(waiting, "2026-12-08T07:30", AWAY) == []


def test_a_step_that_nobody_heard_yet_is_said_once_when_both_come_at_the_same_time(waiting: FakeMailroom) -> None:
    told = tell(waiting, "2026-12-07T08:00", AWAY)

    assert whom(told) == [(True, "user-1")]
    assert hour(waiting, "2026-12-07T08:00") == []


def test_before_the_day_begins_only_what_was_said_before_is_said_again(room: FakeMailroom) -> None:
    save(room, LETTER)

    assert tell(room, "2026-12-07T07:30", AWAY) == []
    assert whom(hour(room, "2026-12-07T08:00")) == [(True, "user-1")]


def test_what_is_told_of_another_day_is_remembered_and_not_spoken_of(waiting: FakeMailroom) -> None:
    move_to(waiting, "2026-12-02T09:00")

    assert heard(waiting.hear(team_day(AWAY, day=date(2026, 12, 1)))) == []
    assert waiting.store.away.on(date(2026, 12, 1)) == {"user-4": "user-1"}


def test_on_a_closing_day_nobody_is_disturbed(waiting: FakeMailroom) -> None:
    waiting.terms = replace(waiting.terms, closing_days=frozenset({date(2026, 12, 2)}))

    assert tell(waiting, "2026-12-02T07:30", AWAY) == []
    assert whom(tell(waiting, "2026-12-03T07:30", AWAY)) == [(True, "user-1")]


def test_what_was_answered_meanwhile_is_nobodys_work(waiting: FakeMailroom) -> None:
    waiting.store.letters.answer(KENMERK)

    assert tell(waiting, "2026-12-02T07:30", AWAY) == []


def test_a_process_that_dies_before_it_spoke_of_it_says_it_after_all(waiting: FakeMailroom) -> None:
    move_to(waiting, "2026-12-02T07:30")
    with own_writes():
        lost = list(router.handle(team_day(AWAY, day=date(2026, 12, 2)), waiting.world()))

    assert tell(waiting, "2026-12-02T07:30", AWAY) == lost != []


def test_what_is_too_much_for_one_morning_is_said_the_next(room: FakeMailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    save(room, *(replace(LETTER, kenmerk=f"2026/IN/{number}") for number in range(3)))
    hour(room, "2026-12-01T08:00")
    monkeypatch.setattr(terms, "TOGETHER", 2)

    said = [[event.kenmerk for event in tell(room, f"2026-12-{day:02}T07:30", AWAY)] for day in (2, 3, 4)]

    assert said == [["2026/IN/0", "2026/IN/1"], ["2026/IN/2"], []]


# --- what is remembered


def test_the_same_day_told_twice_leaves_the_same_rows(room: FakeMailroom) -> None:
    room.hear(team_day(AWAY), team_day(AWAY))

    assert room.store.away.on(MONDAY) == {"user-4": "user-1"}


def test_after_thirty_days_nobody_knows_who_was_away(room: FakeMailroom) -> None:
    room.hear(team_day(AWAY), team_day(AWAY, day=TUESDAY))
    room.clock.at = datetime(2027, 1, 7, tzinfo=BRUSSELS)
    room.hear(ClockStruck(at=room.clock.now(), period="day"))

    assert (room.store.away.on(MONDAY), room.store.away.on(TUESDAY)) == ({}, {"user-4": "user-1"})
