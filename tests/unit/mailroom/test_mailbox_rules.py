"""The tables [mailroom.mailboxes.<name>] are refused with the place to mend; any bytes at all are a mail."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.mailroom.policy import MailroomPolicy
from services.mailroom.store.messages import Mention, Message, MessageBook
from shared.errors import Invalid
from shared.events import MailOffered, MailRegistered
from tests.unit.mailroom.builders import NOW, FakeMailroom
from tests.unit.mailroom.mailbox_builders import PostRoom

GOOD = {"address": "post@example.org"}


def load(**mailboxes: Any) -> MailroomPolicy:
    return MailroomPolicy.load(
        {
            "site": "example.sharepoint.com:/sites/projecten",
            "library": "Documenten",
            "intakes": {"scans": {"kind": "hotfolder", "path": "/srv/scans"}},
            "mailboxes": mailboxes,
        }
    )


def test_an_address_is_enough() -> None:
    mailbox = load(post=GOOD).mailboxes["post"]

    assert (mailbox.folder, mailbox.mark_skipped) == ("Geregistreerd", False)
    assert mailbox.senders == {"post@example.org"}
    assert mailbox.domains == {"example.org"}


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({}, "mailboxes.post.address"),
        ({"address": "post"}, "mailboxes.post.address"),
        ({"address": "post@example.org/x"}, "mailboxes.post.address"),
        (GOOD | {"folder": "Post/Klaar"}, "mailboxes.post.folder"),
        (GOOD | {"folder": " "}, "mailboxes.post.folder"),
        (GOOD | {"kenmerk": "(open"}, "mailboxes.post.kenmerk"),
        (GOOD | {"project": "[a"}, "mailboxes.post.project"),
        (GOOD | {"own_addresses": ["loket"]}, "mailboxes.post.own_addresses.0"),
        (GOOD | {"mark_skiped": True}, "mailboxes.post.mark_skiped"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fault_in_a_mailbox_is_named_by_its_place(wrong: dict[str, Any], place: str) -> None:
    with pytest.raises(Invalid) as failure:
        load(post=wrong)

    assert [each.replace(".value", "") for each in failure.value.fields] == [place]


def test_a_mailbox_and_an_intake_have_different_names() -> None:
    with pytest.raises(Invalid) as failure:
        load(scans=GOOD)

    assert list(failure.value.fields) == ["mailboxes.scans"]


def test_two_mailboxes_have_different_addresses() -> None:
    with pytest.raises(Invalid) as failure:
        load(post=GOOD, info={"address": "Post@example.org"})

    assert list(failure.value.fields) == ["mailboxes.info.address"]


@settings(deadline=None, max_examples=40)
@given(raw=st.binary(max_size=400), headers=st.sampled_from([b"", b"Subject: ", b"Content-Type: multipart/mixed;"]))
def test_any_bytes_lead_to_one_line_for_people(raw: bytes, headers: bytes) -> None:
    with TemporaryDirectory() as folder:
        post = PostRoom(FakeMailroom.at(Path(folder)))
        message_id = post.mail.deliver(headers + raw)

        (said,) = post.told(message_id)

        assert isinstance(said, MailOffered | MailRegistered)
        assert post.told(message_id) == []
        post.room.database.close()


MENTIONS = st.lists(st.builds(Mention, st.text(max_size=64), st.just("low"), st.just("text")), max_size=3).map(tuple)


@settings(deadline=None, max_examples=40)
@given(references=MENTIONS, projects=MENTIONS, reason=st.none() | st.sampled_from(["bounce", "too_large"]))
def test_the_books_give_back_what_they_were_given(
    references: tuple[Mention, ...], projects: tuple[Mention, ...], reason: str | None
) -> None:
    message = Message(
        key="a" * 64, intake="post", message_id="AAk", state="waiting", sha256="b" * 64, received_at=NOW,
        web_url="https://outlook.example.org", at=NOW, reason=reason, references=references, projects=projects,
    )  # fmt: skip
    with TemporaryDirectory() as folder:
        room = FakeMailroom.at(Path(folder))
        book = MessageBook(room.database)

        book.save(message)

        assert book.get(message.key) == message
        room.database.close()
