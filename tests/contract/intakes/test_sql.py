"""What only a view promises: each version of each letter is taken once, a wrong row stops nothing, files stay inside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from services.mailroom.intakes.registers.fetching import Folder
from services.mailroom.intakes.registers.rows import rows_of, told_by
from services.mailroom.intakes.registers.sql import SqlOptions
from shared.errors import Invalid, Transient
from tests.contract.intakes.registers import CONTENT, Place, fill, record, row, sha256, view
from tests.unit.shared.server import serving

FILE = "2026/88001.eml"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "archief" / "2026").mkdir(parents=True)
    (tmp_path / "archief" / FILE).write_bytes(CONTENT)
    with serving() as stub:
        made = Place(tmp_path, stub)
        yield made
        made.database.close()


def filed(**changes: Any) -> dict[str, Any]:
    return row(**{"bestand_pad": FILE, **changes})


def later(place: Place, intake: Any) -> list[str]:
    place.clock.advance(timedelta(minutes=15))
    return list(intake.scan())


# -- what is taken ----------------------------------------------------------------------------------------------------


def test_each_version_is_taken_once(place: Place) -> None:
    intake = view(place, files="archief")
    fill(place, filed())
    intake.settle(*intake.scan())

    fill(place, filed(), filed(versie=2, projectcode="A40201"))

    assert later(place, intake) == ["2026_IN_001235@2"]
    assert later(place, intake) == ["2026_IN_001235@2"]  # until it is settled


def test_what_was_settled_or_is_open_is_known_after_a_restart(place: Place) -> None:
    first = view(place, files="archief")
    fill(place, filed(), filed(kenmerk="2026/IN/001236"))
    assert first.scan() == ["2026_IN_001235@1", "2026_IN_001236@1"]
    first.settle("2026_IN_001235@1")

    assert view(place, files="archief").scan() == ["2026_IN_001236@1"]


def test_a_view_is_read_every_so_many_minutes(place: Place) -> None:
    intake = view(place, files="archief", every_minutes=15)
    fill(place, filed())
    intake.scan()
    fill(place, filed(versie=2))

    place.clock.advance(timedelta(minutes=14))
    before = list(intake.scan())
    place.clock.advance(timedelta(minutes=1))

    assert before == ["2026_IN_001235@1"]
    assert list(intake.scan()) == ["2026_IN_001235@1", "2026_IN_001235@2"]


def test_no_more_is_taken_at_once_than_hub_toml_says(place: Place) -> None:
    intake = view(place, files="archief", per_scan=2)
    fill(place, *(filed(kenmerk=f"2026/IN/00000{number}") for number in range(5)))

    counts = [len(intake.scan()), *(len(later(place, intake)) for _ in range(3))]

    assert counts == [2, 4, 5, 5]


def test_the_rows_of_one_letter_are_its_files(place: Place) -> None:
    (place.folder / "archief" / "2026" / "plan.pdf").write_bytes(b"%PDF-")
    attachment = filed(
        bestand_rol="bijlage",
        bestand_naam="plan.pdf",
        bestand_bytes=5,
        bestand_sha256=sha256(b"%PDF-").upper(),
        bestand_pad="2026\\plan.pdf",
    )
    intake = view(place, files="archief")
    fill(place, attachment, filed())

    letter = intake.read(*intake.scan())

    assert [(file.role, file.name, file.url) for file in letter.files] == [
        ("hoofddocument", "melding.eml", FILE),
        ("bijlage", "plan.pdf", "2026\\plan.pdf"),
    ]


def test_the_row_says_what_the_record_of_a_register_says(place: Place) -> None:
    fill(place, filed(in_antwoord_op="2026/UIT/000987, 2026/UIT/000988"))
    intake = view(place, files="archief")

    letter = intake.read(*intake.scan())

    expected = record(in_antwoord_op=["2026/UIT/000987", "2026/UIT/000988"])
    assert letter.in_reply_to == expected["in_antwoord_op"]
    assert (letter.handler, letter.department_code) == ("stan.staalkaart@example.org", "TD")
    assert (letter.needs_reply, letter.reply_by) == (True, date(2026, 12, 2))
    assert letter.registered_at == datetime.fromisoformat("2026-11-18T10:05:00+01:00")
    assert letter.sender_is_organisation is False


def test_a_view_may_call_its_columns_otherwise(place: Place) -> None:
    there = {"POSTNR" if name == "kenmerk" else name: value for name, value in filed().items()}
    fill(place, there)

    assert view(place, files="archief", columns={"kenmerk": "Postnr"}).scan() == ["2026_IN_001235@1"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (datetime.fromisoformat("2026-11-18T23:30:00+00:00"), "2026-11-19"),
        (datetime.fromisoformat("2026-11-18T23:30:00"), "2026-11-18"),
        (date(2026, 11, 18), "2026-11-18"),
        ("2026-11-18", "2026-11-18"),
        ("18/11/2026", "18/11/2026"),
    ],
)
def test_a_day_is_the_one_in_brussels(cell: object, expected: str) -> None:
    (found,) = rows_of(list(row()), [list(row(ontvangstdatum=cell).values())], {})

    assert found["ontvangstdatum"] == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(Decimal(2048), 2048), (2048.0, 2048), (Decimal("2.5"), "2.5"), ("2048 ", "2048"), (float("nan"), "nan")],
)
def test_a_number_of_a_database_is_a_number(cell: object, expected: object) -> None:
    (found,) = rows_of(list(row()), [list(row(bestand_bytes=cell).values())], {})

    assert found["bestand_bytes"] == expected


def test_a_kenmerk_and_a_project_may_be_numbers(place: Place) -> None:
    intake = view(place, files="archief")
    fill(place, filed(kenmerk=20261235, projectcode=40003))

    letter = intake.read(*intake.scan())

    assert (letter.kenmerk, letter.project) == ("20261235", "40003")


# -- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reference"),
    [
        ({"vertrouwelijkheid": None}, "2026_IN_001235@1"),
        ({"bestand_naam": None}, "2026_IN_001235@1"),
        ({"versie": None}, "2026_IN_001235@0"),
        ({"versie": "eerste"}, "2026_IN_001235@0"),
        ({"kenmerk": None}, "row-"),
        ({"kenmerk": "Brief van Piet Proefburger"}, "row-"),
        ({"kenmerk": "2026_IN_1"}, "row-"),
    ],
    ids=["field", "no file", "no version", "other version", "no kenmerk", "a sentence", "sign"],
)
def test_a_wrong_row_is_told_once_by_its_kenmerk_and_stops_no_other(
    place: Place, changes: dict[str, Any], reference: str
) -> None:
    intake = view(place, files="archief")
    fill(place, filed(**changes), filed(kenmerk="2026/IN/001299"))

    (wrong,) = set(intake.scan()) - {"2026_IN_001299@1"}
    with pytest.raises(Invalid) as refusal:
        intake.read(wrong)
    intake.refuse(wrong, refusal.value.reason)

    assert wrong.startswith(reference)
    assert "Piet" not in wrong
    assert refusal.value.reason == "invalid_letter"
    assert later(place, intake) == ["2026_IN_001299@1"]
    assert view(place, files="archief").scan() == ["2026_IN_001299@1"]


def test_rows_of_one_letter_that_say_different_things_are_refused_by_their_field(place: Place) -> None:
    intake = view(place, files="archief")
    fill(place, filed(), filed(projectcode="A40201", bestand_rol="bijlage", bestand_naam="b.eml"))

    with pytest.raises(Invalid) as refusal:
        intake.read(*intake.scan())

    assert list(refusal.value.fields) == ["projectcode"]


def test_columns_that_are_not_there_are_named_and_nobody_hears_of_it_each_minute(place: Place) -> None:
    intake = view(place, files="archief")
    fill(place, {name: value for name, value in filed().items() if name != "serie"})

    with pytest.raises(Invalid, match="missing or double: serie;"):
        intake.scan()

    assert intake.scan() == []


def test_a_database_that_is_away_is_looked_at_again_at_once(place: Place) -> None:
    away = view(place, "postgresql://hub:geheim@127.0.0.1:1/post", files="archief")

    with pytest.raises(Transient) as failure:
        away.scan()
    with pytest.raises(Transient):
        away.scan()

    assert failure.value.reason == "intake_unavailable"
    assert "geheim" not in str(failure.value)


def test_a_query_that_writes_is_refused(place: Place) -> None:
    fill(place, filed())
    intake = view(place, files="archief", query="WITH x AS (SELECT 1) DELETE FROM poststukken")

    with pytest.raises(Invalid) as refusal:
        intake.scan()

    assert refusal.value.reason == "invalid_query"


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({}, "files"),
        ({"files": "a", "base_url": "https://x.example.org", "token": "HUB_X"}, "files"),
        ({"base_url": "https://x.example.org"}, "token"),
        ({"files": "a", "columns": {"onderwrep": "x"}}, "columns.onderwrep.key"),
        ({"files": "a", "query": "DELETE FROM x"}, "query"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_at_its_key(table: dict[str, Any], key: str) -> None:
    with pytest.raises(Invalid) as refusal:
        SqlOptions.load({"url": "HUB_X", "query": "SELECT 1", **table})

    assert key in refusal.value.fields


# -- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../geheim.eml", "outside_register"),
        ("2026/../../geheim.eml", "outside_register"),
        ("..\\geheim.eml", "outside_register"),
        ("C:\\geheim.eml", "outside_register"),
        ("/etc/hostname", "outside_register"),
        ("uitweg.eml", "outside_register"),
        ("weg/geheim.eml", "outside_register"),
        ("2026", "file_gone"),
        (".", "file_gone"),
        ("2026/88002.eml", "file_gone"),
        ("2026/88001.eml/x", "file_gone"),
    ],
)
def test_no_path_leads_out_of_the_folder(place: Place, path: str, reason: str) -> None:
    (place.folder / "geheim.eml").write_bytes(CONTENT)
    (place.folder / "archief" / "uitweg.eml").symlink_to(place.folder / "geheim.eml")
    (place.folder / "archief" / "weg").symlink_to(place.folder)
    intake = view(place, files="archief")
    fill(place, row(bestand_pad=path))

    with pytest.raises(Invalid) as refusal:
        intake.open(*intake.scan())

    assert refusal.value.reason == reason
    assert "geheim" not in str(refusal.value)


def test_a_link_within_the_folder_is_followed(place: Place) -> None:
    (place.folder / "archief" / "naam.eml").symlink_to(place.folder / "archief" / FILE)
    intake = view(place, files="archief")
    fill(place, row(bestand_pad="naam.eml"))

    assert intake.open(*intake.scan()) is not None


def test_a_share_that_is_not_mounted_is_waited_for(place: Place) -> None:
    intake = view(place, files="elders")
    fill(place, filed())
    (reference,) = intake.scan()

    with pytest.raises(Transient) as failure:
        intake.open(reference)

    assert failure.value.reason == "intake_unavailable"


def test_a_file_that_is_longer_than_the_register_says_is_not_copied(place: Place, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refusal:
        Folder(place.folder / "archief").fetch(FILE, tmp_path / "0", len(CONTENT) - 1)

    assert refusal.value.reason == "incomplete_set"
    assert not (tmp_path / "0").exists()


def test_rows_come_in_the_order_of_the_query() -> None:
    header = list(row())
    rows = rows_of(header, [list(row(kenmerk=f"2026/IN/{number}").values()) for number in (3, 1, 2)], {})

    assert [told.kenmerk for told in told_by(rows)] == ["2026/IN/3", "2026/IN/1", "2026/IN/2"]
