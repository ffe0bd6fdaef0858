"""How clamd is asked, against a server that speaks its protocol."""

from __future__ import annotations

import contextlib
import re
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from services.mailroom.intakes.content.antivirus import ADDRESS, Clamd
from shared.errors import Invalid, Permanent, Transient

# The test virus of eicar.org, in two halves: whole, it would be found in this file.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LONGEST = 2_000_000  # bytes that this clamd takes
SECOND = timedelta(seconds=1)


class Daemon(socketserver.StreamRequestHandler):
    """A clamd that knows one virus."""

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            self.wfile.write(self.answer())

    def answer(self) -> bytes:
        if self.rfile.read(10) != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND\0"
        content = b""
        while length := struct.unpack("!I", self.rfile.read(4))[0]:
            content += self.rfile.read(length)
            if len(content) > LONGEST:
                return b"INSTREAM size limit exceeded. ERROR\0"
        return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"


def saying(answer: bytes) -> type[Daemon]:
    class Said(Daemon):
        def answer(self) -> bytes:
            super().answer()
            return answer

    return Said


class Silent(Daemon):
    def handle(self) -> None:
        self.rfile.read()


class ThreadingUnix(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@contextmanager
def listening(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def clamd(handler: type[Daemon], deadline: timedelta = 30 * SECOND) -> Iterator[Clamd]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        with listening(server):
            yield Clamd(f"tcp://127.0.0.1:{server.server_address[1]}", deadline)


@pytest.fixture
def letter(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / "Proefburger.pdf"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("content", [b"", b"%PDF", bytes(1_500_000)], ids=["empty", "short", "many chunks"])
def test_a_file_without_a_virus_passes(letter: Callable[[bytes], Path], content: bytes) -> None:
    with clamd(Daemon) as scanner:
        scanner.check(letter(content))


@pytest.mark.parametrize("before", [0, 1_000_000], ids=["at once", "in a later chunk"])
def test_a_virus_is_named_and_its_file_is_not(letter: Callable[[bytes], Path], before: int) -> None:
    with clamd(Daemon) as scanner, pytest.raises(Invalid) as refusal:
        scanner.check(letter(bytes(before) + EICAR))

    assert refusal.value.reason == "infected"
    assert "Eicar-Test-Signature" in str(refusal.value)
    assert "Proefburger" not in str(refusal.value)


def test_clamd_is_asked_over_a_unix_socket_too(letter: Callable[[bytes], Path], tmp_path: Path) -> None:
    place = tmp_path / "clamd.ctl"
    with listening(ThreadingUnix(str(place), Daemon)), pytest.raises(Invalid) as refusal:
        Clamd(f"unix://{place}").check(letter(EICAR))

    assert refusal.value.reason == "infected"


@pytest.mark.parametrize(
    "answer",
    [b"INSTREAM size limit exceeded. ERROR\0", b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0"],
    ids=["longer than it takes", "longer than it looks"],
)
def test_a_file_that_is_too_long_for_clamd_says_what_to_mend(letter: Callable[[bytes], Path], answer: bytes) -> None:
    with clamd(saying(answer)) as scanner, pytest.raises(Permanent) as failure:
        scanner.check(letter(b"%PDF"))

    assert not isinstance(failure.value, Invalid)
    assert failure.value.reason == "antivirus_limit"
    assert "StreamMaxLength" in str(failure.value)


def test_the_answer_of_a_clamd_that_hangs_up_while_we_still_send_is_heard(
    letter: Callable[[bytes], Path], tmp_path: Path
) -> None:
    class Full(Daemon):
        def answer(self) -> bytes:
            return b"INSTREAM size limit exceeded. ERROR\0"

    place = tmp_path / "clamd.ctl"
    with listening(ThreadingUnix(str(place), Full)), pytest.raises(Permanent) as failure:
        Clamd(f"unix://{place}").check(letter(bytes(8 * LONGEST)))

    assert failure.value.reason == "antivirus_limit"


def test_a_clamd_that_hangs_up_on_a_long_file_never_passes_it(letter: Callable[[bytes], Path]) -> None:
    with clamd(Daemon) as scanner, pytest.raises((Permanent, Transient)) as failure:
        scanner.check(letter(bytes(8 * LONGEST)))

    assert "StreamMaxLength" in str(failure.value)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0",
        b"stream: OK, ERROR\0",
        b"stream: Can't allocate memory ERROR\0",
        b"COMMAND READ TIMED OUT\0",
        b"x" * 9999,
    ],
    ids=["hangs up", "nothing", "nearly right", "no memory", "too slow", "endless"],
)
def test_an_answer_that_is_not_a_clear_yes_passes_nothing(letter: Callable[[bytes], Path], answer: bytes) -> None:
    with clamd(saying(answer)) as scanner, pytest.raises(Transient) as failure:
        scanner.check(letter(b"%PDF"))

    assert failure.value.reason == "antivirus_unavailable"


def test_a_clamd_that_does_not_answer_is_waited_for_no_longer_than_the_deadline(
    letter: Callable[[bytes], Path],
) -> None:
    with clamd(Silent, deadline=SECOND / 20) as scanner, pytest.raises(Transient) as failure:
        scanner.check(letter(b"%PDF"))

    assert failure.value.reason == "antivirus_unavailable"


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "unix:///nowhere/clamd.ctl"])
def test_a_clamd_that_is_not_there_can_come_back(letter: Callable[[bytes], Path], address: str) -> None:
    with pytest.raises(Transient) as failure:
        Clamd(address, SECOND).check(letter(b"%PDF"))

    assert failure.value.reason == "antivirus_unavailable"
    assert "[mailroom.antivirus]" in str(failure.value)


def test_a_file_that_went_away_is_not_blamed_on_clamd(tmp_path: Path) -> None:
    with clamd(Daemon) as scanner, pytest.raises(FileNotFoundError):
        scanner.check(tmp_path / "gone.pdf")


@pytest.mark.parametrize(
    "address",
    ["tcp://127.0.0.1:3310", "tcp://clamav.example.org:3310", "tcp://[::1]:3310", "unix:///run/clamav/clamd.ctl"],
)
def test_an_address_is_a_host_with_a_port_or_a_path(address: str) -> None:
    assert re.match(ADDRESS, address)
    Clamd(address)


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1:3310", "tcp://clamav", "http://clamav:3310", "unix://run/clamd.ctl", "tcp://:3310"]
)
def test_what_is_no_address_is_refused_at_once(address: str) -> None:
    with pytest.raises(Permanent):
        Clamd(address)
