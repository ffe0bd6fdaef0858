"""Files reach the library whole: small ones at once, large ones in fragments where the service expects them."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.errors import Permanent, Transient
from shared.graph.client import GraphClient
from shared.graph.drives import FRAGMENT, SMALL, Drive, fingerprint, library, quick_xor_hash
from shared.graph.errors import NotFound, Refused

UNIT = 320 * 1024
ITEM = {"id": "i1", "name": "brief.pdf", "size": 3, "file": {"hashes": {"quickXorHash": "x"}}}


class FakeGraph:
    """Answers an upload session, taking at most *takes* bytes of each fragment."""

    def __init__(self, takes: int = FRAGMENT) -> None:
        self.takes = takes
        self.received = bytearray()
        self.lengths: list[int] = []
        self.puts: list[tuple[str, Mapping[str, str] | None]] = []
        self.failure: Exception | None = None

    def put(self, path: str, content: bytes, *, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        self.received += content
        self.puts.append((path, params))
        return ITEM

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return {"uploadUrl": "https://upload.example.org/secret"}

    def upload(self, url: str, fragment: bytes, *, first: int, total: int) -> dict[str, Any]:
        if self.failure:
            raise self.failure
        assert first == len(self.received)
        self.lengths.append(len(fragment))
        self.received += fragment[: self.takes]
        return ITEM if len(self.received) == total else {"nextExpectedRanges": [f"{len(self.received)}-{total - 1}"]}


def drive(graph: FakeGraph) -> Drive:
    return Drive(cast("GraphClient", graph), "b!1")


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.pdf"
    path.write_bytes(os.urandom(SMALL + 12_345))
    return path


def test_a_small_file_goes_in_one_request_that_fails_if_the_name_is_taken(tmp_path: Path) -> None:
    (tmp_path / "small.pdf").write_bytes(b"abc")
    graph = FakeGraph()

    drive(graph).upload("f1", "één brief.pdf", tmp_path / "small.pdf")

    path = "/drives/b%211/items/f1:/%C3%A9%C3%A9n%20brief.pdf:/content"
    assert graph.puts == [(path, {"@microsoft.graph.conflictBehavior": "fail"})]
    assert graph.received == b"abc"


def test_a_large_file_goes_in_fragments_of_a_multiple_of_320_kib(large: Path) -> None:
    graph = FakeGraph()

    drive(graph).upload("f1", "large.pdf", large)

    assert graph.received == large.read_bytes()
    assert len(graph.lengths) == 3
    assert all(length % UNIT == 0 for length in graph.lengths[:-1])


def test_an_upload_goes_on_where_the_service_says_even_after_part_of_a_fragment(large: Path) -> None:
    graph = FakeGraph(takes=3 * UNIT)

    drive(graph).upload("f1", "large.pdf", large)

    assert graph.received == large.read_bytes()


@pytest.mark.parametrize(
    "failure",
    [
        NotFound("graph_404", "PUT upload session", "itemNotFound"),
        Refused("graph_416", "PUT upload session", "invalidRange"),
    ],
    ids=["session gone", "out of step"],
)
def test_a_lost_upload_session_begins_again_later(large: Path, failure: Exception) -> None:
    graph = FakeGraph()
    graph.failure = failure

    with pytest.raises(Transient) as lost:
        drive(graph).upload("f1", "large.pdf", large)

    assert lost.value.reason == "upload_session_lost"


def test_an_upload_that_does_not_advance_ends(large: Path) -> None:
    with pytest.raises(Transient) as stalled:
        drive(FakeGraph(takes=0)).upload("f1", "large.pdf", large)

    assert stalled.value.reason == "upload_stalled"


class SiteGraph:
    """Knows one site with one library."""

    def get(self, path: str) -> dict[str, Any]:
        return {"/sites/example.sharepoint.com:/sites/projecten": {"id": "host,1,2"}}[path]

    def pages(self, path: str) -> list[dict[str, Any]]:
        return {"/sites/host%2C1%2C2/drives": [{"name": "Documenten", "id": "b!1"}]}[path]


def test_a_library_is_found_by_site_and_name() -> None:
    graph = cast("GraphClient", SiteGraph())

    assert library(graph, "example.sharepoint.com:/sites/projecten", "Documenten").id == "b!1"
    with pytest.raises(Permanent, match=r"hub\.toml"):
        library(graph, "example.sharepoint.com:/sites/projecten", "Archief")


def slowly(content: bytes) -> str:
    """Return the hash as the published algorithm describes it, one bit position at a time."""
    state = [0] * 160
    for index, byte in enumerate(content):
        for bit in range(8):
            state[(index * 11 + bit) % 160] ^= byte >> bit & 1
    for bit in range(64):
        state[96 + bit] ^= len(content) >> bit & 1
    packed = bytes(sum(state[8 * place + bit] << bit for bit in range(8)) for place in range(20))
    return base64.b64encode(packed).decode()


@given(st.binary(max_size=1200))
@example(b"")
@example(b"\xff" * 160)
@example(b"\xff" * 161)
@example(bytes(range(256)) * 5)
def test_the_hash_is_the_published_one_however_long_the_content(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "content"
    path.write_bytes(content)

    assert fingerprint(path).hash == slowly(content)
    assert fingerprint(path).size == len(content)


def test_the_hash_of_nothing_is_the_known_one() -> None:
    assert quick_xor_hash(b"", 0) == "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
