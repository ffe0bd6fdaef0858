"""Carries notifications to whoever subscribed, in the background and at least once."""

import heapq
import itertools
import secrets
import threading
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from sandbox.errors import bad_request

# https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks
_HANDSHAKE_SECONDS = 10
_FIRST_ATTEMPT_SECONDS = 3
_RETRY_SECONDS = 10
_GIVE_UP_SECONDS = 4 * 3600
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.2, 5.0  # Graph's back-off is longer; nobody watches a demo for hours


@dataclass(frozen=True)
class Notice:
    """One POST to make. A body of bytes goes as it is: somebody signed it."""

    url: str
    body: dict[str, Any] | bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(order=True)
class _Errand:
    due: float
    number: int
    notice: Notice = field(compare=False)
    since: float = field(compare=False)
    attempt: int = field(compare=False, default=0)


class Courier:
    """Delivers notices on one thread, which starts with the first of them."""

    def __init__(self) -> None:
        self._waiting: list[_Errand] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._busy = self._stopped = False
        self._drops = False
        self._session = requests.Session()

    def drop(self, *, everything: bool) -> None:
        """From now on lose *everything* without a word, what waits for another attempt included; or deliver again."""
        with self._changed:
            self._drops = everything
            if everything:
                self._waiting.clear()
            self._changed.notify_all()

    def post(self, notices: Iterable[Notice]) -> None:
        """Deliver *notices* soon."""
        now = time.monotonic()
        with self._changed:
            if self._drops:
                return
            for notice in notices:
                heapq.heappush(self._waiting, _Errand(now, next(self._numbers), notice, since=now))
            if self._waiting and self._thread is None:
                self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def wait_until_idle(self, seconds: float = 10) -> bool:
        """Return whether everything was delivered within *seconds*."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._busy, seconds)

    @property
    def undelivered(self) -> int:
        """How many notices are under way, or wait for another attempt."""
        with self._changed:
            return len(self._waiting) + self._busy

    def stop(self) -> None:
        """Forget what was not delivered."""
        with self._changed:
            self._stopped = True
            self._waiting.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        while (errand := self._next()) is not None:
            delivered = self._delivered(errand)
            with self._changed:
                self._busy = False
                if not (delivered or self._stopped or self._drops):
                    self._again(errand)
                self._changed.notify_all()

    def _next(self) -> _Errand | None:
        with self._changed:
            while not self._stopped:
                pause = self._waiting[0].due - time.monotonic() if self._waiting else None
                if pause is not None and pause <= 0:
                    self._busy = True
                    return heapq.heappop(self._waiting)
                self._changed.wait(pause)
        return None

    def _again(self, errand: _Errand) -> None:
        now = time.monotonic()
        if now - errand.since < _GIVE_UP_SECONDS:
            errand.due = now + min(_FIRST_PAUSE_SECONDS * 2**errand.attempt, _LONGEST_PAUSE_SECONDS)
            errand.attempt += 1
            heapq.heappush(self._waiting, errand)

    def _delivered(self, errand: _Errand) -> bool:
        seconds = _RETRY_SECONDS if errand.attempt else _FIRST_ATTEMPT_SECONDS
        notice = errand.notice
        content = {"data": notice.body} if isinstance(notice.body, bytes) else {"json": notice.body}
        try:
            return self._session.post(notice.url, headers=notice.headers, timeout=seconds, **content).ok
        except requests.RequestException:
            return False


def shake_hands(url: str) -> None:
    """Ask *url* to repeat a token, as proof that it wants notifications. Raises: GraphError 400 if it does not."""
    # https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks#notificationurl-validation
    token = f"Validation: Testing client application reachability. Id: {uuid.uuid4()}+{secrets.token_urlsafe(16)}/="
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    try:
        answer = requests.post(url, params={"validationToken": token}, headers=headers, timeout=_HANDSHAKE_SECONDS)
    except requests.RequestException as error:
        raise _refused("the endpoint could not be reached in time") from error
    if answer.status_code != requests.codes.ok:
        raise _refused(f"the endpoint answered {answer.status_code}")
    if not answer.headers.get("Content-Type", "").startswith("text/plain") or answer.text != token:
        raise _refused("the endpoint did not return the decoded token as text/plain")


def _refused(reason: str) -> Exception:
    return bad_request(f"Subscription validation request failed: {reason}.", "ValidationError")
