"""Tells ICT how the systems that knock at the front door do: one is silent, misunderstood, or heard again.

And of what should make them knock: the subscriptions and webhooks that the hub keeps there.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.notifier.domain import Notice
from services.notifier.handlers.world import Notifier, router, tell
from services.notifier.templates import (
    delivery_refused,
    source_heard,
    source_silent,
    subscription_failing,
    subscription_restored,
)
from shared.clock import BRUSSELS
from shared.events import DeliveryRefused, Event, SourceHeard, SourceSilent, SubscriptionFailing, SubscriptionRestored


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


@router.on(SubscriptionFailing)
def tell_of_failing(event: SubscriptionFailing, world: Notifier) -> Iterator[Event]:
    """Tell ICT once that changes are no longer told; not of what ICT heard the end of."""
    version = f"{event.kind}|{event.since.isoformat()}"
    if world.notices.is_sent(Notice(world.routes.ict, SubscriptionRestored.TYPE, event.subscription, version)):
        return
    notice = Notice(world.routes.ict, SubscriptionFailing.TYPE, event.subscription, version)
    yield tell(notice, lambda: subscription_failing.card(notice.id, event), world)


@router.on(SubscriptionRestored)
def tell_of_restoring(event: SubscriptionRestored, world: Notifier) -> Iterator[Event]:
    """Tell ICT that changes are told again, once."""
    version = f"{event.kind}|{event.since.isoformat()}"
    notice = Notice(world.routes.ict, SubscriptionRestored.TYPE, event.subscription, version)
    yield tell(notice, lambda: subscription_restored.card(notice.id, event), world)


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
