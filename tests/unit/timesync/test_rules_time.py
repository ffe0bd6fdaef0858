"""Rules R1–R5: days, hours and clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from services.timesync.domain.difference import difference
from services.timesync.domain.records import Part
from services.timesync.domain.roster import Person
from services.timesync.domain.timeline import timeline
from shared.clock import BRUSSELS

from .builders import day, person, record, segment, span, written
from .conftest import Town

NURSE = Person("1", week=(((time(22), time(6)),),) * 7)
STRAIGHT = Person("1", week=(((time(7), time(15)),),) * 7)
EARLY = Person("1", week=(((time(6), time(10)), (time(10, 30), time(14))),) * 7)


def utc(local: datetime) -> datetime:
    return local.replace(tzinfo=BRUSSELS).astimezone(UTC)


@pytest.mark.parametrize(
    ("date", "hours"),
    [("2026-10-24", 24), ("2026-10-25", 25), ("2027-03-28", 23)],
    ids=["an ordinary day", "the end of summer time", "its start"],
)
def test_r1_a_whole_day_lasts_from_midnight_to_midnight_whatever_the_clock_does(date: str, hours: int) -> None:
    everyday = Person("1", week=(((time(9), time(17)),),) * 7)

    (shown,) = timeline([record(date)], everyday, day("2026-10-20"))

    assert (shown.span.start.time(), shown.span.end.time()) == (time.min, time.min)
    assert (utc(shown.span.end) - utc(shown.span.start)).total_seconds() == hours * 3600


@pytest.mark.parametrize(
    "hours",
    [("2026-10-25T02:15", "2026-10-25T02:45"), ("2027-03-28T02:15", "2027-03-28T02:45")],
    ids=["the hour that comes twice", "the hour that is left out"],
)
def test_r1_an_interval_in_an_hour_of_the_clock_change_keeps_its_wall_clock(hours: tuple[str, str]) -> None:
    (shown,) = timeline([record(hours[0][:10], hours=hours)], NURSE, day(hours[0][:10]))

    assert shown.span == span(*hours)
    assert utc(shown.span.start) < utc(shown.span.end)


def test_r1_the_hour_that_comes_twice_changes_nothing_the_second_time() -> None:
    leave = record("2026-10-26", "2026-10-27")
    shown = [written("2026-10-26", "2026-10-28")]

    first, second = (datetime(2026, 10, 25, 2, 30, fold=fold) for fold in (0, 1))  # noqa: DTZ001 - wall clock

    assert not difference(timeline([leave], person(), first.date()), shown, first)
    assert not difference(timeline([leave], person(), second.date()), shown, second)


def test_r2_an_all_day_event_is_written_with_the_midnights_of_the_mailbox(town: Town) -> None:
    user = town.outlook.add("000104")

    town.read(record("2026-11-16", "2026-11-17"))

    shown = town.outlook.only(user).shown
    assert shown.all_day
    assert shown.as_json()["start"] == {"dateTime": "2026-11-16T00:00:00", "timeZone": "Romance Standard Time"}
    assert shown.as_json()["end"] == {"dateTime": "2026-11-18T00:00:00", "timeZone": "Romance Standard Time"}


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Part.MORNING, span("2026-11-13T07:00", "2026-11-13T11:00")),
        (Part.AFTERNOON, span("2026-11-13T11:00", "2026-11-13T15:00")),
    ],
)
def test_r4_the_halves_of_a_straight_shift_meet_in_its_middle(part: Part, expected: object) -> None:
    (shown,) = timeline([record("2026-11-13", part=part)], STRAIGHT, day("2026-11-12"))

    assert shown.span == expected


def test_r4_who_works_only_afternoons_loses_nothing_by_a_morning_off() -> None:
    late = Person("1", week=(((time(13), time(17)),),) * 5 + ((), ()))

    assert timeline([record("2026-11-13", part=Part.MORNING)], late, day("2026-11-12")) == []


def test_r4_who_begins_both_shifts_before_noon_has_no_afternoon() -> None:
    assert timeline([record("2026-11-13", part=Part.AFTERNOON)], EARLY, day("2026-11-12")) == []


def test_r5_the_end_of_a_night_shift_is_shown_on_a_free_day_too() -> None:
    night = record("2026-11-13", hours=("2026-11-13T22:00", "2026-11-14T06:00"))  # into a Saturday

    (shown,) = timeline([night], person(), day("2026-11-12"))

    assert (shown.span, shown.whole) == (span("2026-11-13T22:00", "2026-11-14T06:00"), False)


def test_r5_a_night_shift_that_begins_on_a_free_day_is_not_shown() -> None:
    night = record("2026-11-15", hours=("2026-11-15T22:00", "2026-11-16T06:00"))  # from a Sunday

    assert timeline([night], person(), day("2026-11-12")) == []


def test_r5_an_interval_from_a_free_day_counts_where_he_works() -> None:
    long = record("2026-11-15", hours=("2026-11-15T20:00", "2026-11-16T10:00"))  # from a Sunday

    assert [each.span for each in timeline([long], person(), day("2026-11-12"))] == [
        span("2026-11-16T00:00", "2026-11-16T10:00")
    ]


def test_r5_an_interval_over_a_weekend_is_one_period() -> None:
    long = record("2026-11-13", hours=("2026-11-13T12:30", "2026-11-16T12:00"))

    assert [each.span for each in timeline([long], person(), day("2026-11-12"))] == [
        span("2026-11-13T12:30", "2026-11-16T12:00")
    ]


def test_r5_an_interval_that_holds_all_working_time_of_a_day_makes_it_a_whole_one() -> None:
    long = record("2026-11-16", hours=("2026-11-16T12:30", "2026-11-18T12:00"))

    assert [replace(each, sources=()) for each in timeline([long], person(), day("2026-11-12"))] == [
        segment("2026-11-16T12:30", "2026-11-17", whole=False),
        segment("2026-11-17", "2026-11-18"),
        segment("2026-11-18", "2026-11-18T12:00", whole=False),
    ]


def test_r5_the_night_off_of_who_works_nights_is_the_day_on_which_it_begins() -> None:
    (shown,) = timeline([record("2026-11-13")], NURSE, day("2026-11-12"))

    assert (shown.span, shown.whole) == (span("2026-11-13", "2026-11-14"), True)


def test_r5_half_a_night_is_shown_up_to_its_middle() -> None:
    (shown,) = timeline([record("2026-11-13", part=Part.MORNING)], NURSE, day("2026-11-12"))

    assert shown.span == span("2026-11-13T22:00", "2026-11-14T02:00")
