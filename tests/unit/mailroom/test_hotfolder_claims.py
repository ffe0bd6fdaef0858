"""That a set is claimed whole or not at all: whatever breaks off, whatever a sidecar calls its files."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.mailroom.intakes.hotfolder import arrival, sidecar_xml
from services.mailroom.intakes.hotfolder.folder import ORPHAN_PATIENCE, PATIENCE, HotFolder
from shared.clock import FixedClock
from shared.errors import Invalid, Transient
from tests.unit.mailroom.builders import ATTACHMENT, LIMITS, MAIN, NOW, SAMPLES, SIDECAR, STABLE, deliver, touch


class Crash(BaseException):
    """The process dies here."""


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def intake(tmp_path: Path, clock: FixedClock) -> HotFolder:
    return HotFolder(tmp_path, STABLE, LIMITS, clock)


def failing_at(monkeypatch: pytest.MonkeyPatch, step: int, failure: BaseException, *, after: bool) -> None:
    """Have the *step*-th move of the process fail, before or after it was made."""
    moved, rename = list[Path](), Path.rename

    def move(path: Path, target: Path) -> Path:
        moved.append(path)
        if len(moved) == step and not after:
            raise failure
        there = rename(path, target)
        if len(moved) == step:
            raise failure
        return there

    monkeypatch.setattr(Path, "rename", move)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", [1, 2, 3, 4], ids=["sidecar", "main", "attachment", "shown"])
def test_a_claim_that_a_crash_breaks_off_is_finished_by_the_next_scan(
    intake: HotFolder, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, step: int, after: bool
) -> None:
    deliver(tmp_path)
    with monkeypatch.context() as broken:
        failing_at(broken, step, Crash(), after=after)
        with pytest.raises(Crash):
            intake.scan()
    clock.advance(timedelta(seconds=1))

    (reference,) = HotFolder(tmp_path, STABLE, LIMITS, clock).scan()

    opened = intake.open(reference)
    assert opened is not None
    assert [path.name for path in opened.files] == [MAIN, ATTACHMENT]
    assert [path.name for path in tmp_path.iterdir()] == ["bezig"]


def test_a_new_version_that_arrives_during_a_broken_claim_does_not_mix_with_the_old_one(
    intake: HotFolder, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(tmp_path)
    with monkeypatch.context() as broken:
        failing_at(broken, 2, Crash(), after=True)
        with pytest.raises(Crash):
            intake.scan()
    (tmp_path / MAIN).write_bytes(b"%PDF-1.7 a better scan")

    (reference,) = intake.scan()

    assert intake.open(reference) is not None
    assert (tmp_path / MAIN).read_bytes() == b"%PDF-1.7 a better scan"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", [1, 2], ids=["file", "shown"])
def test_an_orphan_whose_claim_breaks_off_is_not_lost(
    intake: HotFolder, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, step: int, after: bool
) -> None:
    (tmp_path / MAIN).write_bytes(b"%PDF-1.4")
    touch(tmp_path / MAIN, NOW - STABLE)
    intake.scan()
    clock.advance(ORPHAN_PATIENCE)
    with monkeypatch.context() as broken:
        failing_at(broken, step, Crash(), after=after)
        with pytest.raises(Crash):
            intake.scan()

    (reference,) = intake.scan()

    with pytest.raises(Invalid) as refused:
        intake.read(reference)
    assert refused.value.reason == "unregistered_scan"


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_file_that_cannot_be_moved_yet_holds_up_no_other_set(
    intake: HotFolder, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    deliver(tmp_path)
    _second(tmp_path)
    with monkeypatch.context() as held:
        failing_at(held, step, PermissionError(13, "the scanner holds it open"), after=False)
        assert len(intake.scan()) == 1

    clock.advance(timedelta(seconds=1))
    both = intake.scan()

    assert len(both) == 2
    assert all(intake.open(reference) for reference in both)


def test_while_a_sidecar_cannot_be_read_no_file_counts_as_an_orphan(
    intake: HotFolder, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(tmp_path)

    def unreadable(path: Path) -> Any:
        raise PermissionError(13, "not yet")

    with monkeypatch.context() as held:
        held.setattr(arrival, "record_at", unreadable)
        intake.scan()
        clock.advance(ORPHAN_PATIENCE)
        assert intake.scan() == []

    assert len(intake.scan()) == 1


def test_a_claim_that_had_not_taken_anything_leaves_no_trace(intake: HotFolder, tmp_path: Path) -> None:
    (tmp_path / "bezig" / ".20261118T085959000000_x").mkdir(parents=True)

    assert intake.scan() == []
    assert list((tmp_path / "bezig").iterdir()) == []


def test_what_a_file_manager_leaves_among_the_claimed_is_no_set(intake: HotFolder, tmp_path: Path) -> None:
    (tmp_path / "bezig").mkdir()
    for name in (".DS_Store", "Thumbs.db"):
        (tmp_path / "bezig" / name).write_bytes(b"x")

    assert intake.scan() == []


@pytest.mark.parametrize("name", ["0.metadata.xml", "z.metadata.xml"], ids=["that sorts before", "that sorts after"])
def test_a_set_that_is_whole_loses_no_file_to_one_that_is_not(
    intake: HotFolder, tmp_path: Path, clock: FixedClock, name: str
) -> None:
    deliver(tmp_path)
    rival = (tmp_path / SIDECAR).read_text(encoding="utf-8").replace("001234<", "001299<").replace("_bijlage1", "_weg")
    (tmp_path / name).write_text(rival, encoding="utf-8")
    touch(tmp_path / name, NOW - 2 * STABLE)

    (first,) = intake.scan()
    clock.advance(PATIENCE)
    (second,) = set(intake.scan()) - {first}

    opened = intake.open(first)
    assert opened is not None
    assert opened.letter.kenmerk == "2026/IN/001234"
    with pytest.raises(Invalid) as refused:
        intake.open(second)
    assert refused.value.reason == "incomplete_set"


@pytest.mark.parametrize("ask", [HotFolder.open, HotFolder.settle, lambda intake, it: intake.refuse(it, "infected")])
def test_a_set_on_a_share_that_dropped_away_is_not_taken_for_settled(
    intake: HotFolder, tmp_path: Path, ask: Callable[[HotFolder, str], object]
) -> None:
    deliver(tmp_path)
    (reference,) = intake.scan()
    (tmp_path / "bezig").rename(tmp_path / "unmounted")

    with pytest.raises(Transient) as failure:
        ask(intake, reference)

    assert failure.value.reason == "intake_unavailable"


def test_a_link_in_the_place_of_our_own_folders_leads_nothing_away(tmp_path: Path, clock: FixedClock) -> None:
    root, elsewhere = tmp_path / "scans", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    intake = HotFolder(root, STABLE, LIMITS, clock)
    deliver(root)
    (reference,) = intake.scan()
    (root / "fout").symlink_to(elsewhere)

    with pytest.raises(Transient) as failure:
        intake.refuse(reference, "confidential")

    assert failure.value.reason == "intake_unavailable"
    assert list(elsewhere.iterdir()) == []


def test_nothing_is_claimed_into_a_link(intake: HotFolder, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "bezig").symlink_to(tmp_path / "elsewhere")
    deliver(tmp_path)

    with pytest.raises(Transient):
        intake.scan()

    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("reference", ["", ".", "..", "../fout", "/", ".none", "a/b", "a\x00b"])
def test_a_reference_that_is_no_plain_name_finds_nothing(intake: HotFolder, tmp_path: Path, reference: str) -> None:
    deliver(tmp_path)
    (claimed,) = intake.scan()

    assert intake.open(reference) is None
    intake.refuse(reference, "confidential")
    intake.settle(reference)

    assert intake.scan() == [claimed]


def test_many_sets_are_each_read_once_and_never_hashed_in_a_scan(
    intake: HotFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(50):
        _second(tmp_path, number)
    opened, open_file = list[str](), Path.open

    def counting(path: Path, *args: Any, **kwargs: Any) -> Any:
        opened.append(path.name)
        return open_file(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", counting)

    assert len(intake.scan()) == 50
    assert len(opened) == len(set(opened)) == 50
    assert all(name.endswith(".metadata.json") for name in opened)


TRICKS = st.sampled_from(
    ["..", ".", "../a", "..\\a", "/etc/passwd", "C:\\a", "a:b", "a.pdf::$DATA", "a\x00.pdf", "CON", "nul.pdf", "a.pdf ",
     "a.pdf.", "\u202efdp.a", "a\u200b.pdf", "\uff0e\uff0e\uff0fa", "é" * 127, "x" * 255, "x" * 5000, "\ud800", "bezig",
     "bezig/a", "secret.pdf", "SECRET.PDF", "", " "]
)  # fmt: skip


@given(name=TRICKS | st.text(max_size=40) | st.builds("{}{}".format, TRICKS, st.sampled_from(["", ".pdf", "/x.pdf"])))
@example(name="../secret.pdf")
@example(name="other.metadata.xml")
def test_no_name_in_a_sidecar_leads_outside_the_folder(name: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        outside, root = Path(place) / "secret.pdf", Path(place) / "scans"
        root.mkdir()
        outside.write_bytes((SAMPLES / MAIN).read_bytes())
        (root / "other.metadata.xml").write_bytes(b"<x/>")
        clock = FixedClock(NOW)
        touch(root / "other.metadata.xml", NOW)
        intake = HotFolder(root, STABLE, LIMITS, clock)
        record = _record()
        record["bestanden"][0]["naam"] = name
        _sidecar(root / "a.metadata.json", record)

        intake.scan()
        clock.advance(PATIENCE)
        touch(root / "other.metadata.xml", clock.at)  # it is still being written
        (reference,) = intake.scan()
        with pytest.raises(Invalid) as refused:
            intake.open(reference)
        intake.refuse(reference, refused.value.reason)

        assert outside.exists()
        assert sorted(path.name for path in Path(place).iterdir()) == ["scans", "secret.pdf"]
        assert (root / "other.metadata.xml").exists()


def _record() -> dict[str, Any]:
    return sidecar_xml.record_in((SAMPLES / SIDECAR).read_bytes())


def _sidecar(path: Path, record: dict[str, Any]) -> None:
    path.write_text(json.dumps(record), encoding="utf-8")
    touch(path, NOW - 2 * STABLE)


def _second(folder: Path, number: int = 5678) -> None:
    """Drop a set of one file beside the sample."""
    name, record = f"second-{number}.pdf", _record()
    record["kenmerk"] = f"2026/IN/{number:06}"
    record["bestanden"] = [{**record["bestanden"][0], "naam": name}]
    (folder / name).write_bytes((SAMPLES / MAIN).read_bytes())
    touch(folder / name, NOW - 2 * STABLE)
    _sidecar(folder / f"{name}.metadata.json", record)
