"""`hub subscriptions`: is Graph still telling us what it should?"""

from __future__ import annotations

import os

import click
import orjson

from shared.config import Settings
from shared.http import Http


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of lines.")
def subscriptions(as_json: bool) -> None:  # noqa: FBT001 - click passes flags by position
    """List Graph's subscriptions with their expiry and last notification."""
    rows = Http().get_json(f"{Settings.load(os.environ).address('webhooks')}/subscriptions")
    if as_json:
        click.echo(orjson.dumps(rows))
        return
    for row in rows:
        last = row["last_notified_at"] or "never"
        click.echo(f"{row['name']:20} {row['resource']:30} expires {row['expires_at']}  last {last}")
