"""The client of Microsoft Graph: a token, deadlines, reused connections, batches, and failures that decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import orjson
import requests

from shared.circuit import Circuits
from shared.crashpoints import crashpoint
from shared.errors import HubError
from shared.graph.batch import Coalescer
from shared.graph.errors import Unreachable
from shared.graph.protocol import (
    FORGOTTEN_TOKEN,
    IMMUTABLE_ID,
    Answer,
    Call,
    batch_answers,
    batch_body,
    call,
    read,
    relative,
)
from shared.graph.transfers import PLAIN, Transfers, answer_of, save
from shared.http import USER_AGENT, session
from shared.observability.metrics import GRAPH_CALLS

DEADLINE = (5.0, 30.0)  # seconds to connect, seconds to answer


class TokenSource(Protocol):
    """Gives tokens; auth.py has the real one."""

    def token(self) -> str: ...
    def forget(self) -> None: ...


class GraphClient:
    """Graph below *base* (`https://graph.microsoft.com/v1.0`). One for all threads of a service."""

    def __init__(self, base: str, tokens: TokenSource) -> None:
        self._base = base
        self._tokens = tokens
        self._session = session(connections=20)
        self._transfers = Transfers(self._session)
        self._circuits = Circuits()
        self._coalescer = Coalescer(self._together)

    def get(self, path: str, *, params: Mapping[str, str] | None = None, prefer: Sequence[str] = ()) -> dict[str, Any]:
        """Return the JSON at *path*."""
        return self._ask(call("GET", path, params=params, prefer=prefer))

    def pages(
        self, path: str, *, params: Mapping[str, str] | None = None, prefer: Sequence[str] = ()
    ) -> Iterator[dict[str, Any]]:
        """Yield the items of a collection over all its pages; an empty page is not the end.

        Raises: Unreachable, too, when a page leads back to one that was read: whoever waits would wait for ever.
        """
        yield from self.pages_from(self.get(path, params=params, prefer=prefer), prefer=prefer)

    def pages_from(self, page: dict[str, Any], *, prefer: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
        """Yield the items of *page*, which was read already, and of those after it, as `pages` does."""
        seen = set[str]()
        while True:
            yield from page.get("value", [])
            following = page.get("@odata.nextLink")
            if not following:
                return
            if following in seen:
                path = relative(self._base, following).partition("?")[0]
                raise Unreachable("graph_pages_repeat", f"GET {path}: its pages lead back to one that was read")
            seen.add(following)
            page = self.follow(following, prefer=prefer)

    def follow(self, link: str, *, prefer: Sequence[str] = ()) -> dict[str, Any]:
        """Return the page that a link of Graph (next or delta) leads to.

        Raises: Permanent("foreign_link") when it leads elsewhere.
        """
        return self.get(relative(self._base, link), prefer=prefer)

    def post(self, path: str, body: Mapping[str, Any], *, prefer: Sequence[str] = ()) -> dict[str, Any]:
        """Post *body* and return what was made."""
        return self._ask(call("POST", path, body=body, prefer=prefer))

    def patch(
        self, path: str, body: Mapping[str, Any], *, etag: str | None = None, prefer: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Change what *body* names; with *etag* only if nobody else changed it meanwhile (Stale)."""
        return self._ask(call("PATCH", path, body=body, etag=etag, prefer=prefer))

    def delete(self, path: str, *, etag: str | None = None) -> None:
        """Delete what is at *path*. Safe to repeat: what is gone is done."""
        one = call("DELETE", path, etag=etag)
        with self._circuits.guard(one.target):
            answer = self._coalescer.ask(one)
            if answer.status not in (404, 410):
                read(answer, one.what)

    def put(
        self,
        path: str,
        content: bytes,
        *,
        content_type: str = "application/octet-stream",
        params: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Put a file's content at *path*."""
        one = call("PUT", path, params=params, content=content, content_type=content_type)
        with self._circuits.guard(one.target):
            return read(self._alone(one), one.what)

    def upload(self, url: str, fragment: bytes, *, first: int, total: int) -> dict[str, Any]:
        """Put one fragment at the address of an upload session, which is a secret and takes no token.

        Source: https://learn.microsoft.com/en-us/graph/api/driveitem-createuploadsession
        """
        return self._transfers.put(url, fragment, first=first, total=total)

    def upload_status(self, url: str) -> dict[str, Any]:
        """Return what the upload session at *url* still expects: `{"nextExpectedRanges": ["26214400-"]}`.

        Raises: NotFound when it ended, one way or the other.
        """
        return self._transfers.missing(url)

    def download(self, path: str, target: Path) -> None:
        """Write the bytes at *path* to *target*, which appears whole or not at all, in constant memory.

        Source: https://learn.microsoft.com/en-us/graph/api/driveitem-get-content
        Raises: Unreachable when they are cut short.
        """
        one = Call("GET", path, headers={**PLAIN, "Prefer": IMMUTABLE_ID})
        with self._circuits.guard(one.target), self._sent(one, stream=True) as response:
            if response.is_redirect:  # to where the bytes are, which is no place for a token
                self._transfers.fetch(response.headers["Location"], target, urlsplit(self._base).scheme)
            elif response.status_code == requests.codes.ok:
                save(response, target)
            else:
                read(answer_of(response), one.what)

    def many(self, calls: Sequence[Call]) -> list[dict[str, Any] | HubError]:
        """Make *calls* in as few requests as Graph takes; return for each what came back, or why nothing did."""
        entered = [self._entered(one) for one in calls]
        passed = [one for one, gate in zip(calls, entered, strict=True) if not isinstance(gate, HubError)]
        try:
            answers = iter(self._coalescer.ask_all(passed))
        except BaseException as error:
            for one, gate in zip(calls, entered, strict=True):
                if not isinstance(gate, HubError):
                    self._circuits.learn(one.target, gate, error)
            raise
        return [
            gate if isinstance(gate, HubError) else self._learned(one, gate, next(answers))
            for one, gate in zip(calls, entered, strict=True)
        ]

    def _entered(self, one: Call) -> float | HubError:
        try:
            return self._circuits.enter(one.target)
        except HubError as error:
            return error

    def _learned(self, one: Call, gate: float, answer: Answer | HubError) -> dict[str, Any] | HubError:
        result: dict[str, Any] | HubError
        try:
            result = answer if isinstance(answer, HubError) else read(answer, one.what)
        except HubError as error:
            result = error
        self._circuits.learn(one.target, gate, result if isinstance(result, HubError) else None)
        return result

    def _ask(self, one: Call) -> dict[str, Any]:
        with self._circuits.guard(one.target):
            return read(self._coalescer.ask(one), one.what)

    def _together(self, calls: Sequence[Call]) -> list[Answer]:
        if len(calls) == 1:
            return [self._alone(calls[0])]
        batch = call("POST", "/$batch", body=batch_body(calls))
        return batch_answers(read(self._alone(batch), batch.what), len(calls))

    def _alone(self, one: Call) -> Answer:
        with self._sent(one) as response:
            return answer_of(response)

    def _sent(self, one: Call, *, stream: bool = False) -> requests.Response:
        response = self._exchange(one, stream=stream)
        if response.status_code == FORGOTTEN_TOKEN:  # once: revoked, or permissions changed since it was given
            response.close()
            self._tokens.forget()
            response = self._exchange(one, stream=stream)
        return response

    def _exchange(self, one: Call, *, stream: bool) -> requests.Response:
        headers = {
            **one.headers,
            "Authorization": f"Bearer {self._tokens.token()}",
            "client-request-id": str(uuid4()),
            "User-Agent": USER_AGENT,
        }
        crashpoint("graph.before_call")
        try:
            response = self._session.request(
                one.method,
                self._base + one.relative_url,
                data=one.content if one.body is None else orjson.dumps(one.body),
                headers=headers,
                timeout=DEADLINE,
                allow_redirects=False,
                stream=stream,
            )
        except requests.RequestException as error:
            GRAPH_CALLS.labels(one.method, "none").inc()
            raise Unreachable("graph_unreachable", f"{one.what}: {type(error).__name__}") from error
        GRAPH_CALLS.labels(one.method, str(response.status_code)).inc()
        crashpoint("graph.after_call")
        return response
