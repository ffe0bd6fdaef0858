"""What a whole municipality costs: the first load of every absence, a night without changes, and a morning with some.

The bound is what Microsoft allows at best: batches of twenty, four at a time, each as long as one request takes.
"""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.table import Table

from shared.clock import BRUSSELS
from tests.bench.timesync.municipality import BEYOND, leaves, morning
from tests.bench.timesync.work import Cost, at_work
from tests.bench.timesync.writers import Written, written_by_others

PEOPLE, PERIODS, CHANGES = 10_000, 3, 500
LARGE = 100_000  # people whose absences lie behind the window: in the books, and not yet in calendars
SAMPLE = 20  # of what the hub writes, others write one in twenty: a plain client would take ten minutes
LATENCY = 0.08  # seconds that Graph takes for a request, and for a batch
BATCH, AT_A_TIME = 20, 4  # https://learn.microsoft.com/en-us/graph/throttling-limits


def timesync(people: int = PEOPLE) -> dict[str, float]:
    """Measure everything, in proportion when there are fewer *people*."""
    today = datetime.now(BRUSSELS).date()
    known, large = leaves(people, PERIODS, today), LARGE * people // PEOPLE
    changes = CHANGES * people // PEOPLE
    costs: dict[str, Cost] = {}
    with at_work(people, LATENCY) as town:
        costs["initial"] = town.cost_of(known, town.hint, len(known))
        costs["unchanged"] = town.cost_of(known, town.night)
        costs["morning"] = town.cost_of(morning(known, changes), town.hint, changes)
        others = written_by_others(town.tenant_url, town.folder / "ca.pem", len(known) // SAMPLE)
    with at_work(large, 0.0) as town:
        far = leaves(large, 1, today, BEYOND)
        costs["large"] = town.cost_of(far, town.hint)
        costs["large_unchanged"] = town.cost_of(far, town.night)
    periods = {"initial": len(known), "unchanged": len(known), "morning": changes} | dict.fromkeys(
        ("large", "large_unchanged"), large
    )
    _show(costs, periods, others)
    return _found(costs, periods, others)


def bound(writes: int) -> float:
    """Return the seconds that *writes* take at the very least."""
    return writes / BATCH * LATENCY / AT_A_TIME


def _found(costs: dict[str, Cost], periods: dict[str, int], others: list[Written]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, cost in costs.items():
        found |= {
            f"timesync.{name}.seconds": round(cost.seconds, 1),
            f"timesync.{name}.calls": cost.calls,
            f"timesync.{name}.refused": cost.refused,
            f"timesync.{name}.cpu_s_per_1000_periods": round(_per_thousand(cost.cpu_seconds, periods[name]), 3),
            f"timesync.{name}.rss_mb": round(cost.rss_mb, 1),
        }
        if cost.writes:
            found[f"timesync.{name}.ratio_to_bound"] = round(cost.seconds / bound(cost.writes), 2)
            found[f"timesync.{name}.calls_per_effect"] = round(cost.calls / periods[name], 3)
    for other in others:
        found[f"timesync.{other.slug}.ratio_to_bound"] = round(other.seconds / bound(other.writes), 2)
        found[f"timesync.{other.slug}.cpu_s_per_1000_periods"] = round(
            _per_thousand(other.cpu_seconds, other.writes), 3
        )
    return found


def _show(costs: dict[str, Cost], periods: dict[str, int], others: list[Written]) -> None:
    columns = ("Work", "periods", "s", "x bound", "requests", "calls", "429", "CPU s/1,000", "RSS MB", "sandbox CPU s")
    table = Table(*columns)
    for name, cost in costs.items():
        ratio = f"{cost.seconds / bound(cost.writes):.2f}" if cost.writes else ""
        counts = (f"{each:,}" for each in (cost.requests, cost.calls, cost.refused))
        used = (f"{_per_thousand(cost.cpu_seconds, periods[name]):.2f}", f"{cost.rss_mb:.0f}")
        row = (f"{periods[name]:,}", f"{cost.seconds:.1f}", ratio, *counts, *used)
        table.add_row(name, *row, f"{cost.sandbox_cpu_seconds:.1f}")
    for other in others:
        ratio = f"{other.seconds / bound(other.writes):.2f}"
        used_by_other = f"{_per_thousand(other.cpu_seconds, other.writes):.2f}"
        table.add_row(other.name, f"{other.writes:,}", f"{other.seconds:.1f}", ratio, "", "", "", used_by_other)
    Console(width=150).print(table)


def _per_thousand(cpu_seconds: float, periods: int) -> float:
    return cpu_seconds / periods * 1000
