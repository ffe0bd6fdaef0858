"""A service that keeps upload sessions, and cuts the line when it is told to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.quickxorhash import quick_xor_hash
from shared.graph.drives import FRAGMENT
from shared.graph.errors import NotFound, Refused, Unreachable

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
