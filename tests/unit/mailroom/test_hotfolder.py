"""When a hot folder takes a set, and that a crash in between loses nothing of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from services.mailroom.intakes.hotfolder import sidecar_xml
from services.mailroom.intakes.hotfolder.folder import ORPHAN_PATIENCE, PATIENCE, HotFolder
from shared.clock import FixedClock
from shared.errors import Invalid, Transient
from tests.unit.mailroom.builders import (
    ATTACHMENT,
    LIMITS,
    MAIN,
    NOW,
    SIDECAR,
    STABLE,
    deliver,
    sample_letter,
    touch,
)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def intake(tmp_path: Path, clock: FixedClock) -> HotFolder:
    return HotFolder(tmp_path, STABLE, LIMITS, clock)


def reason_of(intake: HotFolder, reference: str) -> str:
    with pytest.raises(Invalid) as refused:
        intake.open(reference)
    return refused.value.reason


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / SIDECAR).unlink(),
        lambda folder: (folder / ATTACHMENT).unlink(),
        lambda folder: (folder / ATTACHMENT).write_bytes(b"half"),
        lambda folder: touch(folder / SIDECAR, NOW - timedelta(seconds=9)),
        lambda folder: touch(folder / MAIN, NOW - timedelta(seconds=9)),
    ],
    ids=["no sidecar", "file absent", "file half written", "sidecar just written", "file just written"],
)
def test_a_set_that_is_not_complete_and_quiet_is_left_where_it_is(
    intake: HotFolder, tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    deliver(tmp_path)
    spoil(tmp_path)
    before = sorted(tmp_path.iterdir())

    assert intake.scan() == []
    assert sorted(path for path in tmp_path.iterdir() if path.name != "bezig") == before


def test_a_sidecar_whose_files_stay_away_is_refused_in_the_end(
    intake: HotFolder, tmp_path: Path, clock: FixedClock
) -> None:
    deliver(tmp_path)
    (tmp_path / ATTACHMENT).unlink()
    intake.scan()
    clock.advance(PATIENCE)

    (reference,) = intake.scan()

    assert reason_of(intake, reference) == "incomplete_set"


def test_a_set_that_is_moved_in_with_old_dates_gets_its_full_hour(
    intake: HotFolder, tmp_path: Path, clock: FixedClock
) -> None:
    deliver(tmp_path, age=timedelta(days=30))
    (tmp_path / ATTACHMENT).rename(tmp_path / "later")

    assert intake.scan() == []
    clock.advance(PATIENCE - timedelta(seconds=1))
    assert intake.scan() == []
    (tmp_path / "later").rename(tmp_path / ATTACHMENT)
    assert len(intake.scan()) == 1


def test_a_share_whose_clock_runs_ahead_is_read_all_the_same(
    intake: HotFolder, tmp_path: Path, clock: FixedClock
) -> None:
    deliver(tmp_path, age=-timedelta(hours=2))

    assert intake.scan() == []
    clock.advance(STABLE)
    assert len(intake.scan()) == 1


def test_a_file_that_no_sidecar_names_is_refused_after_four_hours_under_no_name_of_its_own(
    intake: HotFolder, tmp_path: Path, clock: FixedClock
) -> None:
    scan = tmp_path / "Bezwaar Piet Proefburger.pdf"
    scan.write_bytes(b"%PDF-1.4")
    touch(scan, NOW - timedelta(days=30))

    assert intake.scan() == []
    clock.advance(ORPHAN_PATIENCE - timedelta(seconds=1))
    assert intake.scan() == []
    clock.advance(timedelta(seconds=1))
    (reference,) = intake.scan()

    assert "Proefburger" not in reference
    assert reason_of(intake, reference) == "unregistered_scan"
    intake.refuse(reference, "unregistered_scan")
    (told,) = (tmp_path / "fout").rglob("reden.txt")
    assert "Niet-geregistreerde scan" in told.read_text(encoding="utf-8")
    assert (told.parent / scan.name).read_bytes() == b"%PDF-1.4"


def test_a_file_that_a_sidecar_names_is_no_orphan(intake: HotFolder, tmp_path: Path, clock: FixedClock) -> None:
    deliver(tmp_path)
    intake.scan()
    deliver(tmp_path)
    (tmp_path / ATTACHMENT).unlink()
    intake.scan()
    clock.advance(ORPHAN_PATIENCE)
    touch(tmp_path / SIDECAR, clock.at)  # just mended: its hour begins anew

    intake.scan()
    clock.advance(PATIENCE - timedelta(seconds=1))
    assert len(intake.scan()) == 1
    assert (tmp_path / MAIN).exists()


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.pdf",
        "~$brief.pdf",
        "scan.pdf.tmp",
        "scan.pdf.PART",
        "Thumbs.db",
        "DESKTOP.INI",
        "reden.txt",
        ".x.metadata.xml",
    ],
)
def test_what_is_not_mail_is_left_alone(intake: HotFolder, tmp_path: Path, clock: FixedClock, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    (tmp_path / "een map").mkdir()
    intake.scan()
    clock.advance(10 * ORPHAN_PATIENCE)

    assert intake.scan() == []
    assert (tmp_path / name).exists()


def test_a_set_whose_file_differs_in_capitals_or_in_how_accents_are_written_is_found(
    intake: HotFolder, tmp_path: Path
) -> None:
    deliver(tmp_path, {ATTACHMENT: "Financi\u00ebn.pdf"})
    (tmp_path / MAIN).rename(tmp_path / MAIN.upper())
    (tmp_path / ATTACHMENT).rename(tmp_path / "financie\u0308n.PDF")

    (reference,) = intake.scan()

    opened = intake.open(reference)
    assert opened is not None
    assert [path.name for path in opened.files] == [MAIN.upper(), "financie\u0308n.PDF"]


def test_of_two_files_that_differ_in_capitals_only_the_very_name_counts(intake: HotFolder, tmp_path: Path) -> None:
    deliver(tmp_path)
    (tmp_path / MAIN.upper()).write_bytes(b"another")
    touch(tmp_path / MAIN.upper(), NOW - 2 * STABLE)

    (reference,) = intake.scan()

    opened = intake.open(reference)
    assert opened is not None
    assert opened.files[0].name == MAIN


def test_between_two_files_that_differ_in_capitals_nobody_chooses(intake: HotFolder, tmp_path: Path) -> None:
    deliver(tmp_path)
    for name in (MAIN.upper(), MAIN.replace("IN", "In")):
        (tmp_path / name).write_bytes((tmp_path / MAIN).read_bytes())
        touch(tmp_path / name, NOW - 2 * STABLE)
    (tmp_path / MAIN).unlink()

    assert intake.scan() == []


def test_a_set_whose_file_stays_shorter_is_refused_as_incomplete_and_not_as_damaged(
    intake: HotFolder, tmp_path: Path, clock: FixedClock
) -> None:
    deliver(tmp_path)
    (tmp_path / ATTACHMENT).write_bytes(b"half")
    touch(tmp_path / ATTACHMENT, NOW - 2 * STABLE)
    intake.scan()
    clock.advance(PATIENCE)

    (reference,) = intake.scan()

    assert reason_of(intake, reference) == "incomplete_set"


@pytest.mark.parametrize(
    ("name", "reason"), [("factuur.pdf.exe", "forbidden_type"), ("nota.docx", "extension_not_allowed")]
)
def test_a_program_is_told_from_what_is_merely_not_taken(
    intake: HotFolder, tmp_path: Path, name: str, reason: str
) -> None:
    deliver(tmp_path, {ATTACHMENT: name})
    (tmp_path / ATTACHMENT).rename(tmp_path / name)

    (reference,) = intake.scan()

    assert reason_of(intake, reference) == reason


def test_a_json_sidecar_makes_the_same_set(intake: HotFolder, tmp_path: Path) -> None:
    deliver(tmp_path)
    record = sidecar_xml.record_in((tmp_path / SIDECAR).read_bytes())
    (tmp_path / SIDECAR).unlink()
    (tmp_path / f"{MAIN}.metadata.json").write_text(json.dumps(record), encoding="utf-8")
    touch(tmp_path / f"{MAIN}.metadata.json", NOW - 2 * STABLE)

    (reference,) = intake.scan()

    opened = intake.open(reference)
    assert opened is not None
    assert opened.letter == sample_letter()


def test_what_is_refused_is_put_aside_whole_though_its_sidecar_is_faulty(intake: HotFolder, tmp_path: Path) -> None:
    deliver(tmp_path, {'versie="1"': 'versie="eerste"'})
    (reference,) = intake.scan()

    intake.refuse(reference, reason_of(intake, reference))

    names = sorted(path.name for path in (tmp_path / "fout" / reference).iterdir())
    assert names == [MAIN, SIDECAR, ATTACHMENT, "reden.txt"]
    told = (tmp_path / "fout" / reference / "reden.txt").read_text(encoding="utf-8")
    assert "Na te kijken gegevens: versie." in told


@pytest.mark.parametrize(
    ("reason", "shelf"),
    [
        ("infected", "quarantaine"),
        ("active_pdf", "quarantaine"),
        ("encrypted_pdf", "quarantaine"),
        ("forbidden_type", "quarantaine"),
        ("unreadable_pdf", "fout"),
        ("sha256_mismatch", "fout"),
        ("confidential", "fout"),
    ],
)
def test_what_may_do_harm_is_kept_apart(intake: HotFolder, tmp_path: Path, reason: str, shelf: str) -> None:
    deliver(tmp_path)
    (reference,) = intake.scan()

    intake.refuse(reference, reason)

    assert (tmp_path / shelf / reference / "reden.txt").exists()


def test_every_file_is_looked_into_after_its_digest_is_right(tmp_path: Path, clock: FixedClock) -> None:
    looked = list[tuple[str, str]]()

    class Recorder:
        def check(self, path: Path) -> None:
            looked.append(("virus", path.name))

    def inspect(path: Path, name: str) -> None:
        looked.append(("kind", name))

    intake = HotFolder(tmp_path, STABLE, LIMITS, clock, inspect, Recorder())
    deliver(tmp_path)
    (reference,) = intake.scan()

    intake.read(reference)
    assert looked == []
    intake.open(reference)
    assert looked == [("kind", MAIN), ("virus", MAIN), ("kind", ATTACHMENT), ("virus", ATTACHMENT)]
    (tmp_path / "bezig" / reference / ATTACHMENT).write_bytes(b"x" * 665)
    assert reason_of(intake, reference) == "sha256_mismatch"
    assert len(looked) == 4


def test_a_file_that_is_not_what_its_name_says_is_not_handed_over(intake: HotFolder, tmp_path: Path) -> None:
    deliver(tmp_path, main=b"MZ\x00 not a letter")
    (reference,) = intake.scan()

    assert reason_of(intake, reference) == "forbidden_type"


def test_a_claimed_set_is_found_again_under_the_same_reference(intake: HotFolder, tmp_path: Path) -> None:
    deliver(tmp_path)

    first, second = intake.scan(), intake.scan()

    assert first == second
    assert len(first) == 1


def test_a_set_delivered_twice_is_claimed_twice_and_neither_hides_the_other(
    intake: HotFolder, tmp_path: Path, clock: FixedClock
) -> None:
    deliver(tmp_path)
    intake.scan()
    clock.advance(timedelta(seconds=1))
    deliver(tmp_path)

    assert len(intake.scan()) == 2


@pytest.mark.parametrize("name", [MAIN, SIDECAR])
def test_a_link_is_never_followed(intake: HotFolder, tmp_path: Path, name: str) -> None:
    deliver(tmp_path)
    outside = tmp_path / "outside"
    (tmp_path / name).rename(outside)
    (tmp_path / name).symlink_to(outside)

    assert intake.scan() == []


def test_a_set_cannot_take_the_sidecar_of_another(intake: HotFolder, tmp_path: Path, clock: FixedClock) -> None:
    deliver(tmp_path, {ATTACHMENT: "other.pdf.metadata.xml"})
    (tmp_path / "other.pdf.metadata.xml").write_text("<x/>", encoding="utf-8")
    clock.advance(PATIENCE - STABLE)
    touch(tmp_path / "other.pdf.metadata.xml", clock.at)

    intake.scan()

    assert (tmp_path / "other.pdf.metadata.xml").exists()


def test_a_share_that_is_not_mounted_is_waited_for_and_never_made(tmp_path: Path, clock: FixedClock) -> None:
    share = tmp_path / "share"

    with pytest.raises(Transient) as failure:
        HotFolder(share, STABLE, LIMITS, clock).scan()

    assert failure.value.reason == "intake_unavailable"
    assert not share.exists()
