"""What comes in a shared mailbox is offered to whoever registers it, once, and nothing is done by itself."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from services.mailroom.handlers import mailbox as handlers
from services.mailroom.handlers import offers
from services.mailroom.intakes.mailboxes.options import MailboxOptions
from services.mailroom.store.letters import FILED, Filing
from services.mailroom.store.messages import SKIPPED, WAITING, Mention
from shared.errors import Permanent
from shared.events import (
    CollectionDue,
    GraphResourceChanged,
    MailOffered,
    MailRegistered,
    RegistrationChosen,
)
from tests.unit.mailroom.builders import NOW, TICK, FakeMailroom
from tests.unit.mailroom.mail_builders import raw_mail, sample
from tests.unit.mailroom.mailbox_builders import KENMERK, POST, POST_ID, PostRoom, changed, chosen

LETTER, AUTO_REPLY = sample("gedeelde_mailbox_post.eml"), sample("gedeelde_mailbox_autoreply.eml")
BOUNCE = raw_mail("Content-Type: multipart/report; report-type=delivery-status; boundary=x", body="--x--\n")
LIST_MAIL = raw_mail("List-Id: <nieuws.example.net>", "List-Unsubscribe: <mailto:x@example.net>")


@pytest.fixture
def post(room: FakeMailroom) -> PostRoom:
    return PostRoom(room)


# what is offered


def test_a_mail_is_offered_with_what_it_may_be_about_and_stays_where_it_is(post: PostRoom) -> None:
    message_id = post.mail.deliver(LETTER)

    (offer,) = post.told(message_id)

    assert offer == MailOffered(
        intake="post",
        message=post.known(message_id).key,
        received_at=NOW,
        references=["2026/UIT/000987"],
        projects=["A40003"],
    )
    assert (post.known(message_id).state, post.mail.writes) == (WAITING, [])


def test_a_reference_in_our_books_ranks_higher_than_one_that_is_not(post: PostRoom) -> None:
    post.room.store.letters.save(Filing("2026/UIT/000002", 1, FILED, NOW))
    _, message = post.offered(raw_mail(subject="Over 2026/UIT/000001 en 2026/UIT/000002"))

    assert message.references == (
        Mention("2026/UIT/000002", "high", "subject"),
        Mention("2026/UIT/000001", "low", "subject"),
    )


def test_the_books_know_a_mail_by_its_message_id_and_its_content(post: PostRoom) -> None:
    _, message = post.offered(LETTER)

    assert message.sha256 == hashlib.sha256(LETTER).hexdigest()
    assert message.digest == hashlib.sha256(b"20261119083015.4711@burger.example.org").hexdigest()


def test_without_a_message_id_the_content_alone_tells_mails_apart(post: PostRoom) -> None:
    (_, one), (_, other) = post.offered(raw_mail(subject="een")), post.offered(raw_mail(subject="twee"))

    assert one.key != other.key
    assert one.digest is other.digest is None


def test_nothing_of_a_person_or_a_subject_is_kept_or_told_also_of_a_forwarded_mail(post: PostRoom) -> None:
    forwarded = raw_mail(
        sender="Fien Testman <fien@example.org>",
        subject="FW: Klacht van Piet",
        body="Van: Piet Proefburger <piet@example.net>\nVerzonden: gisteren\nOnderwerp: Klacht\n\nGeachte,\n",
    )
    message_id = post.mail.deliver(forwarded)
    said = post.told(message_id)

    kept = repr(post.known(message_id)) + repr(said)
    assert not any(word in kept for word in ("Piet", "piet", "Fien", "fien", "Klacht", "Geachte"))


def test_a_mail_that_is_too_large_waits_unread(post: PostRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offers, "MOST_BYTES", 100)
    message_id = post.mail.deliver(LETTER)

    (offer,) = post.told(message_id)

    assert isinstance(offer, MailOffered)
    assert (post.known(message_id).state, post.known(message_id).reason) == (WAITING, "too_large")
    assert not offer.references


# what is passed over


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (AUTO_REPLY, "auto_reply"),
        (BOUNCE, "bounce"),
        (LIST_MAIL, "list_mail"),
        (raw_mail("Content-Type: text/calendar; method=REPLY", body="BEGIN:VCALENDAR\n"), "calendar_reply"),
        (raw_mail(sender=POST), "own_notice"),
        (raw_mail("X-Hub-Notice: 1"), "own_notice"),
    ],
    ids=["automatic answer", "bounce", "list", "answer to an invitation", "from ourselves", "notice of the hub"],
)
def test_what_no_person_wrote_is_passed_over_and_left_alone(post: PostRoom, raw: bytes, reason: str) -> None:
    message_id = post.mail.deliver(raw)

    (passed,) = post.told(message_id)

    assert passed == MailRegistered(intake="post", message=post.known(message_id).key, reason=reason)
    assert post.known(message_id).state == SKIPPED
    assert (post.mail.place(message_id), post.mail.writes) == ("folder-inbox", [])


def test_what_is_passed_over_is_marked_if_wanted_and_keeps_its_categories(post: PostRoom) -> None:
    post.options = MailboxOptions(address=POST, mark_skipped=True)
    message_id = post.mail.deliver(AUTO_REPLY)
    post.mail.categorise(message_id, "Dringend")
    post.told(message_id, is_lost=True)

    post.told(message_id)

    assert post.mail.messages[message_id].categories == ["Dringend", "Hub: overgeslagen"]
    assert post.mail.writes == ["categories"]


def test_notices_from_our_own_systems_are_passed_over(post: PostRoom) -> None:
    post.options = MailboxOptions(address=POST, own_addresses=["loket@example.org"])
    _, message = post.offered(raw_mail(sender="Loket <Loket@example.org>"))

    assert message.reason == "own_notice"


def test_a_list_of_our_own_is_how_people_reach_us(post: PostRoom) -> None:
    _, message = post.offered(raw_mail("List-Id: <info.example.org>", "Precedence: list"))

    assert message.state == WAITING


# told twice, late, of others, or not at all


def test_a_notification_told_twice_offers_once(post: PostRoom) -> None:
    message_id = post.mail.deliver(LETTER)

    assert len(post.told(message_id)) == 1
    assert post.told(message_id) == []


def test_an_offer_that_a_crash_swallowed_is_made_again(post: PostRoom) -> None:
    message_id = post.mail.deliver(LETTER)
    lost = post.told(message_id, is_lost=True)

    assert post.told(message_id) == lost != []


@pytest.mark.parametrize("mailbox", [POST, POST.upper(), POST_ID, POST_ID.upper()])
def test_the_mailbox_is_known_by_its_address_and_by_the_id_of_its_account(post: PostRoom, mailbox: str) -> None:
    message_id = post.mail.deliver(LETTER)

    assert len(post.hear(changed(message_id, mailbox))) == 1


@pytest.mark.parametrize("resource", ["users/iemand@example.org/messages/AAk-1", f"users/{POST_ID}", "drives/d1/root"])
def test_what_is_not_in_our_mailbox_is_nothing(post: PostRoom, resource: str) -> None:
    post.mail.deliver(LETTER)

    assert post.hear(GraphResourceChanged(subscription_id="s1", resource=resource, change_type="updated")) == []


def test_of_a_mailbox_that_is_not_there_notifications_of_others_are_nothing(post: PostRoom) -> None:
    post.mail.exists = False

    assert post.hear(changed("AAk-1", "iemand")) == []


def test_a_message_that_is_gone_or_elsewhere_is_nothing(post: PostRoom) -> None:
    message_id = post.mail.deliver(LETTER)
    post.mail.messages[message_id].folder = "folder-private"

    assert post.told(message_id) == post.told("AAk-404") == []


# the look at the inbox


def test_the_first_tick_finds_what_no_notification_told(post: PostRoom) -> None:
    post.mail.deliver(LETTER)
    post.mail.deliver(AUTO_REPLY)

    said = post.run()

    assert [type(each) for each in said if not isinstance(each, CollectionDue)] == [
        GraphResourceChanged, GraphResourceChanged, MailOffered, MailRegistered,
    ]  # fmt: skip


def test_a_mailbox_is_looked_in_once_an_hour(post: PostRoom) -> None:
    def looks() -> int:
        return post.hear(TICK).count(CollectionDue(intake="post"))

    assert [looks(), looks()] == [1, 0]
    post.room.clock.advance(timedelta(minutes=59))
    assert looks() == 0
    post.room.clock.advance(timedelta(minutes=1))
    assert looks() == 1


def test_a_look_that_was_asked_and_lost_is_asked_again(post: PostRoom) -> None:
    post.hear(TICK, is_lost=True)

    assert CollectionDue(intake="post") in post.hear(TICK)


def test_a_look_at_a_known_inbox_says_nothing(post: PostRoom) -> None:
    post.offered(LETTER)
    post.offered(AUTO_REPLY)

    assert post.hear(CollectionDue(intake="post")) == []


def test_more_than_one_look_can_tell_is_told_by_the_next_tick(post: PostRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "MOST_TOLD", 2)
    for number in range(3):
        post.mail.deliver(raw_mail(subject=str(number)))

    offers = [each for _ in range(2) for each in post.run() if isinstance(each, MailOffered)]

    assert len(offers) == len({offer.message for offer in offers}) == 3


# what people do in Outlook


def test_who_takes_a_message_out_of_the_inbox_has_dealt_with_it(post: PostRoom) -> None:
    message_id, message = post.offered(LETTER)
    del post.mail.messages[message_id]

    said = post.run()

    assert said[-1] == MailRegistered(intake="post", message=message.key, reason="left_inbox")
    assert post.known(message_id).state == SKIPPED


def test_a_message_that_is_put_back_in_the_inbox_is_offered_again(post: PostRoom) -> None:
    message_id, message = post.offered(LETTER)
    post.mail.messages[message_id].folder = "folder-private"
    post.told(message_id)
    post.mail.messages[message_id].folder = "folder-inbox"

    (offer,) = (each for each in post.run() if isinstance(each, MailOffered))

    assert offer.message == message.key
    assert post.known(message_id).state == WAITING


def test_a_category_that_is_a_kenmerk_registers(post: PostRoom) -> None:
    message_id, message = post.offered(LETTER)
    post.mail.categorise(message_id, "Dringend", KENMERK)

    (choice,) = post.told(message_id)

    assert choice == RegistrationChosen(intake="post", message=message.key, kenmerk=KENMERK, by="outlook")


@pytest.mark.parametrize(
    "categories", [("Dringend",), ("2026/IN/1300",), (KENMERK, "2026/IN/001301")], ids=["other", "inexact", "two"]
)
def test_a_category_that_is_not_plainly_one_kenmerk_registers_nothing(
    post: PostRoom, categories: tuple[str, ...]
) -> None:
    message_id, _ = post.offered(LETTER)
    post.mail.categorise(message_id, *categories)

    assert post.told(message_id) == []


def test_a_person_may_register_what_was_passed_over(post: PostRoom) -> None:
    message_id, _ = post.offered(AUTO_REPLY)
    post.mail.categorise(message_id, KENMERK)

    assert [type(each) for each in post.run()][-1] is MailRegistered
    assert post.mail.place(message_id) == "Geregistreerd"


def test_what_a_person_registers_is_no_longer_marked_as_passed_over(post: PostRoom) -> None:
    post.options = MailboxOptions(address=POST, mark_skipped=True)
    message_id, message = post.offered(AUTO_REPLY)

    post.hear(chosen(message))

    assert post.mail.messages[message_id].categories == [KENMERK]


def test_a_copy_of_a_message_that_is_there_already_is_no_second_offer(post: PostRoom) -> None:
    _, message = post.offered(LETTER)
    copy = post.mail.deliver(LETTER)

    (passed,) = post.told(copy)

    assert isinstance(passed, MailRegistered)
    assert (passed.reason, passed.message != message.key) == ("duplicate", True)
    assert post.told(copy) == []


def test_a_copy_of_a_registered_message_does_not_take_its_place(post: PostRoom) -> None:
    registered = post.registered(LETTER)
    copy = post.mail.deliver(LETTER)

    (passed,) = post.told(copy)

    assert isinstance(passed, MailRegistered)
    assert passed.reason == "duplicate"
    assert post.known(registered).kenmerk == KENMERK


def test_the_same_mail_in_two_mailboxes_is_offered_in_both(post: PostRoom) -> None:
    info = PostRoom(post.room, name="info")

    (_, one), (_, other) = post.offered(LETTER), info.offered(LETTER)

    assert (one.state, other.state) == (WAITING, WAITING)
    assert one.key != other.key


def test_a_message_that_was_restored_takes_the_place_of_what_it_was(post: PostRoom) -> None:
    lost, message = post.offered(LETTER)
    del post.mail.messages[lost]
    restored = post.mail.deliver(LETTER)

    (offer,) = post.told(restored)

    assert isinstance(offer, MailOffered)
    assert offer.message == message.key == post.known(restored).key


# what is wrong


@pytest.mark.parametrize(
    ("refuses", "exists", "reason"),
    [(True, True, "mailbox_not_permitted"), (False, False, "mailbox_missing")],
)
def test_a_mailbox_that_cannot_be_read_names_the_table_to_mend(
    post: PostRoom, refuses: bool, exists: bool, reason: str
) -> None:
    post.mail.refuses, post.mail.exists = refuses, exists

    with pytest.raises(Permanent, match=r"\[mailroom\.mailboxes\.post\]") as failure:
        post.hear(CollectionDue(intake="post"))

    assert failure.value.reason == reason
    assert POST not in str(failure.value)
