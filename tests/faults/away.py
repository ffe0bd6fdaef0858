"""The front door while the broker is away: dead, standing still without confirming, or in disk alarm.

It must answer as fast as ever and refuse nothing, and afterwards everything must be said.
"""

from __future__ import annotations

import sqlite3
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from deploy.local.rabbitmq import PrivateRabbitMQ, private_rabbitmq
from tests.faults.storm import delivery, front_door, prepared
from tests.waiting import eventually

PER_SECOND = 50
WAYS = ("dead", "frozen", "alarm")
DRAINED = 300.0  # seconds until everything must have been confirmed


@dataclass(frozen=True)
class Result:
    """What senders saw while the broker was away; *unsaid* is what it had not confirmed *drained_s* after its return."""

    way: str
    seconds: float
    sent: int
    refused: int
    p50_ms: float
    p99_ms: float
    unsaid: int
    drained_s: float

    @property
    def is_well(self) -> bool:
        """Tell whether nothing was refused and everything was said. The times are printed, not judged: machines differ."""
        return self.refused == 0 and self.unsaid == 0


def away(folder: Path, way: str, seconds: float, progress: Callable[[int], None] = lambda _: None) -> Result:
    """Keep the broker away in one of WAYS for *seconds* while 50 deliveries come each second."""
    with ExitStack() as stack:
        node = stack.enter_context(private_rabbitmq(folder / "rabbitmq"))
        stage = prepared(folder / "stage", node)
        stack.enter_context(front_door(stage, "webhooks"))
        with _away(node, way):
            times, answers = _paced(stage.url("webhooks"), seconds, progress)
        began = time.monotonic()
        database = Path(stage.settings().database("webhooks").removeprefix("sqlite:///"))
        eventually(lambda: _unsaid(database) == 0, DRAINED, "the outbox being confirmed")
        return Result(
            way=way,
            seconds=seconds,
            sent=sum(answers.values()),
            refused=sum(count for status, count in answers.items() if status != 202),
            p50_ms=round(statistics.median(times) * 1000, 1),
            p99_ms=round(statistics.quantiles(times, n=100)[98] * 1000, 1),
            unsaid=_unsaid(database),
            drained_s=round(time.monotonic() - began, 1),
        )


@contextmanager
def _away(node: PrivateRabbitMQ, way: str) -> Iterator[None]:
    leave, return_ = {
        "dead": (node.kill, node.start),
        "frozen": (node.freeze, node.thaw),
        "alarm": (
            lambda: node.control("set_disk_free_limit", "5000GB"),
            lambda: node.control("set_disk_free_limit", "50MB"),
        ),
    }[way]
    leave()
    try:
        yield
    finally:
        return_()


def _paced(url: str, seconds: float, progress: Callable[[int], None]) -> tuple[list[float], Counter[int]]:
    """Send at a fixed pace, whatever the answers do: a slow answer delays no other sender."""
    times: list[float] = []
    answers: Counter[int] = Counter()
    lock = threading.Lock()

    def send(number: int) -> None:
        body, headers = delivery(number)
        began = time.monotonic()
        try:
            status = requests.post(f"{url}/hooks/storm", data=body, headers=headers, timeout=10).status_code
        except requests.RequestException:
            status = 0
        with lock:
            times.append(time.monotonic() - began)
            answers[status] += 1

    threads = []
    began, pause = time.monotonic(), threading.Event()
    for number in range(int(seconds * PER_SECOND)):
        pause.wait(max(0.0, began + number / PER_SECOND - time.monotonic()))
        threads.append(threading.Thread(target=send, args=(number,)))
        threads[-1].start()
        progress(number)
    for thread in threads:
        thread.join()
    return times, answers


def _unsaid(database: Path) -> int:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10) as connection:
        (count,) = connection.execute("SELECT count(*) FROM outbox WHERE sent_at IS NULL").fetchone()
    return int(count)
