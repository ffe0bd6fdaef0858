"""`hub rules`: what would the rules make of this delivery?"""

from __future__ import annotations

import click


@click.group()
def rules() -> None:
    """Try the rules of hub.toml."""
