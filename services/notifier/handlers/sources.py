"""Tells ICT how the systems that knock at the front door do: one is silent, is heard again, or is misunderstood."""

from __future__ import annotations

from collections.abc import Iterator

from services.notifier.domain import Notice
from services.notifier.handlers.world import Notifier, router, tell
from services.notifier.templates import delivery_refused, source_heard, source_silent
from shared.clock import BRUSSELS
from shared.events import DeliveryRefused, Event, SourceHeard, SourceSilent


@router.on(SourceSilent)
def tell_of_silence(event: SourceSilent, world: Notifier) -> Iterator[Event]:
    """Tell ICT once per silence; not of one that ICT heard the end of."""
    over = Notice(world.routes.ict, SourceHeard.TYPE, event.source, event.since.isoformat())
    if world.notices.is_sent(over):
        return
    notice = Notice(world.routes.ict, SourceSilent.TYPE, event.source, event.since.isoformat())
    yield tell(notice, lambda: source_silent.card(notice.id, event), world)


@router.on(SourceHeard)
def tell_of_return(event: SourceHeard, world: Notifier) -> Iterator[Event]:
    """Tell ICT that a silence is over, once."""
    notice = Notice(world.routes.ict, SourceHeard.TYPE, event.source, event.since.isoformat())
    yield tell(notice, lambda: source_heard.card(notice.id, event), world)


@router.on(DeliveryRefused)
def tell_of_refusal(event: DeliveryRefused, world: Notifier) -> Iterator[Event]:
    """Tell ICT once a day of the same fault of a source, however often the system repeats itself.

    The first delivery of the day tells it; many are handled at the same time, and the others leave it to that one.
    """
    day = world.clock.now().astimezone(BRUSSELS).date()
    fault = "|".join([event.reason, *sorted(event.places), day.isoformat()])
    notice = Notice(world.routes.ict, DeliveryRefused.TYPE, event.source, fault)
    if world.notices.is_mine(notice, event.delivery_id, world.clock.now()):
        yield tell(notice, lambda: delivery_refused.card(notice.id, event), world)
