"""Rules R6–R11: schedules, closing days and long leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from services.timesync.domain.records import AbsenceRecord, Part
from services.timesync.domain.replies import return_day
from services.timesync.domain.roster import Person
from services.timesync.domain.spans import Span
from services.timesync.domain.timeline import timeline

from .builders import day, person, record, segment, span

TODAY = day("2026-11-12")
CHRISTMAS_EVE = day("2026-12-24")  # a Thursday


def closed(part: Part) -> Person:
    """Return somebody whose service closes for a part of 24 December, and for all of the days after it."""
    return replace(person(), closed={CHRISTMAS_EVE: part, day("2026-12-25"): Part.WHOLE, day("2026-12-28"): Part.WHOLE})


def spans(records: list[AbsenceRecord], someone: Person) -> list[tuple[Span, bool]]:
    return [(each.span, each.whole) for each in timeline(records, someone, TODAY)]


MORNING = span("2026-12-24T08:30", "2026-12-24T12:00")
AFTERNOON = span("2026-12-24T12:30", "2026-12-24T16:36")
ALL_DAY = span("2026-12-24", "2026-12-25")


@pytest.mark.parametrize(
    ("closing", "part", "expected"),
    [
        (Part.AFTERNOON, Part.WHOLE, [(ALL_DAY, True)]),
        (Part.AFTERNOON, Part.MORNING, [(ALL_DAY, True)]),
        (Part.AFTERNOON, Part.AFTERNOON, []),
        (Part.MORNING, Part.AFTERNOON, [(ALL_DAY, True)]),
        (Part.MORNING, Part.MORNING, []),
        (Part.WHOLE, Part.WHOLE, []),
    ],
)
def test_r6_half_a_closing_day_leaves_the_other_half(
    closing: Part, part: Part, expected: list[tuple[Span, bool]]
) -> None:
    assert spans([record("2026-12-24", part=part)], closed(closing)) == expected


@pytest.mark.parametrize("closing", [Part.MORNING, Part.AFTERNOON])
def test_r6_the_half_that_is_left_of_a_straight_shift_is_its_own_half(closing: Part) -> None:
    someone = Person("1", week=(((time(7), time(15)),),) * 7, closed={CHRISTMAS_EVE: closing})
    left = {Part.MORNING: ("11:00", "15:00"), Part.AFTERNOON: ("07:00", "11:00")}[closing]

    assert someone.hours(CHRISTMAS_EVE) == (span(f"2026-12-24T{left[0]}", f"2026-12-24T{left[1]}"),)
    assert someone.morning(CHRISTMAS_EVE) == (() if closing is Part.MORNING else someone.hours(CHRISTMAS_EVE))
    assert someone.afternoon(CHRISTMAS_EVE) == (() if closing is Part.AFTERNOON else someone.hours(CHRISTMAS_EVE))


def test_r7_leave_joins_over_holiday_weekend_and_closing_day() -> None:
    around = [record("2026-12-24", part=Part.MORNING), record("2026-12-29", source_id="2")]

    assert spans(around, closed(Part.AFTERNOON)) == [(span("2026-12-24", "2026-12-30"), True)]


def test_r7_half_a_working_day_between_keeps_leave_apart() -> None:
    around = [record("2026-12-23"), record("2026-12-29", source_id="2")]

    assert len(spans(around, closed(Part.AFTERNOON))) == 2


def test_r7_a_half_day_before_the_weekend_does_not_join_the_monday_after_it() -> None:
    around = [record("2026-11-20", part=Part.AFTERNOON), record("2026-11-23", source_id="2")]

    assert spans(around, person()) == [
        (span("2026-11-20T12:30", "2026-11-20T16:36"), False),
        (span("2026-11-23", "2026-11-24"), True),
    ]


def test_r7_a_middle_day_that_is_withdrawn_leaves_two_periods() -> None:
    week = [record(f"2026-11-{number}", source_id=str(number)) for number in (16, 17, 18, 19, 20)]

    without = spans([each for each in week if each.source_id != "18"], person())

    assert spans(week, person()) == [(span("2026-11-16", "2026-11-21"), True)]
    assert without == [(span("2026-11-16", "2026-11-18"), True), (span("2026-11-19", "2026-11-21"), True)]


def test_r7_two_profiles_side_by_side_stay_apart() -> None:
    both = [record("2026-11-20"), record("2026-11-23", source_id="2", profile="telewerk")]

    assert len(spans(both, person())) == 2


def test_r8_half_a_closing_day_is_a_day_of_return() -> None:
    assert return_day(segment("2026-12-21", "2026-12-24"), closed(Part.AFTERNOON)) == CHRISTMAS_EVE
    assert return_day(segment("2026-12-21", "2026-12-24"), closed(Part.WHOLE)) == day("2026-12-29")


def test_r9_a_holiday_on_the_free_day_of_a_part_timer_gives_nothing_until_the_source_says_so() -> None:
    on_wednesday = record("2026-11-11", profile="feestdag")  # Armistice Day, and his free day
    later = record("2026-11-19", source_id="2")

    assert spans([on_wednesday], person("000102")) == []
    assert spans([on_wednesday, later], person("000102")) == [(span("2026-11-19", "2026-11-20"), True)]


def test_r10_a_closing_day_alone_makes_no_event() -> None:
    assert timeline([], closed(Part.WHOLE), CHRISTMAS_EVE) == []


@pytest.mark.parametrize("last", ["2027-08-31", None], ids=["with a last day", "open"])
def test_r11_long_leave_that_began_long_ago_is_one_period_from_its_first_day(last: str | None) -> None:
    (shown,) = timeline([record("2020-03-02", last)], person(), TODAY)

    assert shown.span.start == span("2020-03-02", "2020-03-03").start
    assert shown.whole


def test_r11_long_leave_is_one_period_beyond_the_window() -> None:
    assert spans([record("2026-12-01", "2027-11-30")], person()) == [(span("2026-12-01", "2027-12-01"), True)]


def test_r11_leave_for_ever_is_shown_to_the_end_of_next_year_and_longer_a_year_later() -> None:
    for_ever = record("2026-12-01", "9999-12-31")

    (now,), (later,) = (timeline([for_ever], person(), day(today)) for today in ("2026-12-31", "2027-01-01"))

    assert now.span == span("2026-12-01", "2028-01-01")
    assert later.span == span("2026-12-01", "2028-12-30")  # the last working day of that year


def test_r11_mornings_off_for_ever_are_shown_for_the_years_around_today() -> None:
    shown = timeline([record("1900-01-01", "9999-12-31", part=Part.MORNING)], person(), TODAY)

    assert (shown[0].span.start.date(), shown[-1].span.end.date()) == (day("2025-01-01"), day("2027-12-31"))
