"""The export of a time registration, with every error that such a file holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.systems.base import Reading
from shared.errors import Invalid

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
    ("row", "reason"),
    [
        ("A-1;000101;JV;2026-10-26;;V;;;Goedgekeurd;", "impossible_date"),
        ("A-1;000101;JV;30/10/2026;26/10/2026;V;;;Goedgekeurd;", "impossible_date"),
        ("A-1;000101;JV;26/10/2026;26/10/2026;U;10:00;;Goedgekeurd;", "impossible_date"),
        ("A-1;000101;JV;26/10/2026;26/10/2026;U;25:00;26:00;Goedgekeurd;", "impossible_date"),
        ("A-1;000101;JV;26/10/2026;26/10/2026;X;;;Goedgekeurd;", "impossible_date"),
        ("A-1;000101;JV;26/10/2026;26/10/2026;V;;;In beraad;", "unknown_status"),
        ("A-1;;JV;26/10/2026;26/10/2026;V;;;Goedgekeurd;", "incomplete_row"),
        ("A-1;000101;JV", "unknown_status"),
        (f"A-1;{'0' * 65};JV;26/10/2026;26/10/2026;V;;;Goedgekeurd;", "incomplete_row"),
    ],
    ids=[
        "iso date",
        "ends before it starts",
        "no hour",
        "hour 25",
        "part",
        "status",
        "nobody",
        "cut off",
        "no personnel number",
    ],
)
def test_a_row_that_makes_no_sense_is_held(tmp_path: Path, row: str, reason: str) -> None:
    reading = read(tmp_path, row, "A-2;000101;JV;26/10/2026;26/10/2026;V;;;Goedgekeurd;")

    assert [(each.reason, each.source_id) for each in reading.held] == [(reason, "A-1")]
    assert [record.source_id for record in reading.records] == ["A-2"]


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [("8,5", "10,25", "2026-10-26 10:15:00"), ("22:00", "06:00", "2026-10-27 06:00:00")],
    ids=["decimal comma", "night shift (R5)"],
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


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    (tmp_path / "verlof.txt").write_bytes(
        (HEADER.replace("Personeelsnr", "Stamnr") + "\nA-1;000101;JV;26/10/2026;;V;;;Goedgekeurd;").encode()
    )
    system = build("flatfile", {"path": "verlof.txt", "columns": {"employee": "Stamnr"}, "encoding": "utf-8"}, tmp_path)

    assert system.read(None).records[0].employee == "000101"


def test_another_encoding_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_bytes("Coördinatie".encode("cp1252"))

    with pytest.raises(Invalid, match=r"expected text in utf-8"):
        build("flatfile", {"path": ".", "encoding": "utf-8"}, tmp_path).read(None)
