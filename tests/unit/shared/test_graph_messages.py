"""Of a message ICT knows ids and a date; its subject and sender are never asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest

from shared.errors import Transient
from shared.graph.client import GraphClient
from shared.graph.errors import Stale
from shared.graph.messages import Messages, ReceivedMessage
from tests.unit.shared.server import Reply, Stub
from tests.unit.shared.test_graph_client import Keys

POST = "post@example.org"
MAIL = {
    "@odata.etag": 'W/"1"',
    "id": "m1=",
    "internetMessageId": "<1@example.net>",
    "receivedDateTime": "2026-11-23T08:00:00Z",
    "parentFolderId": "inbox-1",
    "categories": ["Post"],
    "webLink": "https://outlook.example.org/m1",
}
PARSED = ReceivedMessage(
    "m1=", "<1@example.net>", datetime(2026, 11, 23, 8, tzinfo=UTC), "inbox-1", ("Post",),
    "https://outlook.example.org/m1", 'W/"1"',
)  # fmt: skip
FOLDERS = {"value": [{"id": "f1", "displayName": "Geregistreerd"}]}


@pytest.fixture
def messages(server: Stub) -> Iterator[Messages]:
    graph = GraphClient(f"{server.url}/v1.0", Keys())
    yield Messages(graph)
    graph._session.close()


def test_a_message_is_read_without_its_subject_or_its_sender(server: Stub, messages: Messages) -> None:
    server.answers(Reply(body=MAIL), Reply(404))

    assert messages.get(POST, "m1=") == PARSED
    assert messages.get(POST, "m1=") is None

    path = unquote(server.asked[0].path)
    assert path.startswith(f"/v1.0/users/{POST}/messages/m1=?$select=id,")
    assert not {"subject", "from", "sender", "body"} & set(path.partition("$select=")[2].split(","))


def test_a_message_with_little_in_it_is_read_too(server: Stub, messages: Messages) -> None:
    bare = {name: MAIL[name] for name in ("id", "receivedDateTime", "parentFolderId")} | {"internetMessageId": None}
    server.answers(Reply(body=bare))

    found = messages.get(POST, "m1=")

    assert found is not None
    assert (found.internet_message_id, found.categories, found.etag) == ("", (), "")


def test_what_waits_comes_oldest_first_from_all_pages(server: Stub, messages: Messages) -> None:
    more = f"{server.url}/v1.0/users/x/mailFolders/inbox/messages?$skip=1"
    server.answers(Reply(body={"value": [MAIL], "@odata.nextLink": more}), Reply(body={"value": [MAIL | {"id": "m2"}]}))

    assert [message.id for message in messages.waiting(POST)] == ["m1=", "m2"]

    assert "$orderby=receivedDateTime+asc" in unquote(server.asked[0].path)


def test_the_bytes_of_a_message_are_written_as_they_came(server: Stub, messages: Messages, tmp_path: Path) -> None:
    server.answers(Reply(200, b"Subject: x\r\n\r\n"))

    messages.mime(POST, "m1=", tmp_path / "a.eml")

    assert (tmp_path / "a.eml").read_bytes() == b"Subject: x\r\n\r\n"
    assert unquote(server.asked[0].path) == f"/v1.0/users/{POST}/messages/m1=/$value"


def test_a_folder_of_the_inbox_is_found_whatever_its_capitals(server: Stub, messages: Messages) -> None:
    server.answers(Reply(body=FOLDERS))

    assert messages.folder(POST, "geregistreerd") == "f1"


def test_a_missing_folder_is_made(server: Stub, messages: Messages) -> None:
    server.answers(Reply(body={"value": []}), Reply(201, {"id": "f2", "displayName": "Geregistreerd"}))

    assert messages.folder(POST, "Geregistreerd") == "f2"

    assert server.asked[1].json == {"displayName": "Geregistreerd"}


def test_a_folder_that_somebody_made_meanwhile_is_taken(server: Stub, messages: Messages) -> None:
    server.answers(Reply(body={"value": []}), Reply(409), Reply(body=FOLDERS))

    assert messages.folder(POST, "Geregistreerd") == "f1"


def test_a_folder_that_is_neither_there_nor_not_is_tried_again(server: Stub, messages: Messages) -> None:
    server.answers(Reply(body={"value": []}), Reply(409), Reply(body={"value": []}))

    with pytest.raises(Transient) as failure:
        messages.folder(POST, "Geregistreerd")

    assert failure.value.reason == "folder_in_motion"


def test_a_message_is_moved_and_marked_if_it_is_as_it_was_known(server: Stub, messages: Messages) -> None:
    server.answers(Reply(201, MAIL), Reply(412))

    assert messages.move(POST, "m1=", "f1") == "m1="
    with pytest.raises(Stale):
        messages.set_categories(POST, "m1=", ("Geregistreerd",), 'W/"1"')

    moved, marked = server.asked
    assert moved.json == {"destinationId": "f1"}
    assert (marked.headers["if-match"], marked.json) == ('W/"1"', {"categories": ["Geregistreerd"]})
