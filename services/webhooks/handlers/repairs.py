"""Repairs what notifications missed: asks Graph what changed since, and says it as a notification would have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from services.webhooks.domain.repairs import STOPPED, due_reason, was_stopped
from services.webhooks.domain.subscriptions import Wanted
from services.webhooks.handlers.world import FrontDoor, router
from shared.errors import Transient
from shared.events import ClockStruck, Event, GraphResourceChanged, RepairWanted, SourceSilent
from shared.graph.delta import follows
from shared.graph.errors import Refused

REFUSED_WAIT = timedelta(minutes=15)
TICKED = "ticked"  # the mark of the last tick
AWAKE = "awake"  # the mark of the first tick after a long stop: before it nobody could be heard
OF_GRAPH = "graph"  # the source whose silence concerns every subscription; `graph.<name>` concerns one


@router.on(ClockStruck)
def call_for_repairs(event: ClockStruck, door: FrontDoor) -> Iterator[Event]:
    """Say what was asked, what a long stop of the hub makes doubtful, and from time to time everything."""
    if event.period != "tick":
        return
    now = door.clock.now()
    if was_stopped(door.marks.at(TICKED), now):
        for wanted in _followed(door):
            door.repairs.ask(wanted.name, wanted.resource, STOPPED, now)
        door.marks.put(AWAKE, now)
    door.marks.put(TICKED, now)
    known = door.repairs.all()
    for wanted in _followed(door):
        repair = known.get(wanted.name)
        if reason := due_reason(repair, now, door.repair_every):
            door.repairs.said(wanted.name, wanted.resource, repair.asked_at if repair else None, now)
            yield RepairWanted(subscription=wanted.name, reason=reason)


@router.on(SourceSilent)
def doubt_silence(event: SourceSilent, door: FrontDoor) -> Iterator[Event]:
    """Look for oneself when Graph, or one of its subscriptions, is quieter than it should be."""
    for wanted in _followed(door):
        if event.source in (OF_GRAPH, f"{OF_GRAPH}.{wanted.name}"):
            yield RepairWanted(subscription=wanted.name, reason="silent")


@router.on(RepairWanted)
def repair(event: RepairWanted, door: FrontDoor) -> Iterator[Event]:
    """Say what changed since the last time; after so many items, that there is more.

    Safe to repeat: the link moves with the events, and who heard of a version already knows its id.
    Raises: Transient, also when a permission is missing, which a person has to give.
    """
    wanted = next((one for one in _followed(door) if one.name == event.subscription), None)
    if wanted is None:
        return
    known = door.repairs.all().get(wanted.name)
    link = known.link if known and known.resource == wanted.resource else None
    try:
        walk = door.changes.walk(wanted.resource, link, door.clock.now())
    except Refused as error:  # the next repair takes its place in waiting: parked, there would be one every few hours
        raise Transient("repair_refused", f"{wanted.name}: {error}", REFUSED_WAIT) from error
    subscription = _subscription_id(wanted, door)
    for change in walk.changes:
        yield GraphResourceChanged(
            subscription_id=subscription,
            resource=change.resource,
            change_type="deleted" if change.is_gone else "updated",
            version=change.version,
        )
    door.repairs.moved(wanted.name, wanted.resource, walk.link, door.clock.now() if walk.is_over else None)
    if not walk.is_over:
        yield RepairWanted(subscription=wanted.name, reason=event.reason)


def _followed(door: FrontDoor) -> Iterator[Wanted]:
    return (one for one in door.wanted if follows(one.resource))


def _subscription_id(wanted: Wanted, door: FrontDoor) -> str:
    """Return Graph's id of the subscription; its name while it has none: what changed is told all the same."""
    ids = (one.subscription_id for one in door.memory.all() if one.name == wanted.name)
    return next(ids, None) or wanted.name
