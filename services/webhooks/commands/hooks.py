"""`hub hooks`: knock as a source would."""

from __future__ import annotations

import click


@click.group()
def hooks() -> None:
    """Send test deliveries."""
