"""Forgets what became of old deliveries."""

from __future__ import annotations

from services.webhooks.handlers.world import FrontDoor, router
from shared.events import ClockStruck


@router.on(ClockStruck)
def forget_old(event: ClockStruck, door: FrontDoor) -> None:
    """Drop the notes that are older than any sender's repeats."""
    if event.period == "day":
        door.deliveries.forget(door.clock.now())
