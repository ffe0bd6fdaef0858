"""`hub deliveries`: what became of a delivery?"""

from __future__ import annotations

import os
from datetime import datetime

import click
import orjson
from rich.console import Console
from rich.table import Table

from services.webhooks.store.deliveries import OUTCOMES
from shared.config import Settings
from shared.http import Http

_COLUMNS = ("received_at", "source", "outcome", "reason", "events", "bytes", "repeats", "id")


@click.command()
@click.option("--source", help="Only of this source; `unknown` for addresses that nobody has.")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only with this outcome.")
@click.option("--reason", help="Only refused for this reason.")
@click.option("--id", "id_", help="Only this one: the X-Correlation-Id of its answer.")
@click.option("--since", type=click.DateTime(), help="From this local time on.")
@click.option("--until", type=click.DateTime(), help="Before this local time.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
def deliveries(
    source: str | None,
    outcome: str | None,
    reason: str | None,
    id_: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    as_json: bool,  # noqa: FBT001 - click passes flags by position
) -> None:
    """Search the deliveries of the last 30 days: ids, sizes and times, never what they said. The newest come first.

    A row with more than one repeat stands for a flood of refusals.

    \b
    Examples:
      hub deliveries --source protime --since "2026-11-23 08:00:00"
      hub deliveries --outcome refused
      hub deliveries --id 0f6a2c1e-… --json
    """
    wishes = {"source": source, "outcome": outcome, "reason": reason, "id": id_, "limit": str(limit)}
    wishes |= {"since": _aware(since), "until": _aware(until)}
    given = {name: wish for name, wish in wishes.items() if wish is not None}
    rows = Http().get_json(f"{Settings.load(os.environ).address('webhooks')}/deliveries", params=given)
    if as_json:
        click.echo(orjson.dumps(rows))
        return
    table = Table(*_COLUMNS)
    for row in rows:
        table.add_row(*(str(row[column] if row[column] is not None else "") for column in _COLUMNS))
    Console().print(table)


def _aware(moment: datetime | None) -> str | None:
    return moment.astimezone().isoformat() if moment else None
