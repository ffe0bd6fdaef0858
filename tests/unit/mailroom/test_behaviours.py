"""The cases that a mail register brings, each by its name: what should happen, and what must never."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from services.mailroom.domain.routing import Goal, Route, Table
from services.mailroom.store.letters import Filing
from shared.errors import Permanent, Transient
from shared.events import (
    ClassificationChosen,
    ClockStruck,
    CollectionDue,
    Event,
    LetterReported,
    MailFiled,
    MailHeld,
    MailKept,
    MailMoved,
    MailReleased,
    MailWithdrawn,
    MessageUnparked,
    ProjectsChanged,
)
from shared.events.envelope import first
from tests.unit.mailroom.builders import MAIN, NOW, SAMPLES, FakeMailroom, FakeRegister, Stored, deliver, sample_letter

KENMERK, OTHER = "2026/IN/001234", "2026/IN/009999"
MIDNIGHT = ClockStruck(at=NOW, period="day")
VERSION_2, VERSION_3 = {'versie="1"': 'versie="2"'}, {'versie="1"': 'versie="3"'}
NO_CODE = {"<projectcode>A40201</projectcode>": ""}
SECRET = {">intern<": ">vertrouwelijk<"}
NAME = "2026-IN-001234_2026-11-18_Offerte"
HOME = "A40201 - Moderne digitale werkplaats/Post/Inkomend/2026"
DIGITAL = "A40003 - Digitaal loket/Post/Inkomend/2026"


def bring(room: FakeMailroom, *texts: dict[str, str], main: bytes | None = None) -> list[Event]:
    """Deliver the sample with all of *texts* replaced, and return what was said last of it."""
    merged = {old: new for each in texts for old, new in each.items()}
    deliver(room.folder, merged, main=main)
    return room.run()


def only(events: list[Event], kind: type[Any]) -> Any:
    (found,) = [event for event in events if isinstance(event, kind)]
    return found


def standing(room: FakeMailroom, kenmerk: str = KENMERK) -> Filing:
    found = room.store.letters.newest(kenmerk)
    assert found is not None
    return found


def reported(change: str, version: int = 2, **changes: Any) -> LetterReported:
    event = LetterReported(
        source="postregister", rule="poststuk", kenmerk=KENMERK, version=version, change=change, privacy="intern"
    )
    return replace(event, **changes)


def paths(room: FakeMailroom) -> set[str]:
    return set(room.library.files)


# ─── where it belongs ────────────────────────────────────────────────────────────────────────────────────────────────


def test_project_code_unknown_goes_to_the_tray_with_the_nearest_codes_and_makes_no_folder(room: FakeMailroom) -> None:
    filed = only(bring(room, {"A40201": "A4O201"}), MailFiled)

    assert (filed.unclassified, filed.project, filed.reason) == (True, None, "unknown_project")
    assert filed.suggestions[0] == "A40201"
    assert {path.partition("/")[0] for path in paths(room)} == {"Te klasseren"}
    assert {item.name for item in room.library.items.values() if item.content is None} == {"", "Te klasseren"}


def test_code_empty_stays_in_the_register(room: FakeMailroom) -> None:
    said = bring(room, NO_CODE)

    assert only(said, MailKept) == MailKept(kenmerk=KENMERK, version=1, reason="no_project", department="ICT")
    assert room.library.files == {}
    assert room.shelves()["bezig"] == []


def test_code_empty_goes_to_the_tray_where_the_organisation_wants_that(room: FakeMailroom) -> None:
    room.table = Table(without_project=Goal.TRAY)

    assert only(bring(room, NO_CODE), MailFiled).reason == "no_project"


def test_project_closed_is_filed_and_flagged(room: FakeMailroom) -> None:
    filed = only(bring(room, {"A40201": "A40001"}), MailFiled)

    assert (filed.project, filed.unclassified, filed.reason) == ("A40001", False, "project_closed")
    assert f"A40001 - Afgerond/Post/Inkomend/2026/{NAME}.pdf" in paths(room)


def test_project_closed_with_a_successor_is_filed_there(room: FakeMailroom) -> None:
    filed = only(bring(room, {"A40201": "A40002"}), MailFiled)

    assert (filed.project, filed.reason) == ("A40201", None)
    assert room.library.at(f"{HOME}/{NAME}.pdf").fields["Projectcode"] == "A40201"


def test_a_project_without_its_folder_is_a_task_in_the_tray_and_no_error_loop(room: FakeMailroom) -> None:
    filed = only(bring(room, {"A40201": "A40004"}), MailFiled)

    assert (filed.unclassified, filed.reason) == (True, "folder_missing")
    assert standing(room).state == "tray"


@pytest.mark.parametrize("reason", ["guests_in_team", "public_team"])
def test_a_channel_that_guests_or_everybody_read_gets_no_letter(room: FakeMailroom, reason: str) -> None:
    room.folders.refusals["A40201"] = reason

    filed = only(bring(room), MailFiled)

    assert (filed.unclassified, filed.reason) == (True, reason)


def test_the_first_route_that_matches_decides(room: FakeMailroom) -> None:
    room.table = Table(
        routes=[
            Route(name="facturen", to="tray", conditions={"document_type": ["factuur"]}),
            Route(name="offertes", to="A40003", conditions={"document_type": ["OFFERTE"], "direction": ["inkomend"]}),
            Route(name="alles", to="tray"),
        ]
    )

    filed = only(bring(room), MailFiled)

    assert (filed.project, filed.rule) == ("A40003", "offertes")


# ─── versions ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_project_changed_is_moved_with_its_history_and_told(room: FakeMailroom) -> None:
    item = only(bring(room), MailFiled).item_id

    said = bring(room, VERSION_2, {"A40201": "A40003"})

    assert only(said, MailMoved) == MailMoved(kenmerk=KENMERK, version=2, before="A40201", project="A40003")
    assert room.library.at(f"{DIGITAL}/{NAME}.pdf").id == item
    assert room.library.bin == []


def test_project_changed_to_another_library_is_carried_over_and_the_old_one_set_aside(room: FakeMailroom) -> None:
    room.folders.elsewhere.add("A40003")
    bring(room)

    said = bring(room, VERSION_2, {"A40201": "A40003"})

    assert only(said, MailFiled).drive_id == "drive-2"
    assert f"{DIGITAL}/{NAME}.pdf" in room.libraries.other.files
    assert {path.partition("/")[0] for path in paths(room)} == {"Geannuleerd"}
    assert only(said, MailMoved).before == "A40201"


def test_a_letter_may_come_back_to_a_library_in_which_its_kenmerk_must_be_unique(room: FakeMailroom) -> None:
    room.folders.elsewhere.add("A40003")
    bring(room)
    bring(room, VERSION_2, {"A40201": "A40003"})

    bring(room, VERSION_3)

    carrying = [item for item in room.library.items.values() if item.fields.get("PostKenmerk") == KENMERK]
    assert [room.library.path(item) for item in carrying] == [f"{HOME}/{NAME}.pdf"]


def test_new_version_of_the_scan_is_a_new_version_of_the_same_item(room: FakeMailroom) -> None:
    item = only(bring(room), MailFiled).item_id

    filed = only(bring(room, VERSION_2, main=b"%PDF better"), MailFiled)

    assert (filed.item_id, filed.version) == (item, 2)
    assert room.library.files[f"{HOME}/{NAME}.pdf"] == b"%PDF better"


def test_older_version_never_goes_over_a_newer_one(room: FakeMailroom) -> None:
    bring(room, VERSION_2)

    bring(room, main=b"%PDF older")

    assert standing(room).version == 2
    assert room.library.files[f"{HOME}/{NAME}.pdf"] == (SAMPLES / MAIN).read_bytes()


def link_to(path: str) -> bytes:
    return f"[InternetShortcut]\r\nURL=https://example.org/{quote(path)}\r\n".encode()


def test_same_scan_under_another_reference_is_a_link_to_the_first(room: FakeMailroom) -> None:
    first = only(bring(room), MailFiled)

    second = only(bring(room, {"2026/IN/001234": OTHER}), MailFiled)

    assert second.same_as == [KENMERK]
    link = room.library.items[second.item_id]
    assert link.name == "2026-IN-009999_2026-11-18_Offerte.url"
    assert link.content == link_to(f"{HOME}/{NAME}.pdf")
    assert link.fields["PostKenmerk"] == OTHER
    assert room.library.items[first.item_id].content == (SAMPLES / MAIN).read_bytes()


def test_the_link_follows_the_document_to_another_project(room: FakeMailroom) -> None:
    bring(room)
    second = only(bring(room, {"2026/IN/001234": OTHER}), MailFiled)

    bring(room, VERSION_2, {"A40201": "A40003"})

    assert room.library.items[second.item_id].content == link_to(f"{DIGITAL}/{NAME}.pdf")


def test_the_link_follows_though_the_attempt_that_moved_the_document_broke_off(room: FakeMailroom) -> None:
    bring(room)
    second = only(bring(room, {"2026/IN/001234": OTHER}), MailFiled)
    deliver(room.folder, {**VERSION_2, "A40201": "A40003"})
    (arrived,) = room.hear(CollectionDue(intake="scans"))
    room.library.breaks_after = "replace"  # the first thing that is written again is the link
    with pytest.raises(Transient):
        room.hear(arrived)

    room.hear(arrived)

    assert standing(room, OTHER).pieces[0].size == len(link_to(f"{DIGITAL}/{NAME}.pdf"))
    assert room.library.items[second.item_id].content == link_to(f"{DIGITAL}/{NAME}.pdf")


def test_the_link_follows_the_document_to_where_a_person_puts_it(room: FakeMailroom) -> None:
    bring(room)
    second = only(bring(room, {"2026/IN/001234": OTHER}), MailFiled)

    room.hear(ClassificationChosen(kenmerk=KENMERK, project="A40003", by="noor"))

    assert room.library.items[second.item_id].content == link_to(f"{DIGITAL}/{NAME}.pdf")


def test_the_link_to_what_became_secret_leads_nowhere_and_shows_nothing_of_it(room: FakeMailroom) -> None:
    room.libraries.has_secret = True
    bring(room)
    second = only(bring(room, {"2026/IN/001234": OTHER}), MailFiled)

    room.hear(reported("made_confidential"))

    assert room.library.items[second.item_id].content == link_to(f"{HOME}/{NAME}.pdf")
    assert f"{HOME}/{NAME}.pdf" not in paths(room)


def test_same_scan_of_a_letter_that_was_deleted_by_hand_is_filed_whole(room: FakeMailroom) -> None:
    first = only(bring(room), MailFiled)
    del room.library.items[first.item_id]

    second = only(bring(room, {"2026/IN/001234": OTHER}), MailFiled)

    assert room.library.items[second.item_id].content == (SAMPLES / MAIN).read_bytes()


def test_same_reference_and_version_with_another_content_waits_for_a_person(room: FakeMailroom) -> None:
    bring(room)

    with pytest.raises(Permanent) as conflict:
        bring(room, main=b"%PDF other")

    assert conflict.value.reason == "same_version_other_content"


def test_an_attachment_that_a_newer_version_no_longer_has_is_set_aside(room: FakeMailroom) -> None:
    bring(room)
    line = next(
        line for line in (SAMPLES / f"{MAIN}.metadata.xml").read_text("utf-8").splitlines() if "bijlage1" in line
    )

    bring(room, VERSION_2, {line: ""})

    left = room.library.at(f"Geannuleerd/{NAME}_bijlage1.pdf")
    assert left.fields["Poststatus"] == "vervallen"
    assert [piece.name for piece in standing(room).pieces] == [f"{NAME}.pdf"]


# ─── taken out of sight ──────────────────────────────────────────────────────────────────────────────────────────────


def test_registration_cancelled_is_marked_and_set_aside_never_deleted(room: FakeMailroom) -> None:
    item = only(bring(room), MailFiled).item_id

    said = room.hear(reported("cancelled"))

    assert said == [MailWithdrawn(kenmerk=KENMERK, version=2, project="A40201", reason="cancelled")]
    assert room.library.path(room.library.items[item]) == f"Geannuleerd/{NAME}.pdf"
    assert room.library.items[item].fields["Poststatus"] == "geannuleerd"
    assert room.library.bin == []


def test_deleted_in_source_is_kept_and_no_longer_shown(room: FakeMailroom) -> None:
    item = only(bring(room), MailFiled).item_id

    said = room.hear(reported("deleted"))

    assert only(said, MailWithdrawn).reason == "deleted"
    assert room.library.items[item].fields["Poststatus"] == "verwijderd in het register"


def test_what_was_cancelled_before_it_came_is_never_filed(room: FakeMailroom) -> None:
    room.hear(reported("cancelled", version=5))

    said = bring(room)

    assert room.library.files == {}
    assert only(said, MailKept).reason == "cancelled"


def test_a_letter_that_is_registered_again_after_it_was_cancelled_comes_back_in_its_item(room: FakeMailroom) -> None:
    item = only(bring(room), MailFiled).item_id
    room.hear(reported("cancelled"))

    filed = only(bring(room, VERSION_3), MailFiled)

    assert (filed.item_id, filed.project) == (item, "A40201")
    assert f"{HOME}/{NAME}.pdf" in paths(room)


@pytest.mark.parametrize("has_library", [True, False], ids=["protected library", "none"])
def test_becomes_confidential_is_withdrawn_at_once(room: FakeMailroom, has_library: bool) -> None:
    room.libraries.has_secret = has_library
    bring(room)
    deliver(room.folder, VERSION_3)

    said = room.hear(reported("made_confidential"))

    assert said[0] == MailWithdrawn(kenmerk=KENMERK, version=2, project="A40201", reason="confidential") or isinstance(
        said[0], MailFiled
    )
    assert only(said, MailWithdrawn).project == "A40201"
    assert room.library.files == {}
    assert set(room.libraries.secret.files) == (
        {f"2026/{NAME}.pdf", f"2026/{NAME}_bijlage1.pdf"} if has_library else set()
    )
    assert len(room.library.bin) == 2


def test_becomes_confidential_by_a_new_version_is_withdrawn_before_its_content_is_looked_at(room: FakeMailroom) -> None:
    room.libraries.has_secret = True
    bring(room)
    room.libraries.secret.breaks_after = "folder"
    deliver(room.folder, {**VERSION_2, **SECRET})
    (arrived,) = room.hear(CollectionDue(intake="scans"))
    with pytest.raises(Transient):
        room.hear(arrived)
    in_between = dict(room.library.files)

    said = room.hear(arrived)

    assert in_between == {}
    assert only(said, MailWithdrawn).project == "A40201"
    assert set(room.libraries.secret.files) == {f"2026/{NAME}.pdf", f"2026/{NAME}_bijlage1.pdf"}


def test_becomes_confidential_is_withdrawn_though_what_came_with_it_is_damaged(room: FakeMailroom) -> None:
    bring(room)
    deliver(room.folder, {**VERSION_2, **SECRET, "357947b8": "00000000"})

    said = room.run()

    assert only(said, MailHeld).reason == "sha256_mismatch"
    assert room.library.files == {}


@pytest.mark.parametrize("step", ["folder", "upload", "columns", "recycle"])
def test_a_withdrawal_that_breaks_off_is_taken_up_where_it_was(room: FakeMailroom, step: str) -> None:
    room.libraries.has_secret = True
    bring(room)
    for library in (room.library, room.libraries.secret):
        library.breaks_after = step
    event = reported("made_confidential")
    for _ in range(3):
        try:
            said = room.hear(event)
        except Transient:
            continue

    assert only(said, MailWithdrawn).project == "A40201"
    assert room.library.files == {}
    assert set(room.libraries.secret.files) == {f"2026/{NAME}.pdf", f"2026/{NAME}_bijlage1.pdf"}


@pytest.mark.parametrize("texts", [SECRET, {">intern<": ">geheim<"}, {'code="ALG.AANKOOP"': 'code="OCMW.DOSSIER"'}])
def test_confidential_from_the_start_never_reaches_a_folder_that_people_read(
    room: FakeMailroom, texts: dict[str, str]
) -> None:
    room.table = Table(excluded=["OCMW*"])

    said = bring(room, texts)

    assert only(said, MailHeld).reason in ("confidential", "excluded_series")
    assert room.library.writes == []
    assert len([name for name in room.shelves()["fout"] if not name.endswith("reden.txt")]) == 3


def test_confidential_from_the_start_is_filed_in_the_protected_library(room: FakeMailroom) -> None:
    room.libraries.has_secret = True

    filed = only(bring(room, SECRET), MailFiled)

    assert (filed.protected, filed.project, filed.drive_id) == (True, None, "drive-9")
    assert room.library.writes == []
    assert f"2026/{NAME}.pdf" in room.libraries.secret.files


def test_a_person_cannot_choose_a_project_for_what_is_secret(room: FakeMailroom) -> None:
    bring(room, {"A40201": "A49999"})
    room.hear(ClassificationChosen(kenmerk=KENMERK, project="A40003", by="noor"))

    said = bring(room, VERSION_2, SECRET)

    assert only(said, MailWithdrawn).project == "A40003"
    assert room.library.files == {}


# ─── the tray ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_letter_in_the_tray_goes_to_the_project_that_a_person_chose(room: FakeMailroom) -> None:
    item = only(bring(room, {"A40201": "A49999"}), MailFiled).item_id

    said = room.hear(ClassificationChosen(kenmerk=KENMERK, project="A40003", by="noor"))

    assert only(said, MailFiled).project == "A40003"
    assert only(said, MailMoved) == MailMoved(kenmerk=KENMERK, version=1, before=None, project="A40003")
    assert room.library.path(room.library.items[item]) == f"{DIGITAL}/{NAME}.pdf"
    assert room.library.items[item].fields["Projectcode"] == "A40003"


def test_the_choice_holds_for_the_next_version(room: FakeMailroom) -> None:
    bring(room, {"A40201": "A49999"})
    room.hear(ClassificationChosen(kenmerk=KENMERK, project="A40003", by="noor"))

    filed = only(bring(room, VERSION_2, {"A40201": "A49999"}), MailFiled)

    assert (filed.project, filed.rule) == ("A40003", "gekozen")


def test_a_choice_that_is_made_twice_is_carried_out_once(room: FakeMailroom) -> None:
    bring(room, {"A40201": "A49999"})
    choice = ClassificationChosen(kenmerk=KENMERK, project="A40003", by="noor")
    first = room.hear(choice)
    writes = list(room.library.writes)

    assert room.hear(choice) == first
    assert room.library.writes == writes


def test_a_project_that_is_imported_later_takes_its_letters_out_of_the_tray(room: FakeMailroom) -> None:
    bring(room, {"A40201": "A49999"})
    assert room.hear(ProjectsChanged(register="projecten")) == []
    room.projects["A49999"] = replace(room.projects["A40003"], code="A49999")

    (again,) = room.hear(ProjectsChanged(register="projecten"))

    assert only(room.hear(again), MailFiled).project == "A49999"


def test_a_folder_that_somebody_made_takes_its_letters_out_of_the_tray_the_next_day(room: FakeMailroom) -> None:
    bring(room, {"A40201": "A40004"})
    assert room.hear(MIDNIGHT) == []
    room.folders.refusals.clear()

    (again,) = room.hear(MIDNIGHT)

    assert only(room.hear(again), MailFiled).project == "A40004"


def test_a_choice_for_a_letter_that_is_nowhere_waits_for_a_person(room: FakeMailroom) -> None:
    with pytest.raises(Permanent) as unknown:
        room.hear(ClassificationChosen(kenmerk=OTHER, project="A40003", by="noor"))

    assert unknown.value.reason == "nothing_to_classify"


def test_a_letter_whose_series_was_excluded_since_is_taken_out_when_it_is_looked_at_again(room: FakeMailroom) -> None:
    bring(room)
    room.table = Table(excluded=["ALG.*"])

    said = room.hear(ClassificationChosen(kenmerk=KENMERK, by="noor"))

    assert only(said, MailWithdrawn) == MailWithdrawn(
        kenmerk=KENMERK, version=1, project="A40201", reason="excluded_series"
    )
    assert room.library.files == {}


def test_a_choice_for_a_letter_that_was_deleted_by_hand_says_to_offer_it_again(room: FakeMailroom) -> None:
    item = only(bring(room, {"A40201": "A49999"}), MailFiled).item_id
    del room.library.items[item]

    with pytest.raises(Permanent, match="offer it again"):
        room.hear(ClassificationChosen(kenmerk=KENMERK, project="A40003", by="noor"))


# ─── files of others, answers, trail ─────────────────────────────────────────────────────────────────────────────────


def test_a_file_of_somebody_else_is_never_overwritten(room: FakeMailroom) -> None:
    folder = room.library.ensure_folder(HOME)
    room.library.items["theirs"] = Stored("theirs", f"{NAME}.pdf", folder.id, b"of a colleague")

    filed = only(bring(room), MailFiled)

    assert room.library.items["theirs"].content == b"of a colleague"
    assert room.library.items["theirs"].fields == {}
    assert room.library.items[filed.item_id].name == f"{NAME} (2).pdf"


def test_a_half_filed_older_version_is_written_over_and_not_left_behind(room: FakeMailroom) -> None:
    room.library.breaks_after = "upload"
    with pytest.raises(Transient):
        bring(room)  # the scan stands there without columns

    filed = only(bring(room, VERSION_2, main=b"%PDF better"), MailFiled)

    assert room.library.items[filed.item_id].name == f"{NAME}.pdf"
    assert room.library.files[f"{HOME}/{NAME}.pdf"] == b"%PDF better"


def test_the_day_that_the_author_gave_it_stays(room: FakeMailroom) -> None:
    filed = only(bring(room), MailFiled)

    dated = room.library.items[filed.item_id].dated
    assert dated is not None
    assert dated.date() == sample_letter().document_date


def test_outgoing_reply_linked_marks_the_incoming_answered(room: FakeMailroom) -> None:
    item = only(bring(room), MailFiled).item_id

    answer_to(KENMERK, room)

    assert standing(room).needs_reply is False
    assert room.library.items[item].fields["Poststatus"] == "beantwoord"


def answer_to(kenmerk: str, room: FakeMailroom) -> None:
    answer = sample_letter(kenmerk="2026/UIT/000001", direction="uitgaand", in_reply_to=[kenmerk], project=None)
    room.registers["register"] = FakeRegister(answer)
    (arrived,) = room.hear(reported("registered", version=1, kenmerk="2026/UIT/000001", source="register"))
    room.hear(arrived)


def test_an_answered_letter_is_not_open_again_because_it_is_scanned_again(room: FakeMailroom) -> None:
    bring(room)
    answer_to(KENMERK, room)

    item = only(bring(room, VERSION_2), MailFiled).item_id

    assert standing(room).needs_reply is False
    assert room.library.items[item].fields["Poststatus"] == "beantwoord"


def test_an_answer_that_is_handled_before_its_letter_counts_too(room: FakeMailroom) -> None:
    answer_to(KENMERK, room)

    bring(room)

    assert standing(room).needs_reply is False


def test_a_letter_that_stays_in_the_register_must_be_answered_all_the_same(room: FakeMailroom) -> None:
    bring(room, NO_CODE)

    assert [each.kenmerk for each in room.store.letters.due_until(sample_letter().reply_by or NOW.date())] == [KENMERK]


def test_the_moment_of_registration_is_that_of_the_first_version_for_ever(room: FakeMailroom) -> None:
    bring(room)

    item = only(bring(room, VERSION_2, {"2026-11-18T09:42:11+01:00": "2026-11-20T10:00:00+01:00"}), MailFiled).item_id

    assert room.library.items[item].fields["Registratiedatum"] == "2026-11-18T08:42:11Z"


def test_the_trail_tells_every_step_from_intake_to_folder_once(room: FakeMailroom) -> None:
    room.library.breaks_after = "columns"
    with pytest.raises(Transient):
        bring(room)
    bring(room, VERSION_2)
    room.hear(reported("cancelled", version=3))

    steps = [(entry.version, entry.step) for entry in room.store.trail.of(KENMERK)]

    assert steps.count((1, "arrived")) == 1
    later = {step for version, step in steps if version in (2, 3)}
    assert later == {"arrived", "decided", "term", "filed", "cancelled"}


def test_what_was_held_is_off_the_list_once_the_letter_was_offered_again_and_filed(room: FakeMailroom) -> None:
    held = only(bring(room, {"357947b8": "00000000"}), MailHeld)

    said = bring(room)

    released = only(said, MailReleased)
    assert (released.intake, released.reference, released.reason) == ("scans", held.reference, "sha256_mismatch")


def test_a_set_that_a_person_decided_not_to_file_is_put_aside_and_does_not_stay_claimed(room: FakeMailroom) -> None:
    bring(room)
    deliver(room.folder, main=b"%PDF other")
    (conflict,) = room.hear(CollectionDue(intake="scans"))
    room.came["m-1"] = first(conflict, "mailroom", NOW, id_="m-1")

    said = room.hear(MessageUnparked(service="mailroom", message_id="m-1", outcome="discarded", by="noor"))

    assert said == []
    assert room.shelves()["bezig"] == []
    assert any(name.endswith("reden.txt") for name in room.shelves()["fout"])


@pytest.mark.parametrize("changes", [{"service": "timesync"}, {"outcome": "retried"}, {"message_id": "m-2"}])
def test_what_another_service_or_outcome_says_moves_no_set(room: FakeMailroom, changes: dict[str, str]) -> None:
    deliver(room.folder)
    (arrived,) = room.hear(CollectionDue(intake="scans"))
    room.came["m-1"] = first(arrived, "mailroom", NOW, id_="m-1")
    told = MessageUnparked(service="mailroom", message_id="m-1", outcome="discarded", by="noor")

    room.hear(replace(told, **changes))

    assert len(room.shelves()["bezig"]) == 3


def test_a_letter_in_the_tray_for_its_folder_names_its_project(room: FakeMailroom) -> None:
    assert only(bring(room, {"A40201": "A40004"}), MailFiled).suggestions == ["A40004"]
