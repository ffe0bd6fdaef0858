"""HTTP to systems other than Graph: deadlines, reused connections, no redirects, failures as ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from shared.errors import HubError, Permanent, Transient, Unavailable

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
LONGEST_WAIT = timedelta(days=1)  # who asks for more is asked again then
CHUNK = 256 * 1024  # bytes of a download that are in memory at once
USER_AGENT = "NONISV|Hub|IntegrationHub/1.0"  # SharePoint throttles undecorated traffic first


def session(connections: int = 10) -> requests.Session:
    """Return a session that keeps its connections."""
    made = requests.Session()
    made.mount("https://", HTTPAdapter(pool_maxsize=connections))
    made.mount("http://", HTTPAdapter(pool_maxsize=connections))
    return made


@dataclass(frozen=True)
class Created:
    """What a system made for us: where it stands (`Location`, as it was written), and what was said of it."""

    location: str
    body: Any


@dataclass(frozen=True)
class Answer:
    """What came back, whatever the status; *body* is the JSON in it, None when there is none."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Document:
    """What stands at an address, as bytes. *status* 304: as it was when its validator (ETag) was given."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Http:
    """A client of JSON services. *answer_seconds* is the deadline of one answer."""

    def __init__(self, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._session = session()
        self._deadline = (CONNECT_SECONDS, answer_seconds)

    def get_json(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Any:
        """Return the JSON at *url*."""
        return _json(self._send("GET", url, params=params, headers=headers, auth=auth))

    def get_status_json(self, url: str) -> tuple[int, Any]:
        """Return the status and the JSON at *url*, whatever the status."""
        response = self._exchange("GET", url, {})
        return response.status_code, _json(response)

    def post_json(self, url: str, body: Any, *, headers: Mapping[str, str] | None = None) -> int:
        """Post *body* and return the (2xx) status."""
        return self._send("POST", url, json=body, headers=headers).status_code

    def ask_json(
        self, url: str, body: Any, *, headers: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
    ) -> Any:
        """Post *body* as a question and return the JSON of the answer."""
        return _json(self._send("POST", url, json=body, headers=headers, auth=auth))

    def fetch(
        self, url: str, *, headers: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
    ) -> Document:
        """Return what stands at *url*, whatever it is. With `If-None-Match` among *headers* it may be a bare 304."""
        response = self._exchange("GET", url, {"headers": headers, "auth": auth})
        if response.status_code != 304 and not 200 <= response.status_code < 300:
            raise failure(response, "GET")
        return Document(response.status_code, response.headers, response.content)

    def download(self, url: str, target: Path, *, headers: Mapping[str, str] | None = None, most: int) -> None:
        """Write what stands at *url* to *target*, which appears whole or not at all. Safe to repeat.

        Raises: Permanent("http_too_large") as soon as more than *most* bytes came; Transient when it is cut short.
        """
        part = target.with_name(f".{target.name}.part")
        # Packed, a small answer unpacks into a large one, and its length says nothing.
        plain = {**(headers or {}), "Accept-Encoding": "identity"}
        try:
            with self._exchange("GET", url, {"headers": plain, "stream": True}) as response:
                if response.status_code != 200:  # 206 would be a part of it
                    raise failure(response, "GET")
                _pour(response, part, most)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    def ask_bytes(
        self, url: str, body: bytes, *, headers: Mapping[str, str], auth: tuple[str, str] | None = None
    ) -> Document:
        """Post *body* as it is (SOAP) and return the answer as bytes."""
        response = self._send("POST", url, data=body, headers=headers, auth=auth)
        return Document(response.status_code, response.headers, response.content)

    def create(self, url: str, body: Any, *, headers: Mapping[str, str] | None = None) -> Created:
        """Post *body* and return what was made of it."""
        response = self._send("POST", url, json=body, headers=headers)
        return Created(response.headers.get("Location", ""), _json(response))

    def delete(self, url: str, *, headers: Mapping[str, str] | None = None) -> int:
        """Delete what stands at *url* and return the (2xx) status."""
        return self._send("DELETE", url, headers=headers).status_code

    def post_bytes(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post *body* as it is, for signatures are over its bytes, and return the answer whatever its status."""
        response = self._exchange("POST", url, {"data": body, "headers": headers})
        try:
            return Answer(response.status_code, response.headers, response.json())
        except ValueError:  # a proxy on the way may answer with a page
            return Answer(response.status_code, response.headers, None)

    def post_form(self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> Any:
        """Post a form and return the JSON that comes back."""
        return _json(self._send("POST", url, data=form, headers=headers))

    def _send(self, method: str, url: str, **what: Any) -> requests.Response:
        response = self._exchange(method, url, what)
        if not 200 <= response.status_code < 300:
            raise failure(response, method)
        return response

    def _exchange(self, method: str, url: str, what: dict[str, Any]) -> requests.Response:
        what["headers"] = {"User-Agent": USER_AGENT, **(what.get("headers") or {})}
        try:
            return self._session.request(method, url, timeout=self._deadline, allow_redirects=False, **what)
        except requests.RequestException as error:
            raise Transient("http_unreachable", f"{method} {host(url)}: {type(error).__name__}") from error


def failure(response: requests.Response, method: str) -> HubError:
    """Return the error for an answer that is no success; the path may be secret, so only the host is told."""
    status, wait = response.status_code, retry_after(response.headers)
    message = f"{method} {host(response.url)} answered {status}"
    if status in (429, 503):
        return Unavailable(f"http_{status}", message, wait)
    if status >= 500 or status == 408:
        return Transient(f"http_{status}", message, wait)
    return Permanent(f"http_{status}", message)


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Read `Retry-After`, in seconds or as a date (RFC 9110 §10.2.3); at most LONGEST_WAIT."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(float(value), LONGEST_WAIT.total_seconds()))  # float: any number of digits is one
    try:
        wait = parsedate_to_datetime(value) - datetime.now(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(wait, timedelta(0)), LONGEST_WAIT)


def host(url: str) -> str:
    """Return scheme, host and port of *url*: what may be logged of it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _pour(response: requests.Response, path: Path, most: int) -> None:
    came = 0
    with path.open("wb") as file:
        try:
            for chunk in response.iter_content(CHUNK):
                came += len(chunk)
                if came > most:
                    raise Permanent("http_too_large", f"{host(response.url)} sent more than {most} bytes")
                file.write(chunk)
        except requests.RequestException as error:
            raise Transient("http_unreachable", f"GET {host(response.url)}: {type(error).__name__}") from error


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise Transient("http_no_json", f"{host(response.url)} answered {response.status_code} without JSON") from error
