"""What becomes of a letter of which a register tells, as long as no intake fetches it there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.events import LetterReported, MailHeld, MailWithdrawn
from tests.unit.mailroom.builders import TICK, FakeMailroom, deliver

REPORTED = LetterReported(
    source="postregister",
    rule="poststuk",
    kenmerk="2026/IN/001234",
    version=1,
    change="registered",
    privacy="intern",
    project="A40201",
)
HELD = MailHeld(intake="postregister", reference="2026/IN/001234", reason="register_not_read")
VERSION_2 = {'versie="1"': 'versie="2"'}


def file(room: FakeMailroom, texts: dict[str, str] | None = None) -> None:
    deliver(room.folder, texts)
    room.run()


@pytest.mark.parametrize("change", ["registered", "changed", "project_changed"])
def test_a_reported_letter_is_held_for_a_person(room: FakeMailroom, change: str) -> None:
    assert room.hear(replace(REPORTED, change=change)) == [HELD]


def test_the_same_version_is_held_once(room: FakeMailroom) -> None:
    room.hear(REPORTED)

    assert room.hear(replace(REPORTED, rule="een-andere-regel")) == []
    assert room.hear(replace(REPORTED, version=2, change="changed")) == [HELD]


def test_a_letter_that_an_intake_filed_is_not_held(room: FakeMailroom) -> None:
    file(room)

    assert room.hear(REPORTED) == []


@pytest.mark.parametrize(
    ("filed", "change", "held"),
    [
        (1, "changed", [HELD]),
        (2, "changed", []),
        (2, "project_changed", []),
    ],
    ids=["older filed", "change filed", "move filed"],
)
def test_a_change_that_no_intake_brought_is_held(
    room: FakeMailroom, filed: int, change: str, held: list[MailHeld]
) -> None:
    file(room, VERSION_2 if filed == 2 else None)

    assert room.hear(replace(REPORTED, version=2, change=change)) == held


@pytest.mark.parametrize(
    ("change", "reason"), [("made_confidential", "confidential"), ("cancelled", "cancelled"), ("deleted", "deleted")]
)
@pytest.mark.parametrize("version", [1, 2], ids=["version not counted", "new version"])
def test_what_must_not_be_seen_any_more_is_taken_away_without_asking_the_register(
    room: FakeMailroom, version: int, change: str, reason: str
) -> None:
    file(room)

    said = room.hear(replace(REPORTED, version=version, change=change))

    gone = MailWithdrawn(kenmerk="2026/IN/001234", version=version, project="A40201", reason=reason)
    assert gone in said
    assert not any(path.startswith("A40201") for path in room.library.files)
    assert room.hear(replace(REPORTED, version=version, change=change)) == said


def test_what_is_older_than_what_is_filed_takes_nothing_away(room: FakeMailroom) -> None:
    file(room, VERSION_2)

    assert room.hear(replace(REPORTED, version=1, change="cancelled")) == []


def test_a_set_that_comes_late_does_not_show_what_was_made_secret(room: FakeMailroom) -> None:
    room.hear(replace(REPORTED, version=1, change="made_confidential"))

    file(room)

    assert room.library.files == {}


@pytest.mark.parametrize(
    ("source", "kenmerk"),
    [("postregister", "2026/IN/001234"), ("scans", "2026/IN/001234"), ("scans", "2026/../001234")],
    ids=["no intake", "name of an intake", "a way out of it"],
)
def test_what_is_held_of_a_register_moves_nothing_in_an_intake(room: FakeMailroom, source: str, kenmerk: str) -> None:
    deliver(room.folder)
    room.hear(TICK)
    before = sorted(room.folder.rglob("*"))
    said = room.hear(replace(REPORTED, source=source, kenmerk=kenmerk))

    assert room.hear(*said) == []
    assert len(said) == 1
    assert sorted(room.folder.rglob("*")) == before
