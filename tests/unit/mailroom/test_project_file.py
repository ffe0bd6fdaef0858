"""An export of projects is understood row by row: what is right is taken, what is not is told with what was expected."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mailroom.domain.projects import Project
from services.mailroom.project_file import ProjectFileOptions, Reading, read_projects
from services.mailroom.project_file.options import HEADINGS
from shared.errors import Invalid

from .exports import HEADER, csv_of, row, workbook

AFTERNOON = datetime(2026, 12, 31, 13, 5)  # noqa: DTZ001 - a cell of Excel knows no zone
TEAM, CHANNEL = "11111111-2222-4333-8444-555555555555", "19:0123456789abcdef@thread.tacv2"
LINK = f"https://teams.microsoft.com/l/channel/19%3A0123456789abcdef%40thread.tacv2/Post?groupId={TEAM}&tenantId=t"


def read(content: bytes, *, known: tuple[str, ...] = (), **options: Any) -> Reading:
    return read_projects("plan.csv", content, ProjectFileOptions(**options), known)


def only(content: bytes, **options: Any) -> Project:
    reading = read(content, **options)
    assert reading.faults == ()
    (project,) = reading.projects.values()
    return project


def test_every_column_of_a_row_is_understood() -> None:
    content = csv_of(
        row(
            title="Digitale werkplaats",
            owner="fien.verzonnen@example.org",
            service="ICT",
            site="https://example.sharepoint.com/sites/Projecten%20ICT/",
            library="Documenten",
            folder="Plan\\A40201 - Werkplaats/",
            valid_from="1/1/2026",
            valid_until="31/12/2031",
            successors="A40203, A40204",
            confidentiality="Openbaar",
            status="lopend",
        ),
        row("A40203"),
        row("A40204"),
    )

    assert read(content).projects["A40201"] == Project(
        code="A40201",
        title="Digitale werkplaats",
        owner="fien.verzonnen@example.org",
        service="ICT",
        site="example.sharepoint.com:/sites/Projecten ICT",
        library="Documenten",
        folder="Plan/A40201 - Werkplaats",
        valid_from=date(2026, 1, 1),
        valid_until=date(2031, 12, 31),
        successors=("A40203", "A40204"),
        openness="openbaar",
    )


@pytest.mark.parametrize(
    "content",
    [
        csv_of(row(title="Één loket")),
        b"\xef\xbb\xbf" + csv_of(row(title="Één loket")),
        csv_of(row(title="Één loket")).decode().encode("cp1252"),
        csv_of(row(title="Één loket")).decode().encode("utf-16"),
        csv_of(row(title="Één loket"), separator=","),
        csv_of(row(title="Één loket"), separator="\t"),
        b"sep=|\r\n" + csv_of(row(title="Één loket"), separator="|"),
        b"Plan 2026-2031\n\nOp 18/11/2026\n" + csv_of(row(title="Één loket")),
        csv_of(row(title="Één loket"), header=[heading.upper().replace(" ", "_") for heading in HEADER]),
        workbook(row(title="Één loket")),
    ],
    ids=["utf-8", "mark", "cp1252", "utf-16", "comma", "tab", "sep", "report above", "other headings", "excel"],
)
def test_an_export_is_read_however_it_was_saved(content: bytes) -> None:
    sheet = "Acties" if content.startswith(b"PK") else None
    assert only(content, sheet=sheet).title == "Één loket"


def test_excel_has_days_and_numbers_of_its_own() -> None:
    content = workbook(row(40201, title=2026, valid_from=date(2026, 1, 1), valid_until=AFTERNOON))

    project = only(content, sheet="Acties")

    assert (project.code, project.title) == ("40201", "2026")
    assert (project.valid_from, project.valid_until) == (date(2026, 1, 1), date(2026, 12, 31))


def test_a_day_without_a_format_is_a_number_and_still_a_day() -> None:
    assert only(workbook(row(valid_from=46023)), sheet="Acties").valid_from == date(2026, 1, 1)


def test_the_organisation_names_its_columns_and_words() -> None:
    content = csv_of(["A40201", "Loket", "Geparkeerd"], header=["Actienummer", "Actie", "Stand van zaken"])
    columns = {"code": "Actienummer", "title": "actie", "status": "Stand  van zaken"}

    project = only(content, columns=columns, closed_words=["geparkeerd"])

    assert (project.title, project.closed) == ("Loket", True)


@pytest.mark.parametrize("code", ["A 40201", " A40201 ", "A40201\u00a0", '"A402\n01"'])
def test_spaces_that_strayed_into_a_code_are_no_part_of_it(code: str) -> None:
    assert only(csv_of(row(code))).code == "A40201"


def test_the_link_that_teams_gives_of_a_channel_is_enough() -> None:
    project = only(csv_of(row(channel=LINK)))
    assert (project.team, project.channel) == (TEAM, CHANNEL)


def test_a_year_that_nobody_will_see_is_no_end() -> None:
    assert only(csv_of(row(valid_until="31/12/9999"))).valid_until is None


def test_a_confidential_project_takes_what_is_internal_at_most() -> None:
    assert only(csv_of(row(confidentiality="geheim"))).openness == "intern"


@pytest.mark.parametrize(
    ("faulty", "reason", "column"),
    [
        (row("", title="Zonder code"), "code_missing", "code"),
        (row("A40?01"), "impossible_code", "code"),
        (row("A40003"), "double_code", "code"),
        (row(valid_from="31/02/2026"), "impossible_date", "geldig van"),
        (row(valid_from="1/1/26"), "impossible_date", "geldig van"),
        (row(valid_from="binnenkort"), "impossible_date", "geldig van"),
        (row(valid_from="1/2/2026", valid_until="1/1/2026"), "impossible_period", "geldig tot"),
        (row(successors="A40999"), "unknown_successor", "opvolgers"),
        (row(successors="A40201"), "unknown_successor", "opvolgers"),
        (row(folder="A40201: Werkplaats"), "impossible_folder", "map"),
        (row(folder="../A40201"), "impossible_folder", "map"),
        (row(folder="x/" * 160 + "x"), "impossible_folder", "map"),
        (row(site="projecten"), "impossible_site", "site"),
        (row(team=TEAM), "impossible_channel", "kanaal"),
        (row(channel="https://example.org/l/channel/x"), "impossible_channel", "kanaal"),
        (row(confidentiality="een beetje"), "unknown_confidentiality", "vertrouwelijkheid"),
        (row(owner="x" * 256), "too_long", "eigenaar"),
    ],
)
def test_a_faulty_row_is_told_with_its_place_and_spoils_no_other(faulty: list[Any], reason: str, column: str) -> None:
    reading = read(csv_of(row("A40003"), faulty, row("A40004")))

    (fault,) = reading.faults
    assert (fault.line, fault.reason, fault.column) == (3, reason, column)
    assert str(fault).startswith(f"plan.csv:3 {column}: expected ")
    assert list(reading.projects) == ["A40003", "A40004"]


def test_all_faults_of_a_row_are_told_at_once() -> None:
    reading = read(csv_of(row(valid_from="ooit", folder="a:b", site="x")))
    assert [fault.reason for fault in reading.faults] == ["impossible_site", "impossible_folder", "impossible_date"]


def test_what_a_faulty_row_holds_is_not_repeated() -> None:
    reading = read(csv_of(row(site="Jos Verzonnen", channel="Jos Verzonnen", valid_from="Jos Verzonnen")))
    assert "Jos" not in repr(reading)


def test_the_row_of_a_workbook_is_the_one_that_people_see() -> None:
    content = workbook(row("A1"), row("A2", valid_from="ooit"), before=[[], ["Plan"], []])
    assert [fault.line for fault in read(content, sheet="Acties").faults] == [6]


def test_a_successor_may_be_known_from_before() -> None:
    assert read(csv_of(row(successors="A50001")), known=("A50001",)).faults == ()


def test_the_successor_that_was_probably_meant_is_proposed() -> None:
    (fault,) = read(csv_of(row(successors="A40022"), row("A40002"))).faults
    assert "did you mean 'A40002'?" in fault.expected


def test_a_file_that_is_cut_off_is_not_whole() -> None:
    reading = read(csv_of(row("A1"), row("A2"))[:-8])

    assert not reading.is_whole
    assert list(reading.projects) == ["A1"]


def test_a_row_without_a_code_may_be_any_project() -> None:
    assert not read(csv_of(row("A1"), row("", title="Welke?"))).is_whole


@pytest.mark.parametrize(
    ("content", "options", "reason"),
    [
        (b"", {}, "no_headings"),
        (b"iets;anders\n1;2\n", {}, "no_headings"),
        (b"regel\n" * 20 + csv_of(row()), {}, "no_headings"),
        (csv_of(row()), {"columns": {"title": "Onderwerp"}}, "unexpected_columns"),
        (csv_of(["A1", "A2"], header=["code", "Code"]), {}, "unexpected_columns"),
        (b"PK\x03\x04 geen werkmap", {}, "unreadable_file"),
        (b"\xff\xfe\x00", {}, "unreadable_file"),
        (workbook(row()), {"sheet": "Actie"}, "unknown_sheet"),
        (workbook(row()), {}, "no_headings"),
    ],
    ids=["empty", "other headings", "headings too low", "missing", "double", "no workbook", "no text", "no such sheet", "empty sheet"],
)  # fmt: skip
def test_a_file_in_which_no_row_can_be_read_is_refused(content: bytes, options: dict[str, Any], reason: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read(content, **options)
    assert refusal.value.reason == reason


cells = st.one_of(
    st.none(), st.text(max_size=40), st.sampled_from(["A1", "31/12/2026", "99/99/9999", "a/b", "A1,A2", LINK])
)


@given(st.lists(st.lists(cells, min_size=len(HEADINGS), max_size=len(HEADINGS)), max_size=8))
def test_whatever_stands_in_the_rows_the_good_one_is_read(rows: list[list[str | None]]) -> None:
    """Each row either gives a project or a fault, and never harms the one before it."""
    plain = [[(cell or "").translate({ord(c): " " for c in ';"\r\n\0'}) for cell in each] for each in rows]
    reading = read(csv_of(row("GOED-1", valid_from="01/01/2026"), *plain))

    filled = [number for number, each in enumerate(plain, start=3) if any(cell.strip() for cell in each)]
    assert reading.projects["GOED-1"].valid_from == date(2026, 1, 1)
    assert {fault.line for fault in reading.faults} <= set(filled)
    assert len(reading.projects) - 1 + len({fault.line for fault in reading.faults}) == len(filled)


@given(st.dates(date(1950, 1, 1), date(2200, 12, 31)))
def test_every_day_is_the_same_however_it_is_written(day: date) -> None:
    for written in (f"{day:%d/%m/%Y}", f"{day.day}-{day.month}-{day.year}", day.isoformat(), f"{day:%d.%m.%Y} 00:00"):
        assert only(csv_of(row(valid_from=written))).valid_from == day
