"""A timesync at work for a municipality, in processes of their own, and what a piece of its work costs."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import requests

from deploy.local.broker import some_rabbitmq
from deploy.local.processes import command
from deploy.local.rabbitmq import free_port
from services.timesync.store.marks import ACCOUNTS_READ_AT, Marks
from shared.events import AbsencesHinted, ClockStruck, Event
from shared.events.envelope import Outgoing, first
from shared.messaging.rabbitmq.outbound import RabbitOutbound
from shared.persistence.database import Database
from tests.bench.contenders import running
from tests.bench.timesync.municipality import Leave, settings, write_export, write_rules
from tests.bench.watching import LOOK, cpu_seconds, watched
from tests.waiting import eventually

DEADLINE = 900.0  # seconds for one piece of work: a measurement stops by itself
LOOKS_AT_BOOKS = 25  # looks until the books are asked whether something failed: that costs the service
CALM = 2.0  # seconds without anything new after which the work is over
_CHECK = ("GET", "/v1.0/users/{key}/events")  # the rolling check of mailboxes, which is no part of a comparison
_BATCH = "/v1.0/$batch"


@dataclass(frozen=True)
class Cost:
    """What a piece of work took. *requests* went over the network, *calls* were asked in them, of which *writes*."""

    seconds: float
    requests: int
    calls: int
    writes: int
    refused: int  # asked too much: 429
    cpu_seconds: float
    rss_mb: float  # at its highest
    sandbox_cpu_seconds: float


@dataclass
class AtWork:
    """The service, the tenant that it writes in, and the folder where everything lies."""

    folder: Path
    bind: str
    tenant_url: str
    service: psutil.Process
    tenant: psutil.Process
    outbound: RabbitOutbound
    asking: requests.Session = field(default_factory=requests.Session)

    def cost_of(self, rows: Sequence[Leave], begin: Callable[[], None], writes: int = 0) -> Cost:
        """Drop an export of *rows*; return what it takes from *begin* to the last of *writes*, or to the end of all."""
        write_export(self.folder, rows)
        self.asking.delete(f"{self.tenant_url}/_sandbox/requests", timeout=60).raise_for_status()
        cpu, tenant_cpu, began = cpu_seconds(self.service), cpu_seconds(self.tenant), time.monotonic()
        with watched(self.service) as memory:
            begin()
            written = self._written(writes) if writes else 0.0
            calm = self._calm()
        counts = self._counts()
        alone = [one for one in counts if not one["batched"]]
        calls = [one for one in counts if one["address"] != _BATCH and (one["method"], one["address"]) != _CHECK]
        return Cost(
            seconds=(written or calm) - began,
            requests=_sum(alone),
            calls=_sum(calls),
            writes=_sum(one for one in calls if one["method"] != "GET"),
            refused=_sum(one for one in counts if one["status"] == 429),
            cpu_seconds=cpu_seconds(self.service) - cpu,
            rss_mb=max(memory) / 1e6,
            sandbox_cpu_seconds=cpu_seconds(self.tenant) - tenant_cpu,
        )

    def hint(self) -> None:
        """Say that the export should be read."""
        self._say(AbsencesHinted(source="export"))

    def night(self) -> None:
        """Begin a day: read the export, ask the directory what changed, and compare everybody."""
        database = Database(f"sqlite:///{self.folder}/timesync.db", "timesync")
        Marks(database).change(ACCOUNTS_READ_AT, (datetime.now(UTC) - timedelta(days=1)).isoformat())
        database.close()
        now = datetime.now(UTC)
        self._say(*(ClockStruck(at=now, period=each) for each in ("tick", "day")), AbsencesHinted(source="export"))

    def _say(self, *events: Event) -> None:
        envelopes = [first(event, "bench", datetime.now(UTC)) for event in events]
        self.outbound.publish([Outgoing(n, one.id, one.type, one.to_json()) for n, one in enumerate(envelopes)])

    def _written(self, wanted: int) -> float:
        """Wait until the tenant has *wanted* changes, and return when that was."""
        until, made, looks = time.monotonic() + DEADLINE, 0, 0
        while made < wanted:
            time.sleep(LOOK)
            made, looks = _sum(one for one in self._counts() if _is_change(one)), looks + 1
            if time.monotonic() > until or (looks % LOOKS_AT_BOOKS == 0 and self._books()["parked"]):
                raise AssertionError(f"{made} of {wanted} changes; its books: {self._books()}")
        return time.monotonic()

    def _calm(self) -> float:
        """Wait until nothing is open and nothing new comes, and return since when that was so."""
        since, until, before = time.monotonic(), time.monotonic() + DEADLINE, -1
        while time.monotonic() < since + CALM:
            books = self._books()
            if books["pending"] or books["unsent"] or books["accepted"] != before:
                since, before = time.monotonic(), books["accepted"]
            if time.monotonic() > until:
                raise AssertionError(f"still at work after {DEADLINE:.0f} s; its books: {books}")
            time.sleep(CALM / 4)  # to count its books takes the service time
        return since

    def _books(self) -> dict[str, Any]:
        return dict(requests.get(f"http://{self.bind}/health/ready", timeout=60).json()["books"])

    def _counts(self) -> list[dict[str, Any]]:
        counted = self.asking.get(f"{self.tenant_url}/_sandbox/counts", timeout=60).json()
        return [one for one in counted if one["address"].startswith("/v1.0/")]


@contextmanager
def at_work(people: int, latency: float) -> Iterator[AtWork]:
    """Run timesync for *people*, whose accounts it has read and who have no absences yet."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-bench-")))
        broker = stack.enter_context(some_rabbitmq(folder / "rabbitmq"))
        write_rules(folder, people)
        write_export(folder, [])
        log = stack.enter_context((folder / "hub.log").open("wb"))
        surroundings = {"PATH": os.environ["PATH"], "MALLOC_ARENA_MAX": "2"}
        port, bind = free_port(), f"127.0.0.1:{free_port()}"
        url = f"https://localhost:{port}"
        words = [sys.executable, "-m", "tests.bench.timesync.tenant", "--people", str(people)]
        words += ["--latency-ms", str(latency * 1000), "--port", str(port), "--data", str(folder)]
        tenant = stack.enter_context(running(words, f":{port}", surroundings, log))
        broker.wait()
        environment = surroundings | settings(folder, broker.url, bind, url)
        service = stack.enter_context(running(command("service", "timesync"), bind, environment, log))
        outbound = RabbitOutbound(broker.url, "bench")
        outbound.start()
        stack.callback(outbound.stop)
        work = AtWork(folder, bind, url, psutil.Process(service), psutil.Process(tenant), outbound)
        work.asking.verify, work.asking.trust_env = str(folder / "ca.pem"), False
        eventually(lambda: outbound.connected and work._books()["done"], DEADLINE, "the first tick")
        work._calm()
        yield work


def _is_change(one: dict[str, Any]) -> bool:
    return bool(one["method"] != "GET" and one["address"] != _BATCH and one["status"] < 300)


def _sum(counts: Any) -> int:
    return sum(one["count"] for one in counts)
