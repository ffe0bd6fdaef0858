"""How Graph is spoken, as values: what a request looks like and what an answer means. No network, no clock."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson

from shared.errors import Permanent
from shared.graph.errors import Unreachable, failure
from shared.http import retry_after

# https://learn.microsoft.com/en-us/graph/outlook-immutable-id: on every request, or ids change when an item moves
IMMUTABLE_ID = 'IdType="ImmutableId"'
BATCH_SIZE = 20  # https://learn.microsoft.com/en-us/graph/json-batching
FORGOTTEN_TOKEN = 401
_GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_OF_TENANT = re.compile(f"{_GUID}@{_GUID}")


@dataclass(frozen=True)
class Call:
    """One request; *path* starts with `/` below the version."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    content: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def relative_url(self) -> str:
        return f"{self.path}?{urlencode(self.params)}" if self.params else self.path

    @property
    def target(self) -> str:
        """Return what is throttled together: a mailbox, a drive, a site."""
        return "/".join(self.path.split("?")[0].split("/")[:3])

    @property
    def what(self) -> str:
        """Return the request for ICT: method and path, without the values of its query."""
        return f"{self.method} {self.path.split('?')[0]}"


@dataclass(frozen=True)
class Answer:
    """What came back, from a request of its own or from within a batch."""

    status: int
    headers: Mapping[str, str]
    body: Any


def canonical(resource: str) -> str:
    """Return a resource in one shape, whoever writes it: `users/<id>/messages/<id>`.

    Workloads write `Users('id')`, `users/id@tenant` and `Users/id/Messages/id`; ids are case-sensitive, names are not.
    Source: https://learn.microsoft.com/en-us/graph/outlook-change-notifications-overview (its samples)
    """
    parts = resource.partition("?")[0].replace("('", "/").replace("')", "").strip("/").split("/")
    shaped = [part if place % 2 else part.lower() for place, part in enumerate(parts)]
    if len(shaped) > 1 and _OF_TENANT.fullmatch(shaped[1]):
        shaped[1] = shaped[1].partition("@")[0]
    return "/".join(shaped)


def call(
    method: str,
    path: str,
    *,
    params: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
    content: bytes | None = None,
    content_type: str = "application/json",
    etag: str | None = None,
    prefer: Sequence[str] = (),
) -> Call:
    """Build a request with the headers that every request needs."""
    headers = {"Prefer": ", ".join((IMMUTABLE_ID, *prefer)), "Accept": "application/json"}
    if body is not None or content is not None:
        headers["Content-Type"] = content_type
    if etag is not None:
        headers["If-Match"] = etag
    return Call(method, path, params or {}, body, content, headers)


def read(answer: Answer, what: str) -> dict[str, Any]:
    """Return the body of a success.

    Raises: what shared.graph.errors says of anything else.
    """
    if 200 <= answer.status < 300:
        if answer.body in (None, b"", ""):
            return {}
        if isinstance(answer.body, dict):
            return answer.body
        raise Unreachable("graph_no_json", f"{what} answered {answer.status} with something that is no JSON object")
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    error = error if isinstance(error, dict) else {}
    headers = {name.lower(): value for name, value in answer.headers.items()}
    wait = retry_after({"Retry-After": headers.get("retry-after", "")})
    raise failure(answer.status, str(error.get("code", "")), headers.get("request-id", ""), what, wait)


def parse_json(content: bytes) -> Any:
    """Return the JSON of *content*, or the bytes themselves when they are none."""
    try:
        return orjson.loads(content) if content else None
    except ValueError:
        return content


def batch_body(calls: Sequence[Call]) -> dict[str, Any]:
    """Return the body of `POST /$batch` for *calls*; their places are their ids."""
    requests: list[dict[str, Any]] = []
    for place, one in enumerate(calls):
        request: dict[str, Any] = {
            "id": str(place),
            "method": one.method,
            "url": one.relative_url,
            "headers": dict(one.headers),
        }
        if one.body is not None:
            request["body"] = one.body
        requests.append(request)
    return {"requests": requests}


def batch_answers(body: Mapping[str, Any], count: int) -> list[Answer]:
    """Return the answers of a batch in the order of its requests, which is not the order they come in.

    Raises: Unreachable when one is missing, or not to be understood.
    """
    try:
        by_id = {
            item["id"]: Answer(int(item["status"]), item.get("headers") or {}, item.get("body"))
            for item in body["responses"]
        }
        return [by_id[str(place)] for place in range(count)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreachable("graph_batch_short", f"a batch of {count} came back with other answers than asked") from error


def relative(base: str, url: str) -> str:
    """Return *url* (a nextLink) as a path below *base*.

    Raises: Permanent when it leads elsewhere: a token is never sent to another host.
    """
    wanted, given = urlsplit(base), urlsplit(url)
    if (given.scheme, given.netloc) != (wanted.scheme, wanted.netloc) or not given.path.startswith(wanted.path + "/"):
        raise Permanent("foreign_link", f"a link of Graph leads to {given.scheme}://{given.netloc}, not below {base}")
    return url[len(f"{given.scheme}://{given.netloc}{wanted.path}") :]
