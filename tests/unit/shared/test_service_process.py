"""A service starts without its broker, tells the truth about that, answers whoever is honest, and stops when told."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner

from services.__main__ import main
from shared.green_worker import BODY_SECONDS
from shared.serve import IDLE_SECONDS
from tests.unit.shared.door import Door, door, notification
from tests.waiting import eventually

SLOW = 500  # connections that never finish what they say
POST = b"POST /hooks/graph HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Door]:
    """A door of the test's own, to end and to disturb."""
    with door(tmp_path) as started:
        yield started


@pytest.fixture(scope="module")
def shared_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with door(tmp_path_factory.mktemp("door")) as started:
        yield started


def test_a_service_without_its_broker_lives_is_not_ready_and_stops_when_told(running: Door) -> None:
    assert running.status("/health/ready") == 503
    assert running.end() == 0


def test_an_honest_sender_is_answered_while_many_dribble(shared_door: Door) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(shared_door.connect(POST + b"X-Slow: ")) for _ in range(SLOW)]
        answers = [shared_door.post().status_code for _ in range(20)]
        for one in slow:
            one.sendall(b"a")  # it is still open: else this fails

    assert answers == [202] * 20


@pytest.mark.parametrize(
    "said",
    [b"", b"POST /hooks/graph HT", POST + b"X-Slow: ", POST + b"Content-Length: 100\r\n\r\n{"],
    ids=["nothing", "half a line", "half a header", "half a body"],
)
def test_who_does_not_finish_is_hung_up_on(shared_door: Door, said: bytes) -> None:
    began = time.monotonic()

    with shared_door.connect(said) as slow:
        answer = slow.recv(1000)

    assert answer == b""
    assert time.monotonic() - began < IDLE_SECONDS + BODY_SECONDS + 5


def test_a_body_that_dribbles_is_hung_up_on(shared_door: Door) -> None:
    with shared_door.connect(POST + b"Content-Length: 100000\r\n\r\n") as slow:
        assert eventually(lambda: _is_hung_up(slow), BODY_SECONDS + 10, "the door hanging up")


@pytest.mark.parametrize(
    "headers",
    [b"X-Large: " + b"a" * 20_000 + b"\r\n", b"".join(b"X-%d: a\r\n" % n for n in range(100))],
    ids=["a large one", "many"],
)
def test_headers_beyond_measure_are_refused(shared_door: Door, headers: bytes) -> None:
    with shared_door.connect(POST + headers + b"\r\n") as greedy:
        assert greedy.recv(1000).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("header", [b"SCRIPT_NAME: /hooks", b"Script-Name: /hooks", b"X-Forwarded-Prefix: /hooks"])
def test_no_header_leads_past_a_proxy_that_lets_hooks_through_only(shared_door: Door, header: bytes) -> None:
    with shared_door.connect(b"GET /hooks/subscriptions HTTP/1.1\r\nHost: hub\r\n" + header + b"\r\n\r\n") as clever:
        status = clever.recv(1000).split(b" ")[1]

    assert status in (b"400", b"404", b"405")


def test_a_request_in_hand_is_finished_before_the_end(running: Door) -> None:
    body = orjson.dumps(notification())

    with running.connect(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body[:10]) as sender:
        eventually(lambda: running.status("/health/live") == 200, what="the door having read what came before")
        running.process.terminate()
        eventually(lambda: running.status("/health/live") is None, what="the door being closed")
        sender.sendall(body[10:])
        answer = sender.recv(1000)

    assert answer.startswith(b"HTTP/1.1 202 ")
    assert running.process.wait(timeout=40) == 0


def test_while_another_program_holds_the_database_nothing_is_taken_and_then_it_goes_on(running: Door) -> None:
    other = sqlite3.connect(running.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with ThreadPoolExecutor(8) as senders:
        refused = list(senders.map(lambda _: running.post(), range(24)))
    other.execute("ROLLBACK")

    assert {one.status_code for one in refused} == {503}
    assert max(one.elapsed.total_seconds() for one in refused) < 3.5
    assert eventually(lambda: running.post().status_code == 202)
    assert _count(other, "SELECT count(*) FROM outbox WHERE type = 'graph.resource_changed.v1'") == 1
    other.close()


def test_on_a_full_disk_nothing_is_taken_nothing_breaks_and_then_it_goes_on(running: Door) -> None:
    taken = running.post("before").status_code
    with running.full_disk():
        refused = [running.post("during").status_code for _ in range(3)]
    answered = [running.post("during").status_code, running.post("after").status_code]

    other = sqlite3.connect(running.database)
    assert (taken, refused, answered) == (202, [503] * 3, [202, 202])
    assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert _count(other, "SELECT count(*) FROM outbox WHERE type = 'graph.resource_changed.v1'") == 3
    other.close()


def test_fronts_share_the_door_and_what_they_take_is_relayed(tmp_path: Path, amqp_url: str) -> None:
    with (
        door(tmp_path, amqp_url=amqp_url) as ordinary,
        door(tmp_path, "--front", amqp_url=amqp_url, bind=ordinary.bind),
        door(tmp_path, "--front", amqp_url=amqp_url, bind=ordinary.bind),
        ThreadPoolExecutor(16) as senders,
    ):
        answers = list(senders.map(lambda _: ordinary.post().status_code, range(200)))
        again = [ordinary.post("repeated").headers["X-Correlation-Id"] for _ in range(10)]
        database = sqlite3.connect(ordinary.database)
        eventually(
            lambda: _count(database, "SELECT count(*) FROM outbox WHERE sent_at IS NULL") == 0, 60, "all of it relayed"
        )
        relayed = _count(database, "SELECT count(*) FROM outbox WHERE type = 'graph.resource_changed.v1'")
        database.close()

    assert answers == [202] * 200
    assert relayed == 201
    assert len(set(again)) == 10  # ten deliveries, one event


def test_a_front_frees_no_lease_and_is_well_without_a_broker(running: Door, tmp_path: Path) -> None:
    database = sqlite3.connect(running.database)
    assert running.end() == 0
    database.execute("UPDATE inbox SET state = 'working', lease_owner = ?, lease_until = 9e15", (os.uname().nodename,))
    database.commit()

    with door(tmp_path, "--front") as front:
        ready = front.status("/health/ready")

    assert ready == 200
    assert _count(database, "SELECT count(*) FROM inbox WHERE state = 'working'") > 0
    database.close()


@pytest.mark.parametrize("name", ["timesync", "clock"])
def test_only_the_front_door_has_fronts(name: str) -> None:
    result = CliRunner().invoke(main, ["service", name, "--front"])

    assert result.exit_code == 2
    assert f"only webhooks has fronts, not {name}" in result.output


def _is_hung_up(slow: socket.socket) -> bool:
    """Say one byte more, and tell whether nobody listens any longer."""
    try:
        slow.sendall(b" ")
        slow.settimeout(0.05)
        return slow.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def _count(database: sqlite3.Connection, question: str) -> int:
    return int(database.execute(question).fetchone()[0])
