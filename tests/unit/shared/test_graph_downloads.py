"""Bytes come whole or not at all, and no address that is a key itself is ever told."""

from __future__ import annotations

import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.errors import HubError, Permanent
from shared.graph.client import GraphClient
from shared.graph.drives import Drive
from shared.graph.errors import NotFound, Throttled, Unreachable
from tests.unit.shared.server import HangUp, Reply, Stub
from tests.unit.shared.test_graph_client import Keys

SECRET = "tempauth=s3cret"
NOWHERE = f"http://127.0.0.1:9/up?{SECRET}"  # nobody listens there


@pytest.fixture
def graph(server: Stub) -> Iterator[GraphClient]:
    made = GraphClient(f"{server.url}/v1.0", Keys())
    yield made
    made._session.close()


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Where bytes are promised and the connection is cut after three of them."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def cut() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")

        threading.Thread(target=cut, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/file?{SECRET}"


def moved(to: str) -> Reply:
    return Reply(302, b"", {"Location": to})


def test_a_download_follows_to_where_the_bytes_are_without_its_token(
    server: Stub, graph: GraphClient, tmp_path: Path
) -> None:
    server.answers(moved(f"{server.url}/file?{SECRET}"), Reply(200, b"\x00" * 3_000_000))

    Drive(graph, "d").download("i1", tmp_path / "a.pdf")

    first, second = server.asked
    assert (tmp_path / "a.pdf").read_bytes() == b"\x00" * 3_000_000
    assert first.path == "/v1.0/drives/d/items/i1/content"
    assert ("authorization" in first.headers, "authorization" in second.headers) == (True, False)
    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf"]


def test_bytes_that_come_at_once_are_taken_too(server: Stub, graph: GraphClient, tmp_path: Path) -> None:
    server.answers(Reply(200, b"From: x"))

    graph.download("/users/u1/messages/m1/$value", tmp_path / "a.eml")

    assert (tmp_path / "a.eml").read_bytes() == b"From: x"


def test_a_revoked_token_is_asked_anew_once(server: Stub, graph: GraphClient, tmp_path: Path) -> None:
    server.answers(Reply(401), Reply(200, b"x"))

    graph.download("/drives/d/items/i1/content", tmp_path / "a")

    assert [asked.headers["authorization"] for asked in server.asked] == ["Bearer token-1", "Bearer token-2"]


def test_a_download_that_is_cut_short_leaves_what_was_there(
    server: Stub, graph: GraphClient, tmp_path: Path, elsewhere: str
) -> None:
    server.answers(moved(elsewhere))
    (tmp_path / "a.pdf").write_bytes(b"before")

    with pytest.raises(Unreachable) as cut:
        graph.download("/drives/d/items/i1/content", tmp_path / "a.pdf")

    assert cut.value.reason == "graph_cut_short"
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"before"]


@pytest.mark.parametrize(
    ("reply", "kind"), [(Reply(404), NotFound), (Reply(429, headers={"Retry-After": "3"}), Throttled)]
)
@pytest.mark.parametrize("is_moved", [False, True], ids=["by Graph", "where it leads"])
def test_a_refused_download_says_why_and_writes_nothing(
    server: Stub, graph: GraphClient, tmp_path: Path, reply: Reply, kind: type[HubError], *, is_moved: bool
) -> None:
    server.answers(*[moved(f"{server.url}/file")] * is_moved, reply)

    with pytest.raises(kind):
        graph.download("/drives/d/items/i1/content", tmp_path / "a")

    assert list(tmp_path.iterdir()) == []


def test_a_download_leads_to_nowhere_less_safe(server: Stub, graph: GraphClient, tmp_path: Path) -> None:
    server.answers(moved("ftp://files.example.org/a"))

    with pytest.raises(Permanent) as led:
        graph.download("/drives/d/items/i1/content", tmp_path / "a")

    assert led.value.reason == "foreign_link"


@pytest.mark.parametrize(
    "ask",
    [
        lambda graph, _: graph.upload(NOWHERE, b"x", first=0, total=1),
        lambda graph, _: graph.upload_status(NOWHERE),
        lambda graph, path: graph.download("/drives/d/items/i1/content", path / "a"),
    ],
    ids=["fragment", "status", "download"],
)
def test_an_address_that_is_a_key_is_in_no_error(
    server: Stub, graph: GraphClient, tmp_path: Path, ask: Callable[[GraphClient, Path], object]
) -> None:
    server.answers(moved(NOWHERE))

    with pytest.raises(Unreachable) as failed:
        ask(graph, tmp_path)

    assert failed.value.__context__ is None
    assert SECRET not in "".join(traceback.format_exception(failed.value)) + repr(failed.value)


def test_what_a_session_still_expects_is_asked_without_a_token(server: Stub, graph: GraphClient) -> None:
    server.answers(Reply(body={"nextExpectedRanges": ["5-"]}))

    assert graph.upload_status(f"{server.url}/up") == {"nextExpectedRanges": ["5-"]}

    assert "authorization" not in server.asked[0].headers


def test_a_fragment_whose_answer_never_came_may_have_arrived(server: Stub, graph: GraphClient) -> None:
    server.answers(HangUp())

    with pytest.raises(Unreachable):
        graph.upload(f"{server.url}/up", b"x", first=0, total=1)
