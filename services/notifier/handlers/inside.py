"""Tells ICT of a message that waits for a person."""

from __future__ import annotations

from collections.abc import Iterator

from services.notifier.domain import Notice
from services.notifier.handlers.world import Notifier, router, tell
from services.notifier.templates import message_parked
from shared.events import Event, MessageParked


@router.on(MessageParked)
def tell_of_parked(event: MessageParked, world: Notifier) -> Iterator[Event]:
    """Tell ICT that a message waits for a person, once each time it is parked.

    A warning that could not be sent is not warned of in turn: the console lists it.
    """
    if event.service == router.name and event.message_type == MessageParked.TYPE:
        return
    notice = Notice(world.routes.ict, MessageParked.TYPE, event.message_id, event.parked_at.isoformat())
    yield tell(notice, lambda: message_parked.card(notice.id, event), world)
