"""An e-mail is registered because a person or the register says so, put away once, and never lost."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.mailroom.app import create_app
from services.mailroom.handlers import router
from services.mailroom.intakes.mailboxes.files import MailboxFiles
from services.mailroom.store.letters import CANCELLED, FILED, KEPT, Filing, Piece
from services.mailroom.store.messages import REGISTERED, WAITING
from shared.errors import HubError, Permanent, Transient
from shared.events import MailFiled, MailKept, MailOffered, MailRegistered, RegistrationChosen
from shared.persistence.database import own_writes
from tests.unit.mailroom.builders import NOW, FakeMailroom
from tests.unit.mailroom.mail_builders import raw_mail, sample
from tests.unit.mailroom.mailbox_builders import KENMERK, PostRoom, changed, chosen

LETTER = sample("gedeelde_mailbox_post.eml")
SHA256 = hashlib.sha256(LETTER).hexdigest()
OTHER = "2026/IN/001301"


@pytest.fixture
def post(room: FakeMailroom) -> PostRoom:
    return PostRoom(room)


def filed(kenmerk: str = KENMERK) -> MailFiled:
    return MailFiled(kenmerk=kenmerk, version=1, drive_id="d", item_id="i")


def kept(kenmerk: str = KENMERK) -> MailKept:
    return MailKept(kenmerk=kenmerk, version=1, reason="no_project")


# put away


def test_a_registered_message_is_moved_and_marked_with_its_kenmerk(post: PostRoom) -> None:
    message_id, message = post.offered(LETTER)
    post.mail.categorise(message_id, "Dringend")

    said = post.hear(chosen(message))

    assert said == [MailRegistered(intake="post", message=message.key, kenmerk=KENMERK)]
    assert post.mail.place(message_id) == "Geregistreerd"
    assert post.mail.messages[message_id].categories == ["Dringend", KENMERK]
    assert post.mail.messages[message_id].raw == LETTER


def test_who_registered_what_under_which_kenmerk_is_in_the_trail(post: PostRoom) -> None:
    _, message = post.offered(LETTER)
    post.hear(chosen(message), is_lost=True)
    post.hear(chosen(message))

    (entry,) = post.room.store.trail.of(KENMERK)

    assert (entry.step, entry.version) == ("registered", None)
    assert entry.detail == {"by": "fien", "intake": "post", "message": message.key, "sha256": SHA256}


@pytest.mark.parametrize("step", ["categories", "folder", "move", ""])
def test_whatever_step_was_the_last_another_attempt_ends_the_same(post: PostRoom, step: str) -> None:
    message_id, message = post.offered(LETTER)
    post.mail.breaks_after = step
    try:
        post.hear(chosen(message), is_lost=True)
    except Transient:
        assert step

    assert post.hear(chosen(message)) == [MailRegistered(intake="post", message=message.key, kenmerk=KENMERK)]
    assert (post.mail.place(message_id), post.known(message_id).state) == ("Geregistreerd", REGISTERED)
    assert post.mail.messages[message_id].categories == [KENMERK]
    assert (post.mail.writes.count("move"), post.mail.writes.count("categories")) == (1, 1)


def test_what_the_hub_marked_itself_is_not_taken_for_a_persons_choice(post: PostRoom) -> None:
    message_id, message = post.offered(LETTER)
    post.mail.breaks_after = "categories"
    with pytest.raises(Transient):
        post.hear(chosen(message))

    assert post.told(message_id) == []


def test_a_message_that_is_half_way_was_not_taken_out_by_a_person(post: PostRoom) -> None:
    message_id, message = post.offered(LETTER)
    post.hear(chosen(message), is_lost=True)

    assert post.told(message_id) == []
    assert post.known(message_id).state == WAITING


def test_what_is_registered_while_we_look_was_not_taken_out_by_a_person(post: PostRoom) -> None:
    message_id, message = post.offered(LETTER)
    quick = post.mail.get

    def get_after_the_other(mailbox: str, wanted: str) -> object:
        post.mail.get = quick  # type: ignore[method-assign]  # once
        post.hear(chosen(message))
        return quick(mailbox, wanted)

    post.mail.get = get_after_the_other  # type: ignore[assignment, method-assign]  # another worker is quicker

    assert post.told(message_id) == []


def test_what_is_registered_before_a_look_is_remembered_stays_registered(post: PostRoom) -> None:
    message_id, message = post.offered(LETTER)
    post.mail.messages[message_id].folder = "folder-private"
    with own_writes() as late:
        list(router.handle(changed(message_id), post.world()))
    post.hear(chosen(message))

    for work in late:
        post.room.database.write(work)

    assert (post.known(message_id).state, post.known(message_id).kenmerk) == (REGISTERED, KENMERK)


def test_a_category_that_somebody_adds_meanwhile_is_not_lost(post: PostRoom) -> None:
    message_id, message = post.offered(LETTER)
    untouched = post.mail.get

    def get_and_lag(mailbox: str, wanted: str) -> object:
        found = untouched(mailbox, wanted)
        post.mail.categorise(wanted, "Dringend")
        return found

    post.mail.get = get_and_lag  # type: ignore[assignment, method-assign]  # somebody is quicker, once
    with pytest.raises(Transient):
        post.hear(chosen(message))
    post.mail.get = untouched  # type: ignore[method-assign]  # and then it is quiet

    post.hear(chosen(message))

    assert post.mail.messages[message_id].categories == ["Dringend", KENMERK]


@pytest.mark.parametrize("is_gone", [True, False], ids=["deleted", "moved"])
def test_what_people_deleted_or_moved_themselves_is_registered_all_the_same(post: PostRoom, is_gone: bool) -> None:
    message_id, message = post.offered(LETTER)
    if is_gone:
        del post.mail.messages[message_id]
    else:
        post.mail.messages[message_id].folder = "folder-private"

    assert post.hear(chosen(message)) == [MailRegistered(intake="post", message=message.key, kenmerk=KENMERK)]
    assert post.known(message_id).state == REGISTERED
    assert is_gone or post.mail.place(message_id) == "folder-private"


def test_the_last_choice_holds(post: PostRoom) -> None:
    message_id, message = post.offered(LETTER)
    post.hear(chosen(message))

    post.hear(chosen(message, OTHER))

    assert post.known(message_id).kenmerk == OTHER
    assert post.mail.messages[message_id].categories == [OTHER]


def test_a_registered_message_is_nothing_new(post: PostRoom) -> None:
    message_id = post.registered(LETTER)

    assert post.told(message_id) == []
    post.mail.messages[message_id].folder = "folder-inbox"
    assert post.told(message_id) == []


@pytest.mark.parametrize("kenmerk", ["2026/IN/13", "iets anders", "2026/IN/001300 ", "2026/XX/001300"])
def test_what_is_no_kenmerk_is_not_registered_nor_repeated(post: PostRoom, kenmerk: str) -> None:
    message_id, message = post.offered(LETTER)

    with pytest.raises(Permanent, match=r"\[mailroom\.mailboxes\.post\]") as failure:
        post.hear(chosen(message, kenmerk))

    assert failure.value.reason == "not_a_kenmerk"
    assert kenmerk not in str(failure.value)
    assert (post.known(message_id).state, post.mail.writes) == (WAITING, [])


def test_a_choice_for_what_was_never_offered_or_a_mailbox_that_went_is_for_a_person(post: PostRoom) -> None:
    unknown = RegistrationChosen(intake="post", message="0" * 64, kenmerk=KENMERK, by="fien")
    elsewhere = RegistrationChosen(intake="oud", message="0" * 64, kenmerk=KENMERK, by="fien")

    assert [reason(post, each) for each in (unknown, elsewhere)] == ["unknown_message", "unknown_mailbox"]


def reason(post: PostRoom, choice: RegistrationChosen) -> str:
    with pytest.raises(HubError) as failure:
        post.hear(choice)
    return failure.value.reason


# the register confirms


def a_letter(state: str = FILED, *, is_attachment: bool = False) -> Filing:
    piece = Piece("2026-IN-001300.eml", SHA256, len(LETTER), "")
    pieces = (Piece("2026-IN-001300.pdf", "f" * 64, 1, ""), piece) if is_attachment else (piece,)
    return Filing(KENMERK, 1, state, NOW, sha256=pieces[0].sha256, pieces=() if state == KEPT else pieces)


@pytest.mark.parametrize("is_attachment", [False, True], ids=["main document", "attachment"])
def test_a_letter_with_the_very_same_content_confirms_its_message(post: PostRoom, is_attachment: bool) -> None:
    message_id, message = post.offered(LETTER)
    post.room.store.letters.save(a_letter(is_attachment=is_attachment))

    (choice,) = post.hear(filed())

    assert choice == RegistrationChosen(intake="post", message=message.key, kenmerk=KENMERK, by="register")
    assert post.mail.place(message_id) == "folder-inbox"


def test_a_letter_that_stays_in_the_register_confirms_its_message_too(post: PostRoom) -> None:
    post.offered(LETTER)
    post.room.store.letters.save(a_letter(KEPT))

    assert [type(each) for each in post.hear(kept())] == [RegistrationChosen]


def test_a_message_that_left_the_inbox_is_confirmed_all_the_same(post: PostRoom) -> None:
    message_id, _ = post.offered(LETTER)
    post.mail.messages[message_id].folder = "folder-private"
    post.told(message_id)
    post.room.store.letters.save(a_letter())

    assert [type(each) for each in post.hear(filed())] == [RegistrationChosen]


def test_a_message_that_comes_after_its_letter_is_registered_at_once(post: PostRoom) -> None:
    post.room.store.letters.save(a_letter())
    message_id = post.mail.deliver(LETTER)

    said = post.run()

    assert not any(isinstance(each, MailOffered) for each in said)
    assert (post.known(message_id).state, post.mail.place(message_id)) == (REGISTERED, "Geregistreerd")


@pytest.mark.parametrize(
    "letter", [None, Filing(KENMERK, 1, FILED, NOW, sha256="f" * 64), a_letter(CANCELLED)],
    ids=["unknown", "other content", "cancelled"],
)  # fmt: skip
def test_a_letter_that_is_not_the_message_confirms_nothing(post: PostRoom, letter: Filing | None) -> None:
    post.offered(LETTER)
    if letter:
        post.room.store.letters.save(letter)

    assert post.hear(filed()) == post.hear(kept()) == []


def test_a_confirmation_said_again_says_nothing_new(post: PostRoom) -> None:
    _, message = post.offered(LETTER)
    post.room.store.letters.save(a_letter())
    post.hear(chosen(message))

    assert post.hear(filed()) == []


# the original as a file of a letter


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "fetched.eml"
    assert not list(tmp_path.glob("*.partial"))


def files(post: PostRoom) -> MailboxFiles:
    return MailboxFiles(post.room.store.messages, post.world().mailboxes)


@pytest.mark.parametrize("is_registered", [False, True])
def test_the_original_is_found_by_its_digest_byte_for_byte(post: PostRoom, target: Path, is_registered: bool) -> None:
    _, message = post.offered(LETTER)
    if is_registered:
        post.hear(chosen(message))

    assert files(post).fetch(SHA256.upper(), target)
    assert target.read_bytes() == LETTER


def test_an_original_that_is_gone_changed_or_unknown_is_not_there(post: PostRoom, target: Path) -> None:
    message_id, _ = post.offered(LETTER)

    post.mail.messages[message_id].raw = LETTER + b"\n"
    assert not files(post).fetch(SHA256, target)
    del post.mail.messages[message_id]
    assert not files(post).fetch(SHA256, target)
    assert not files(post).fetch("0" * 64, target)
    assert not target.exists()


# who may see it


def test_waiting_messages_are_listed_with_how_sure_we_are_and_where_outlook_has_them(post: PostRoom) -> None:
    message_id, message = post.offered(LETTER)
    post.registered(raw_mail(subject="Geregistreerd"))

    answer = create_app(post.world()).test_client().get("/messages")

    assert answer.get_json()["messages"] == [
        {
            "key": message.key,
            "intake": "post",
            "received_at": "2026-11-18T09:00:00+00:00",
            "references": [{"value": "2026/UIT/000987", "confidence": "low", "place": "reply_header"}],
            "projects": [{"value": "A40003", "confidence": "high", "place": "subject"}],
            "reason": None,
            "web_url": f"https://outlook.example.org/{message_id}",
        }
    ]
