"""What becomes of a registered letter, whatever is repeated, late or broken on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.mailroom.domain.columns import columns
from services.mailroom.domain.letter import Letter
from shared.errors import Permanent, Transient
from shared.events import ClockStruck, CollectionDue, MailArrived, MailFiled, MailHeld, MailMoved
from tests.unit.mailroom.builders import (
    ATTACHMENT,
    MAIN,
    NOW,
    SAMPLES,
    SIDECAR,
    TICK,
    FakeMailroom,
    FakeRegister,
    deliver,
    sample_letter,
)

FOLDER = "A40201 - Moderne digitale werkplaats/Post/Inkomend/2026"
NAME = "2026-IN-001234_2026-11-18_Offerte"
CONTENT = {
    f"{FOLDER}/{NAME}.pdf": (SAMPLES / MAIN).read_bytes(),
    f"{FOLDER}/{NAME}_bijlage1.pdf": (SAMPLES / ATTACHMENT).read_bytes(),
}
VERSION_2 = {'versie="1"': 'versie="2"'}
LETTER = sample_letter()
DUE = CollectionDue(intake="scans")


class Shelf(FakeRegister):
    """An intake with sets, some of which cannot be read now."""

    def __init__(self, sets: dict[str, Letter | Transient]) -> None:
        super().__init__(LETTER)
        self.sets = sets

    def scan(self) -> list[str]:
        return list(self.sets)

    def read(self, reference: str) -> Letter:
        found = self.sets[reference]
        if isinstance(found, Transient):
            raise found
        return found


def arrived(room: FakeMailroom) -> MailArrived:
    (event,) = room.hear(DUE)
    assert isinstance(event, MailArrived)
    return event


def filed(room: FakeMailroom, version: int = 1) -> MailFiled:
    name = f"{FOLDER}/{NAME}.pdf"
    return MailFiled(
        kenmerk="2026/IN/001234",
        version=version,
        project="A40201",
        drive_id="drive-1",
        item_id=room.library.at(name).id,
        rule="projectcode",
    )


def test_a_registered_letter_is_filed_with_its_attachment_and_columns(room: FakeMailroom) -> None:
    deliver(room.folder)

    outcome = room.hear(arrived(room))

    assert outcome == [filed(room)]
    assert room.library.files == CONTENT
    assert room.library.at(f"{FOLDER}/{NAME}.pdf").fields == columns(LETTER, 0, project="A40201", due=LETTER.reply_by)
    assert room.library.at(f"{FOLDER}/{NAME}_bijlage1.pdf").fields == columns(
        LETTER, 1, project="A40201", due=LETTER.reply_by
    )


def test_a_filed_set_is_settled_whole(room: FakeMailroom) -> None:
    deliver(room.folder)

    room.run()

    settled = room.shelves()
    assert settled["bezig"] == []
    assert [Path(name).name for name in settled["verwerkt"]] == [MAIN, SIDECAR, ATTACHMENT]
    assert all(name.startswith("2026-11-18/") for name in settled["verwerkt"])


def test_a_repeated_delivery_writes_nothing_and_has_the_same_outcome(room: FakeMailroom) -> None:
    deliver(room.folder)
    event = arrived(room)
    first = room.hear(event)
    writes = list(room.library.writes)

    second = room.hear(event)

    assert first == second == [filed(room)]
    assert room.library.writes == writes


@pytest.mark.parametrize("step", ["folder", "upload", "columns"])
def test_an_attempt_that_breaks_off_after_an_effect_is_taken_up_without_doubling_it(
    room: FakeMailroom, step: str
) -> None:
    deliver(room.folder)
    event = arrived(room)
    room.library.breaks_after = step
    with pytest.raises(Transient):
        room.hear(event)

    outcome = room.hear(event)

    assert outcome == [filed(room)]
    assert room.library.files == CONTENT
    assert room.library.writes.count("upload") == 2


def test_a_set_is_announced_once_it_is_heard_of(room: FakeMailroom) -> None:
    deliver(room.folder)
    event = arrived(room)
    room.library.breaks_after = "upload"
    with pytest.raises(Transient):
        room.hear(event)

    assert room.hear(DUE) == []


def test_an_announcement_that_a_crash_swallowed_is_said_again(room: FakeMailroom) -> None:
    deliver(room.folder)

    assert room.hear(DUE) == room.hear(DUE) == [arrived(room)]


def test_every_tick_has_each_intake_looked_in_by_itself(room: FakeMailroom) -> None:
    assert room.hear(TICK) == [DUE]


def test_an_intake_that_hub_toml_lost_is_looked_in_no_more(room: FakeMailroom) -> None:
    assert room.hear(CollectionDue(intake="elders")) == []


def test_one_set_that_cannot_be_read_now_keeps_no_other_waiting(room: FakeMailroom) -> None:
    room.registers["scans"] = Shelf({"a": Transient("intake_unavailable", "locked"), "b": LETTER})

    assert [event.reference for event in room.hear(DUE) if isinstance(event, MailArrived)] == ["b"]


def test_an_intake_of_which_nothing_can_be_read_is_tried_again(room: FakeMailroom) -> None:
    room.registers["scans"] = Shelf({"a": Transient("intake_unavailable", "locked")})

    with pytest.raises(Transient):
        room.hear(DUE)


def test_only_the_shortest_period_looks_in_the_intakes(room: FakeMailroom) -> None:
    deliver(room.folder)

    assert room.hear(ClockStruck(at=NOW, period="hour")) == []


def test_a_newer_version_takes_the_place_of_the_older_one_in_the_same_item(room: FakeMailroom) -> None:
    deliver(room.folder)
    room.run()
    before = filed(room)
    deliver(room.folder, VERSION_2, main=b"%PDF better scan")

    *_, outcome = room.run()

    assert outcome == filed(room, version=2)
    assert outcome == MailFiled(**before.dump() | {"version": 2})
    assert room.library.files == CONTENT | {f"{FOLDER}/{NAME}.pdf": b"%PDF better scan"}


def test_a_letter_whose_project_changed_is_moved_with_its_attachment(room: FakeMailroom) -> None:
    deliver(room.folder)
    room.run()
    item = filed(room).item_id
    deliver(room.folder, VERSION_2 | {"A40201": "A40003"})

    *_, outcome = room.run()

    assert outcome == MailMoved(kenmerk="2026/IN/001234", version=2, before="A40201", project="A40003")
    assert room.library.at(f"A40003 - Digitaal loket/Post/Inkomend/2026/{NAME}.pdf").id == item
    assert {Path(name).parent.as_posix() for name in room.library.files} == {
        "A40003 - Digitaal loket/Post/Inkomend/2026"
    }


def test_an_older_version_changes_nothing_and_tells_where_the_newer_one_stands(room: FakeMailroom) -> None:
    deliver(room.folder, VERSION_2)
    room.run()
    writes = list(room.library.writes)
    deliver(room.folder, main=b"%PDF older scan")

    *_, outcome = room.run()

    assert outcome == filed(room, version=2)
    assert room.library.writes == writes
    assert room.shelves()["bezig"] == []


def test_the_same_version_with_another_content_waits_for_a_person(room: FakeMailroom) -> None:
    deliver(room.folder)
    room.run()
    deliver(room.folder, main=b"%PDF something else")

    with pytest.raises(Permanent) as parked:
        room.hear(arrived(room))

    assert parked.value.reason == "same_version_other_content"
    assert room.library.files == CONTENT


def test_a_letter_whose_item_was_deleted_by_hand_is_filed_anew_with_its_next_version(room: FakeMailroom) -> None:
    deliver(room.folder)
    room.run()
    del room.library.items[filed(room).item_id]
    deliver(room.folder, VERSION_2)

    *_, outcome = room.run()

    assert outcome == filed(room, version=2)
    assert room.library.files == CONTENT


@pytest.mark.parametrize("trouble", ["forgets", "damages"])
def test_what_does_not_read_back_as_written_is_not_called_filed(room: FakeMailroom, trouble: str) -> None:
    setattr(room.library, trouble, True)
    deliver(room.folder)

    with pytest.raises(Transient) as failure:
        room.hear(arrived(room))

    assert failure.value.reason == "not_as_written"
    assert room.store.letters.newest("2026/IN/001234") is None


def test_a_damaged_set_is_put_aside_with_a_reason_in_dutch_and_nothing_of_it_filed(room: FakeMailroom) -> None:
    deliver(room.folder)
    damaged = (SAMPLES / ATTACHMENT).read_bytes()[::-1]
    (room.folder / ATTACHMENT).write_bytes(damaged)
    room.clock.at = NOW.replace(year=2100)

    *_, outcome = room.run()

    assert isinstance(outcome, MailHeld)
    assert outcome.reason == "sha256_mismatch"
    assert room.library.files == {}
    (reason,) = (room.folder / "fout").glob("*/reden.txt")
    assert "beschadigd" in reason.read_text(encoding="utf-8")


def test_a_set_that_left_the_intake_before_it_was_filed_waits_for_a_person(room: FakeMailroom) -> None:
    (room.folder / "bezig").mkdir()
    gone = MailArrived(intake="scans", reference="20261118T090000000000_x", kenmerk="2026/IN/9", version=1)

    with pytest.raises(Permanent) as parked:
        room.hear(gone)

    assert parked.value.reason == "set_gone"


def test_a_set_of_an_intake_that_the_policy_lost_waits_for_a_person(room: FakeMailroom) -> None:
    with pytest.raises(Permanent) as parked:
        room.hear(MailHeld(intake="elders", reference="x", reason="too_large"))

    assert parked.value.reason == "unknown_intake"
