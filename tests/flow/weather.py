"""What may go wrong on the way, by chance from a seed: in the post between services, at Microsoft, and in the process."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from requests.adapters import BaseAdapter

from sandbox.faults import Fault
from sandbox.state import Tenant
from shared.events.envelope import Outgoing
from shared.messaging.memory import MemoryBroker, MemoryOutbound
from tests.contract.sandbox.conformance import answer_violations

# Whatever of these is lost is said again, or found by the comparison of a night. What a system reports is not: it is
# acknowledged when it is stored, and nobody tells it again.
_MAY_BE_LOST = (
    "clock.struck.v1", "absences.hinted.v1", "absences.changed.v1", "absences.comparison_wanted.v1",
    "absences.check_wanted.v1", "graph.resource_changed.v1", "absence.held.v1", "absence.released.v1",
)  # fmt: skip
_CRASHPOINTS = (
    "services.timesync.effects.calendar", "services.timesync.effects.replies", "shared.messaging.worker",
    "shared.messaging.relay", "shared.persistence.ledger", "shared.graph.client",
)  # fmt: skip


class Killed(BaseException):
    """The process died at a labelled step."""


@dataclass
class Weather:
    """Chance, and whether it is *rough*. *fatal* counts down the steps to the next death; below 0 nobody dies."""

    random: random.Random
    rough: bool = False
    fatal: int = -1
    deaths: int = 0
    lost: int = 0
    repeated: int = 0

    def happens(self, odds: float) -> bool:
        return self.rough and self.random.random() < odds

    def step(self, label: str) -> None:
        self.fatal -= self.fatal >= 0
        if self.fatal == 0:
            self.fatal = -1
            self.deaths += 1
            raise Killed

    def rule(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the process die where the fault tests kill it."""
        for module in _CRASHPOINTS:
            monkeypatch.setattr(f"{module}.crashpoint", self.step)


@dataclass
class Post(MemoryBroker):
    """A broker that loses, repeats and mixes up."""

    weather: Weather = field(default_factory=lambda: Weather(random.Random(0)))

    def outbound(self, service: str) -> MemoryOutbound:
        return _Unsure(self)

    def route(self, message: Outgoing) -> None:
        if message.type in _MAY_BE_LOST and self.weather.happens(0.03):
            self.weather.lost += 1
            return
        for _ in range(1 + self.weather.happens(0.05)):
            super().route(message)

    def mix(self) -> None:
        """Let what waits come in another order."""
        for waiting in self.queues.values():
            if self.weather.happens(0.5):
                mixed = list(waiting)
                self.weather.random.shuffle(mixed)
                waiting.clear()
                waiting.extend(mixed)
        self.unrouted.clear()


@dataclass
class _Unsure(MemoryOutbound):
    """Takes everything, and does not always come to confirm it: that is said again."""

    broker: Post

    def publish(self, messages: Sequence[Outgoing]) -> list[int]:
        weather, confirmed = self.broker.weather, super().publish(messages)
        kept = [seq for seq in confirmed if not weather.happens(0.03)]
        weather.repeated += len(confirmed) - len(kept)
        return kept


class Line(BaseAdapter):
    """The line to the sandbox tenant, in process: every answer is held against Microsoft's description.

    It may be cut before a request arrives, or after: then it was done, and nobody knows.
    """

    def __init__(self, app: Flask, tenant: Tenant, weather: Weather) -> None:
        super().__init__()
        self._client = app.test_client(use_cookies=False)
        self._tenant = tenant
        self._weather = weather
        self.failures: list[str] = []

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        if self._weather.happens(0.02):
            raise requests.ConnectionError("cut before")
        self._maybe_throttle()
        url = urlsplit(str(request.url))
        answer = self._client.open(
            url.path,
            method=request.method or "GET",
            query_string=url.query,
            data=request.body,
            headers=dict(request.headers),
            base_url=f"{url.scheme}://{url.netloc}",
        )
        self._tenant.faults.clear()
        if self._weather.happens(0.02):
            raise requests.ConnectionError("cut after")
        made = requests.Response()
        made.status_code, made._content = answer.status_code, answer.get_data()
        made.headers.update(dict(answer.headers))
        if not url.path.endswith("$batch") and answer.is_json:
            self.failures += answer_violations(url.path, answer.get_json())
        return made

    def _maybe_throttle(self) -> None:
        """Refuse everything, or one of the requests of a batch, for a while."""
        if self._weather.happens(0.05):
            status = self._weather.random.choice((429, 503, 500, 504))
            wait = self._weather.random.randrange(5, 120) if status in (429, 503) else None
            path = self._weather.random.choice((r"batch$", "events", "mailboxSettings", "delta", "."))
            self._tenant.faults.add(Fault(path=path, status=status, retry_after=wait, times=1))

    def close(self) -> None:
        """Nothing to close."""
