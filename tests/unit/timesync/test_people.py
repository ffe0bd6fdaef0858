"""The people file, as JSON and as a spreadsheet saves it: read, or refused with every line to mend."""

from __future__ import annotations

import json
from datetime import date, time
from typing import Any

import pytest

from services.timesync.domain.records import Part
from services.timesync.domain.roster import Roster
from services.timesync.people import roster_of
from services.timesync.people_checks import Known
from services.timesync.people_file import people_in, read_people
from shared.faults import Fault, Unusable

from .builders import SAMPLES

HEADER = "personeelsnummer;naam;e-mail;dienst;uurrooster;vervanger;bronnen;talen"
WEEKLY = "08:30-12:00 12:30-16:36"
WEEK = ((time(8, 30), time(12)), (time(12, 30), time(16, 36)))


def sheet(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> Roster:
    return roster_of(people_in("people.csv", "\r\n".join([header, *rows, ""]).encode(encoding)))


def faults(name: str, text: str | bytes, known: Known = Known()) -> list[Fault]:  # noqa: B008 - a value
    content = text.encode() if isinstance(text, str) else text
    with pytest.raises(Unusable) as refused:
        people_in(name, content, known)
    return list(refused.value.faults)


def told(found: list[Fault]) -> list[str]:
    return [str(fault) for fault in found]


def json_file(*people: dict[str, Any], closures: list[dict[str, Any]] | None = None) -> str:
    """Return a people file with one person, and one closing day, on each line from line 2."""
    rows = ",\n".join(json.dumps({"employee_number": "000101", **person}) for person in people)
    closed = ",\n".join(json.dumps(closure) for closure in closures or [])
    return f'{{"people": [\n{rows}\n],\n"closures": [\n{closed}\n]}}'


# --- CSV


def test_a_row_of_a_spreadsheet_is_a_person() -> None:
    roster = sheet(f"000101;Fien Verzonnen;fien.verzonnen@example.org;ICT;{WEEKLY};000102;protime,feed;nl fr", "000102")

    person = roster.person("000101")
    assert (person.name, person.upn, person.service) == ("Fien Verzonnen", "fien.verzonnen@example.org", "ICT")
    assert (person.delegate, person.ranks, person.languages) == ("000102", {"protime": 0, "feed": 1}, ("nl", "fr"))
    assert person.week == (*(WEEK,) * 5, (), ())


def test_who_has_no_hours_in_the_spreadsheet_has_office_hours() -> None:
    assert sheet("000101").person("000101").week == Roster().person("anybody").week


def test_hours_for_each_day_leave_the_other_days_free() -> None:
    person = sheet("000101;08:30-12:00;vrij;", header="personeelsnummer;ma;di;woensdag").person("000101")

    assert person.week == ((WEEK[0],), (), (), (), (), (), ())


@pytest.mark.parametrize(
    "cell",
    ["08:30-12:00 12:30-16:36", "8u30-12u00, 12u30 - 16u36", "8.30–12.00 / 12.30–16.36", "08:30-12:00 en 12:30-16:36"],
)
def test_hours_may_be_written_as_people_write_them(cell: str) -> None:
    assert sheet(f"000101;;;;{cell}").person("000101").week[0] == WEEK


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_spreadsheet_may_be_saved_in_the_encodings_of_windows(encoding: str) -> None:
    assert sheet("000101;Zoë Verzonnen", encoding=encoding).person("000101").name == "Zoë Verzonnen"


@pytest.mark.parametrize(
    "text",
    [
        "Personeelsnummer,Dienst\n000101,Onthaal\n",
        "sep=,\nPersoneelsnummer,Dienst\n000101,Onthaal\n",
        "employee_number;service\n000101;Onthaal\n",
        "stamnummer;DIENST;eigen kolom\n;;\n000101;Onthaal;x\n",
        '"personeelsnummer";"dienst"\n"000101";"Onthaal"',
    ],
    ids=[
        "commas",
        "marked by Excel",
        "English headings",
        "an own column and an empty row",
        "quotes, no last line break",
    ],
)
def test_a_spreadsheet_is_understood_however_it_was_saved(text: str) -> None:
    assert roster_of(people_in("people.csv", text.encode())).person("000101").service == "Onthaal"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["000101;;;;half acht"], "people.csv:2 uurrooster: expected hours like 08:30-12:00 12:30-16:36, or vrij"),
        (
            ["000101", "000101"],
            "people.csv:3 people.1.employee_number: expected a number of his own: a row above has it too",
        ),
        (
            ["000101;;;;08:30-12:30 12:00-16:00"],
            (
                "people.csv:2 people.0.schedule.mon: expected hours that do not overlap: 12:00 is before the end of those "
                "before it"
            ),
        ),
        (["", ";naam"], "people.csv:3 people.0.employee_number: Length must be between 1 and 64."),
        (["000101;;;;;;;ln"], "people.csv:2 people.0.languages.0: Unknown language; expected one of nl, fr, en"),
        (["000101;;;;25:00-26:00"], "people.csv:2 people.0.schedule.mon.value.0.0: Not a valid time."),
        (
            ["000101;;;;;;;;Verzonnen"],
            (
                "people.csv:2: expected no more cells than headings; a cell with a separator in it stands between double "
                "quotes"
            ),
        ),
    ],
    ids=["hours", "twice", "overlap", "no number", "language", "no such hour", "too many cells"],
)
def test_a_wrong_row_is_refused_with_its_line(rows: list[str], expected: str) -> None:
    assert expected in told(faults("people.csv", "\n".join([HEADER, *rows, ""])))


