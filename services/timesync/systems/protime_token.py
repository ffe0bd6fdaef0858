"""The access token of Protime's API: asked for once and used until shortly before it ends."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.timesync.systems.base import JsonHttp
from shared.clock import Clock
from shared.errors import Invalid

_SPARE = timedelta(seconds=60)  # renewed this long before its end, so that no request starts with a dying one
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Token:
    """A token by client credentials. Asking one per call gets an application throttled.

    Source: https://documentation.myprotime.eu/protimeapi/tutorials/getting-started
    """

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    user_agent: str
    http: JsonHttp
    clock: Clock
    _value: str = field(default="", init=False, repr=False)
    _until: datetime = field(default=_NEVER, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def value(self) -> str:
        """Return a token that is good for a minute at least."""
        with self._lock:
            if self.clock.now() >= self._until:
                self._renew()
            return self._value

    def forget(self) -> None:
        """Ask a new one at the next use."""
        with self._lock:
            self._until = _NEVER

    def _renew(self) -> None:
        form = {"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.client_secret}
        answer = self.http.post_form(self.url, form, headers={"User-Agent": self.user_agent})
        if not isinstance(answer, dict) or not answer.get("access_token"):
            raise Invalid("unexpected_answer", "Protime's token address: expected an object with 'access_token'")
        self._value = str(answer["access_token"])
        self._until = self.clock.now() + timedelta(seconds=int(answer.get("expires_in", 0))) - _SPARE
