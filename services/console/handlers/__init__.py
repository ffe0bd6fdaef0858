"""What the console does when something happens: remember what waits for a person; the ledger keeps the journal.

Importing the package registers every handler.
"""

from __future__ import annotations

from services.console.handlers import around, post, waiting
from services.console.handlers.world import Console, router
from shared.events import CATALOGUE, Event

__all__ = ["Console", "around", "post", "router", "waiting"]


def keep_in_journal(_event: Event, _console: Console) -> None:
    """Only listen: the ledger's inbox row is the journal's line."""


for _contract in CATALOGUE:
    if _contract not in router.hears:
        router.on(_contract)(keep_in_journal)
