"""A letter at the seams: what is half done when something newer comes, told twice, brought twice, or deleted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.mailroom.domain.projects import Project
from services.mailroom.domain.routing import Route, Table
from services.mailroom.filing.library import NoShelf, Shelf
from shared.clock import BRUSSELS
from shared.errors import Permanent, Transient
from shared.events import ClassificationChosen, CollectionDue, Event, MailArrived, MailFiled
from shared.graph.drives import Fingerprint, Item
from tests.unit.mailroom.builders import (
    ATTACHMENT,
    MAIN,
    NOW,
    SAMPLES,
    FakeLibrary,
    FakeMailroom,
    FakeRegister,
    Stored,
    deliver,
    sample_letter,
)
from tests.unit.mailroom.test_behaviours import (
    DIGITAL,
    HOME,
    KENMERK,
    MIDNIGHT,
    NAME,
    NO_CODE,
    OTHER,
    SECRET,
    VERSION_2,
    VERSION_3,
    answer_to,
    bring,
    only,
    reported,
    standing,
)

DUE = CollectionDue(intake="scans")
ANSWER = "2026/UIT/000001"
WITHOUT_CODE_OF_OURS = {"A40201": "A49999"}
OTHER_PROJECT = {"A40201": "A40003"}
DAMAGED = {"357947b8": "00000000"}
CHOICE = ClassificationChosen(kenmerk=KENMERK, project="A40003", by="noor")
STEPS = ["upload", "columns"]


def arrive(room: FakeMailroom, *texts: dict[str, str], main: bytes | None = None) -> MailArrived:
    deliver(room.folder, {old: new for each in texts for old, new in each.items()}, main=main)
    (event,) = room.hear(DUE)
    assert isinstance(event, MailArrived)
    return event


def broken_off(room: FakeMailroom, event: Event, step: str, library: FakeLibrary | None = None) -> None:
    (library or room.library).breaks_after = step
    with pytest.raises(Transient):
        room.hear(event)


def without_attachment() -> dict[str, str]:
    lines = (SAMPLES / f"{MAIN}.metadata.xml").read_text("utf-8").splitlines()
    return {next(line for line in lines if "bijlage1" in line): ""}


def of_a_colleague(library: FakeLibrary, folder: str) -> Stored:
    library.items["theirs"] = Stored("theirs", f"{NAME}.pdf", library.ensure_folder(folder).id, b"of a colleague")
    return library.items["theirs"]


def open_files(room: FakeMailroom) -> set[str]:
    """Return what people can read, in whatever folder of a library that is not the protected one."""
    return set(room.library.files) | set(room.libraries.other.files)


class Unreadable(FakeRegister):
    """An intake of which one record cannot be opened any more."""

    def scan(self) -> list[str]:
        return ["lost-key", "well"]

    def read(self, reference: str) -> Any:
        if reference == "lost-key":
            raise Permanent("vault_key_unknown", "sealed with a key that was lost")
        return self.letter


# ─── secret now or later ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("step", ["folder", "columns"])
def test_what_was_made_secret_stays_so_though_its_filing_breaks_off(room: FakeMailroom, step: str) -> None:
    room.libraries.has_secret = True
    bring(room)
    room.hear(reported("made_confidential"))
    event = arrive(room, VERSION_2)  # the register's record is of before
    broken_off(room, event, step, room.libraries.secret)

    room.hear(event)

    assert open_files(room) == set()
    assert len(room.libraries.secret.files) == 2


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("change", ["made_confidential", "cancelled"])
def test_a_letter_that_was_half_filed_is_taken_out_with_what_was_begun(
    room: FakeMailroom, step: str, change: str
) -> None:
    event = arrive(room)
    broken_off(room, event, step)

    room.hear(reported(change))
    room.hear(event)

    assert open_files(room) == set()


def test_what_was_begun_is_out_of_sight_while_the_protected_library_is_away(room: FakeMailroom) -> None:
    room.libraries.has_secret = True
    event = arrive(room)
    broken_off(room, event, "columns")

    room.hear(reported("made_confidential"))

    assert open_files(room) == set()


@pytest.mark.parametrize("texts", [{}, {">intern<": ">geheim<"}], ids=["vertrouwelijk", "geheim"])
@pytest.mark.parametrize("main", [None, b"%PDF other"], ids=["same content", "other content"])
def test_the_same_version_that_says_it_is_secret_is_believed(
    room: FakeMailroom, texts: dict[str, str], main: bytes | None
) -> None:
    bring(room)

    bring(room, texts or SECRET, main=main)

    assert open_files(room) == set()


@pytest.mark.parametrize("is_half_filed", [True, False])
def test_a_secret_version_that_is_damaged_keeps_the_older_one_out_of_sight(
    room: FakeMailroom, is_half_filed: bool
) -> None:
    older = arrive(room)
    broken_off(room, older, "upload" if is_half_filed else "folder")

    room.hear(arrive(room, VERSION_2, SECRET, DAMAGED))
    room.hear(older)

    assert open_files(room) == set()


def test_a_secret_version_that_is_damaged_hides_what_was_cancelled_too(room: FakeMailroom) -> None:
    bring(room)
    room.hear(reported("cancelled"))

    room.hear(arrive(room, VERSION_3, SECRET, DAMAGED))

    assert open_files(room) == set()


def test_what_older_versions_left_in_another_library_is_hidden_with_the_letter(room: FakeMailroom) -> None:
    room.folders.elsewhere.add("A40003")
    bring(room)
    bring(room, VERSION_2, OTHER_PROJECT)

    room.hear(reported("made_confidential", version=3))

    assert open_files(room) == set()


def test_an_attachment_that_an_older_version_had_is_hidden_with_the_letter(room: FakeMailroom) -> None:
    bring(room)
    bring(room, VERSION_2, without_attachment())

    room.hear(reported("made_confidential", version=3))

    assert open_files(room) == set()


def test_one_file_that_cannot_be_hidden_now_leaves_no_other_in_the_open(room: FakeMailroom) -> None:
    bring(room)
    main, download = standing(room).pieces[0].item_id, room.library.download

    def locked(item_id: str, target: Path) -> None:
        if item_id == main:
            raise Transient("graph_423", "locked")
        download(item_id, target)

    room.library.download = locked  # type: ignore[method-assign]  # a far side that refuses one file

    with pytest.raises(Transient):
        room.hear(reported("made_confidential"))

    assert open_files(room) == {f"{HOME}/{NAME}.pdf"}


@pytest.mark.parametrize("texts", [{}, NO_CODE], ids=["filed", "kept in the register"])
def test_a_withdrawal_that_a_newer_version_overtook_leaves_nothing_on_this_machine(
    room: FakeMailroom, texts: dict[str, str]
) -> None:
    bring(room)
    broken_off(room, reported("made_confidential"), "recycle")

    bring(room, VERSION_3, texts)

    assert [path for path in room.world().spool.rglob("*") if path.is_file()] == []


def test_the_project_that_a_person_chose_is_not_taken_for_what_a_route_says(room: FakeMailroom) -> None:
    bring(room)
    room.hear(CHOICE)
    room.table = Table(routes=[Route(name="offertes", to="protected", conditions={"document_type": ["offerte"]})])

    bring(room, VERSION_2)

    assert standing(room).project == "A40003"


def test_what_became_secret_must_be_answered_all_the_same(room: FakeMailroom) -> None:
    bring(room)

    room.hear(reported("made_confidential"))

    (due,) = room.store.letters.due_until(sample_letter().reply_by or NOW.date())
    assert due.handler == "user-4"


# ─── exactly once ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("step", STEPS)
def test_a_letter_that_was_half_filed_in_another_project_stands_in_one(room: FakeMailroom, step: str) -> None:
    event = arrive(room)
    broken_off(room, event, step)

    bring(room, VERSION_2, OTHER_PROJECT)
    room.hear(event)

    assert {path.rpartition("/")[0] for path in open_files(room)} == {DIGITAL}


def test_an_attachment_of_a_version_that_was_half_filed_is_not_left_beside_a_newer_one(room: FakeMailroom) -> None:
    event = arrive(room)
    uploads = 0
    upload = room.library.upload

    def second_breaks(folder_id: str, name: str, source: Path, content: Fingerprint) -> Item:
        nonlocal uploads
        uploads += 1
        made = upload(folder_id, name, source, content)
        if uploads == 2:
            raise Transient("graph_unreachable", "the answer was lost")
        return made

    room.library.upload = second_breaks  # type: ignore[method-assign]  # the attachment stands, and nobody knows
    with pytest.raises(Transient):
        room.hear(event)

    bring(room, VERSION_2, without_attachment())

    assert open_files(room) == {f"{HOME}/{NAME}.pdf"}


def test_rules_that_change_between_two_attempts_leave_nothing_in_the_folder(room: FakeMailroom) -> None:
    event = arrive(room)
    broken_off(room, event, "upload")
    room.table = Table(excluded=["ALG.*"])

    room.hear(event)

    assert open_files(room) == set()


@pytest.mark.parametrize("step", ["folder", "upload", "columns"])
def test_a_choice_that_breaks_off_on_its_way_to_another_library_goes_on(room: FakeMailroom, step: str) -> None:
    room.folders.elsewhere.add("A40003")
    bring(room, WITHOUT_CODE_OF_OURS)
    broken_off(room, CHOICE, step, room.libraries.other)

    room.hear(CHOICE)

    assert open_files(room) == {f"{DIGITAL}/{NAME}.pdf", f"{DIGITAL}/{NAME}_bijlage1.pdf"}


def test_a_choice_that_is_half_carried_out_is_hidden_when_the_letter_becomes_secret(room: FakeMailroom) -> None:
    room.folders.elsewhere.add("A40003")
    bring(room, WITHOUT_CODE_OF_OURS)
    broken_off(room, CHOICE, "columns", room.libraries.other)

    room.hear(reported("made_confidential"))

    assert open_files(room) == set()


def test_another_choice_takes_along_what_the_first_began(room: FakeMailroom) -> None:
    room.folders.elsewhere.add("A40003")
    bring(room, WITHOUT_CODE_OF_OURS)
    broken_off(room, CHOICE, "columns", room.libraries.other)

    room.hear(replace(CHOICE, project="A40201"))

    assert open_files(room) == {f"{HOME}/{NAME}.pdf", f"{HOME}/{NAME}_bijlage1.pdf"}


def test_what_is_swept_is_never_a_file_of_somebody_else(room: FakeMailroom) -> None:
    theirs = of_a_colleague(room.library, HOME)
    event = arrive(room)
    broken_off(room, event, "columns")

    room.hear(reported("made_confidential"))

    assert open_files(room) == {f"{HOME}/{NAME}.pdf"}
    assert theirs.content == b"of a colleague"


def test_nothing_is_remembered_of_places_once_a_letter_is_settled(room: FakeMailroom) -> None:
    bring(room)

    assert room.store.begun.of(KENMERK) == []


# ─── files of others, and files that people deleted ──────────────────────────────────────────────────────────────────


def test_a_file_with_the_same_name_is_not_taken_for_one_that_was_carried(room: FakeMailroom) -> None:
    room.folders.elsewhere.add("A40003")
    item = only(bring(room, WITHOUT_CODE_OF_OURS), MailFiled).item_id
    theirs = of_a_colleague(room.libraries.other, DIGITAL)
    del room.library.items[item]

    with pytest.raises(Permanent, match="offer it again"):
        room.hear(CHOICE)

    assert theirs.fields == {}


def test_a_file_with_the_same_name_is_not_taken_for_one_that_was_hidden(room: FakeMailroom) -> None:
    room.libraries.has_secret = True
    item = only(bring(room), MailFiled).item_id
    theirs = of_a_colleague(room.libraries.secret, "2026")
    del room.library.items[item]
    room.hear(reported("made_confidential"))

    bring(room, VERSION_3, SECRET, main=b"%PDF newer")

    assert theirs.content == b"of a colleague"


def test_a_file_that_is_known_to_be_gone_is_not_asked_for(room: FakeMailroom) -> None:
    bring(room, WITHOUT_CODE_OF_OURS)
    del room.library.items[standing(room).pieces[1].item_id]
    room.hear(CHOICE)
    asked: list[str] = []
    item = room.library.item
    room.library.item = lambda item_id: (asked.append(item_id), item(item_id))[1]  # type: ignore[method-assign,func-returns-value]  # Graph refuses an empty id

    room.hear(reported("cancelled"))

    assert "" not in asked


def test_a_link_never_leads_to_another_link(room: FakeMailroom) -> None:
    first = only(bring(room), MailFiled)
    bring(room, {"2026/IN/001234": OTHER})
    del room.library.items[first.item_id]

    third = only(bring(room, {"2026/IN/001234": "2026/IN/007777"}), MailFiled)

    assert room.library.items[third.item_id].content == (SAMPLES / MAIN).read_bytes()


# ─── told and brought twice ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_version_with_an_attachment_more_waits_for_a_person(room: FakeMailroom) -> None:
    bring(room, without_attachment())

    with pytest.raises(Permanent) as conflict:
        room.hear(arrive(room))

    assert conflict.value.reason == "same_version_other_content"


def test_the_same_version_that_another_intake_brings_with_fewer_files_is_settled(room: FakeMailroom) -> None:
    bring(room)

    assert only(bring(room, without_attachment()), MailFiled).version == 1
    assert len(standing(room).pieces) == 2


def test_a_refused_set_that_was_announced_twice_is_held_once(room: FakeMailroom) -> None:
    deliver(room.folder)
    (room.folder / ATTACHMENT).write_bytes((SAMPLES / ATTACHMENT).read_bytes()[::-1])
    room.clock.at = NOW.replace(year=2100)
    (first,), (second,) = room.hear(DUE), room.hear(DUE)
    room.hear(*room.hear(first))

    assert room.hear(second) == []


def test_a_newer_version_that_is_gone_is_not_passed_over(room: FakeMailroom) -> None:
    bring(room)

    with pytest.raises(Permanent) as gone:
        room.hear(MailArrived(intake="scans", reference="20261118T090000000000_x", kenmerk=KENMERK, version=2))

    assert gone.value.reason == "set_gone"


def test_a_record_that_nobody_can_open_keeps_no_other_waiting(room: FakeMailroom) -> None:
    room.registers["scans"] = Unreadable(sample_letter())

    assert [event.reference for event in room.hear(DUE) if isinstance(event, MailArrived)] == ["well"]


def test_a_folder_that_cannot_be_asked_of_keeps_no_other_letter_in_the_tray(room: FakeMailroom) -> None:
    room.folders.refusals["A40003"] = "folder_missing"
    bring(room, {"A40201": "A40004"})
    bring(room, {"2026/IN/001234": OTHER, **OTHER_PROJECT}, main=b"%PDF other")
    room.folders.refusals.clear()
    of = room.folders.of

    def unreadable(project: Project, confidentiality: str) -> Shelf | NoShelf:
        if project.code == "A40003":
            raise Permanent("team_unreadable", "who reads along cannot be asked")
        return of(project, confidentiality)

    room.folders.of = unreadable  # type: ignore[method-assign]  # a team that the hub may not look into

    assert [event.kenmerk for event in room.hear(MIDNIGHT) if isinstance(event, ClassificationChosen)] == [KENMERK]


# ─── answers, days, lengths ──────────────────────────────────────────────────────────────────────────────────────────


def the_answer(room: FakeMailroom) -> Event:
    answer = sample_letter(kenmerk=ANSWER, direction="uitgaand", in_reply_to=[KENMERK], project=None)
    room.registers["register"] = FakeRegister(answer)
    (arrived,) = room.hear(reported("registered", version=1, kenmerk=ANSWER, source="register"))
    return arrived


def test_an_answer_that_breaks_off_is_marked_by_the_next_attempt(room: FakeMailroom) -> None:
    bring(room)
    answer = the_answer(room)
    broken_off(room, answer, "columns")

    room.hear(answer)

    assert standing(room).needs_reply is False
    assert "answered" in [entry.step for entry in room.store.trail.of(KENMERK)]


def test_a_letter_that_was_deleted_by_hand_is_answered_all_the_same(room: FakeMailroom) -> None:
    item = only(bring(room), MailFiled).item_id
    del room.library.items[item]

    answer_to(KENMERK, room)

    assert standing(room).needs_reply is False


def test_an_answer_that_comes_while_its_letter_is_filed_counts(room: FakeMailroom) -> None:
    event = arrive(room)
    below = room.folders.below

    def meanwhile(shelf: Shelf, path: str) -> Shelf:
        room.folders.below = below  # type: ignore[method-assign]
        answer_to(KENMERK, room)
        return below(shelf, path)

    room.folders.below = meanwhile  # type: ignore[method-assign]  # another worker, at that moment

    room.hear(event)

    assert standing(room).needs_reply is False


def test_what_we_sent_at_midnight_keeps_its_day_in_whatever_zone_it_is_written() -> None:
    at = datetime(2027, 1, 1, 0, 15, tzinfo=BRUSSELS)
    sent = sample_letter(direction="uitgaand", received_on=None, registered_at=at)

    days = [sent.day, replace(sent, registered_at=at.astimezone(UTC)).day]

    assert days == [at.date(), at.date()]


def test_a_service_with_a_name_that_is_too_long_holds_up_no_letter(room: FakeMailroom) -> None:
    room.registers["register"] = FakeRegister(sample_letter(department="D" * 300, department_code=None, project=None))
    (arrived,) = room.hear(reported("registered", version=1, source="register"))

    room.hear(arrived)

    assert standing(room).state == "kept"
