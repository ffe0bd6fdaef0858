"""From records to periods; the numbers are those of the rules."""

from __future__ import annotations

from datetime import UTC, date, time

import pytest

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.domain.replies import return_day
from services.timesync.domain.roster import Person
from services.timesync.domain.spans import Span
from services.timesync.domain.timeline import timeline
from shared.clock import BRUSSELS

from .builders import at, day, person, record, segment, span

TODAY = day("2026-11-12")  # a Thursday


def spans(records: list[AbsenceRecord], employee: str = "000104", today: date = TODAY) -> list[tuple[str, Span]]:
    return [(each.profile, each.span) for each in timeline(records, person(employee), today)]


def test_r1_whole_days_are_local_midnights_also_over_the_end_of_summer_time() -> None:
    (shown,) = timeline([record("2026-10-23", "2026-10-27")], person(), day("2026-10-20"))

    utc = [moment.replace(tzinfo=BRUSSELS).astimezone(UTC).isoformat() for moment in (shown.span.start, shown.span.end)]
    assert utc == ["2026-10-22T22:00:00+00:00", "2026-10-27T23:00:00+00:00"]


def test_r3_the_last_day_of_a_record_is_included_and_the_end_of_a_period_is_not() -> None:
    assert spans([record("2026-11-16", "2026-11-17")]) == [("afwezig", span("2026-11-16", "2026-11-18"))]


@pytest.mark.parametrize(
    ("part", "employee", "expected"),
    [
        (Part.MORNING, "000104", [span("2026-11-13T08:30", "2026-11-13T12:00")]),
        (Part.AFTERNOON, "000104", [span("2026-11-13T12:30", "2026-11-13T16:36")]),
        (Part.AFTERNOON, "unknown", [span("2026-11-13T12:30", "2026-11-13T17:00")]),
        (Part.AFTERNOON, "000103", []),
        (Part.WHOLE, "000103", [span("2026-11-13", "2026-11-14")]),
    ],
    ids=["morning", "afternoon", "no schedule known", "works only mornings", "whole day of who works mornings"],
)
def test_r4_half_days_follow_the_schedule_of_that_day(part: Part, employee: str, expected: list[Span]) -> None:
    shown = timeline([record("2026-11-13", part=part)], person(employee), TODAY)

    assert [each.span for each in shown] == expected


def test_r4_two_halves_make_a_whole_day() -> None:
    halves = [record("2026-11-13", part=Part.MORNING), record("2026-11-13", part=Part.AFTERNOON, source_id="2")]

    assert spans(halves) == [("afwezig", span("2026-11-13", "2026-11-14"))]


def test_r4_a_long_day_without_a_break_is_split_in_its_middle() -> None:
    straight = Person("1", week=(((time(8), time(16)),),) * 7)

    halves = [straight.morning(day("2026-11-13")), straight.afternoon(day("2026-11-13"))]

    assert halves == [(span("2026-11-13T08:00", "2026-11-13T12:00"),), (span("2026-11-13T12:00", "2026-11-13T16:00"),)]


def test_r5_an_interval_across_midnight_is_one_period() -> None:
    night = record("2026-11-12", hours=("2026-11-12T22:00", "2026-11-13T06:00"))

    assert spans([night]) == [("afwezig", span("2026-11-12T22:00", "2026-11-13T06:00"))]


@pytest.mark.parametrize("date", ["2026-11-14", "2026-11-11", "2026-12-28"], ids=["saturday", "holiday", "closing day"])
def test_r6_an_absence_on_a_day_without_working_time_is_not_shown(date: str) -> None:
    assert spans([record(date)], today=day("2026-11-01")) == []


def test_r6_a_closing_day_of_another_service_is_a_working_day() -> None:
    assert spans([record("2026-11-02")], "000103", day("2026-10-20")) == [("afwezig", span("2026-11-02", "2026-11-03"))]


def test_r7_friday_and_monday_are_one_period() -> None:
    days = [record("2026-11-20"), record("2026-11-23", source_id="2")]

    assert spans(days) == [("afwezig", span("2026-11-20", "2026-11-24"))]


def test_r7_days_with_a_working_day_between_stay_apart() -> None:
    days = [record("2026-11-17"), record("2026-11-19", source_id="2")]

    assert len(spans(days)) == 2


def test_r7_the_free_day_of_a_part_timer_joins() -> None:
    around_wednesday = [record("2026-11-17"), record("2026-11-19", source_id="2")]

    assert spans(around_wednesday, "000102") == [("afwezig", span("2026-11-17", "2026-11-20"))]


