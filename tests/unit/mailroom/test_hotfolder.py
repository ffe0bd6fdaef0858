"""When a hot folder takes a set, and that a crash in between loses nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from services.mailroom.intakes.hotfolder import PATIENCE, HotFolder
from shared.clock import FixedClock
from shared.errors import Invalid, Transient
from tests.unit.mailroom.builders import ATTACHMENT, LIMITS, MAIN, NOW, SIDECAR, STABLE, deliver, touch


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def intake(tmp_path: Path, clock: FixedClock) -> HotFolder:
    return HotFolder(tmp_path, STABLE, LIMITS, clock)


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
    clock.advance(PATIENCE)

    (reference,) = intake.scan()

    with pytest.raises(Invalid) as refused:
        intake.read(reference)
    assert refused.value.reason == "incomplete_set"


def test_a_claimed_set_is_found_again_under_the_same_reference(intake: HotFolder, tmp_path: Path) -> None:
    deliver(tmp_path)

    first, second = intake.scan(), intake.scan()

    assert first == second
    assert len(first) == 1


def test_a_claim_that_a_crash_broke_off_is_finished(intake: HotFolder, tmp_path: Path) -> None:
    deliver(tmp_path)
    begun = tmp_path / "bezig" / ".20261118T085959000000_2026-IN-001234.pdf"
    begun.mkdir(parents=True)
    (tmp_path / SIDECAR).rename(begun / SIDECAR)
    (tmp_path / MAIN).rename(begun / MAIN)

    (reference,) = intake.scan()

    opened = intake.open(reference)
    assert opened is not None
    assert [path.name for path in opened.files] == [MAIN, ATTACHMENT]


def test_a_claim_that_had_not_taken_anything_leaves_no_trace(intake: HotFolder, tmp_path: Path) -> None:
    (tmp_path / "bezig" / ".20261118T085959000000_x").mkdir(parents=True)

    assert intake.scan() == []
    assert list((tmp_path / "bezig").iterdir()) == []


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
