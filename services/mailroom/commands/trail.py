"""`hub mail trail` and `hub mail export`: what was done with letters, for whoever has to prove it."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

import click
import orjson

from services.mailroom.commands.answers import answer, show
from services.mailroom.commands.opened import opened
from services.mailroom.store.trail import Entry
from shared.clock import BRUSSELS

_COLUMNS = ("at", "kenmerk", "version", "step", "detail")
_SHOWN = ("at (UTC)", "version", "step", "detail")
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.argument("kenmerk")
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV instead of a table.")
def trail(kenmerk: str, as_json: bool, as_csv: bool) -> None:  # noqa: FBT001 - click passes flags by position
    """List each step of letter KENMERK: heard, decided, filed, moved, with ids and hashes. Moments are in UTC.

    \b
    Examples:
      hub mail trail 2026/IN/001234
      hub mail trail 2026/IN/001234 --csv

    Exit codes: 0 here they are, 1 there is no such letter, 2 wrong use.
    """
    if as_json and as_csv:
        raise click.UsageError("--json or --csv, not both")
    with opened() as hub:
        steps = hub.world.store.trail.of(kenmerk)
    if not steps:
        raise click.ClickException(f"nothing was done with {kenmerk}: expected a kenmerk as 2026/IN/001234")
    if as_json:
        answer([vars(step) for step in steps])
    elif as_csv:
        _write(steps, sys.stdout)
    else:
        show(_SHOWN, [_told(step) for step in steps])


@click.command()
@click.option("--from", "first", type=_DAY, required=True, help="The first day, as 2026-11-01.")
@click.option("--to", "last", type=_DAY, required=True, help="The last day, included.")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
def export(first: datetime, last: datetime, file: Path | None) -> None:
    """Write every step of a period to FILE as CSV, or to the screen. Days are Belgian, moments are in UTC.

    \b
    Examples:
      hub mail export --from 2026-01-01 --to 2026-12-31 trail-2026.csv
      hub mail export --from 2026-11-18 --to 2026-11-18

    Exit codes: 0 all of it, 1 it could not be written, 2 wrong use.
    """
    if last < first:
        raise click.UsageError("--to: expected a day that is not before --from")
    begins = first.replace(tzinfo=BRUSSELS)
    ends = (last + timedelta(days=1)).replace(tzinfo=BRUSSELS)
    with opened() as hub:
        steps = hub.world.store.trail.between(begins, ends)
        if file is None:
            _write(steps, sys.stdout)
            return
        try:
            with file.open("w", encoding="utf-8", newline="") as target:
                count = _write(steps, target)
        except OSError as error:
            raise click.ClickException(f"{file}: {error.strerror}") from error
        click.echo(f"{count} steps in {file}")


def _write(steps: Iterable[Entry], target: IO[str]) -> int:
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(_COLUMNS)
    count = 0
    for step in steps:
        writer.writerow(_row(step))
        count += 1
    return count


def _told(step: Entry) -> tuple[object, ...]:
    """Return a step for people: a line for each thing that it says."""
    said = ((name, value) for name, value in step.detail.items() if value not in (None, "", []))
    lines = [f"{name}: {value if isinstance(value, str) else orjson.dumps(value).decode()}" for name, value in said]
    return f"{step.at:%Y-%m-%d %H:%M:%S}", step.version, step.step, "\n".join(lines)


def _row(step: Entry) -> tuple[Any, ...]:
    return (step.at.isoformat(), step.kenmerk, step.version, step.step, orjson.dumps(step.detail).decode())
