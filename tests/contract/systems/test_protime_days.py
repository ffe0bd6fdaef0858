"""What the fields of one day record of Protime mean, and which records are held."""

from __future__ import annotations

from typing import Any

import pytest

from services.timesync.domain.records import Part, State
from services.timesync.systems.protime_days import WHOLE_DAY, Definition, RefusedError, parse_day_record

DAY_ONLY = Definition("afwezig", frozenset({"FullDay", "HalfDay"}))
WITH_HOURS = Definition("afwezig", frozenset({"FullDay", "HalfDay", "Interval"}))
WITH_DURATION = Definition("afwezig", frozenset({"FullDay", "Duration"}))


def row(**changes: Any) -> dict[str, Any]:
    """Return an approved whole day as the recorded conversation has it."""
    return {
        "changeVersion": "000009020000000003E9",
        "id": 5001,
        "person": {"id": 101, "externalReferences": {"@employee-number": "000101"}},
        "resultingAbsenceDefinition": {"id": 11},
        "requestedAbsenceDefinition": {"id": 11},
        "shiftDefinition": {"id": 7},
        "date": "2026-11-16",
        "startTimeInMinutes": None,
        "durationInMinutes": 456,
        "calculatedDurationInMinutes": 456,
        "dayPart": "Unknown",
        "status": "Calendar",
        "approvalLevel": "Approved",
        "isLocked": False,
        "periodType": "Day",
    } | changes


def refusal(definition: Definition, whole_day_minutes: int = WHOLE_DAY, **changes: Any) -> str:
    with pytest.raises(RefusedError) as refused:
        parse_day_record(row(**changes), "protime", {11: definition}, whole_day_minutes)
    return refused.value.reason


def part(definition: Definition, whole_day_minutes: int = WHOLE_DAY, **changes: Any) -> Part:
    return parse_day_record(row(**changes), "protime", {11: definition}, whole_day_minutes).part


@pytest.mark.parametrize(
    ("level", "state"),
    [
        ("Approved", State.APPROVED),
        ("AwaitingApproval", State.REQUESTED),
        ("NotApproved", State.REJECTED),
        ("NotApprovedByPriorities", State.REJECTED),
        ("NotApprovedByCalculations", State.REJECTED),
    ],
)
def test_the_approval_stands_in_its_own_field(level: str, state: State) -> None:
    record = parse_day_record(row(approvalLevel=level), "protime", {11: DAY_ONLY})

    assert record.state is state


@pytest.mark.parametrize("level", ["Unknown", "ApprovedByTheMayor"])
def test_an_approval_that_nobody_knows_is_held(level: str) -> None:
    assert refusal(DAY_ONLY, approvalLevel=level) == "unknown_status"


@pytest.mark.parametrize(
    ("status", "is_open"),
    [
        ("BeginOpen", True),
        ("Open", True),
        ("Manual", False),
        ("Auto", False),
        ("Terminal", False),
        ("Calendar", False),
        ("Unknown", False),
        (None, False),
    ],
)
def test_how_it_was_registered_tells_only_whether_it_is_open(status: str | None, is_open: bool) -> None:
    record = parse_day_record(row(status=status), "protime", {11: DAY_ONLY})

    assert (record.open_ended, record.state) == (is_open, State.APPROVED)


def test_a_locked_day_counts_as_any_other() -> None:
    locked = parse_day_record(row(isLocked=True), "protime", {11: DAY_ONLY})

    assert locked == parse_day_record(row(), "protime", {11: DAY_ONLY})


@pytest.mark.parametrize(
    ("definition", "changes", "expected"),
    [
        (DAY_ONLY, {}, Part.WHOLE),
        (DAY_ONLY, {"dayPart": "First"}, Part.MORNING),
        (DAY_ONLY, {"dayPart": "Second"}, Part.AFTERNOON),
        (DAY_ONLY, {"startTimeInMinutes": 0}, Part.WHOLE),
        (WITH_HOURS, {"startTimeInMinutes": 0}, Part.INTERVAL),
        (WITH_HOURS, {"startTimeInMinutes": 0, "durationInMinutes": 1440}, Part.WHOLE),
        (WITH_HOURS, {"startTimeInMinutes": 600, "durationInMinutes": 90}, Part.INTERVAL),
        (WITH_HOURS, {"durationInMinutes": None}, Part.WHOLE),
        (WITH_DURATION, {"dayPart": "First", "durationInMinutes": 120}, Part.MORNING),
        (WITH_DURATION, {"startTimeInMinutes": 600, "durationInMinutes": 120}, Part.INTERVAL),
        (WITH_DURATION, {"durationInMinutes": None}, Part.WHOLE),
        (Definition("afwezig"), {}, Part.WHOLE),
    ],
    ids=[
        "whole",
        "first",
        "second",
        "midnight without hours",
        "midnight with hours",
        "round the clock",
        "interval",
        "no hours",
        "half day of a duration",
        "hours of a duration",
        "a duration of nothing",
        "nothing known",
    ],
)
def test_how_much_of_the_day(definition: Definition, changes: dict[str, Any], expected: Part) -> None:
    assert part(definition, **changes) is expected


def test_hours_without_a_start_are_never_taken_for_a_day() -> None:
    assert refusal(WITH_DURATION, durationInMinutes=120) == "incomplete_row"
    assert refusal(WITH_DURATION, durationInMinutes=456) == "incomplete_row"


def test_the_organisation_may_say_from_when_it_is_a_whole_day() -> None:
    assert part(WITH_DURATION, 228, durationInMinutes=228) is Part.WHOLE
    assert refusal(WITH_DURATION, 228, durationInMinutes=227) == "incomplete_row"


@pytest.mark.parametrize(
    "references",
    [None, {}, {"@badge-number": "7"}, {"@employee-number": ""}, {"@employee-number": 101}],
    ids=["none", "empty", "another", "blank", "a number without its zeros"],
)
def test_who_has_no_personnel_number_is_held(references: object) -> None:
    assert refusal(DAY_ONLY, person={"id": 101, "externalReferences": references}) == "unknown_person"


def test_a_definition_without_a_profile_is_held() -> None:
    assert refusal(Definition(None)) == "unknown_code"
    assert refusal(Definition(None), approvalLevel="AwaitingApproval") == "unknown_code"


def test_what_was_not_approved_needs_no_profile() -> None:
    record = parse_day_record(row(approvalLevel="NotApproved"), "protime", {11: Definition(None)})

    assert (record.state, record.profile) == (State.REJECTED, "negeren")
