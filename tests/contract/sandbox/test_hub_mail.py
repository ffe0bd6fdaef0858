"""The hub's own client of mailboxes and the sandbox mean the same."""

from pathlib import Path

from sandbox.state import Tenant
from shared.graph.client import GraphClient
from shared.graph.messages import Messages
from tests.contract.sandbox.conftest import Clock

POST = "post@example.org"
EML = b"From: Jan <jan@example.net>\r\nMessage-ID: <1@example.net>\r\nSubject: Aanvraag\r\n\r\nGeachte\r\n"


def test_a_message_is_read_marked_and_moved_under_one_id(graph: GraphClient, tenant: Tenant, tmp_path: Path) -> None:
    messages = Messages(graph)
    tenant.deliver(POST, EML)
    (waiting,) = messages.waiting(POST)

    messages.mime(POST, waiting.id, tmp_path / "a.eml")
    messages.set_categories(POST, waiting.id, ["Geregistreerd"], waiting.etag)
    folder = messages.folder(POST, "Geregistreerd")
    moved = messages.move(POST, waiting.id, folder)

    found = messages.get(POST, waiting.id)
    assert (tmp_path / "a.eml").read_bytes() == EML
    assert found is not None
    assert (moved, found.folder_id, found.categories) == (waiting.id, folder, ("Geregistreerd",))
    assert found.internet_message_id == "<1@example.net>"
    assert (messages.folder(POST, "Geregistreerd"), list(messages.waiting(POST))) == (folder, [])


def test_many_messages_wait_in_the_order_in_which_they_came(graph: GraphClient, tenant: Tenant, clock: Clock) -> None:
    expected = []
    for _ in range(120):
        expected.append(tenant.deliver(POST, EML).public_id(immutable=True))
        clock.advance(seconds=1)

    assert [message.id for message in Messages(graph).waiting(POST)] == expected


def test_a_message_that_is_gone_is_none(graph: GraphClient) -> None:
    assert Messages(graph).get(POST, "AAkALgAA" + "0" * 32) is None
