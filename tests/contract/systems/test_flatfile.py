"""The export of a time registration, with every error that such a file holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.systems.base import Reading
from shared.errors import Invalid, Transient

from .kit import build, flatfile
from .recorded import SAMPLES

HEADER = "Aanvraagnr;Personeelsnr;Code;Datum van;Datum tot;Dagdeel;Uur van;Uur tot;Status;Laatst gewijzigd"


def read(folder: Path, *rows: str) -> Reading:
    return flatfile(folder, "\r\n".join([HEADER, *rows]).encode("cp1252")).read(None)


def sample(folder: Path) -> Reading:
    return flatfile(folder, (SAMPLES / "tijdsregistratie_export.csv").read_bytes()).read(None)


def by_id(reading: Reading) -> dict[str, AbsenceRecord]:
    return {record.source_id: record for record in reading.records}


def test_a_corrected_request_counts_as_last_changed(tmp_path: Path) -> None:
    fien = by_id(sample(tmp_path))["A-3001"]

    assert (str(fien.last), fien.version) == ("2026-10-29", "2026-10-28T08:03")


def test_the_older_row_of_a_request_never_wins_whatever_the_order(tmp_path: Path) -> None:
    newest = "A-1;000101;JV;26/10/2026;29/10/2026;V;;;Goedgekeurd;28/10/2026 08:03"
    oldest = "A-1;000101;JV;26/10/2026;30/10/2026;V;;;Goedgekeurd;01/09/2026 09:12"

    readings = [read(tmp_path, newest, oldest), read(tmp_path, oldest, newest)]

    assert {str(reading.records[0].last) for reading in readings} == {"2026-10-29"}
    assert {reading.held[0].reason for reading in readings} == {"superseded_row"}


def test_every_refused_row_is_named_with_its_line_and_the_rest_is_read(tmp_path: Path) -> None:
    held = {(each.place, each.reason) for each in sample(tmp_path).held}

    assert held == {
        ("tijdsregistratie_export.csv:2 A-3001", "superseded_row"),
        ("tijdsregistratie_export.csv:10 A-3007", "duplicate_row"),
        ("tijdsregistratie_export.csv:11 A-3008", "unknown_code"),
        ("tijdsregistratie_export.csv:13 A-3010", "impossible_date"),
    }


def test_half_days_hours_open_ends_and_states(tmp_path: Path) -> None:
    records = by_id(sample(tmp_path))

    assert records["A-3002"].part is Part.AFTERNOON
    assert [str(records["A-3003"].starts), str(records["A-3003"].ends)] == [
        "2026-11-13 10:00:00",
        "2026-11-13 11:30:00",
    ]
    assert records["A-3005"].last is None
    assert records["A-3005"].open_ended
    assert records["A-3004"].state is State.REQUESTED
    assert records["A-3006"].state is State.CANCELLED


@pytest.mark.parametrize(
    ("word", "state"), [("Geannuleerd", State.CANCELLED), ("Geweigerd", State.REJECTED)], ids=["cancelled", "rejected"]
)
def test_what_is_over_needs_no_code_that_is_mapped(tmp_path: Path, word: str, state: State) -> None:
    reading = read(tmp_path, f"A-1;000101;XQ;26/10/2026;26/10/2026;V;;;{word};")

    assert [(each.state, each.profile) for each in reading.records] == [(state, "negeren")]
    assert reading.held == ()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A-1;000101;JV;26/10/26;;V;;;Goedgekeurd;", "impossible_date"),
        ("A-1;000101;JV;26-okt-2026;;V;;;Goedgekeurd;", "impossible_date"),
        ("A-1;000101;JV;26/10/0206;;V;;;Goedgekeurd;", "impossible_date"),
        ("A-1;000101;JV;26/10/2026;26/10/2026;U;8.5;10.75;Goedgekeurd;", "impossible_date"),
        ("A-1;000101;JV;26/10/2026;26/10/2026;V;;;Goedgekeurd;gisteren", "impossible_date"),
        ("A-1;000101;JV;30/10/2026;26/10/2026;V;;;Goedgekeurd;", "impossible_date"),
        ("A-1;000101;JV;26/10/2026;26/10/2026;U;10:00;;Goedgekeurd;", "impossible_date"),
        ("A-1;000101;JV;26/10/2026;26/10/2026;U;25:00;26:00;Goedgekeurd;", "impossible_date"),
        ("A-1;000101;JV;26/10/2026;26/10/2026;X;;;Goedgekeurd;", "impossible_date"),
        ("A-1;000101;JV;26/10/2026;26/10/2026;V;;;In beraad;", "unknown_status"),
        ("A-1;;JV;26/10/2026;26/10/2026;V;;;Goedgekeurd;", "incomplete_row"),
        ("A-1;000101;JV", "incomplete_row"),
        ("A-1;000101;JV;26/10/2026", "incomplete_row"),
        (f"A-1;{'0' * 65};JV;26/10/2026;26/10/2026;V;;;Goedgekeurd;", "incomplete_row"),
    ],
    ids=[
        "year of two digits",
        "month in letters",
        "year 206",
        "75 minutes",
        "version",
        "ends before it starts",
        "no hour",
        "hour 25",
        "part",
        "status",
        "nobody",
        "cut off",
        "cut off before its end",
        "no personnel number",
    ],
)
def test_a_row_that_makes_no_sense_is_held(tmp_path: Path, row: str, reason: str) -> None:
    reading = read(tmp_path, row, "A-2;000101;JV;26/10/2026;26/10/2026;V;;;Goedgekeurd;")

    assert [(each.reason, each.source_id) for each in reading.held] == [(reason, "A-1")]
    assert [record.source_id for record in reading.records] == ["A-2"]


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        ("8,5", "10,25", "2026-10-26 10:15:00"),
        ("8.30", "9.45", "2026-10-26 09:45:00"),
        ("8u", "9u45", "2026-10-26 09:45:00"),
        ("8H30", "10:05:30", "2026-10-26 10:05:30"),
        ("8", "24:00", "2026-10-27 00:00:00"),
        ("22:00", "06:00", "2026-10-27 06:00:00"),
    ],
    ids=["decimal comma", "dots", "u", "seconds", "midnight", "night shift (R5)"],
)
def test_hours_are_read_in_belgian_notation(tmp_path: Path, starts: str, ends: str, expected: str) -> None:
    reading = read(tmp_path, f"A-1;000101;JV;26/10/2026;26/10/2026;U;{starts};{ends};Goedgekeurd;")

    assert str(reading.records[0].ends) == expected


def test_a_row_without_a_request_number_is_known_by_person_day_and_part(tmp_path: Path) -> None:
    reading = read(tmp_path, ";000101;JV;26/10/2026;26/10/2026;VM;;;Goedgekeurd;")

    assert reading.records[0].source_id == "000101|2026-10-26|morning"


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    system = flatfile(tmp_path, (SAMPLES / "tijdsregistratie_export.csv").read_bytes())
    cursor = system.read(None).cursor

    assert system.read(cursor) == Reading(cursor=cursor)


def test_an_older_file_is_not_believed_when_the_newest_one_went(tmp_path: Path) -> None:
    (tmp_path / "monday.csv").write_bytes(f"{HEADER}\n{ROW}".encode())
    system = flatfile(tmp_path, (SAMPLES / "tijdsregistratie_export.csv").read_bytes())
    os.utime(tmp_path / "monday.csv", (0, 0))
    cursor = system.read(None).cursor
    (tmp_path / "tijdsregistratie_export.csv").unlink()

    with pytest.raises(Transient) as failure:
        system.read(cursor)

    assert failure.value.reason == "source_missing"
    assert system.read(None).records  # when a person asks for all of it


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    (tmp_path / "verlof.txt").write_bytes(
        (HEADER.replace("Personeelsnr", "Stamnr") + "\nA-1;000101;JV;26/10/2026;;V;;;Goedgekeurd;").encode()
    )
    system = build("flatfile", {"path": "verlof.txt", "columns": {"employee": "Stamnr"}, "encoding": "utf-8"}, tmp_path)

    assert system.read(None).records[0].employee == "000101"


@pytest.mark.parametrize("day", ["26/10/2026", "26-10-2026", "26.10.2026", "2026-10-26", "26/10/2026 00:00:00"])
def test_days_are_read_in_the_notations_of_exports(tmp_path: Path, day: str) -> None:
    reading = read(tmp_path, f"A-1;000101;JV;{day};{day};V;;;Goedgekeurd;")

    assert (str(reading.records[0].first), str(reading.records[0].last)) == ("2026-10-26", "2026-10-26")


@pytest.mark.parametrize("never", ["31/12/9999", "2999-12-31"])
def test_a_year_that_nobody_will_see_is_an_open_end(tmp_path: Path, never: str) -> None:
    (record,) = read(tmp_path, f"A-1;000101;JV;26/10/2026;{never};V;;;Goedgekeurd;").records

    assert (record.last, record.open_ended) == (None, True)


ROW = "A-1;000101;JV;26/10/2026;26/10/2026;V;;;Goedgekeurd;"
ACCENTED = f"{HEADER};Coördinatie\r\n{ROW}01/09/2026 09:12:30;Coördinatie\r\n"


@pytest.mark.parametrize("written", ["cp1252", "utf-8", "utf-8-sig", "utf-16"])
def test_the_usual_encodings_are_told_apart(tmp_path: Path, written: str) -> None:
    (tmp_path / "export.csv").write_bytes(ACCENTED.replace("Code;", "Reden (é);").encode(written))
    system = build("flatfile", {"path": ".", "columns": {"code": "Reden (é)"}}, tmp_path)

    assert system.read(None).records[0].version == "2026-09-01T09:12:30"


def test_a_mark_at_the_start_counts_more_than_the_setting(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_bytes(ACCENTED.encode("utf-8-sig"))

    assert build("flatfile", {"path": ".", "encoding": "cp1252"}, tmp_path).read(None).records


@pytest.mark.parametrize("encoding", ["utf-8", "geen-codering"])
def test_another_encoding_is_refused_by_name(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "export.csv").write_bytes("Coördinatie".encode("cp1252"))

    with pytest.raises(Invalid, match=f"expected text in {encoding}"):
        build("flatfile", {"path": ".", "encoding": encoding}, tmp_path).read(None)


@pytest.mark.parametrize("delimiter", [",", "\t", "|"])
def test_another_delimiter_is_a_setting(tmp_path: Path, delimiter: str) -> None:
    row = 'A-1;000101;JV;26/10/2026;26/10/2026;U;"8,5";"10,25";Goedgekeurd;'
    (tmp_path / "export.csv").write_bytes(f"{HEADER}\r\n{row}".replace(";", delimiter).encode())

    (record,) = build("flatfile", {"path": ".", "delimiter": delimiter}, tmp_path).read(None).records

    assert str(record.starts) == "2026-10-26 08:30:00"


def test_the_first_line_for_excel_names_the_delimiter(tmp_path: Path) -> None:
    content = "sep=,\r\n" + HEADER.replace(";", ",") + "\r\nA-1,000101,JV,26/10/2026,26/10/2026,V,,,In beraad,"

    reading = flatfile(tmp_path, content.encode()).read(None)

    assert [each.place for each in reading.held] == ["tijdsregistratie_export.csv:3 A-1"]


def test_headings_may_differ_in_capitals_and_spaces_and_stand_among_others(tmp_path: Path) -> None:
    header = "Naam;" + HEADER.replace("Datum van", " DATUM  van ").replace("Code", "code") + ";Opmerking"

    (record,) = flatfile(tmp_path, f"{header}\nTuur;{ROW};weg".encode()).read(None).records

    assert (record.employee, str(record.first)) == ("000101", "2026-10-26")


def test_a_heading_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="double: 'Code'"):
        flatfile(tmp_path, f"{HEADER};Code\n{ROW};ZK".encode()).read(None)


def test_a_cell_may_hold_new_lines(tmp_path: Path) -> None:
    row = '"Regel 1\r\nRegel 2; nog";A-1;000101;JV;26/10/2026;26/10/2026;V;;;Goedgekeurd;'

    reading = flatfile(tmp_path, f"Nota;{HEADER}\r\n{row}\r\n".encode()).read(None)

    assert reading.complete
    assert by_id(reading).keys() == {"A-1"}


@pytest.mark.parametrize(
    "torn",
    [
        "A-1;000101;JV;26/10/2026;26/10/2026;V;;;Goedgekeurd;\r\nA-2;000101;JV;26/10/2026",
        'A-1;"000101;JV;26/10/2026;26/10/2026;V;;;Goedgekeurd;\r\nA-2;000101;JV;26/10/2026;26/10/2026;V;;;X;\r\n',
        'A-1;000101;JV;26/10/2026;26/10/2026;V;;;Goedgekeurd;"\r\nA-2;000101;JV;26/10/2026;26/10/2026;V;;;X;\r\n',
    ],
    ids=["no end", "a quote that swallows the rest", "a quote in the last cell"],
)
def test_a_file_that_is_not_all_there_takes_nothing_away(tmp_path: Path, torn: str) -> None:
    reading = flatfile(tmp_path, f"{HEADER}\r\n{torn}".encode()).read(None)

    assert not reading.complete
    assert reading.held[-1].reason == "incomplete_row"


def test_a_file_without_a_last_new_line_is_whole(tmp_path: Path) -> None:
    assert read(tmp_path, "A-1;000101;JV;26/10/2026;26/10/2026;V;;;Goedgekeurd;").complete


def test_an_export_without_rows_says_that_there_are_none(tmp_path: Path) -> None:
    reading = read(tmp_path)

    assert (reading.records, reading.held, reading.complete) == ((), (), True)


LESS = {"path": ".", "without": ["request", "part", "starts", "ends", "changed"], "approved_only": True}


def less(folder: Path, *rows: str, **table: object) -> Reading:
    content = "\n".join(["Personeelsnr;Code;Datum van;Datum tot", *rows])
    (folder / "export.csv").write_bytes(content.encode())
    return build("flatfile", LESS | table, folder).read(None)


def test_an_export_may_lack_columns_that_are_named(tmp_path: Path) -> None:
    (record,) = less(tmp_path, "000101;JV;26/10/2026;27/10/2026").records

    assert (record.source_id, record.part) == ("000101|2026-10-26|whole", Part.WHOLE)
    assert (record.state, record.version) == (State.APPROVED, "")


@pytest.mark.parametrize("lacking", ["without", "approved_only"])
def test_a_column_that_is_lacking_without_being_named_is_a_fault(tmp_path: Path, lacking: str) -> None:
    with pytest.raises(Invalid, match=r"missing or double: '(Aanvraagnr|Status)'"):
        less(tmp_path, "000101;JV;26/10/2026;27/10/2026", **{lacking: type(LESS[lacking])()})


@pytest.mark.parametrize("needed", ["employee", "code", "first", "last", "status"])
def test_what_every_row_must_tell_cannot_be_left_out(tmp_path: Path, needed: str) -> None:
    with pytest.raises(Invalid, match="without"):
        build("flatfile", {"path": ".", "without": [needed]}, tmp_path)


def test_two_absences_of_a_day_without_request_numbers_are_two(tmp_path: Path) -> None:
    morning, noon = (
        f";000101;JV;26/10/2026;26/10/2026;U;{hours};Goedgekeurd;" for hours in ("8:00;9:00", "12:00;13:00")
    )

    reading = read(tmp_path, morning, noon, noon)

    assert by_id(reading).keys() == {"000101|2026-10-26|interval", "000101|2026-10-26|interval|2"}
    assert [held.reason for held in reading.held] == ["duplicate_row"]


def test_hours_of_a_day_that_were_entered_at_different_moments_are_two(tmp_path: Path) -> None:
    rows = [
        f";000101;JV;26/10/2026;26/10/2026;U;{hours};Goedgekeurd;{changed}"
        for hours, changed in (("8:00;9:00", "01/09/2026 09:12"), ("12:00;13:00", "02/09/2026 09:12"))
    ]

    assert len(read(tmp_path, *rows).records) == 2


def test_days_without_a_request_number_that_were_corrected_count_once(tmp_path: Path) -> None:
    old = ";000101;JV;26/10/2026;30/10/2026;V;;;Goedgekeurd;01/09/2026 09:12"
    new = ";000101;JV;26/10/2026;29/10/2026;V;;;Goedgekeurd;28/10/2026 08:03"

    readings = [read(tmp_path, old, new), read(tmp_path, new, old)]

    assert [[str(record.last) for record in reading.records] for reading in readings] == [["2026-10-29"]] * 2
    assert {reading.held[0].reason for reading in readings} == {"superseded_row"}


def test_a_row_that_is_held_keeps_its_id_so_that_its_absence_is_not_gone(tmp_path: Path) -> None:
    reading = read(tmp_path, ";000101;XQ;26/10/2026;26/10/2026;V;;;Goedgekeurd;")

    assert [held.source_id for held in reading.held] == ["000101|2026-10-26|whole"]


def test_hours_without_a_word_for_the_part_are_an_interval(tmp_path: Path) -> None:
    (record,) = read(tmp_path, "A-1;000101;JV;26/10/2026;26/10/2026;;10:00;12:00;Goedgekeurd;").records

    assert record.part is Part.INTERVAL


def test_the_organisation_has_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_bytes(f"{HEADER}\nA-1;000101;JV;26/10/2026;;Voorm.;;;OK;".encode())
    words = {"parts": {"voorm.": "morning"}, "states": {"ok": "approved"}}

    (record,) = build("flatfile", {"path": ".", **words}, tmp_path).read(None).records

    assert (record.part, record.state) == (Part.MORNING, State.APPROVED)


@pytest.mark.parametrize("table", [{"parts": {"x": "evening"}}, {"states": {"x": "deleted"}}, {"columns": {"x": "X"}}])
def test_a_word_that_we_do_not_have_is_refused(tmp_path: Path, table: dict[str, object]) -> None:
    with pytest.raises(Invalid, match="Must be one of"):
        build("flatfile", {"path": ".", **table}, tmp_path)


def test_a_file_is_read_again_when_it_means_something_else(tmp_path: Path) -> None:
    cursor = flatfile(tmp_path, f"{HEADER}\n{ROW}".encode()).read(None).cursor

    assert build("flatfile", {"path": ".", "parts": {"V": "morning"}}, tmp_path).read(cursor).complete


def test_a_file_that_is_written_while_it_is_read_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_and_grow(path: Path) -> bytes:
        with path.open("r+b") as file:
            content = file.read()
            file.write(b"\r\n")
        return content

    monkeypatch.setattr(Path, "read_bytes", read_and_grow)

    with pytest.raises(Transient, match="while it was read"):
        flatfile(tmp_path, (SAMPLES / "tijdsregistratie_export.csv").open("rb").read()).read(None)


@pytest.mark.parametrize("name", ["b.csv.filepart", ".b.csv", "~$b.csv", "b.TMP"])
def test_what_is_not_finished_by_its_name_does_not_count(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.csv").write_bytes(f"{HEADER}\n{ROW}".encode())
    (tmp_path / name).write_bytes(b"Ziekte van Tuur")

    assert build("flatfile", {"path": ".", "pattern": "*"}, tmp_path).read(None).records


def test_a_share_that_answers_strangely_is_read_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(path: Path) -> Iterator[Path]:
        raise PermissionError(13, "the login of the share has ended")

    monkeypatch.setattr(Path, "iterdir", gone)

    with pytest.raises(Transient, match=r"PermissionError") as failure:
        flatfile(tmp_path, b"").read(None)

    assert str(tmp_path) in str(failure.value)


def test_a_file_that_no_export_can_be_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.timesync.systems.places.LARGEST", 10)

    with pytest.raises(Invalid, match="at most 10 bytes"):
        flatfile(tmp_path, b"x" * 11).read(None)
