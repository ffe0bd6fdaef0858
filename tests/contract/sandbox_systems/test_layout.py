"""The demo shows the same on whatever day it is given."""

import csv
from datetime import date, datetime, timedelta
from hashlib import sha256
from io import StringIO
from typing import Any

import pytest
from defusedxml import ElementTree

from sandbox import layout
from sandbox.workdays import workday

DAYS = [date(2026, 11, 23) + timedelta(days=n) for n in range(14)] + [date(2027, 1, 2), date(2028, 2, 29)]
every_day = pytest.mark.parametrize("today", DAYS, ids=lambda day: f"{day:%a-%d-%m-%Y}")
_LETTER = "{urn:example.org:postregistratie:1}"
_NOT_AN_ABSENCE = {31, 51}  # telework, public holiday


def _rows(today: date) -> list[dict[str, str]]:
    text = layout.time_export(today).decode("cp1252")
    return list(csv.DictReader(StringIO(text, newline=""), delimiter=";"))


def _day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a calendar day, in no zone


def _newest(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    ordered = sorted(rows, key=lambda row: datetime.strptime(row["Laatst gewijzigd"], "%d/%m/%Y %H:%M"))  # noqa: DTZ007 - wall clock
    return list({row["Aanvraagnr"]: row for row in ordered}.values())


def _absent_by_csv(today: date) -> set[str]:
    return {
        row["Personeelsnr"]
        for row in _newest(_rows(today))
        if row["Status"] == "Goedgekeurd"
        and row["Dagdeel"] == "V"
        and row["Code"] != "TW"
        and "31/02" not in row["Datum van"]
        if _day(row["Datum van"]) <= today and (not row["Datum tot"] or today <= _day(row["Datum tot"]))
    }


def _is_a_whole_day_off(record: dict[str, Any]) -> bool:
    whole = record["dayPart"] == "Unknown" and record["startTimeInMinutes"] is None
    kind = record["resultingAbsenceDefinition"]["id"]
    return whole and record["approvalLevel"] == "Approved" and kind not in _NOT_AN_ABSENCE


def _absent_by_protime(today: date, records: list[dict[str, Any]]) -> set[int]:
    """People with approved days on both sides of *today* or on it, with nothing but a weekend between."""
    days: dict[int, set[date]] = {}
    for record in filter(_is_a_whole_day_off, records):
        days.setdefault(record["person"]["id"], set()).add(date.fromisoformat(record["date"]))
    before, after = workday(today + timedelta(days=1), -1), workday(today, 0)
    return {person for person, off in days.items() if {before, after} <= off}


@every_day
def test_the_same_three_people_are_absent_now_by_the_export(today: date) -> None:
    assert _absent_by_csv(today) == {"000101", "000104", "000106"}


@every_day
def test_noor_and_zita_are_absent_now_by_protime(today: date) -> None:
    assert _absent_by_protime(today, layout.protime(today).records) == {105, 107}


@every_day
def test_noor_stays_absent_today_but_returns_a_day_earlier_after_the_delta(today: date) -> None:
    world = layout.protime(today)
    deleted = {item["data"]["id"] for item in world.delta if item["changeType"] == "Delete"}

    left = [record for record in world.records if record["id"] not in deleted]

    noor = [
        date.fromisoformat(record["date"])
        for record in world.records
        if record["request"] == {"id": "voorbeeldegem-105-9006"}
    ]
    assert _absent_by_protime(today, left) == {105, 107}
    assert [record["date"] for record in world.records if record["id"] in deleted] == [max(noor).isoformat()]


@every_day
def test_the_later_sickness_falls_on_leave_days_so_that_nothing_visible_changes(today: date) -> None:
    world = layout.protime(today)
    leave = {record["id"]: record for record in world.records}
    changed = [item["data"] for item in world.delta if item["data"].get("resultingAbsenceDefinition") == {"id": 21}]

    kept = [record for record in changed if record["id"] in leave]

    assert [record["requestedAbsenceDefinition"] for record in kept] == [{"id": 11}] * 2
    assert [record["date"] for record in kept] == [leave[record["id"]]["date"] for record in kept]
    assert all(date.fromisoformat(record["date"]) < today for record in changed if record["id"] not in leave)


@every_day
def test_one_change_of_the_delta_is_older_than_what_is_known_and_the_others_are_newer(today: date) -> None:
    world = layout.protime(today)
    known = {record["id"]: record["changeVersion"] for record in world.records}

    stale = [
        item["data"]["id"] for item in world.delta if item["data"]["changeVersion"] < known.get(item["data"]["id"], "")
    ]

    assert stale == [5004]


@every_day
def test_what_stands_in_both_systems_is_the_same_in_both(today: date) -> None:
    export = {row["Aanvraagnr"]: row["Datum van"] for row in _rows(today)}
    protime = {
        record["id"]: f"{date.fromisoformat(record['date']):%d/%m/%Y}" for record in layout.protime(today).records
    }

    assert [export[number] for number in ("A-3002", "A-3003", "A-3004", "A-3007")] == [
        protime[number] for number in (5004, 5005, 5006, 5007)
    ]


@every_day
def test_parts_of_a_day_lie_on_a_coming_working_day_of_that_person(today: date) -> None:
    rows = {
        row["Aanvraagnr"]: _day(row["Datum van"])
        for row in _newest(_rows(today))
        if row["Aanvraagnr"] in ("A-3002", "A-3003")
    }
    weekdays = {person["employee_number"]: person["schedule"] for person in layout.roster(today)["people"]}

    for number, day in (("000102", rows["A-3002"]), ("000103", rows["A-3003"])):
        assert weekdays[number][f"{day:%a}".lower()]
        assert today < day <= today + timedelta(days=5)


@every_day
def test_no_closing_day_disturbs_who_is_absent_now(today: date) -> None:
    closures = [date.fromisoformat(closure["date"]) for closure in layout.roster(today)["closures"]]

    assert len(closures) == 6
    assert all(abs(day - today) > timedelta(days=10) for day in closures)


def test_the_roster_has_seven_people_of_whom_one_has_no_mailbox() -> None:
    people = layout.roster(DAYS[0])["people"]

    assert len(people) == 7
    assert [person["employee_number"] for person in people if person["upn"] is None] == ["000107"]


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(";NM;;;0,5;D;Goedgekeurd", id="half day"),
        pytest.param(";U;10:00;11:30;1,5;U;Goedgekeurd", id="interval"),
        pytest.param(";Aangevraagd;", id="asked, not approved"),
        pytest.param(";ZK;Ziekte;20/11/2026;;V;;;;D;", id="open end"),
        pytest.param(";Geannuleerd;", id="cancelled"),
        pytest.param(";XQ;Onbekende code;", id="unknown code"),
        pytest.param("\r\nA-3009;009999;Niemand;Niels;;", id="unknown person"),
        pytest.param(";31/02/2026;31/02/2026;", id="impossible date"),
        pytest.param(";Coördinatie;", id="character outside ASCII"),
        pytest.param(';"BKO; \'t Kwetternest";', id="separator inside quotes"),
    ],
)
def test_the_export_holds(error: str) -> None:
    assert error in layout.time_export(DAYS[0]).decode("cp1252")


