"""Personio: pages, persons, and what a period means."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.systems.base import Reading
from shared.clock import BRUSSELS
from shared.errors import Invalid, Permanent

from .kit import HTTP_TABLES, NOW, build, over_http
from .recorded_http import RecordedPersonio

LEAVE, HOURS, SICK, ASKED = (f"5c1f0f7e-0000-4000-8000-00000070000{number}" for number in (1, 3, 4, 2))


def read(http: RecordedPersonio, **options: object) -> Reading:
    return over_http("personio", http, **options).read(None)


def by_id(reading: Reading) -> dict[str, AbsenceRecord]:
    return {record.source_id: record for record in reading.records}


def period(http: RecordedPersonio, number: int = 0) -> dict[str, Any]:
    row: dict[str, Any] = http.talk["absence_periods"][0]["_data"][number]
    return row


@pytest.fixture
def http() -> RecordedPersonio:
    return RecordedPersonio()


def test_every_page_of_periods_and_persons_is_walked(http: RecordedPersonio) -> None:
    assert ASKED in by_id(read(http))


def test_a_leave_from_noon_is_an_afternoon_and_whole_days(http: RecordedPersonio) -> None:
    records = by_id(read(http))

    first, rest = records[f"{LEAVE}/first"], records[LEAVE]
    assert (first.part, str(first.first), str(first.last)) == (Part.AFTERNOON, "2026-11-16", "2026-11-16")
    assert (rest.part, str(rest.first), str(rest.last)) == (Part.WHOLE, "2026-11-17", "2026-11-20")
    assert first.version == rest.version == "2026-09-02T06:00:00Z"


def test_hours_open_ends_and_states(http: RecordedPersonio) -> None:
    records = by_id(read(http))

    assert (str(records[HOURS].starts), str(records[HOURS].ends)) == ("2026-11-13 10:00:00", "2026-11-13 11:30:00")
    assert (records[SICK].last, records[SICK].open_ended) == (None, True)
    assert records[ASKED].state is State.REQUESTED


def test_somebody_is_known_by_his_address(http: RecordedPersonio) -> None:
    assert by_id(read(http))[LEAVE].employee == "tuur.testman@example.org"


def test_somebody_is_known_by_the_number_that_the_organisation_keeps(http: RecordedPersonio) -> None:
    assert by_id(read(http, number_attribute="personeelsnummer"))[LEAVE].employee == "000104"


def test_a_reading_reaches_what_it_asked_and_asks_a_day_more(http: RecordedPersonio) -> None:
    reading = read(http)

    today = NOW.astimezone(BRUSSELS).date()
    asked = next(question for question in http.questions if "starts_from.date_time.gte" in question)
    assert (reading.first, reading.last) == (today - timedelta(days=366), today + timedelta(days=180))
    assert asked["starts_from.date_time.gte"] == f"{today - timedelta(days=367)}T00:00:00Z"
    assert asked["starts_from.date_time.lte"] == f"{today + timedelta(days=181)}T23:59:59Z"


def test_a_moment_with_an_offset_is_the_clock_in_brussels(http: RecordedPersonio) -> None:
    period(http, 1)["starts_from"]["date_time"] = "2026-11-13T08:15:00Z"

    assert str(by_id(read(http))[HOURS].starts) == "2026-11-13 09:15:00"


def test_what_is_over_needs_no_code_that_is_mapped(http: RecordedPersonio) -> None:
    row = period(http)
    row.update(absence_type={"id": "b7c0c1aa-0000-4000-8000-000000000099"}, approval={"status": "CANCELED"})

    record = by_id(read(http))[row["id"]]
    assert (record.state, record.profile) == (State.CANCELLED, "negeren")


@pytest.mark.parametrize(
    ("change", "reason", "employee"),
    [
        ({"absence_type": {"id": "b7c0c1aa-0000-4000-8000-000000000099"}}, "unknown_code", "tuur.testman@example.org"),
        ({"approval": {"status": "IN_BERAAD"}}, "unknown_status", "tuur.testman@example.org"),
        ({"person": {"id": "999"}}, "unknown_person", None),
        ({"approval": None}, "incomplete_row", None),
        ({"starts_from": {"date_time": "2026-02-31T00:00:00"}}, "impossible_date", None),
        (
            {"ends_at": {"date_time": "2026-11-15T00:00:00", "type": "SECOND_HALF"}},
            "impossible_date",
            "tuur.testman@example.org",
        ),
        (
            {"starts_from": {"date_time": "2026-11-16T10:00:00"}, "ends_at": {"date_time": "2026-11-20T11:00:00"}},
            "impossible_date",
            "tuur.testman@example.org",
        ),
        (
            {"starts_from": {"date_time": "2026-11-16T10:00:00"}, "ends_at": None},
            "impossible_date",
            "tuur.testman@example.org",
        ),
    ],
    ids=["code", "status", "nobody", "no approval", "no such day", "ends early", "hours of days", "hours without end"],
)
def test_a_period_that_cannot_be_used_is_held_and_spoils_no_other(
    http: RecordedPersonio, change: dict[str, Any], reason: str, employee: str | None
) -> None:
    period(http).update(change)

    reading = read(http)

    held = [(each.place, each.reason, each.employee, each.source_id) for each in reading.held]
    assert held == [(f"absence-periods/{LEAVE}", reason, employee, LEAVE)]
    assert {HOURS, SICK, ASKED} == by_id(reading).keys()


@pytest.mark.parametrize("link", ["https://elsewhere.example.net/v2/absence-periods", "//elsewhere.example.net/x"])
def test_a_link_never_takes_the_token_to_another_host(http: RecordedPersonio, link: str) -> None:
    http.talk["absence_periods"][0]["_meta"]["links"]["next"]["href"] = link

    with pytest.raises(Permanent, match=r"expected a link to api\.personio\.de"):
        read(http)

    assert not any("elsewhere" in url for url in http.asked)


def test_a_link_may_begin_at_the_host(http: RecordedPersonio) -> None:
    http.talk["absence_periods"][0]["_meta"]["links"]["next"]["href"] = "/v2/absence-periods?cursor=eyJvIjoxfQ"

    assert ASKED in by_id(read(http))


def test_pages_that_go_round_are_refused(http: RecordedPersonio) -> None:
    pages = http.talk["absence_periods"]
    pages[1]["_meta"] = pages[0]["_meta"]

    with pytest.raises(Invalid, match="came a second time"):
        read(http)


def test_a_page_that_fails_leaves_no_part_of_a_reading(http: RecordedPersonio) -> None:
    http.talk["absence_periods"][1] = {"errors": [{"title": "Ziekte"}]}

    with pytest.raises(Invalid, match="expected an object with a list '_data'"):
        read(http)


def test_a_refused_key_is_somebody_s_work() -> None:
    table = HTTP_TABLES["personio"] | {"client_secret": "HUB_OTHER"}

    with pytest.raises(Permanent) as refusal:
        build("personio", table, Path(), RecordedPersonio()).read(None)

    assert refusal.value.reason == "http_401"
