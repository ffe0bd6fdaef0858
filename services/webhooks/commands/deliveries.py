"""`hub deliveries`: what became of a delivery?"""

from __future__ import annotations

import click


@click.group()
def deliveries() -> None:
    """Search the deliveries of the last 30 days."""
