"""What post costs: the letters of a week in a hot folder at once, and one large letter.

The bound is what Graph's documented rules ask for one letter at the very least. Its content is a request of its own; what
comes after it (columns, dates, reading back) may share batches of twenty. SharePoint documents no number of requests at a
time, so as many are under way as the mailroom has threads; it gives resource units instead, for which see `allowance`.
"""

from __future__ import annotations

from statistics import median

from rich.console import Console
from rich.table import Table

from tests.bench.mailroom.work import Cost, at_work
from tests.bench.mailroom.writers import Filed, Plain

LETTERS, SIZE = 500, 200_000  # bytes
LARGE, ROUNDS = 300 * 1024 * 1024, 3  # bytes; of each round the plain client has its turn after the mailroom
THREADS = (4, 16)  # the first is what the mailroom has unless HUB_WORKER_THREADS says otherwise
SAMPLE = 100  # letters that the plain client files
LATENCY = 0.08  # seconds that Graph takes for a request, and for a batch

BATCHED, BATCH = 3, 20  # https://learn.microsoft.com/en-us/graph/json-batching
# resource units of a letter: 2 for each of content, columns and dates, 1 for reading back; and what an application has of
# them a minute in a tenant of up to 1,000 licences
# https://learn.microsoft.com/en-us/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online
LEAST_UNITS, UNITS_A_MINUTE = 7, 1_250


def mailroom(letters: int = LETTERS) -> dict[str, float]:
    """Measure everything."""
    costs: dict[int, Cost] = {}
    for threads in THREADS:
        with at_work(LATENCY) as town:
            costs[threads] = town.letters(letters, SIZE, threads)
            if threads == THREADS[0]:
                plain = Plain(town.stage).letters(SAMPLE, SIZE)
    large: list[tuple[Cost, Filed]] = []
    with at_work(LATENCY) as town:
        for _ in range(ROUNDS):
            cost = town.large(LARGE)
            large.append((cost, Plain(town.stage).large(town.newest())))
    _show(costs, plain, large)
    return _found(costs, plain, large)


def bound(letters: int, at_a_time: int) -> float:
    """Return the seconds that *letters* take at the very least."""
    return letters * (1 + BATCHED / BATCH) * LATENCY / at_a_time


def allowance(units_per_letter: float) -> float:
    """Return how many letters a minute SharePoint takes of one application in a small tenant."""
    return UNITS_A_MINUTE / units_per_letter


def _found(costs: dict[int, Cost], plain: Filed, large: list[tuple[Cost, Filed]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for threads, cost in costs.items():
        name = "mailroom.letters" if threads == THREADS[0] else f"mailroom.letters_{threads}_threads"
        found |= {
            f"{name}.seconds": round(cost.seconds, 1),
            f"{name}.ratio_to_bound": round(cost.seconds / bound(cost.letters, threads), 2),
            f"{name}.calls_per_letter": round(cost.calls / cost.letters, 2),
            f"{name}.units_per_letter": round(cost.units / cost.letters, 2),
            f"{name}.cpu_s_per_letter": round(cost.cpu_seconds / cost.letters, 4),
            f"{name}.rss_mb": round(cost.rss_mb, 1),
            f"{name}.refused": cost.refused,
        }
    return found | {
        "mailroom.plain.ratio_to_bound": round(plain.seconds / bound(plain.letters, THREADS[0]), 2),
        "mailroom.plain.cpu_s_per_letter": round(plain.cpu_seconds / plain.letters, 4),
        "mailroom.large_file.extra_mb": round(max(cost.grown_mb for cost, _ in large), 1),
        "mailroom.large_file.mb_per_s": round(LARGE / 1e6 / median(cost.seconds for cost, _ in large), 1),
        "mailroom.large_file.ratio_to_plain": round(median(other.seconds / cost.seconds for cost, other in large), 2),
    }


def _show(costs: dict[int, Cost], plain: Filed, large: list[tuple[Cost, Filed]]) -> None:
    columns = ("Work", "letters", "s", "x bound", "requests", "calls", "units", "429", "CPU s/letter", "RSS MB", "+ MB")
    table = Table(*columns)
    for threads, cost in costs.items():
        table.add_row(f"{threads} threads", *_row(cost, bound(cost.letters, threads)))
    table.add_row("requests.Session, 4 threads", *_others(plain, bound(plain.letters, THREADS[0])))
    for cost, other in large:
        table.add_row("a large one", *_row(cost))
        table.add_row("the same, requests.Session", *_others(other))
    Console(width=150).print(table)


def _row(cost: Cost, least: float | None = None) -> list[str]:
    ratio = f"{cost.seconds / least:.2f}" if least else ""
    counts = [f"{each:,}" for each in (cost.requests, cost.calls, cost.units, cost.refused)]
    used = [f"{cost.cpu_seconds / cost.letters:.3f}", f"{cost.rss_mb:.0f}", f"{cost.grown_mb:.0f}"]
    return [f"{cost.letters:,}", f"{cost.seconds:.1f}", ratio, *counts, *used]


def _others(filed: Filed, least: float | None = None) -> list[str]:
    ratio = f"{filed.seconds / least:.2f}" if least else ""
    used = f"{filed.cpu_seconds / filed.letters:.3f}"
    return [f"{filed.letters:,}", f"{filed.seconds:.1f}", ratio, "", "", "", "", used]
