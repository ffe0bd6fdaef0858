"""How fast a notification is taken for good, beside others who do the same; clients, contenders and broker share the cores."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests
from rich.console import Console
from rich.progress import track
from rich.table import Table

from deploy.local.broker import RunningBroker, some_rabbitmq
from tests.bench.contenders import PEER_COMMANDS, Contender, hub, peer, prepare
from tests.bench.load import Answered, load

ROUNDS = 5
SECONDS = 4.0  # of one run; which process gets which connection is drawn anew for each
SIZES = {"single": 1, "batch20": 20}  # notifications in a POST
QUEUES = ("hub.unrouted", "peer.celery", "peer.faststream")  # nobody consumes: emptied between the runs


@dataclass(frozen=True)
class Run:
    """One run against one contender, and what it cost."""

    answered: Answered
    confirmed_after_seconds: float
    cpu_ms: float  # of the contender's processes, per request
    rss_mb: float


Runs = dict[tuple[str, str], list[Run]]  # by contender and size


def intake() -> dict[str, float]:
    """Measure everybody in turn, several times, and return the medians."""
    prepare()
    with contending() as (contenders, broker):
        runs = _runs(contenders, broker)
    _show(runs)
    return _found(runs)


@contextmanager
def contending() -> Iterator[tuple[Sequence[Contender], RunningBroker]]:
    """Start everybody around one broker."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hub-bench-")))
        broker = stack.enter_context(some_rabbitmq(folder / "rabbitmq"))
        broker.wait()
        contenders = [stack.enter_context(hub(folder / "hub", broker.url))]
        for name, words in PEER_COMMANDS.items():
            contenders.append(stack.enter_context(peer(name, words, broker.url, folder)))
        yield contenders, broker


def _runs(contenders: Sequence[Contender], broker: RunningBroker) -> Runs:
    turns = [(size, one) for _ in range(ROUNDS) for size in SIZES for one in contenders]
    found: Runs = {}
    for one in contenders:
        load(one.url, 1, 1.0)  # connections, caches, first pages of memory
        one.settle()
    for size, one in track(turns, "intake"):
        found.setdefault((one.name, size), []).append(_run(one, SIZES[size]))
        _empty_queues(broker)
    return found


def _run(one: Contender, notifications: int) -> Run:
    processes = one.processes()
    before = _cpu_seconds(processes)
    answered = load(one.url, notifications, SECONDS)
    used = _cpu_seconds(processes) - before
    rss = sum(process.memory_info().rss for process in processes)
    return Run(answered, one.settle(), used / answered.requests * 1000, rss / 1e6)


def _cpu_seconds(processes: Sequence[psutil.Process]) -> float:
    times = [process.cpu_times() for process in processes]
    return float(sum(one.user + one.system for one in times))


def _empty_queues(broker: RunningBroker) -> None:
    for queue in QUEUES if broker.management_url else ():
        address = f"{broker.management_url}/api/queues/%2F/{queue}/contents"
        requests.delete(address, auth=("guest", "guest"), timeout=60)


def _found(runs: Runs) -> dict[str, float]:
    found: dict[str, float] = {}
    for size in SIZES:
        rate = {name: _median(several, lambda run: run.answered.per_second) for name, several in _of(runs, size)}
        p99 = {name: _median(several, lambda run: run.answered.p99_ms) for name, several in _of(runs, size)}
        ours, place = runs["hub", size], f"intake.{size}"
        best_peer = max(value for name, value in rate.items() if name not in ("hub", "bare"))
        found |= {
            f"{place}.requests_per_s": round(rate["hub"], 1),
            f"{place}.ratio_to_bare": round(rate["hub"] / rate["bare"], 3),
            f"{place}.ratio_to_best_peer": round(rate["hub"] / best_peer, 2),
            f"{place}.p50_ms": round(_median(ours, lambda run: run.answered.p50_ms), 2),
            f"{place}.p99_ms": round(p99["hub"], 2),
            f"{place}.p99_ratio_to_bare": round(p99["hub"] / p99["bare"], 2),
            f"{place}.rss_mb": round(_median(ours, lambda run: run.rss_mb), 1),
            f"{place}.confirmed_after_s": round(_median(ours, lambda run: run.confirmed_after_seconds), 2),
        }
    return found


def _show(runs: Runs) -> None:
    columns = ("POST", "Who", "requests/s", "lowest", "highest", "p50 ms", "p99 ms", "CPU ms/request", "RSS MB")
    table = Table(*columns, "all confirmed after s")
    for size in SIZES:
        for name, several in _of(runs, size):
            rates = [run.answered.per_second for run in several]
            figures = (
                *(f"{rate:,.0f}" for rate in (statistics.median(rates), min(rates), max(rates))),
                f"{_median(several, lambda run: run.answered.p50_ms):.1f}",
                f"{_median(several, lambda run: run.answered.p99_ms):.1f}",
                f"{_median(several, lambda run: run.cpu_ms):.3f}",
                f"{_median(several, lambda run: run.rss_mb):.0f}",
                f"{_median(several, lambda run: run.confirmed_after_seconds):.1f}",
            )
            table.add_row(size, name, *figures)
    Console().print(table)


def _of(runs: Runs, size: str) -> Iterator[tuple[str, list[Run]]]:
    return ((name, several) for (name, its_size), several in runs.items() if its_size == size)


def _median(runs: Sequence[Run], figure: Callable[[Run], float]) -> float:
    return statistics.median(figure(run) for run in runs)
