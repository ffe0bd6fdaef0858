"""A mailroom at work on the post of a morning, and on one large letter, in processes of their own; what each costs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import requests

from deploy.local.broker import some_rabbitmq
from deploy.local.processes import HubProcesses
from sandbox.stage import Stage
from tests.bench.watching import LOOK, cpu_seconds, watched
from tests.faults.post import mailroom_of, post, post_town

DEADLINE = 900.0  # seconds for one piece of work: a measurement stops by itself
_BATCH = "/v1.0/$batch"
_SHAREPOINT = ("/v1.0/drives/", "/v1.0/sites/")


@dataclass(frozen=True)
class Cost:
    """What it took to file letters. *requests* went over the network, *calls* were asked in them.

    *units* are SharePoint's resource units, of which it gives an application so many a minute.
    """

    letters: int
    seconds: float  # from the first claim to the last set that was settled
    requests: int
    calls: int
    units: int
    refused: int  # asked too much: 429
    cpu_seconds: float
    rss_mb: float  # at its highest
    grown_mb: float  # from before the work to its highest


@dataclass
class AtWork:
    """A tenant that answers after a while, and a hot folder from which a mailroom filed one letter already."""

    stage: Stage
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def letters(self, letters: int, size: int, threads: int) -> Cost:
        """Return what it takes to file so many *letters* of *size* bytes that lie there when the mailroom starts."""
        for _ in range(letters):
            post(self.stage, next(self.numbers), padding=size)
        with mailroom_of(self.stage, HUB_WORKER_THREADS=str(threads)) as hub:
            return self._cost(hub, letters)

    def large(self, size: int) -> Cost:
        """Return what it takes to file one letter of *size* bytes, when the mailroom is at work already."""
        with mailroom_of(self.stage) as hub:
            self._warm(hub)
            return self._cost(hub, 1, size)

    def settled(self) -> list[Path]:
        return list((self.stage.scans / "verwerkt").glob("*/*"))

    def newest(self) -> Path:
        """Return the file of the letter that was settled last."""
        place = max(self.settled(), key=_claimed_at)
        return next(place.glob("*.pdf"))

    def begin(self, latency: float) -> None:
        """Have the columns and folders made by a first letter; from then on Graph takes *latency* seconds."""
        with mailroom_of(self.stage) as hub:
            self._warm(hub)
        self.stage.tell("/_sandbox/latency", {"milliseconds": latency * 1000})

    def _warm(self, hub: HubProcesses) -> None:
        hub.wait("mailroom")
        known = len(self.settled())
        post(self.stage, next(self.numbers))
        self._wait(known + 1)

    def _cost(self, hub: HubProcesses, letters: int, size: int | None = None) -> Cost:
        hub.wait("mailroom")
        known = set(self.settled())
        self._forget()
        process = psutil.Process(hub.pids()["mailroom"])
        cpu = cpu_seconds(process)
        with watched(process) as memory:
            if size is not None:
                post(self.stage, next(self.numbers), padding=size)
            self._wait(len(known) + letters)
        new = [place for place in self.settled() if place not in known]
        counts = [one for one in self.stage.ask("/_sandbox/counts") if one["address"].startswith("/v1.0/")]
        calls = [one for one in counts if one["address"] != _BATCH]
        return Cost(
            letters=letters,
            seconds=max(place.parent.stat().st_mtime for place in new) - min(map(_claimed_at, new)),
            requests=_sum(one for one in counts if not one["batched"]),
            calls=_sum(calls),
            units=sum(_units(one) for one in calls),
            refused=_sum(one for one in counts if one["status"] == 429),
            cpu_seconds=cpu_seconds(process) - cpu,
            rss_mb=max(memory) / 1e6,
            grown_mb=(max(memory) - memory[0]) / 1e6,
        )

    def _wait(self, sets: int) -> None:
        until = time.monotonic() + DEADLINE
        while len(self.settled()) < sets:
            if time.monotonic() > until:
                raise AssertionError(f"{len(self.settled())} of {sets} sets were settled after {DEADLINE:.0f} s")
            time.sleep(LOOK)

    def _forget(self) -> None:
        url = f"{self.stage.tenant_url}/_sandbox/requests"
        requests.delete(url, timeout=60, verify=str(self.stage.certificate)).raise_for_status()


@contextmanager
def at_work(latency: float) -> Iterator[AtWork]:
    """Lay out a tenant and a hot folder; nothing of the hub runs between two measurements."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-bench-")))
        broker = stack.enter_context(some_rabbitmq(folder / "rabbitmq"))
        broker.wait()
        work = AtWork(stack.enter_context(post_town(folder / "stage", broker)))
        work.begin(latency)
        yield work


def _claimed_at(place: Path) -> float:
    """Return when the set was claimed: its name begins with it."""
    moment = place.name.partition("_")[0]  # 20261124T031700123456, in UTC
    return datetime.strptime(f"{moment}+0000", "%Y%m%dT%H%M%S%f%z").timestamp()


def _units(one: dict[str, Any]) -> int:
    # https://learn.microsoft.com/en-us/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online
    # - 1: one item; 2: a list of items, and whatever writes
    is_single = one["method"] == "GET" and not one["address"].endswith(("children", "drives", "columns"))
    cost = 1 if is_single else 2
    return cost * int(one["count"]) if one["address"].startswith(_SHAREPOINT) else 0


def _sum(counts: Iterator[Any] | Sequence[Any]) -> int:
    return sum(one["count"] for one in counts)
