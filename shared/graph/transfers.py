"""Bytes to and from addresses that are keys themselves: upload sessions, and downloads that need no token.

Such an address is a secret. No error of here names it, nor comes from one that does.
Source: https://learn.microsoft.com/en-us/graph/api/driveitem-createuploadsession
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from shared.errors import Permanent
from shared.graph.errors import Unreachable
from shared.graph.protocol import Answer, parse_json, read
from shared.http import USER_AGENT
from shared.observability.metrics import GRAPH_CALLS

DEADLINE = (5.0, 120.0)  # seconds to connect, and between two bytes of one fragment over a municipality's uplink
PIECE = 1024 * 1024  # bytes of a download in memory at a time
PLAIN = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": USER_AGENT}  # packed, its length proves nothing
_UPLOAD = "upload session"


class Transfers:
    """Sends and fetches by address alone."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    def put(self, url: str, fragment: bytes, *, first: int, total: int) -> dict[str, Any]:
        """Put bytes of a file of *total*, from *first* on; return the file when it is whole, else what is missing."""
        headers = {"Content-Range": f"bytes {first}-{first + len(fragment) - 1}/{total}", "User-Agent": USER_AGENT}
        with self._asked("PUT", url, _UPLOAD, headers, fragment) as response:
            return read(answer_of(response), f"PUT {_UPLOAD}")

    def missing(self, url: str) -> dict[str, Any]:
        """Return what an upload session still expects: `{"nextExpectedRanges": ["26214400-"]}`.

        Raises: NotFound when it ended, one way or the other.
        """
        with self._asked("GET", url, _UPLOAD, {"User-Agent": USER_AGENT}) as response:
            return read(answer_of(response), f"GET {_UPLOAD}")

    def fetch(self, url: str, target: Path, scheme: str) -> None:
        """Write what stands at *url* to *target*, as `save` does. *url* must be of *scheme*: no way down to http."""
        if urlsplit(url).scheme != scheme:
            raise Permanent("foreign_link", f"a download of Graph leads away from {scheme}")
        with self._asked("GET", url, "download", PLAIN) as response:
            if response.status_code != requests.codes.ok:
                read(answer_of(response), "GET download")
                raise Unreachable("graph_no_content", f"GET download answered {response.status_code}, expected 200")
            save(response, target)

    @contextmanager
    def _asked(
        self, method: str, url: str, what: str, headers: Mapping[str, str], data: bytes | None = None
    ) -> Iterator[requests.Response]:
        response, failed = None, ""
        try:
            response = self._session.request(
                method, url, data=data, headers=headers, timeout=DEADLINE, allow_redirects=False, stream=True
            )
        except requests.RequestException as error:
            failed = type(error).__name__
        if response is None:  # told out here: what the library raised has the address in its text
            GRAPH_CALLS.labels(method, "none").inc()
            raise Unreachable("graph_unreachable", f"{method} {what}: {failed}")
        with response:
            GRAPH_CALLS.labels(method, str(response.status_code)).inc()
            yield response


def answer_of(response: requests.Response) -> Answer:
    """Return the whole answer.

    Raises: Unreachable when it breaks off.
    """
    failed = ""
    try:
        return Answer(response.status_code, response.headers, parse_json(response.content))
    except requests.RequestException as error:
        failed = type(error).__name__
    raise Unreachable("graph_unreachable", f"an answer broke off: {failed}")


def save(response: requests.Response, target: Path) -> None:
    """Write the body to *target*, which appears whole or not at all.

    Raises: Unreachable when it is cut short.
    """
    partial = target.with_name(f"{target.name}.partial")
    failed = ""
    try:
        with partial.open("wb") as file:
            for piece in response.iter_content(PIECE):
                file.write(piece)
        partial.replace(target)
    except requests.RequestException as error:
        failed = type(error).__name__
    finally:
        partial.unlink(missing_ok=True)
    if failed:
        raise Unreachable("graph_cut_short", f"a download was cut short: {failed}")
