"""`make faults`: what the fault tests show in small, for long. Writes build/faults.json; fails when a promise is broken."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.faults.away import WAYS, away
from tests.faults.hostile import hostile
from tests.faults.post import morning
from tests.faults.storm import storm

RESULT = Path("build/faults.json")
SIZES = {"day": 0.1, "night": 1.0}
DELIVERIES, KILLS, HOSTILE, AWAY_SECONDS = 100_000, 200, 1_000_000, 300.0  # at night
LETTERS, MAILROOM_KILLS = 5_000, 60  # at night
SCENARIOS = ("hostile", *(f"away.{way}" for way in WAYS), "storm", "post")


class Outcome(Protocol):
    """What every scenario counts, as a dataclass."""

    @property
    def is_well(self) -> bool: ...


@click.command()
@click.option("--size", type=click.Choice(list(SIZES)), default="day", show_default=True, help="A tenth, or all of it.")
@click.option("--seed", type=int, default=20261123, show_default=True, help="The same seed chooses the same victims.")
@click.option("--only", type=click.Choice(SCENARIOS), help="Only this one.")
def main(size: str, seed: int, only: str | None) -> None:
    """Break what can be broken, and count what was lost, doubled or let in. Exit code 1 when a promise is broken.

    \b
    Examples:
      make faults
      make faults SIZE=night
      make faults ONLY=storm
    """
    found: dict[str, Any] = {}
    with Progress(transient=True) as progress:
        for name in SCENARIOS:
            if only in (None, name):
                found[name] = _run(name, SIZES[size], seed, progress)
    _show(found)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({name: asdict(one) for name, one in found.items()}, indent=2) + "\n", encoding="utf-8")
    sys.exit(0 if all(one.is_well for one in found.values()) else 1)


def _run(name: str, share: float, seed: int, progress: Progress) -> Outcome:
    task = progress.add_task(name, total=None)

    def advance(done: int) -> None:
        progress.update(task, completed=done)

    with tempfile.TemporaryDirectory(prefix="hub-faults-") as folder:
        if name == "hostile":
            return hostile(int(HOSTILE * share), seed, advance)
        if name == "storm":
            return storm(Path(folder), int(DELIVERIES * share), int(KILLS * share), seed, advance)
        if name == "post":
            return morning(Path(folder), int(LETTERS * share), int(MAILROOM_KILLS * share), seed, advance)
        return away(Path(folder), name.removeprefix("away."), AWAY_SECONDS * share, advance)


def _show(found: dict[str, Any]) -> None:
    table = Table("Scenario", "Well", "Counted")
    for name, result in found.items():
        counted = "  ".join(f"{key}={value}" for key, value in asdict(result).items())
        table.add_row(name, "yes" if result.is_well else "NO", counted)
    Console().print(table)


if __name__ == "__main__":
    main()
