"""BambooHR: the window, the key, and how much of a day is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.systems.base import Reading
from shared.errors import Permanent

from .kit import HTTP_TABLES, build, over_http
from .recorded_http import RecordedBamboohr


@pytest.fixture
def http() -> RecordedBamboohr:
    return RecordedBamboohr()


def read(http: RecordedBamboohr, **options: object) -> Reading:
    return over_http("bamboohr", http, **options).read(None)


def by_id(reading: Reading) -> dict[str, AbsenceRecord]:
    return {record.source_id: record for record in reading.records}


def days(record: AbsenceRecord) -> tuple[str, str, Part]:
    return str(record.first), str(record.last), record.part


def request(http: RecordedBamboohr) -> dict[str, Any]:
    row: dict[str, Any] = http.talk["requests"][0]
    return row


def test_the_window_is_asked_and_is_what_the_reading_reaches(http: RecordedBamboohr) -> None:
    reading = read(http)

    assert http.questions[1] == {"start": "2026-10-12", "end": "2027-05-11"}
    assert (str(reading.first), str(reading.last)) == ("2026-10-12", "2027-05-11")


def test_half_a_day_is_held_and_the_whole_days_beside_it_are_shown(http: RecordedBamboohr) -> None:
    reading = read(http)

    held = [(each.place, each.reason, each.employee, each.source_id) for each in reading.held]
    assert held == [("time_off/requests/1342", "unknown_half", "tuur.testman@example.org", "1342/2026-11-16")]
    assert days(by_id(reading)["1342"]) == ("2026-11-17", "2026-11-20", Part.WHOLE)


@pytest.mark.parametrize("half", ["morning", "afternoon"])
def test_half_a_day_is_the_half_that_the_organisation_says(http: RecordedBamboohr, half: str) -> None:
    reading = read(http, half_days=half)

    assert reading.held == ()
    assert days(by_id(reading)["1342/2026-11-16"]) == ("2026-11-16", "2026-11-16", Part(half))


def test_half_a_day_that_is_only_asked_is_not_held(http: RecordedBamboohr) -> None:
    request(http)["status"]["status"] = "requested"

    assert read(http).held == ()


def test_a_day_of_which_nothing_is_taken_is_no_absence(http: RecordedBamboohr) -> None:
    records = by_id(read(http))

    assert days(records["1344"]) == ("2026-11-13", "2026-11-13", Part.WHOLE)
    assert days(records["1344/2026-11-16"]) == ("2026-11-16", "2026-11-16", Part.WHOLE)


@pytest.mark.parametrize(
    ("hours", "parts", "held"),
    [
        ("7.6", [Part.WHOLE], []),
        ("3.8", [], ["unknown_half"]),
        ("2", [], ["unknown_hours"]),
    ],
    ids=["a day", "half a day", "two hours"],
)
def test_hours_count_against_a_day_of_the_organisation(
    http: RecordedBamboohr, hours: str, parts: list[Part], held: list[str]
) -> None:
    request(http).update(dates={"2026-11-16": hours}, amount={"unit": "hours", "amount": hours})

    reading = read(http, half_days="held")

    assert [record.part for record in reading.records if record.source_id.startswith("1342")] == parts
    assert [each.reason for each in reading.held] == held


def test_two_hours_are_no_half_day_whatever_half_days_are(http: RecordedBamboohr) -> None:
    request(http).update(dates={"2026-11-16": "2"}, amount={"unit": "hours", "amount": "2"})

    assert [each.reason for each in read(http, half_days="morning").held] == ["unknown_hours"]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("approved", State.APPROVED),
        ("requested", State.REQUESTED),
        ("denied", State.REJECTED),
        ("canceled", State.CANCELLED),
        ("superceded", State.CANCELLED),
    ],
)
def test_every_status_of_the_vendor_is_known(http: RecordedBamboohr, status: str, state: State) -> None:
    request(http)["status"]["status"] = status

    assert by_id(read(http))["1342"].state is state


def test_what_is_over_needs_no_code_that_is_mapped(http: RecordedBamboohr) -> None:
    request(http)["type"]["name"] = "Onbekende code"
    request(http)["status"]["status"] = "canceled"

    record = by_id(read(http))["1342"]
    assert (record.state, record.profile) == (State.CANCELLED, "negeren")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": {"name": "Onbekende code"}}, "unknown_code"),
        ({"employeeId": "999"}, "unknown_person"),
        ({"status": {"status": "in beraad", "lastChanged": "2026-09-02"}}, "unknown_status"),
        ({"dates": {"2026-02-31": "1"}}, "impossible_date"),
        ({"dates": []}, "incomplete_row"),
        ({"amount": {"unit": "weeks"}}, "incomplete_row"),
    ],
    ids=["code", "nobody", "status", "no such day", "no days", "unit"],
)
def test_a_request_that_cannot_be_used_is_held_and_spoils_no_other(
    http: RecordedBamboohr, change: dict[str, Any], reason: str
) -> None:
    request(http).update(change)

    reading = read(http)

    assert [(each.reason, each.source_id) for each in reading.held] == [(reason, "1342")]
    assert {"1343", "1344", "1345"} <= by_id(reading).keys()


def test_a_refused_key_is_somebody_s_work() -> None:
    table = HTTP_TABLES["bamboohr"] | {"api_key": "HUB_OTHER"}

    with pytest.raises(Permanent) as refusal:
        build("bamboohr", table, Path(), RecordedBamboohr()).read(None)

    assert refusal.value.reason == "http_401"
