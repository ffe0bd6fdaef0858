"""Fetches the keys by which the authority signs, so that whoever knocks need not wait for it."""

from __future__ import annotations

import structlog

from services.webhooks.domain.signing_keys import must_fetch
from services.webhooks.handlers.world import FrontDoor, router
from services.webhooks.sources.graph import MISSING_KEY
from shared.errors import HubError
from shared.events import ClockStruck, RepairWanted

MISSED = "signing_key_missed"  # the mark of the last token that named a key that is not here

log = structlog.get_logger()


@router.on(ClockStruck)
def fetch_signing_keys(event: ClockStruck, door: FrontDoor) -> None:
    """Fetch the keys when they are old, or when one was missing: at every tick until it succeeds.

    A failure is not raised: the keys that are here stay good, and the other work of the tick must not wait for them.
    """
    if event.period != "tick" or door.rich is None:
        return
    keys, now = door.rich.signing_keys, door.clock.now()
    if not must_fetch(keys.fetched_at(), door.marks.at(MISSED), now):
        return
    try:
        keys.keep(door.rich.authority.signing_keys(), now)
    except HubError as error:
        log.warning("signing_keys_not_fetched", service="webhooks", reason=error.reason, error=str(error))


@router.on(RepairWanted)
def note_missing_key(event: RepairWanted, door: FrontDoor) -> None:
    """Let the next tick fetch the keys, because a token named one that is not here."""
    if event.reason == MISSING_KEY and door.rich is not None:
        door.marks.put(MISSED, door.clock.now())
