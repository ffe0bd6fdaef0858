"""How a file gets into a library: small ones at once, large ones in a session that survives a cut connection.

Source: https://learn.microsoft.com/en-us/graph/api/driveitem-createuploadsession
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from shared.crashpoints import crashpoint
from shared.errors import Permanent, Transient, Unavailable
from shared.graph.client import GraphClient
from shared.graph.drives.fingerprints import Fingerprint, fingerprint
from shared.graph.drives.items import Item, item_of
from shared.graph.errors import NotFound, Refused

SMALL = 10 * 1024 * 1024  # bytes: up to here one PUT, above it an upload session
FRAGMENT = 16 * 320 * 1024  # bytes: 5 MiB, a multiple of 320 KiB as every fragment but the last must be
PATIENCE = 5  # fragments in a row that bring nothing, before the attempt ends
_OUT_OF_STEP = "graph_416"


class Sessions(Protocol):
    """Remembers where uploads go on, over crashes too. An address is a secret: who has it may write the file.

    A key tells nothing of the file; it is the same for the same content in the same place.
    """

    def get(self, key: str) -> str | None: ...
    def put(self, key: str, url: str) -> None: ...
    def drop(self, key: str) -> None: ...


class Passing:
    """Sessions that are remembered for as long as the process lives."""

    def __init__(self) -> None:
        self._urls: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        return self._urls.get(key)

    def put(self, key: str, url: str) -> None:
        self._urls[key] = url

    def drop(self, key: str) -> None:
        self._urls.pop(key, None)


class _SessionGoneError(Exception):
    """The service no longer knows the session: it timed out, or the file is there."""


class Uploads:
    """Writes files to the drives that *graph* reaches."""

    def __init__(self, graph: GraphClient, sessions: Sessions) -> None:
        self._graph = graph
        self._sessions = sessions

    def write(
        self, target: str, source: Path, behaviour: Mapping[str, str], content: Fingerprint | None = None
    ) -> Item:
        """Write *source* to *target* (`/drives/…/items/…:/name:`); *behaviour* says what if it is there already.

        *content* is that of *source*, None when nobody computed it yet.
        Raises: Conflict; Transient when it must be tried again, which goes on where this attempt ended.
        """
        if source.stat().st_size <= SMALL:
            return item_of(self._graph.put(f"{target}/content", source.read_bytes(), params=behaviour))
        content = content or fingerprint(source)
        key = sha256(f"{target} {content.size} {content.hash}".encode()).hexdigest()
        for _ in range(2):  # the one that was remembered, and a new one
            known = self._sessions.get(key)
            url = known or self._begun(key, target, behaviour)
            try:
                return self._sent(key, _Sending(self._graph, url, source, content.size, None if known else 0))
            except _SessionGoneError:
                if there := self._arrived(target, content):
                    return there
        raise Transient("upload_session_lost", f"{target.partition('/items/')[0]}: an upload session ended too soon")

    def _begun(self, key: str, target: str, behaviour: Mapping[str, str]) -> str:
        answer = self._graph.post(f"{target}/createUploadSession", {"item": dict(behaviour)})
        url = str(answer["uploadUrl"])
        self._sessions.put(key, url)
        return url

    def _sent(self, key: str, sending: _Sending) -> Item:
        try:
            made = item_of(sending.run())
        except NotFound:
            self._sessions.drop(key)
            raise _SessionGoneError from None
        except (Permanent, _SessionGoneError):
            self._sessions.drop(key)
            raise
        self._sessions.drop(key)
        return made

    def _arrived(self, target: str, content: Fingerprint) -> Item | None:
        """Return the file if all of it is there: the answer to its last fragment may be what was lost."""
        try:
            there = item_of(self._graph.get(target.removesuffix(":")))
        except NotFound:
            return None
        return there if there.content == content else None


class _Sending:
    """One attempt: fragment after fragment, each where the service says that it expects the next.

    *position* None is to be asked, as it is after every failure.
    """

    def __init__(self, graph: GraphClient, url: str, source: Path, total: int, position: int | None) -> None:
        self._graph, self._url = graph, url
        self._source, self._total = source, total
        self._position = position
        self._furthest = 0
        self._in_vain = 0

    def run(self) -> Mapping[str, Any]:
        """Return the file as the service made it."""
        failure = Transient("upload_stalled", f"of {self._total} bytes, one is expected again and again")
        while self._in_vain < PATIENCE:
            try:
                answer = self._step()
            except Unavailable:
                raise  # it said how long to wait, and keeps the session meanwhile
            except Transient as error:
                failure = error
                self._failed()
            except Refused as error:
                if error.reason != _OUT_OF_STEP:
                    raise
                self._failed()
            else:
                if "id" in answer:
                    return answer
                self._learn(answer)
        raise failure

    def _step(self) -> dict[str, Any]:
        if self._position is None:
            return self._graph.upload_status(self._url)
        with self._source.open("rb") as file:
            file.seek(self._position)
            fragment = file.read(FRAGMENT)
        answer = self._graph.upload(self._url, fragment, first=self._position, total=self._total)
        crashpoint("graph.after_fragment")
        return answer

    def _failed(self) -> None:
        self._position = None
        self._in_vain += 1

    def _learn(self, answer: Mapping[str, Any]) -> None:
        expected = _first_missing(answer, self._total)
        if expected > self._furthest:
            self._furthest, self._in_vain = expected, 0
        elif self._position is not None:
            self._in_vain += 1
        self._position = expected


def _first_missing(answer: Mapping[str, Any], total: int) -> int:
    """Return the byte to go on from, of ranges such as `12345-55232` and `77829-`."""
    first = min((int(each.partition("-")[0]) for each in answer.get("nextExpectedRanges") or []), default=total)
    if first >= total:
        raise _SessionGoneError  # nothing is missing, yet it made no file: only a new session helps
    return first
