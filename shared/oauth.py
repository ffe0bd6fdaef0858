"""Access to Protime's API, which takes client credentials: a token is asked once, used until shortly before its end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Protocol, TypeVar

from marshmallow import RAISE, fields, validate

from shared.clock import Clock
from shared.contracts import Contract
from shared.errors import Invalid, Permanent
from shared.http import host

T = TypeVar("T")

_SPARE = timedelta(seconds=60)  # renewed this long before its end, so that no request starts with a dying one
_SECRET_SETTING = "HUB_PROTIME_SECRET"  # noqa: S105 - the name of a setting, not what it holds
_URL = validate.URL(schemes={"https", "http"}, require_tld=False)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class ApiAccess(Contract):
    """What hub.toml says of the API. *client_secret* is the name of the setting that holds it."""

    UNKNOWN = RAISE
    base_url: Annotated[str, fields.String(validate=_URL)]
    token_url: Annotated[str, fields.String(validate=_URL)]
    client_id: Annotated[str, fields.String(validate=validate.Length(min=1))]
    client_secret: Annotated[str, fields.String(validate=validate.Length(min=1))] = _SECRET_SETTING
    # mandatory: https://documentation.myprotime.eu/protimeapi/reference/general-specs
    user_agent: Annotated[
        str,
        fields.String(
            validate=validate.Regexp(r"^[\w.-]+/v\d+(\.\d+)* \([^)]+\)$", error="expected Name/v1 (Organisation)")
        ),
    ] = "IntegrationHub/v1 (Voorbeeldegem)"


class Forms(Protocol):
    """What a token needs of HTTP; shared.http.Http is one."""

    def post_form(self, url: str, form: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> Any: ...


@dataclass
class Token:
    """A token by client credentials (RFC 6749 §4.4). Asking one per call gets an application throttled.

    *scope* is what to ask for, with spaces between; "": whatever the application may.
    """

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    user_agent: str
    http: Forms
    clock: Clock
    scope: str = ""
    _value: str = field(default="", init=False, repr=False)
    _until: datetime = field(default=_NEVER, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def value(self) -> str:
        """Return a token that is good for a minute at least."""
        with self._lock:
            if self.clock.now() >= self._until:
                self._renew()
            return self._value

    def used(self, call: Callable[[Mapping[str, str]], T]) -> T:
        """Return what *call* gives with our headers; a token that was withdrawn before its time is replaced, once.

        Raises: what *call* raises, and what asking for a token does.
        """
        value = self.value()
        try:
            return call(self._headers(value))
        except Permanent as error:
            if error.reason != "http_401":
                raise
        self._forget(value)
        return call(self._headers(self.value()))

    def _forget(self, value: str) -> None:
        """Ask a new one at the next use, unless another thread has one by now: each that is asked counts."""
        with self._lock:
            if self._value == value:
                self._until = _NEVER

    def _headers(self, value: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {value}", "User-Agent": self.user_agent}

    def _renew(self) -> None:
        form = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.client_secret}
        if self.scope:
            form["scope"] = self.scope
        answer = self.http.post_form(self.url, form, headers={"User-Agent": self.user_agent})
        try:
            value, life = answer["access_token"], timedelta(seconds=int(answer.get("expires_in", 0)))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise self._unexpected() from error
        if not value:
            raise self._unexpected()
        self._value, self._until = str(value), self.clock.now() + life - _SPARE

    def _unexpected(self) -> Invalid:
        expected = "an object with 'access_token', and 'expires_in' in seconds"
        return Invalid("unexpected_answer", f"{host(self.url)}: expected {expected}")
