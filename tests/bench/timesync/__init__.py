"""What a whole municipality costs: the first load of every absence, a night without changes, and a morning with some.

The bound is what Microsoft allows at best: batches of twenty, four at a time, each as long as one request takes.
"""

from __future__ import annotations

from datetime import date

from rich.console import Console
from rich.table import Table

from tests.bench.timesync.work import Cost, at_work
from tests.bench.timesync.municipality import BEYOND, leaves, morning
from tests.bench.timesync.writers import WRITERS, Written

PEOPLE, PERIODS, CHANGES = 10_000, 3, 500
LARGE = 100_000  # people whose absences lie behind the window: in the books, and not yet in calendars
LATENCY = 0.08  # seconds that Graph takes for a request, and for a batch
BATCH, AT_A_TIME = 20, 4  # https://learn.microsoft.com/en-us/graph/throttling-limits


def timesync(people: int = PEOPLE) -> dict[str, float]:
    """Measure everything, in proportion when there are fewer *people*."""
    known, large = leaves(people, PERIODS, date.today()), LARGE * people // PEOPLE
    changes = CHANGES * people // PEOPLE
    costs: dict[str, Cost] = {}
    with at_work(people, LATENCY) as town:
        costs["initial"] = town.cost_of(lambda: town.drop(known), len(known))
        costs["unchanged"] = town.cost_of(lambda: town.night(known))
        costs["morning"] = town.cost_of(lambda: town.drop(morning(known, changes)), changes)
        peers = [write(town.folder, town.tenant_url, people, LATENCY) for write in WRITERS]
    with at_work(large, 0.0) as town:
        far = leaves(large, 1, date.today(), BEYOND)
        costs["large"] = town.cost_of(lambda: town.drop(far))
        costs["large_unchanged"] = town.cost_of(lambda: town.night(far))
    periods = {"initial": len(known), "unchanged": len(known), "morning": changes} | dict.fromkeys(
        ("large", "large_unchanged"), large
    )
    _show(costs, periods, peers)
    return _found(costs, periods, peers)


def bound(writes: int) -> float:
    """Return the seconds that *writes* take at the very least."""
    return writes / BATCH * LATENCY / AT_A_TIME


def _found(costs: dict[str, Cost], periods: dict[str, int], peers: list[Written]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, cost in costs.items():
        found |= {
            f"timesync.{name}.seconds": round(cost.seconds, 1),
            f"timesync.{name}.calls": cost.calls,
            f"timesync.{name}.refused": cost.refused,
            f"timesync.{name}.cpu_s_per_1000_periods": round(cost.cpu_seconds / periods[name] * 1000, 3),
            f"timesync.{name}.rss_mb": round(cost.rss_mb, 1),
        }
    for name in ("initial", "morning"):
        found[f"timesync.{name}.ratio_to_bound"] = round(costs[name].seconds / bound(periods[name]), 2)
        found[f"timesync.{name}.calls_per_effect"] = round(costs[name].calls / periods[name], 3)
    for peer in peers:
        found[f"timesync.{peer.slug}.ratio_to_bound"] = round(peer.seconds / bound(peer.writes), 2)
    return found


def _show(costs: dict[str, Cost], periods: dict[str, int], peers: list[Written]) -> None:
    table = Table("Work", "Periods", "s", "x bound", "Requests", "Calls", "429", "CPU s/1,000", "Sandbox CPU s", "RSS MB")
    for name, cost in costs.items():
        ratio = f"{cost.seconds / bound(cost.writes):.2f}" if cost.writes else "-"
        figures = (cost.requests, cost.calls, cost.refused)
        cpu = f"{cost.cpu_seconds / periods[name] * 1000:.2f}", f"{cost.sandbox_cpu_seconds:.1f}"
        spent = (f"{cost.seconds:.1f}", ratio, *(f"{each:,}" for each in figures), *cpu, f"{cost.rss_mb:.0f}")
        table.add_row(name, f"{periods[name]:,}", *spent)
    for peer in peers:
        cpu_of = f"{peer.cpu_seconds / peer.writes * 1000:.2f}"
        ratio = f"{peer.seconds / bound(peer.writes):.2f}"
        figures = (peer.requests, peer.writes, peer.refused)
        counted = (f"{each:,}" for each in figures)
        table.add_row(peer.name, f"{peer.writes:,}", f"{peer.seconds:.1f}", ratio, *counted, cpu_of, "-", "-")
    Console(width=140).print(table)