def test_every_fault_of_a_spreadsheet_is_named_at_once() -> None:
    found = faults("people.csv", f"{HEADER}\n000101;;;;x\n000102;;;;y\n000103;;;;;;;zz\n")

    assert [fault.line for fault in found] == [2, 3, 4]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("naam;dienst", "people.csv:1: expected headings in the first row, one of them 'personeelsnummer'"),
        ("personeelsnummer;uurooster", "people.csv:1: Unknown heading of column 2; did you mean 'uurrooster'?"),
        ("personeelsnummer;dienst;service", "people.csv:1 dienst: columns 2 and 3 are both this one"),
    ],
    ids=["none", "misspelt", "twice"],
)
def test_headings_that_are_not_understood_are_refused(header: str, expected: str) -> None:
    assert told(faults("people.csv", f"{header}\n")) == [expected]


def test_hours_of_the_week_and_of_a_day_together_are_refused() -> None:
    found = faults("people.csv", f"personeelsnummer;uurrooster;maandag\n000101;{WEEKLY};vrij\n")

    assert told(found) == [
        "people.csv:2 uurrooster: expected hours in this column or in those of the days, not in both"
    ]


def test_a_spreadsheet_of_nobody_is_refused() -> None:
    assert told(faults("people.csv", f"{HEADER}\n")) == ["people.csv:1 people: expected one person at least"]


def test_a_spreadsheet_that_is_cut_off_is_refused() -> None:
    assert [fault.line for fault in faults("people.csv", f"{HEADER}\n000101;a;b;c;;;;\n000102;Jo")] == [3]


@pytest.mark.parametrize("content", [b"personeelsnummer\n\x81\xff", b'personeelsnummer\n"000101\n000102'])
def test_what_is_no_spreadsheet_is_refused(content: bytes) -> None:
    assert [fault.line for fault in faults("people.csv", content)] == [0]


# --- JSON


def test_the_people_of_voorbeeldegem_are_read() -> None:
    assert len(read_people(SAMPLES / "people.json").people) == 7


