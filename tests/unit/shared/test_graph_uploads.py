"""Files reach the library whole: small ones at once, large ones over cut connections and dead processes."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from shared.errors import Transient
from shared.graph.client import GraphClient
from shared.graph.drives import SMALL, Drive
from shared.graph.errors import Conflict, Refused, Throttled, Unreachable
from tests.unit.shared.upload_fake import CUT, FINE, GONE, FakeGraph, Notebook

UNIT = 320 * 1024


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


def test_any_number_of_cuts_is_borne_while_something_arrives_between(large: Path) -> None:
    graph = FakeGraph(takes=3 * UNIT, troubles=[FINE, ("before", CUT)] * 7)

    drive(graph).upload("f1", "large.pdf", large)

    assert graph.content == large.read_bytes()
    assert len(graph.sessions) == 1


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
