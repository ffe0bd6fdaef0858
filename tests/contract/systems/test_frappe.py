"""Frappe HR: pages, the two states of a document, and a half day without its half."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.systems.base import Reading
from shared.errors import Invalid, Permanent

from .kit import HTTP_TABLES, build, over_http
from .recorded_http import RecordedFrappe

LEAVE = "HR-LAP-2026-00017"


@pytest.fixture
def http() -> RecordedFrappe:
    return RecordedFrappe()


def read(http: RecordedFrappe, **options: object) -> Reading:
    return over_http("frappe", http, **options).read(None)


def by_id(reading: Reading) -> dict[str, AbsenceRecord]:
    return {record.source_id: record for record in reading.records}


def days(record: AbsenceRecord) -> tuple[str, str, Part]:
    return str(record.first), str(record.last), record.part


def leave(http: RecordedFrappe) -> dict[str, Any]:
    row: dict[str, Any] = http.talk["Leave Application"]["data"][0]
    return row


def test_short_pages_are_walked_to_the_end() -> None:
    assert read(RecordedFrappe(page=1)) == read(RecordedFrappe())


def test_a_page_that_comes_a_second_time_is_refused() -> None:
    with pytest.raises(Invalid, match="expected rows behind the last one"):
        read(RecordedFrappe(deaf=True))


def test_what_began_before_the_window_and_goes_on_is_reached() -> None:
    reading = read(RecordedFrappe())

    long = replace(reading.records[0], first=date(2026, 9, 1), last=date(2026, 12, 31))
    assert reading.reaches(long)
    assert not reading.reaches(replace(long, last=date(2026, 10, 11)))


def test_the_reason_in_words_is_not_asked_for(http: RecordedFrappe) -> None:
    read(http)

    asked = " ".join(question["fields"] for question in http.questions)
    assert "description" not in asked
    assert "employee_name" not in asked


def test_what_overlaps_the_window_is_asked(http: RecordedFrappe) -> None:
    reading = read(http)

    assert (str(reading.first), str(reading.last)) == ("2026-10-12", "2027-05-11")
    wanted = '[["from_date", "<=", "2027-05-11"], ["to_date", ">=", "2026-10-12"]]'
    assert wanted in [question["filters"] for question in http.questions]


def test_somebody_is_known_by_a_number_or_else_an_address(http: RecordedFrappe) -> None:
    records = by_id(read(http))

    assert records[LEAVE].employee == "000104"
    assert records["HR-LAP-2026-00018"].employee == "mira.bedacht@example.org"


@pytest.mark.parametrize(
    ("half", "whole"),
    [
        ("2026-11-20", {LEAVE: ("2026-11-16", "2026-11-19")}),
        ("2026-11-16", {f"{LEAVE}/after": ("2026-11-17", "2026-11-20")}),
        ("2026-11-18", {LEAVE: ("2026-11-16", "2026-11-17"), f"{LEAVE}/after": ("2026-11-19", "2026-11-20")}),
    ],
    ids=["last day", "first day", "in between"],
)
def test_half_a_day_is_held_and_the_whole_days_beside_it_are_shown(
    http: RecordedFrappe, half: str, whole: dict[str, tuple[str, str]]
) -> None:
    leave(http)["half_day_date"] = half

    reading = read(http)

    assert [(each.reason, each.source_id) for each in reading.held] == [("unknown_half", f"{LEAVE}/half")]
    shown = {name: days(record)[:2] for name, record in by_id(reading).items() if name.startswith(LEAVE)}
    assert shown == whole


@pytest.mark.parametrize("half", ["morning", "afternoon"])
def test_half_a_day_is_the_half_that_the_organisation_says(http: RecordedFrappe, half: str) -> None:
    reading = read(http, half_days=half)

    assert reading.held == ()
    assert days(by_id(reading)[f"{LEAVE}/half"]) == ("2026-11-20", "2026-11-20", Part(half))


def test_a_leave_of_half_a_day_is_one_record(http: RecordedFrappe) -> None:
    leave(http).update(to_date="2026-11-16", half_day_date=None)

    assert days(by_id(read(http, half_days="morning"))[LEAVE]) == ("2026-11-16", "2026-11-16", Part.MORNING)


@pytest.mark.parametrize(
    ("docstatus", "status", "state"),
    [
        (1, "Approved", State.APPROVED),
        (0, "Approved", State.REQUESTED),
        (0, "Open", State.REQUESTED),
        (1, "Rejected", State.REJECTED),
        (0, "Rejected", State.REJECTED),
        (2, "Approved", State.CANCELLED),
        (1, "Cancelled", State.CANCELLED),
    ],
    ids=["approved", "not submitted", "open", "rejected", "rejected unsubmitted", "cancelled document", "cancelled"],
)
def test_what_counts_is_the_document_and_its_status(
    http: RecordedFrappe, docstatus: int, status: str, state: State
) -> None:
    leave(http).update(docstatus=docstatus, status=status)

    assert by_id(read(http))[LEAVE].state is state


def test_what_is_over_needs_no_code_that_is_mapped(http: RecordedFrappe) -> None:
    leave(http).update(leave_type="Onbekende code", docstatus=2)

    reading = read(http)

    assert (by_id(reading)[LEAVE].state, by_id(reading)[LEAVE].profile) == (State.CANCELLED, "negeren")
    assert LEAVE not in {each.source_id for each in reading.held}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"leave_type": "Onbekende code"}, "unknown_code"),
        ({"employee": "HR-EMP-00999"}, "unknown_person"),
        ({"status": "In beraad"}, "unknown_status"),
        ({"from_date": "2026-02-31"}, "impossible_date"),
        ({"to_date": "2026-11-15"}, "impossible_date"),
        ({"half_day_date": "2026-12-01"}, "impossible_date"),
        ({"half_day_date": None}, "impossible_date"),
        ({"leave_type": None}, "incomplete_row"),
    ],
    ids=["code", "nobody", "status", "no such day", "ends early", "half outside", "half nowhere", "no type"],
)
def test_an_application_that_cannot_be_used_is_held_and_spoils_no_other(
    http: RecordedFrappe, change: dict[str, Any], reason: str
) -> None:
    leave(http).update(change)

    reading = read(http)

    assert [(each.reason, each.source_id) for each in reading.held] == [(reason, LEAVE)]
    assert len(reading.records) == 3


def test_a_refused_key_is_somebody_s_work() -> None:
    table = HTTP_TABLES["frappe"] | {"api_key": "HUB_OTHER"}

    with pytest.raises(Permanent) as refusal:
        build("frappe", table, Path(), RecordedFrappe()).read(None)

    assert refusal.value.reason == "http_403"