def test_a_closing_day_of_the_file_may_be_half_a_day_and_have_a_name() -> None:
    text = json_file(
        {}, closures=[{"date": "2026-12-24", "name": "Kerstavond", "applies_to": ["*"], "part": "afternoon"}]
    )

    assert roster_of(people_in("people.json", text.encode())).everywhere == {date(2026, 12, 24): Part.AFTERNOON}


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (
            {"schedule": {"maandag": [], "mon": []}},
            (
                "people.json:2 people.0.schedule.maandag.key: Unknown weekday 'maandag'; expected one of mon, tue, wed, "
                "thu, fri, sat, sun"
            ),
        ),
        (
            {"schedule": {"mno": []}},
            "people.json:2 people.0.schedule.mno.key: Unknown weekday 'mno'; did you mean 'mon'?",
        ),
        ({"delegat": "000101"}, "people.json:2 people.0.delegat: Unknown key; did you mean 'delegate'?"),
        ({"schedule": {"mon": [["08:00"]]}}, "people.json:2 people.0.schedule.mon.value.0: Length must be 2."),
        (
            {"schedule": {"mon": [["08:00", "08:00"]]}},
            "people.json:2 people.0.schedule.mon: expected hours that end later than they start, got 08:00-08:00",
        ),
        (
            {"schedule": {"mon": [["02:00", "06:00"]], "sun": [["22:00", "03:00"]]}},
            (
                "people.json:2 people.0.schedule.mon: expected hours that do not overlap: 02:00 is before the end of those "
                "before it"
            ),
        ),
        (
            {"delegate": "000101"},
            "people.json:2 people.0.delegate: expected the employee_number of somebody else: nobody replaces himself",
        ),
    ],
    ids=["weekday", "weekday misspelt", "key", "half a span", "no time", "over the night", "himself"],
)
def test_a_wrong_person_is_refused_with_his_line(person: dict[str, Any], expected: str) -> None:
    assert told(faults("people.json", json_file(person))) == [expected]


def test_a_delegate_who_is_not_there_is_refused_without_what_stood_there() -> None:
    rows = json_file({"delegate": "Jan Verzonnen"}, {"employee_number": "000102", "delegate": "00101"})

    assert told(faults("people.json", rows)) == [
        "people.json:2 people.0.delegate: expected the employee_number of a person in this file",
        "people.json:3 people.1.delegate: expected the employee_number of a person in this file; did you mean '000101'?",
    ]


def test_a_source_that_is_none_of_ours_is_refused_with_a_proposal() -> None:
    found = faults("people.json", json_file({"sources": ["protme"]}), Known(sources=("protime", "feed")))

    assert told(found) == ["people.json:2 people.0.sources: Unknown source; did you mean 'protime'?"]


def test_a_closing_day_of_a_service_without_people_is_refused_with_a_proposal() -> None:
    closures = [{"date": "2026-12-24", "applies_to": ["Onthal"], "except": ["ICT"]}]
    text = json_file({"service": "Onthaal"}, closures=closures)

    found = faults("people.json", text, Known(services=("ICT",)))

    assert told(found) == ["people.json:5 closures.0.applies_to: Unknown service 'Onthal'; did you mean 'Onthaal'?"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, 0),
        (b'{"people": [\n{"employee_number": "000101",}]}', 2),
        (b'{"people": [\n{"name": "Zo\xeb"}]}', 2),
        (b'{"people": [\n{"name": "x"}]}', 2),
        (b'{"people": 3}', 1),
        (b"[]", 1),
        (b"", 1),
        (b'{"people": []}', 1),
    ],
    ids=["gone", "no JSON", "not UTF-8", "no number", "no list", "no object", "empty", "nobody"],
)
def test_a_file_that_is_none_is_refused_where_it_goes_wrong(content: bytes | None, line: int) -> None:
    with pytest.raises(Unusable) as refused:
        people_in("people.json", content)

    assert [fault.line for fault in refused.value.faults] == [line]


@pytest.mark.parametrize("name", ["people.json", "people.csv"])
def test_no_fault_holds_the_name_or_the_address_of_a_person(name: str) -> None:
    row = "000101;Fien Verzonnen;fien@example.org;ICT;Fien Verzonnen;Fien Verzonnen;;Fien;Verzonnen"
    text = (
        f"{HEADER}\n{row}\n{row}"
        if name.endswith("csv")
        else json_file(
            {"name": "Fien Verzonnen", "upn": "fien@example.org", "delegate": "Fien Verzonnen"}, {"name": ["Fien"]}
        )
    )

    found = " ".join(told(faults(name, text)))

    assert "Verzonnen" not in found
    assert "Fien" not in found
    assert "fien@" not in found
