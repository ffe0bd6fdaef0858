"""Has files looked at by ClamAV, over clamd's INSTREAM.

Ours, because the two clients there are do not fit: clamd 1.0.2 is of 2014 and no longer kept, clamav-client 0.7.2 is
its fork under GPL-2. Both send 1 KB at a time, bound each read instead of the whole, and lose the answer when clamd
hangs up on a file that is too long.
"""

from __future__ import annotations

import re
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from shared.errors import Invalid, Permanent, Transient

ADDRESS = r"^(tcp://([^/:@\s]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}|unix:///[^\x00]+)\Z"  # for who reads the setting

_CHUNK = 256 * 1024  # bytes
_LONGEST_ANSWER = 4096  # bytes
_FOUND = re.compile(r"stream: (?P<signature>.+) FOUND")
_UNSAFE = re.compile(r"[^A-Za-z0-9._/-]+")
# clamd says this instead of a virus when AlertExceedsMax is on.
_EXCEEDED = "Heuristics.Limits.Exceeded"
_MEND = "raise StreamMaxLength, MaxFileSize and MaxScanSize in clamd.conf above max_megabytes"


class Clamd:
    """clamd at *address*, `tcp://127.0.0.1:3310` or `unix:///run/clamav/clamd.ctl`. *deadline* bounds a whole file.

    clamd passes what is longer than its MaxFileSize unseen, unless `AlertExceedsMax yes` stands in clamd.conf.
    """

    def __init__(self, address: str, deadline: timedelta = timedelta(minutes=5)) -> None:
        if not re.match(ADDRESS, address):
            raise Permanent("invalid_antivirus", "antivirus: expected tcp://<host>:<port> or unix:///<path>")
        self._address, self._deadline = address, deadline

    def check(self, path: Path) -> None:
        """Pass a file without a known virus.

        Raises: Invalid("infected"); Permanent("antivirus_limit") when it is longer than clamd takes;
        Transient("antivirus_unavailable") when clamd does not answer.
        """
        with path.open("rb") as file:
            answer = self._asked(file)
        if answer == "stream: OK":
            return
        found = _FOUND.fullmatch(answer)
        if "size limit exceeded" in answer or (found and found["signature"].startswith(_EXCEEDED)):
            raise Permanent("antivirus_limit", f"clamd does not take a file of this length: {_MEND}")
        if found:
            raise Invalid("infected", f"clamd found {_UNSAFE.sub('', found['signature'])[:100]}")
        raise Transient("antivirus_unavailable", "clamd answered with an error, or not at all: see its log")

    def _asked(self, file: BinaryIO) -> str:
        """Return the answer of clamd, empty when it hung up without one.

        https://docs.clamav.net/manual/Usage/ClamdProtocol.html
        """
        until = time.monotonic() + self._deadline.total_seconds()
        with _answering(), self._line() as line:
            # clamd hangs up on too long a file while we still send; its answer may have come before
            # (https://github.com/Cisco-Talos/clamav/issues/1210).
            with suppress(BrokenPipeError, ConnectionResetError):
                _send(line, b"zINSTREAM\0", until)
                while chunk := file.read(_CHUNK):
                    _send(line, struct.pack("!I", len(chunk)) + chunk, until)
                _send(line, struct.pack("!I", 0), until)
            return _answer(line, until)

    def _line(self) -> socket.socket:
        seconds = self._deadline.total_seconds()
        target = urlsplit(self._address)
        if target.scheme == "tcp":
            return socket.create_connection((target.hostname or "", target.port or 0), timeout=seconds)
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.settimeout(seconds)
            line.connect(self._address.removeprefix("unix://"))
        except OSError:
            line.close()
            raise
        return line


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Transient(
            "antivirus_unavailable",
            f"clamd does not answer: {type(error).__name__}; does it run at the address in [mailroom.antivirus]? "
            f"When it is long files only: {_MEND}",
        ) from error


def _send(line: socket.socket, content: bytes, until: float) -> None:
    line.settimeout(_left(until))
    line.sendall(content)


def _answer(line: socket.socket, until: float) -> str:
    """Return what clamd says before its NUL."""
    said = b""
    while b"\0" not in said and len(said) < _LONGEST_ANSWER:
        line.settimeout(_left(until))
        more = line.recv(_LONGEST_ANSWER)
        if not more:
            break
        said += more
    return said.partition(b"\0")[0].decode("ascii", "replace").strip()


def _left(until: float) -> float:
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