@pytest.mark.parametrize(
    ("employee", "end", "back"),
    [
        ("000104", "2026-11-21", "2026-11-23"),
        ("000104", "2026-12-25", "2026-12-29"),
        ("000102", "2026-11-18", "2026-11-19"),
    ],
    ids=["weekend", "holiday, weekend and closing day", "free wednesday"],
)
def test_r8_the_return_day_is_the_first_working_day(employee: str, end: str, back: str) -> None:
    assert return_day(
        segment("2026-11-16", end) if end < "2026-12" else segment("2026-12-21", end), person(employee)
    ) == day(back)


@pytest.mark.parametrize("state", [State.REQUESTED, State.REJECTED, State.CANCELLED, State.DELETED])
def test_r12_only_approved_absences_are_shown(state: State) -> None:
    assert spans([record("2026-11-16", state=state)]) == []


@pytest.mark.parametrize("profile", ["feestdag", "negeren"])
def test_r10_holidays_and_ignored_codes_are_not_shown(profile: str) -> None:
    assert spans([record("2026-11-16", profile=profile)]) == []


def test_r18_an_open_end_runs_to_the_end_of_the_current_week() -> None:
    ill = record("2026-11-10", None)

    assert spans([ill]) == [("afwezig", span("2026-11-10", "2026-11-16"))]
    assert spans([ill], today=day("2026-11-16")) == [("afwezig", span("2026-11-10", "2026-11-23"))]


def test_r18_an_open_end_leaves_room_for_what_goes_before_it() -> None:
    both = [record("2026-11-09", None, profile="telewerk"), record("2026-11-12", source_id="2")]

    assert spans(both) == [
        ("telewerk", span("2026-11-09", "2026-11-11")),
        ("afwezig", span("2026-11-12", "2026-11-13")),
        ("telewerk", span("2026-11-13", "2026-11-16")),
    ]


def test_r18_an_open_day_record_runs_to_the_end_of_its_own_week() -> None:
    assert spans([record("2026-11-10", open_ended=True)]) == [("afwezig", span("2026-11-10", "2026-11-16"))]


def test_r18_leave_that_follows_does_not_give_an_open_end_a_date() -> None:
    ill_before_leave = [record("2026-11-10", None), record("2026-11-16", "2026-11-20", source_id="2")]

    this_week = timeline(ill_before_leave, person(), day("2026-11-12"))
    next_week = timeline(ill_before_leave, person(), day("2026-11-16"))

    assert [(each.span, each.open_ended) for each in this_week] == [(span("2026-11-10", "2026-11-23"), True)]
    assert this_week == next_week  # so that nothing is written again


def test_r18_an_open_end_of_another_week_says_nothing_of_what_is_known_since() -> None:
    both = [record("2026-11-05", open_ended=True), record("2026-11-09", "2026-11-13", source_id="2")]

    (period,) = timeline(both, person(), day("2026-11-10"))

    assert not period.open_ended


def test_r19_a_morning_off_leaves_the_afternoon_to_telework() -> None:
    both = [record("2026-11-13", profile="telewerk"), record("2026-11-13", part=Part.MORNING, source_id="2")]

    assert spans(both) == [
        ("afwezig", span("2026-11-13T08:30", "2026-11-13T12:00")),
        ("telewerk", span("2026-11-13T12:30", "2026-11-13T16:36")),
    ]


def test_r19_an_absence_hides_training_and_telework_of_the_same_day() -> None:
    three = [
        record("2026-11-13", profile="telewerk"),
        record("2026-11-13", profile="opleiding", source_id="2"),
        record("2026-11-13", source_id="3"),
    ]

    assert spans(three) == [("afwezig", span("2026-11-13", "2026-11-14"))]


def test_r19_an_hour_of_training_interrupts_telework() -> None:
    both = [
        record("2026-11-13", profile="telewerk"),
        record("2026-11-13", profile="opleiding", source_id="2", hours=("2026-11-13T10:00", "2026-11-13T11:30")),
    ]

    assert spans(both) == [
        ("telewerk", span("2026-11-13T08:30", "2026-11-13T10:00")),
        ("opleiding", span("2026-11-13T10:00", "2026-11-13T11:30")),
        ("telewerk", span("2026-11-13T11:30", "2026-11-13T16:36")),
    ]


def test_two_sources_that_say_the_same_show_it_once() -> None:
    both = [record("2026-11-13", part=Part.AFTERNOON), record("2026-11-13", part=Part.AFTERNOON, source="other")]

    assert spans(both) == [("afwezig", span("2026-11-13T12:30", "2026-11-13T16:36"))]


def test_an_interval_is_shown_to_the_minute() -> None:
    interval = record("2026-11-13", hours=("2026-11-13T10:00", "2026-11-13T11:30"))

    assert spans([interval]) == [("afwezig", Span(at("2026-11-13T10:00"), at("2026-11-13T11:30")))]
