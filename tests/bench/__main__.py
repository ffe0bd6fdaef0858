"""`make bench`: measurements of one run on one machine, as a table and in build/bench.json. Compare ratios, not machines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from tests.bench.intake import intake
from tests.bench.mailroom import mailroom
from tests.bench.timesync import PEOPLE, timesync
from tests.bench.town import flow, idle, start, town

RESULT = Path("build/bench.json")
OF_A_TOWN = {"start": start, "idle": idle, "flow": flow}  # one after the other, of one running hub
ALONE = ("intake", "timesync", "mailroom")


@click.command()
@click.option("--section", type=click.Choice([*OF_A_TOWN, *ALONE]), help="Only this one.")
@click.option("--people", default=PEOPLE, show_default=True, help="Employees of the section timesync.")
def main(section: str | None, people: int) -> None:
    """Measure, print a table, and write build/bench.json: what was not measured now stays as it stood there.

    \b
    Example: make bench SECTION=flow
    """
    wanted = [section] if section else [*OF_A_TOWN, *ALONE]
    found: dict[str, float] = {}
    if of_a_town := [name for name in wanted if name in OF_A_TOWN]:
        with town() as running:
            for name in of_a_town:
                found |= OF_A_TOWN[name](running)
    alone: dict[str, Callable[[], dict[str, float]]] = {
        "intake": intake,
        "timesync": lambda: timesync(people),
        "mailroom": mailroom,
    }
    for name, measure in alone.items():
        if name in wanted:
            found |= measure()
    _print(found)
    earlier = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(earlier | found, indent=2) + "\n", encoding="utf-8")


def _print(found: dict[str, float]) -> None:
    table = Table("Measurement", "Value")
    for name, value in found.items():
        table.add_row(name, str(value))
    Console().print(table)


if __name__ == "__main__":
    main()
