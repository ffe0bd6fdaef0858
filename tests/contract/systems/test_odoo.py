"""Odoo: versions, pages, refusals that come with status 200, and what a leave means."""

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
from .recorded_http import RecordedOdoo


@pytest.fixture
def http() -> RecordedOdoo:
    return RecordedOdoo()


def read(http: RecordedOdoo, **options: object) -> Reading:
    return over_http("odoo", http, **options).read(None)


def by_id(reading: Reading) -> dict[str, AbsenceRecord]:
    return {record.source_id: record for record in reading.records}


def leave(http: RecordedOdoo, number: int = 0) -> dict[str, Any]:
    row: dict[str, Any] = http.talk["result"][number]
    return row


def asked_of(http: RecordedOdoo, model: str, method: str) -> list[Any]:
    calls = [question["params"]["args"] for question in http.questions]
    return [args[5:] for args in calls if args[3:5] == [model, method]]


def test_short_pages_are_walked_to_the_end() -> None:
    assert read(RecordedOdoo(page=1)) == read(RecordedOdoo())


def test_a_page_that_comes_a_second_time_is_refused() -> None:
    with pytest.raises(Invalid, match="expected rows behind the last one"):
        read(RecordedOdoo(deaf=True))


def test_what_began_before_the_window_and_goes_on_is_reached() -> None:
    reading = read(RecordedOdoo())

    long = replace(reading.records[0], first=date(2026, 9, 1), last=date(2026, 12, 31))
    assert reading.reaches(long)
    assert not reading.reaches(replace(long, last=date(2026, 10, 11)))


def test_only_fields_that_this_version_has_are_asked(http: RecordedOdoo) -> None:
    http.talk["result"] = [leave(http, 1)]  # of the master branch

    reading = read(http)

    fields = asked_of(http, "hr.leave", "search_read")[0][1]["fields"]
    assert "work_entry_type_id" in fields
    assert not {"holiday_status_id", "request_unit_half", "name", "private_name"} & set(fields)
    assert by_id(reading)["42"].part is Part.AFTERNOON


def test_what_overlaps_the_window_is_asked(http: RecordedOdoo) -> None:
    reading = read(http)

    assert (str(reading.first), str(reading.last)) == ("2026-10-12", "2027-05-11")
    domain = asked_of(http, "hr.leave", "search_read")[0][0][0]
    assert domain == [["request_date_from", "<=", "2027-05-11"], ["request_date_to", ">=", "2026-10-12"]]


def test_days_are_those_that_people_see_and_not_those_in_utc(http: RecordedOdoo) -> None:
    leave(http)["date_from"] = "2026-11-15 23:00:00"

    record = by_id(read(http))["41"]
    assert (str(record.first), str(record.last), record.part) == ("2026-11-16", "2026-11-20", Part.WHOLE)


def test_somebody_is_known_by_the_field_that_the_organisation_chose(http: RecordedOdoo) -> None:
    assert by_id(read(http))["41"].employee == "tuur.testman@example.org"
    assert by_id(read(http, employee_field="registration_number"))["41"].employee == "000104"


def test_who_left_since_is_known_too(http: RecordedOdoo) -> None:
    read(http)

    assert ["active", "in", [True, False]] in asked_of(http, "hr.employee", "search_read")[0][0][0]


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"request_unit_half": True, "request_date_from_period": "am"}, Part.MORNING),
        ({"request_unit_half": True, "request_date_from_period": "pm"}, Part.AFTERNOON),
        ({"request_unit_half": False, "request_date_from_period": "pm"}, Part.WHOLE),
    ],
    ids=["morning", "afternoon", "whatever stands in a field that is not used"],
)
def test_half_a_day_up_to_version_18(http: RecordedOdoo, change: dict[str, Any], part: Part) -> None:
    leave(http).update(change, request_date_to="2026-11-16")

    assert by_id(read(http))["41"].part is part


def test_half_a_day_without_its_half_is_held(http: RecordedOdoo) -> None:
    leave(http).update(request_unit_half=True, request_date_from_period=False, request_date_to="2026-11-16")

    assert [(each.reason, each.source_id) for each in read(http).held] == [("unknown_half", "41")]


