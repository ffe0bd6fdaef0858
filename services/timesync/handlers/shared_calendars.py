"""Tells of services whose shared calendar cannot be written in."""

from __future__ import annotations

from collections.abc import Iterator

from services.timesync.effects.shared_calendar import SOURCE
from services.timesync.handlers.sources import announcement
from services.timesync.handlers.world import Timesync, router
from shared.events import ClockStruck, Event


@router.on(ClockStruck)
def tell_of_missing_calendars(event: ClockStruck, world: Timesync) -> Iterator[Event]:
    """Say which calendars are missing, and which no longer are: until it is heard back that it was said."""
    if event.period != "tick":
        return
    wanted = world.rules.shared_calendars.keys()
    unwanted = {row.place for row in world.store.held.of_nobody() if row.source == SOURCE} - wanted
    if unwanted:  # the option was switched off
        world.store.held.keep(SOURCE, (), world.clock.now(), mended=unwanted)
    yield from (announcement(row) for row in world.store.held.untold(SOURCE))
