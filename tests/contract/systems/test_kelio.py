"""Kelio: the question, ids that stay when keys do not, and the ways a file is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.timesync.domain.records import AbsenceRecord, Part
from services.timesync.systems.base import Reading
from shared.errors import Invalid, Permanent, Transient

from .kit import HTTP_TABLES, build, over_http
from .recorded_http import RecordedKelio

LEAVE, RECUP, HOURS = "000101|2026-10-23|whole", "000102|2026-11-12|afternoon", "000103|2026-11-13|interval"
FAULT = b"""<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>
<faultstring>Tuur mag nu niet</faultstring></soap:Fault></soap:Body></soap:Envelope>"""
BOMB = b"""<!DOCTYPE x [<!ENTITY a "Ziekte"><!ENTITY b "&a;&a;">]>
<x><exportAbsenceFilesListResponse>&b;</exportAbsenceFilesListResponse></x>"""


@pytest.fixture
def http() -> RecordedKelio:
    return RecordedKelio()


def read(http: RecordedKelio) -> Reading:
    return over_http("kelio", http).read(None)


def by_id(reading: Reading) -> dict[str, AbsenceRecord]:
    return {record.source_id: record for record in reading.records}


def edited(http: RecordedKelio, *changes: tuple[str, str]) -> RecordedKelio:
    """Change what stands in the first file."""
    head, end, rest = http.content.decode().partition("</ns1:AbsenceFile>")
    for old, new in changes:
        assert old in head
        head = head.replace(old, new)
    http.content = (head + end + rest).encode()
    return http


def test_everybody_is_asked_over_days_around_today(http: RecordedKelio) -> None:
    reading = read(http)

    asked = http.questions[0]
    assert [asked[name] for name in ("populationMode", "dateMode", "startOffset", "endOffset")] == [
        "0",
        "1",
        "-31",
        "90",
    ]
    assert (str(reading.first), str(reading.last)) == ("2026-10-12", "2027-02-10")
    assert reading.reaches(replace(reading.records[0], first=date(2026, 9, 1), last=date(2026, 12, 31)))


def test_a_file_is_days_half_a_day_or_hours(http: RecordedKelio) -> None:
    records = by_id(read(http))

    assert (str(records[LEAVE].first), str(records[LEAVE].last), records[LEAVE].part) == (
        "2026-10-23",
        "2026-10-27",
        Part.WHOLE,
    )
    assert records[RECUP].part is Part.AFTERNOON
    assert (str(records[HOURS].starts), str(records[HOURS].ends)) == ("2026-11-13 10:00:00", "2026-11-13 11:30:00")


def test_numbers_keep_their_zeros(http: RecordedKelio) -> None:
    assert {record.employee for record in read(http).records} == {"000101", "000102", "000103"}


def test_an_edit_with_a_new_key_is_the_same_absence(http: RecordedKelio) -> None:
    before = by_id(read(http))

    after = by_id(read(edited(http, (">31<", ">131<"), ("2026-10-27", "2026-10-30"))))

    assert before.keys() == after.keys()
    assert str(after[LEAVE].last) == "2026-10-30"


def test_two_files_of_the_same_day_and_part_have_a_number_by_their_hours(http: RecordedKelio) -> None:
    hours = http.content.decode()[http.content.decode().rindex("<ns1:AbsenceFile>") :].partition("</ns1:AbsenceFile>")
    later = hours[0].replace(">33<", ">12<").replace("10:00", "14:00").replace("11:30", "15:00") + hours[1]
    http.content = http.content.replace(b"<ns1:AbsenceFile>", later.encode() + b"<ns1:AbsenceFile>", 1)

    records = by_id(read(http))

    assert str(records[HOURS].starts) == "2026-11-13 10:00:00"
    assert str(records[f"{HOURS}#2"].starts) == "2026-11-13 14:00:00"


def test_a_leave_from_noon_until_noon_is_two_halves_and_whole_days(http: RecordedKelio) -> None:
    edited(http, ("Morning>true", "Morning>false"), ("Afternoon>true", "Afternoon>false"))

    records = {name: (str(each.first), each.part) for name, each in by_id(read(http)).items() if "000101" in name}

    assert records == {
        "000101|2026-10-23|afternoon/first": ("2026-10-23", Part.AFTERNOON),
        "000101|2026-10-23|afternoon": ("2026-10-24", Part.WHOLE),
        "000101|2026-10-23|afternoon/last": ("2026-10-27", Part.MORNING),
    }


def test_a_day_may_have_a_zone_behind_it(http: RecordedKelio) -> None:
    assert LEAVE in by_id(read(edited(http, ("2026-10-23", "2026-10-23+02:00"))))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ([(">JV<", ">XQ<")], "unknown_code"),
        ([(">000101<", "><")], "unknown_person"),
        ([("2026-10-27", "2026-02-31")], "impossible_date"),
        ([("2026-10-27", "2026-10-22")], "impossible_date"),
        ([("Morning>true", "Morning>")], "incomplete_row"),
        (
            [("2026-10-27", "2026-10-23"), ("</ns1:endDate>", "</ns1:endDate><ns1:offset>90</ns1:offset>")],
            "unknown_hours",
        ),
        ([("</ns1:endDate>", "</ns1:endDate><ns1:firstStartTime>10:00</ns1:firstStartTime>")], "impossible_date"),
    ],
    ids=["code", "nobody", "no such day", "ends early", "no half", "minutes without their hour", "hours of days"],
)
def test_a_file_that_cannot_be_used_is_held_and_spoils_no_other(
    http: RecordedKelio, changes: list[tuple[str, str]], reason: str
) -> None:
    reading = read(edited(http, *changes))

    assert [(each.place, each.reason) for each in reading.held] == [("absence-files/31", reason)]
    assert {RECUP, HOURS} == by_id(reading).keys()


def test_what_is_held_keeps_the_id_it_had(http: RecordedKelio) -> None:
    assert [each.source_id for each in read(edited(http, (">JV<", ">XQ<"))).held] == [LEAVE]


def test_a_call_in_barred_hours_is_good_later(http: RecordedKelio) -> None:
    http.content = FAULT

    with pytest.raises(Transient, match="answered with a SOAP fault") as failure:
        read(http)

    assert "Tuur" not in str(failure.value)


@pytest.mark.parametrize("content", [BOMB, b"<x/>", b"", b"<x"], ids=["entities", "other XML", "nothing", "cut off"])
def test_what_is_no_answer_of_kelio_is_refused(http: RecordedKelio, content: bytes) -> None:
    http.content = content

    with pytest.raises(Invalid, match="expected a SOAP answer with 'exportedAbsenceFiles'") as refusal:
        read(http)

    assert "Ziekte" not in str(refusal.value)


def test_a_refused_password_is_somebody_s_work() -> None:
    table = HTTP_TABLES["kelio"] | {"password": "HUB_OTHER"}

    with pytest.raises(Permanent) as refusal:
        build("kelio", table, Path(), RecordedKelio()).read(None)

    assert refusal.value.reason == "http_401"
