"""Keeps Graph's subscriptions alive: makes what is missing, renews what is half spent, notices what was lost.

Only one message asks Graph, and it has a key of its own: no two make the same subscription, and a Graph that does not
answer holds up nothing else of the tick. Should two work at once all the same (a lease ended in the middle), whoever
finds another's clientState in the memory gives way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import structlog

from services.webhooks.domain.subscriptions import (
    Kept,
    Step,
    Wanted,
    being_made,
    challenged,
    condemned,
    is_in_the_making,
    is_lost,
    must_look,
    next_step,
    same_resource,
)
from services.webhooks.handlers.certificates import encryption_for
from services.webhooks.handlers.world import FrontDoor, router
from services.webhooks.sources.graph import hashed
from shared.crashpoints import crashpoint
from shared.errors import HubError, Transient
from shared.events import ClockStruck, Event, HookCheckWanted, LifecycleSignalled, RepairWanted
from shared.events.sources import GRAPH
from shared.graph.errors import Conflict, GraphPermanent, NotFound, Refused
from shared.graph.subscriptions import Encryption, Subscription
from shared.observability.metrics import FAILED

LOOKED = "subscriptions_looked"  # the mark of the last look at Graph's list

log = structlog.get_logger()


@router.on(ClockStruck)
def look_for_work(event: ClockStruck, door: FrontDoor) -> Iterator[Event]:
    """Ask, by our memory alone, for the keeper when a subscription needs anything, and from time to time anyhow."""
    if event.period == "tick" and _has_work(door):
        yield HookCheckWanted(source=GRAPH)


def _has_work(door: FrontDoor) -> bool:
    now, remembered = door.clock.now(), {one.name: one for one in door.memory.all()}
    if must_look(door.marks.at(LOOKED), remembered.values(), now) or any(one.failure for one in remembered.values()):
        return True
    steps = [next_step(one, remembered.get(one.name), now, door.rotate_after) for one in door.wanted]
    return bool(set(steps) - {Step.LEAVE} or remembered.keys() - {one.name for one in door.wanted})


@router.on(HookCheckWanted)
def keep_subscriptions(event: HookCheckWanted, door: FrontDoor) -> None:
    """Do for each subscription what it needs. One that fails is noted, and tried again at the next tick."""
    if event.source != GRAPH:
        return
    if must_look(door.marks.at(LOOKED), door.memory.all(), door.clock.now()):
        _attempt("list", partial(_look, door), door)
    remembered = {one.name: one for one in door.memory.all()}
    for name in remembered.keys() - {one.name for one in door.wanted}:
        _attempt(name, partial(_remove, remembered[name], door), door)
    for wanted in door.wanted:
        _attempt(wanted.name, partial(_keep, wanted, remembered.get(wanted.name), door), door)


@router.on(LifecycleSignalled)
def answer_lifecycle(event: LifecycleSignalled, door: FrontDoor) -> Iterator[Event]:
    """Leave to the next tick what Graph removed or wants renewed, and have repaired what it missed."""
    kept = next((one for one in door.memory.all() if one.subscription_id == event.subscription_id), None)
    if kept is None:
        return
    if event.signal == "reauthorizationRequired":
        door.memory.settle(challenged(kept, door.clock.now()), over=kept.client_state_hash)
    elif event.signal == "subscriptionRemoved":
        door.memory.settle(condemned(kept), over=kept.client_state_hash)
    else:
        yield RepairWanted(subscription=kept.name, reason=event.signal)


def _attempt(name: str, step: Callable[..., Any], door: FrontDoor) -> None:
    try:
        step()
    except HubError as error:  # one that fails must not let the others die
        FAILED.labels("webhooks", HookCheckWanted.TYPE, error.reason).inc()
        log.warning("subscription_failed", subscription=name, reason=error.reason, error=str(error))
        code = f" {error.code}" if isinstance(error, GraphPermanent) and error.code else ""
        door.memory.note_failure(name, f"{error.reason}{code}"[:64])


def _keep(wanted: Wanted, kept: Kept | None, door: FrontDoor) -> None:
    step = next_step(wanted, kept, door.clock.now(), door.rotate_after)
    if kept is None or step is Step.MAKE:
        _make(wanted, kept, door, "made" if kept is None else "made_anew")
    elif step is Step.RENEW:
        _renew(wanted, kept, door)
    elif step is Step.ROTATE:
        # Renewed first: what Graph grants here it grants to the new one, too, so that the old is not lost for nothing.
        renewed = _renew(wanted, kept, door)
        if renewed is not None:
            _make(wanted, renewed, door, "rotated")
    elif kept.failure is not None:
        door.memory.note_failure(kept.name, None)


def _make(wanted: Wanted, kept: Kept | None, door: FrontDoor, reason: str) -> None:
    secret, now = door.new_secret(), door.clock.now()
    encryption = encryption_for(wanted, door)
    certificate_id = encryption.id if encryption else None
    making = replace(being_made(wanted, hashed(secret), kept, now), certificate_id=certificate_id)
    door.memory.keep(making)  # before Graph knows it: the first notification may come before Graph's answer
    crashpoint("webhooks.before_subscribe")
    try:
        made = _created(wanted, kept, making, secret, encryption, door)
    except Refused:  # nothing was made: what was there is still what we have, and the next tick looks whether it is
        if kept is not None:
            door.memory.settle(kept, over=making.client_state_hash)
            door.marks.put(LOOKED, None)
        raise
    crashpoint("webhooks.after_subscribe")
    # Only now: first subscribed, then asked what was missed.
    door.repairs.ask(wanted.name, wanted.resource, reason, now)
    alive = replace(making, subscription_id=made.id, expires_at=made.expires_at, made_at=now, renewed_at=now)
    if not door.memory.settle(alive, over=making.client_state_hash):
        door.tenant.delete(made.id)
    elif kept is not None and kept.subscription_id is not None:
        door.tenant.delete(kept.subscription_id)
        return
    door.marks.put(LOOKED, None)  # an attempt that broke off may have left one behind: the next tick looks


def _created(
    wanted: Wanted, kept: Kept | None, making: Kept, secret: str, encryption: Encryption | None, door: FrontDoor
) -> Subscription:
    expires_at = door.clock.now() + wanted.lifetime
    try:
        return door.tenant.create(wanted.resource, wanted.change_types, secret, expires_at, encryption)
    except Conflict:
        _clear_place(wanted, kept, making, door)
    try:
        return door.tenant.create(wanted.resource, wanted.change_types, secret, expires_at, encryption)
    except Conflict as error:
        words = f"{wanted.name}: {wanted.resource} is subscribed to by this app at another address: delete it there"
        raise Transient("place_taken", words) from error


def _clear_place(wanted: Wanted, kept: Kept | None, making: Kept, door: FrontDoor) -> None:
    """Remove what we have at the place of *wanted*: what is replaced, and what a crash made us forget the secret of."""
    current = next((one for one in door.memory.all() if one.name == wanted.name), None)
    if current is None or current.client_state_hash != making.client_state_hash:
        raise Transient("overtaken", f"{wanted.name}: somebody else makes it at this moment")
    ours = [one.id for one in door.tenant.list_own() if same_resource(one.resource, wanted.resource)]
    for id_ in dict.fromkeys([*ours, *([kept.subscription_id] if kept and kept.subscription_id else [])]):
        door.tenant.delete(id_)


def _renew(wanted: Wanted, kept: Kept, door: FrontDoor) -> Kept | None:
    """Return *kept* as it is now renewed; None when Graph has it no more, and it is made anew."""
    now, encryption = door.clock.now(), encryption_for(wanted, door)
    try:
        renewed = door.tenant.renew(str(kept.subscription_id), now + wanted.lifetime, encryption)
    except NotFound:
        _make(wanted, kept, door, "lost")
        return None
    certificate_id = encryption.id if encryption else None
    alive = replace(kept, certificate_id=certificate_id, expires_at=renewed.expires_at, renewed_at=now, failure=None)
    door.memory.settle(alive, over=kept.client_state_hash)
    return alive


def _look(door: FrontDoor) -> None:
    """Compare what Graph has with what is remembered: what is lost is made anew, what nobody knows is removed."""
    alive = door.tenant.list_own()
    remembered = door.memory.all()  # read after the list: what is in it was being made before
    now, known = door.clock.now(), {one.subscription_id for one in remembered}
    for kept in remembered:
        if is_lost(kept, {one.id for one in alive}, now):
            door.memory.settle(condemned(kept), over=kept.client_state_hash)
    for one in alive:
        if one.id not in known and not is_in_the_making(one.resource, remembered):
            door.tenant.delete(one.id)
    door.marks.put(LOOKED, now)


def _remove(kept: Kept, door: FrontDoor) -> None:
    """Unsubscribe from what hub.toml no longer asks for."""
    if kept.subscription_id is not None:
        door.tenant.delete(kept.subscription_id)
    door.memory.drop(kept.name)
    door.repairs.drop(kept.name)
