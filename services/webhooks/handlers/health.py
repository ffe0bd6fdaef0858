"""Says once that a subscription, or a webhook that the hub keeps, has failed for long, and once that it is restored.

It only reads what the keepers remember: whatever mends a failure is theirs.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.webhooks.domain.health import Failing, reviewed, why_failing, why_hook_failing
from services.webhooks.handlers.world import FrontDoor, router
from shared.events import ClockStruck, Event, SubscriptionFailing, SubscriptionRestored
from shared.events.sources import GRAPH, HOOK


@router.on(ClockStruck)
def watch_subscriptions(event: ClockStruck, door: FrontDoor) -> Iterator[Event]:
    """Compare what fails now with what was known to fail; what is no longer wanted fails no longer."""
    if event.period != "tick":
        return
    known = {(one.kind, one.name): one for one in door.failings.all()}
    failing = {(one.kind, one.name): one for one in _failing(door)}
    for which, one in failing.items():
        yield from _noted(known.get(which), one, door)
    for one in (one for which, one in known.items() if which not in failing):
        door.failings.drop(one)
        if one.is_told:
            yield SubscriptionRestored(kind=one.kind, subscription=one.name, since=one.since, at=door.clock.now())


def _noted(known: Failing | None, now_failing: Failing, door: FrontDoor) -> Iterator[Event]:
    one = reviewed(known, now_failing)
    if one == known:
        return
    door.failings.keep(one)
    if one.is_told:
        yield SubscriptionFailing(kind=one.kind, subscription=one.name, reason=one.reason, since=one.since)


def _failing(door: FrontDoor) -> Iterator[Failing]:
    now, kept = door.clock.now(), {one.name: one for one in door.memory.all()}
    for wanted in door.wanted:
        if reason := why_failing(kept.get(wanted.name), now):
            yield Failing(GRAPH, wanted.name, now, now, reason)
    for source, hooked in door.hooks.items():
        if reason := why_hook_failing(hooked.memory.find(source), hooked.memory.failure(source), now):
            yield Failing(HOOK, source, now, now, reason)
