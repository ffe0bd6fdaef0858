"""Keeps the webhooks alive that the hub made at other systems: there is no renewal, so a new one replaces the old.

Each source has a message of its own: one that fails stops neither the others nor Graph's subscriptions.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from services.webhooks.domain.hooks import is_due, is_good, strays, succeeded
from services.webhooks.handlers.world import FrontDoor, Hooked, router
from shared.crashpoints import crashpoint
from shared.errors import HubError, Permanent, Transient
from shared.events import ClockStruck, Event, HookCheckWanted, RereadWanted

REFUSED_WAIT = timedelta(minutes=15)  # a permission is missing: a person has to give it


@router.on(ClockStruck)
def look_for_due(event: ClockStruck, door: FrontDoor) -> Iterator[Event]:
    """Ask to look after what is due by our memory; once an hour after all, for the other side may drop one silently."""
    now = door.clock.now()
    for source, hooked in door.hooks.items():
        if event.period == "hour" or (event.period == "tick" and is_due(hooked.memory.find(source), now)):
            yield HookCheckWanted(source=source)


@router.on(HookCheckWanted)
def keep_hook(event: HookCheckWanted, door: FrontDoor) -> Iterator[Event]:
    """Remove what knocks with a key that nobody knows, and make a webhook where no good one lives.

    Safe to repeat: after a crash between the other system's answer and our memory, the next look removes the orphan.
    Raises: Transient, also when we are refused: the next tick looks again, and a parked one each minute helps nobody.
    """
    hooked = door.hooks.get(event.source)
    if hooked is None:  # hub.toml asks for it no longer
        return
    try:
        yield from _keep(hooked, door)
    except HubError as error:
        hooked.memory.note_failure(event.source, error.reason)  # handlers/health.py tells of it when it lasts
        if not isinstance(error, Permanent):
            raise
        raise Transient("hook_refused", f"{event.source}: {error}", REFUSED_WAIT) from error
    hooked.memory.note_failure(event.source, None)


def _keep(hooked: Hooked, door: FrontDoor) -> Iterator[Event]:
    now, wish = door.clock.now(), hooked.wish
    kept = hooked.memory.find(wish.source)
    listed = hooked.api.all()
    for stray in strays(wish, kept, listed, now):  # before anything is made: a refusal must not leave more of them
        hooked.api.delete(stray)
    if not is_good(wish, kept, listed, now):
        made = hooked.api.create(wish)
        crashpoint("webhooks.after_hook")
        hooked.memory.keep(succeeded(kept, made, wish, now))
        # Mandatory after a gap (https://documentation.myprotime.eu/protimeapi/reference/webhooks/#webhook-expiration).
        # The vendor reads before it makes the new one; we read after, so that nothing falls in between.
        if hooked.absences:
            yield RereadWanted(source=hooked.absences)
    elif kept and kept.previous_until and kept.previous_until <= now:
        hooked.memory.keep(kept.without_previous())