def test_halves_at_both_ends_in_later_versions(http: RecordedOdoo) -> None:
    later = leave(http, 1)
    later.update(request_date_to="2026-11-13", request_date_to_period="am")

    parts = {name: (str(record.first), record.part) for name, record in by_id(read(http)).items()}

    assert parts["42/first"] == ("2026-11-12", Part.AFTERNOON)
    assert parts["42/last"] == ("2026-11-13", Part.MORNING)


@pytest.mark.parametrize(
    "change",
    [
        {"request_unit_hours": True, "request_hour_from": 10.0, "request_hour_to": 16.6},
        {"request_unit_hours": True, "request_hour_from": "10.0", "request_hour_to": "16.6"},
    ],
    ids=["numbers", "text, as in older versions"],
)
def test_hours_are_numbers_with_a_fraction(http: RecordedOdoo, change: dict[str, Any]) -> None:
    leave(http).update(change, request_date_to="2026-11-16")

    record = by_id(read(http))["41"]
    assert (str(record.starts), str(record.ends)) == ("2026-11-16 10:00:00", "2026-11-16 16:36:00")


def test_hours_of_a_later_version_are_those_of_its_leave_type(http: RecordedOdoo) -> None:
    leave(http, 1)["leave_type_request_unit"] = "hour"

    record = by_id(read(http))["42"]
    assert (record.part, str(record.starts)) == (Part.INTERVAL, "2026-11-12 12:30:00")


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("confirm", State.REQUESTED),
        ("validate1", State.REQUESTED),
        ("validate", State.APPROVED),
        ("refuse", State.REJECTED),
        ("cancel", State.CANCELLED),
    ],
)
def test_every_state_of_the_vendor_is_known(http: RecordedOdoo, word: str, state: State) -> None:
    leave(http)["state"] = word

    assert by_id(read(http))["41"].state is state


def test_what_is_over_needs_no_code_that_is_mapped(http: RecordedOdoo) -> None:
    leave(http).update(holiday_status_id=[9, "Onbekende code"], state="refuse")

    record = by_id(read(http))["41"]
    assert (record.state, record.profile) == (State.REJECTED, "negeren")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"holiday_status_id": [9, "Onbekende code"]}, "unknown_code"),
        ({"holiday_status_id": False}, "incomplete_row"),
        ({"employee_id": False}, "unknown_person"),
        ({"state": "in beraad"}, "unknown_status"),
        ({"request_date_to": "2026-11-15"}, "impossible_date"),
        ({"request_date_from": "2026-02-31"}, "impossible_date"),
        ({"request_unit_hours": True, "request_hour_from": 10.0, "request_hour_to": 11.0}, "impossible_date"),
        ({"request_unit_hours": True}, "impossible_date"),
    ],
    ids=["code", "no type", "nobody", "status", "ends early", "no such day", "hours of days", "no hours"],
)
def test_a_leave_that_cannot_be_used_is_held_and_spoils_no_other(
    http: RecordedOdoo, change: dict[str, Any], reason: str
) -> None:
    leave(http).update(change)

    reading = read(http)

    assert [(each.reason, each.source_id) for each in reading.held] == [(reason, "41")]
    assert {"42", "43"} == by_id(reading).keys()


def test_an_error_of_odoo_is_told_by_its_class_only(http: RecordedOdoo) -> None:
    http.refuses = "odoo.exceptions.AccessError"

    with pytest.raises(Permanent, match=r"execute_kw failed \(odoo\.exceptions\.AccessError\)") as refusal:
        read(http)

    assert "Tuur" not in str(refusal.value)


def test_a_refused_key_names_its_setting() -> None:
    table = HTTP_TABLES["odoo"] | {"api_key": "HUB_OTHER"}

    with pytest.raises(Permanent, match="expected login 'hub' to be known with the key in HUB_OTHER"):
        build("odoo", table, Path(), RecordedOdoo()).read(None)
