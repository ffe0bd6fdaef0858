"""A shared mailbox of the stand-in tenant: read, offered, registered and put away by the hub's own clients."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.faults import Fault
from sandbox.server import serve_in_thread
from sandbox.state import Tenant
from services.mailroom.handlers import Mailroom, router
from services.mailroom.intakes.mailboxes.files import MailboxFiles
from services.mailroom.intakes.mailboxes.mailbox import SharedMailbox
from services.mailroom.intakes.mailboxes.options import MailboxOptions
from services.mailroom.store.messages import REGISTERED, SKIPPED, WAITING, Message
from shared.errors import Permanent, Transient
from shared.events import CollectionDue, Event, GraphResourceChanged, MailOffered, MailRegistered, RegistrationChosen
from shared.graph.client import GraphClient
from shared.graph.directory import Directory
from shared.graph.errors import Throttled
from shared.graph.messages import Messages
from shared.graph.protocol import canonical
from tests.contract.sandbox.conformance import log_violations
from tests.contract.sandbox.conftest import Token
from tests.unit.mailroom.builders import FakeMailroom
from tests.unit.mailroom.mail_builders import sample

POST, KENMERK = "post@example.org", "2026/IN/001300"
LETTER, AUTO_REPLY = sample("gedeelde_mailbox_post.eml"), sample("gedeelde_mailbox_autoreply.eml")


@dataclass
class Desk:
    """A mailroom with one mailbox of the tenant."""

    tenant: Tenant
    graph: GraphClient
    room: FakeMailroom
    mailbox: SharedMailbox

    def world(self) -> Mailroom:
        return replace(self.room.world(), mailboxes={"post": self.mailbox})

    def hear(self, *events: Event) -> list[Event]:
        world = self.world()
        return [said for event in events for said in router.handle(event, world)]

    def deliver(self, eml: bytes) -> str:
        return str(self.tenant.deliver(POST, eml).public_id(immutable=True))

    def offered(self, eml: bytes) -> tuple[str, Message]:
        message_id = self.deliver(eml)
        self.hear(self.told(message_id))
        return message_id, self.known(message_id)

    def told(self, message_id: str) -> GraphResourceChanged:
        """Return what webhooks says of the notification that Graph sends."""
        resource = canonical(f"Users/{self.tenant.user(POST)['id']}/Messages/{message_id}")
        return GraphResourceChanged(subscription_id="s1", resource=resource, change_type="created")

    def known(self, message_id: str) -> Message:
        return self.room.store.messages.of_many("post", [message_id])[message_id]

    def folder_of(self, message_id: str) -> str:
        parent = self.graph.get(f"/users/{POST}/messages/{message_id}")["parentFolderId"]
        return str(self.graph.get(f"/users/{POST}/mailFolders/{parent}")["displayName"])

    def categories(self, message_id: str) -> list[str]:
        return list(self.graph.get(f"/users/{POST}/messages/{message_id}")["categories"])


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    tenant, room = Tenant.voorbeeldegem(), FakeMailroom.at(tmp_path)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    with serve_in_thread(tenant, tmp_path) as sandbox:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(sandbox.ca))
        graph = GraphClient(f"{sandbox.url}/v1.0", Token(tenant))
        options = MailboxOptions(address=POST, mark_skipped=True)
        yield Desk(tenant, graph, room, SharedMailbox("post", options, Messages(graph), Directory(graph).user))
        graph._session.close()
    room.database.close()
    assert log_violations(tenant.requests) == []


def choice(message: Message) -> RegistrationChosen:
    return RegistrationChosen(intake="post", message=message.key, kenmerk=KENMERK, by="fien")


def test_a_notified_message_is_offered_from_its_original_mime(desk: Desk) -> None:
    message_id = desk.deliver(LETTER)

    (offer,) = desk.hear(desk.told(message_id))

    assert isinstance(offer, MailOffered)
    assert (offer.references, offer.projects) == (["2026/UIT/000987"], ["A40003"])
    assert desk.known(message_id).sha256 == hashlib.sha256(LETTER).hexdigest()
    assert desk.known(message_id).web_url.startswith("https://outlook.office365.com/")


def test_a_look_finds_what_no_notification_told_and_leads_to_the_same(desk: Desk) -> None:
    message_id = desk.deliver(LETTER)

    (found,) = desk.hear(CollectionDue(intake="post"))

    assert isinstance(found, GraphResourceChanged)
    assert found.resource == desk.told(message_id).resource
    assert [type(each) for each in desk.hear(found, desk.told(message_id))] == [MailOffered]
    assert desk.hear(CollectionDue(intake="post")) == []


def test_an_automatic_answer_stays_in_the_inbox_with_a_mark(desk: Desk) -> None:
    message_id, message = desk.offered(AUTO_REPLY)

    assert (message.state, message.reason) == (SKIPPED, "auto_reply")
    assert (desk.folder_of(message_id), desk.categories(message_id)) == ("Postvak IN", ["Hub: overgeslagen"])


def test_a_registered_message_is_in_its_folder_with_its_kenmerk_and_keeps_its_id(desk: Desk) -> None:
    message_id, message = desk.offered(LETTER)

    said = desk.hear(choice(message))

    assert said == [MailRegistered(intake="post", message=message.key, kenmerk=KENMERK)]
    assert desk.known(message_id).state == REGISTERED
    assert (desk.folder_of(message_id), desk.categories(message_id)) == ("Geregistreerd", [KENMERK])


def test_nobody_is_answered_and_nothing_is_deleted(desk: Desk) -> None:
    for eml in (LETTER, AUTO_REPLY):
        _, message = desk.offered(eml)
        desk.hear(choice(message))

    changes = {(call.method, call.path.rpartition("/")[2]) for call in desk.tenant.requests if call.method != "GET"}
    assert {(method, last) for method, last in changes if method != "PATCH"} == {
        ("POST", "childFolders"),
        ("POST", "move"),
    }


@pytest.mark.parametrize("step", ["/childFolders", "/move", "/messages/[^/]+$"], ids=["folder", "move", "mark"])
def test_an_answer_that_was_lost_changes_nothing_in_the_end(desk: Desk, step: str) -> None:
    message_id, message = desk.offered(LETTER)
    method = "PATCH" if step.startswith("/messages") else "POST"
    desk.tenant.faults.add(Fault(path=step, method=method, times=1, drop="after"))
    with pytest.raises(Transient):
        desk.hear(choice(message))

    desk.hear(choice(message))

    assert (desk.folder_of(message_id), desk.categories(message_id)) == ("Geregistreerd", [KENMERK])
    assert desk.known(message_id).state == REGISTERED
    assert [each.action for each in desk.tenant.effects("message", message_id_of(LETTER))] == [
        "created", "updated", "moved",
    ]  # fmt: skip


def message_id_of(eml: bytes) -> str:
    line = next(line for line in eml.decode().splitlines() if line.startswith("Message-ID:"))
    return line.partition(" ")[2]


def test_the_original_is_fetched_byte_for_byte_after_it_was_moved(desk: Desk, tmp_path: Path) -> None:
    _, message = desk.offered(LETTER)
    desk.hear(choice(message))
    target = tmp_path / "letter.eml"

    files = MailboxFiles(desk.room.store.messages, desk.world().mailboxes)

    assert files.fetch(hashlib.sha256(LETTER).hexdigest(), target)
    assert target.read_bytes() == LETTER


def test_a_message_that_was_never_there_is_nothing(desk: Desk) -> None:
    assert desk.hear(desk.told("AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0Anone")) == []


@pytest.mark.parametrize("status", [429, 503])
def test_when_graph_asks_to_wait_the_work_waits_as_long(desk: Desk, status: int) -> None:
    message_id = desk.deliver(LETTER)
    desk.tenant.faults.add(Fault(path=r"/messages/.*\$value", status=status, retry_after=7))

    with pytest.raises(Throttled) as failure:
        desk.hear(desk.told(message_id))

    assert failure.value.retry_after == timedelta(seconds=7)
    assert desk.room.store.messages.waiting() == []


def test_without_the_permission_the_permission_is_named(desk: Desk) -> None:
    desk.tenant.faults.add(Fault(path="/mailFolders/inbox", status=403))

    with pytest.raises(Permanent, match=r"Mail\.ReadWrite") as failure:
        desk.hear(CollectionDue(intake="post"))

    assert failure.value.reason == "mailbox_not_permitted"


def test_an_address_without_a_mailbox_is_named_by_its_table(desk: Desk) -> None:
    messages, directory = Messages(desk.graph), Directory(desk.graph)
    nowhere = SharedMailbox("post", MailboxOptions(address="nergens@example.org"), messages, directory.user)
    desk.mailbox = nowhere

    with pytest.raises(Permanent, match=r"\[mailroom\.mailboxes\.post\]") as failure:
        desk.hear(CollectionDue(intake="post"))

    assert failure.value.reason == "mailbox_missing"


def test_what_waits_is_neither_moved_nor_marked(desk: Desk) -> None:
    message_id, message = desk.offered(LETTER)

    assert message.state == WAITING
    assert (desk.folder_of(message_id), desk.categories(message_id)) == ("Postvak IN", [])
