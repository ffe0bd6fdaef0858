"""Files reach the library whole: small ones at once, large ones over cut connections and dead processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from sandbox.quickxorhash import quick_xor_hash
from shared.errors import Transient
from shared.graph.client import GraphClient
from shared.graph.drives import FRAGMENT, SMALL, Drive
from shared.graph.errors import Conflict, NotFound, Refused, Throttled, Unreachable

UNIT = 320 * 1024
ITEM = {"id": "i1", "name": "brief.pdf", "size": 3, "file": {"hashes": {"quickXorHash": "x"}}}
CUT = Unreachable("graph_unreachable", "PUT upload session: ConnectionError")
FINE = ("", None)
GONE = NotFound("graph_404", "PUT upload session", "itemNotFound")


@dataclass
class Session:
    """One upload session, as the service keeps it."""

    received: bytearray = field(default_factory=bytearray)
    is_over: bool = False


@dataclass
class FakeGraph:
    """Keeps upload sessions and the one file they make, taking at most *takes* bytes of each fragment.

    *troubles* come over the next fragments: an error, raised before the fragment is taken or after.
    """

    takes: int = FRAGMENT
    sessions: list[Session] = field(default_factory=list)
    file: dict[str, Any] | None = None
    lengths: list[int] = field(default_factory=list)
    puts: list[tuple[str, Mapping[str, str] | None]] = field(default_factory=list)
    troubles: list[tuple[str, Exception | None]] = field(default_factory=list)
    silences: list[Exception] = field(default_factory=list)

    def put(self, path: str, content: bytes, *, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        self.puts.append((path, params))
        return ITEM

    def get(self, path: str) -> dict[str, Any]:
        if self.file is None:
            raise NotFound("graph_404", f"GET {path}", "itemNotFound")
        return self.file

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self.sessions.append(Session())
        return {"uploadUrl": f"https://upload.example.org/{len(self.sessions) - 1}"}

    def upload_status(self, url: str) -> dict[str, Any]:
        if self.silences:
            raise self.silences.pop(0)
        return {"nextExpectedRanges": [f"{len(self._session(url).received)}-"]}

    def upload(self, url: str, fragment: bytes, *, first: int, total: int) -> dict[str, Any]:
        when, error = self.troubles.pop(0) if self.troubles else ("", None)
        if error and when == "before":
            raise error
        session = self._session(url)
        if first != len(session.received):
            raise Refused("graph_416", "PUT upload session", "invalidRange")
        self.lengths.append(len(fragment))
        session.received += fragment[: self.takes]
        session.is_over = len(session.received) == total
        if session.is_over:
            hashes = {"quickXorHash": quick_xor_hash(bytes(session.received))}
            self.file = ITEM | {"size": total, "file": {"hashes": hashes}, "content": bytes(session.received)}
        if error:
            raise error
        return self.file if session.is_over and self.file else self.upload_status(url)

    def _session(self, url: str) -> Session:
        session = self.sessions[int(url.rpartition("/")[2])]
        if session.is_over:
            raise GONE
        return session

    @property
    def content(self) -> bytes | None:
        return self.file["content"] if self.file else None


class Notebook(dict[str, str]):
    """Remembers addresses, as a database would."""

    def put(self, key: str, url: str) -> None:
        self[key] = url

    def drop(self, key: str) -> None:
        self.pop(key, None)


def drive(graph: FakeGraph, sessions: Notebook | None = None) -> Drive:
    return Drive(cast("GraphClient", graph), "b!1", sessions)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.pdf"
    path.write_bytes(os.urandom(SMALL + 12_345))  # two fragments and a bit
    return path


def test_a_small_file_goes_in_one_request_that_fails_if_the_name_is_taken(tmp_path: Path) -> None:
    (tmp_path / "small.pdf").write_bytes(b"abc")
    graph = FakeGraph()

    drive(graph).upload("f1", "één brief.pdf", tmp_path / "small.pdf")

    path = "/drives/b%211/items/f1:/%C3%A9%C3%A9n%20brief.pdf:/content"
    assert graph.puts == [(path, {"@microsoft.graph.conflictBehavior": "fail"})]


def test_a_large_file_goes_in_fragments_of_a_multiple_of_320_kib(large: Path) -> None:
    graph = FakeGraph()

    drive(graph).upload("f1", "large.pdf", large)

    assert graph.content == large.read_bytes()
    assert len(graph.lengths) == 3
    assert all(length % UNIT == 0 for length in graph.lengths[:-1])


def test_an_upload_goes_on_where_the_service_says_even_after_part_of_a_fragment(large: Path) -> None:
    graph = FakeGraph(takes=3 * UNIT)

    drive(graph).upload("f1", "large.pdf", large)

    assert graph.content == large.read_bytes()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("trouble", [CUT, Transient("graph_500", "PUT upload session")], ids=["cut", "500"])
def test_a_cut_connection_is_no_reason_to_begin_again(large: Path, when: str, trouble: Exception) -> None:
    graph = FakeGraph(troubles=[FINE, (when, trouble)])

    drive(graph).upload("f1", "large.pdf", large)

    assert graph.content == large.read_bytes()
    assert (len(graph.sessions), len(graph.lengths)) == (1, 3)


def test_a_fragment_that_is_out_of_step_is_put_where_the_service_is(large: Path) -> None:
    sessions, graph = Notebook(), FakeGraph(troubles=[("before", Refused("graph_416", "PUT", "invalidRange"))])

    drive(graph, sessions).upload("f1", "large.pdf", large)

    assert graph.content == large.read_bytes()


def test_an_attempt_ends_after_five_cuts_in_a_row_and_the_next_goes_on(large: Path) -> None:
    sessions, graph = Notebook(), FakeGraph(troubles=[FINE, *[("before", CUT)] * 5])

    with pytest.raises(Unreachable):
        drive(graph, sessions).upload("f1", "large.pdf", large)
    drive(graph, sessions).upload("f1", "large.pdf", large)  # another process

    assert graph.content == large.read_bytes()
    assert (len(graph.sessions), len(graph.lengths), sessions) == (1, 3, {})


def test_a_session_that_says_nothing_is_asked_five_times(large: Path) -> None:
    sessions, graph = Notebook(), FakeGraph(troubles=[("before", CUT)], silences=[CUT] * 9)

    with pytest.raises(Unreachable):
        drive(graph, sessions).upload("f1", "large.pdf", large)

    assert len(graph.silences) == 5
    assert len(sessions) == 1


def test_a_service_that_asks_to_wait_keeps_the_session_meanwhile(large: Path) -> None:
    wait = Throttled("graph_429", "PUT upload session", timedelta(seconds=17))
    sessions, graph = Notebook(), FakeGraph(troubles=[FINE, ("before", wait)])

    with pytest.raises(Throttled) as told:
        drive(graph, sessions).upload("f1", "large.pdf", large)
    drive(graph, sessions).upload("f1", "large.pdf", large)

    assert told.value.retry_after == timedelta(seconds=17)
    assert (len(graph.sessions), len(graph.lengths)) == (1, 3)


def test_a_session_that_timed_out_begins_anew(large: Path) -> None:
    graph = FakeGraph(troubles=[("before", GONE)])

    drive(graph).upload("f1", "large.pdf", large)

    assert graph.content == large.read_bytes()
    assert len(graph.sessions) == 2


def test_sessions_that_are_lost_again_and_again_are_for_later(large: Path) -> None:
    sessions, graph = Notebook(), FakeGraph(troubles=[("before", GONE)] * 2)

    with pytest.raises(Transient) as lost:
        drive(graph, sessions).upload("f1", "large.pdf", large)

    assert (lost.value.reason, sessions) == ("upload_session_lost", {})


@pytest.mark.parametrize(
    "write", [lambda it, file: it.upload("f1", "a.pdf", file), lambda it, file: it.replace("i1", file)]
)
def test_a_file_whose_last_answer_was_lost_is_not_written_twice(
    large: Path, write: Callable[[Drive, Path], object]
) -> None:
    graph = FakeGraph(troubles=[FINE, FINE, ("after", CUT)])

    write(drive(graph), large)

    assert len(graph.sessions) == 1


def test_a_name_taken_meanwhile_is_told_and_nothing_is_remembered(large: Path) -> None:
    taken = Conflict("graph_409", "PUT upload session", "nameAlreadyExists")
    sessions, graph = Notebook(), FakeGraph(troubles=[("before", taken)])

    with pytest.raises(Conflict):
        drive(graph, sessions).upload("f1", "large.pdf", large)

    assert sessions == {}


def test_an_upload_that_does_not_advance_ends(large: Path) -> None:
    with pytest.raises(Transient) as stalled:
        drive(FakeGraph(takes=0)).upload("f1", "large.pdf", large)

    assert stalled.value.reason == "upload_stalled"


def test_other_content_goes_in_a_session_of_its_own(large: Path) -> None:
    sessions, graph = Notebook(), FakeGraph(troubles=[("before", CUT)] * 5)
    with pytest.raises(Unreachable):
        drive(graph, sessions).upload("f1", "large.pdf", large)
    large.write_bytes(os.urandom(SMALL + 12_345))

    drive(graph, sessions).upload("f1", "large.pdf", large)

    assert graph.content == large.read_bytes()
    assert len(graph.sessions) == 2


def test_what_is_remembered_by_tells_nothing_of_the_file(large: Path) -> None:
    sessions, graph = Notebook(), FakeGraph(troubles=[("before", CUT)] * 5)

    with pytest.raises(Unreachable):
        drive(graph, sessions).upload("f1", "Klacht van Jan.pdf", large)

    (key,) = sessions
    assert len(bytes.fromhex(key)) == 32
