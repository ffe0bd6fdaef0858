"""`hub subscriptions`: is Graph still telling us what it should?"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table

from shared.config import Settings
from shared.http import Http

_COLUMNS = ("name", "resource", "age", "expires", "renewed", "last notification", "last repair", "state")
_WELL = "well"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
def subscriptions(as_json: bool) -> None:  # noqa: FBT001 - click passes flags by position
    """List what Graph tells us of, since when and until when, and what is wrong with it.

    State: `well`; `missing` (not made, or expired); `expiring` (its renewal has failed for long); `unwanted` (hub.toml
    asks for it no more, and it is still there). Exit code 1 unless all are well.

    \b
    Examples:
      hub subscriptions
      hub subscriptions --json
    """
    rows = Http().get_json(f"{Settings.load(os.environ).address('webhooks')}/subscriptions")
    if as_json:
        click.echo(orjson.dumps(rows))
    else:
        now, table = datetime.now(UTC), Table(*_COLUMNS)
        for row in rows:
            table.add_row(*_cells(row, now))
        Console().print(table)
    if any(row["state"] != _WELL for row in rows):
        sys.exit(1)


def _cells(row: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    state = f"{row['state']}: {row['failure']}" if row["failure"] else row["state"]
    expires = _moment(row["expires_at"])
    return (
        row["name"],
        row["resource"],
        _ago(row["made_at"], now).removesuffix(" ago"),
        "-"
        if expires is None
        else f"in {_length(expires - now)}"
        if expires > now
        else f"{_length(now - expires)} ago",
        _ago(row["renewed_at"], now),
        _ago(row["last_notified_at"], now),
        _ago(row["repaired_at"], now),
        state,
    )


def _ago(written: str | None, now: datetime) -> str:
    moment = _moment(written)
    return "never" if moment is None else f"{_length(now - moment)} ago"


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _length(span: timedelta) -> str:
    """Return *span* in its largest unit: people compare these at a glance."""
    seconds = max(0, int(span.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