def test_the_export_is_cp1252_and_not_utf_8() -> None:
    with pytest.raises(UnicodeDecodeError):
        layout.time_export(DAYS[0]).decode("utf-8")


def test_the_export_ends_every_line_with_carriage_return_and_line_feed() -> None:
    export = layout.time_export(DAYS[0])

    assert export.count(b"\n") == export.count(b"\r\n") == 15


@every_day
def test_one_request_is_corrected_later_and_one_row_is_doubled(today: date) -> None:
    rows = _rows(today)
    first, corrected = (row for row in rows if row["Aanvraagnr"] == "A-3001")
    doubled = [row for row in rows if row["Aanvraagnr"] == "A-3007"]

    assert _day(corrected["Datum tot"]) < _day(first["Datum tot"])
    assert corrected in _newest(rows)
    assert doubled[0] == doubled[1]


@every_day
def test_the_sidecar_names_its_files_with_their_true_size_and_hash(today: date) -> None:
    letter = layout.letter(today)

    files = ElementTree.fromstring(letter.sidecar.content).iter(f"{_LETTER}bestand")

    assert [(file.get("naam"), file.get("bytes"), file.get("sha256")) for file in files] == [
        (file.name, str(len(file.content)), sha256(file.content).hexdigest())
        for file in (letter.document, letter.attachment)
    ]


def test_the_letter_of_2026_is_the_scan_as_it_came() -> None:
    letter = layout.letter(DAYS[0])

    assert (
        sha256(letter.document.content).hexdigest()
        == "357947b807642b947558831f00e4d02f862092939e98b074835296b147b56146"
    )
    assert (
        sha256(letter.attachment.content).hexdigest()
        == "ed1ca8307d7054bf374d9113e6ec87bbc71074123ff5fc389bea8e49579b7710"
    )


@every_day
def test_the_letter_is_registered_today_for_project_a40201(today: date) -> None:
    sidecar = ElementTree.fromstring(layout.letter(today).sidecar.content)

    assert sidecar.findtext(f".//{_LETTER}kenmerk") == f"{today:%Y}/IN/001234"
    assert sidecar.findtext(f".//{_LETTER}projectcode") == "A40201"
    assert date.fromisoformat((sidecar.findtext(f".//{_LETTER}registratiedatum") or "")[:10]) == today


def test_the_sidecar_is_written_last() -> None:
    assert layout.letter(DAYS[0]).in_writing_order()[-1].name == "2026-IN-001234.pdf.metadata.xml"
