"""Keeps Graph's subscriptions alive: makes what is missing, renews what is half spent, notices what was lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.webhooks.domain.subscriptions import Kept, Wanted, must_create, must_renew
from services.webhooks.handlers.world import FrontDoor, router
from services.webhooks.sources.graph import hashed
from shared.crashpoints import crashpoint
from shared.errors import HubError, Transient
from shared.events import ClockStruck, LifecycleSignalled
from shared.graph.errors import Conflict, NotFound, Refused

REFUSED_WAIT = timedelta(minutes=15)  # a permission is missing: a person has to give it
UNVALIDATED_WAIT = timedelta(seconds=30)  # our address did not answer Graph: a proxy or a start in progress


@router.on(ClockStruck)
def keep_subscriptions(event: ClockStruck, door: FrontDoor) -> None:
    """Make what is missing and renew what is half spent; once an hour look whether Graph dropped one silently.

    Only ticks make subscriptions: they share a key, so that no two of them make the same one at the same time.
    Raises: Transient, also when Graph refuses: parked, this tick would be followed by another one every minute, whereas
    one that waits is one problem for ICT, and over once it is mended.
    """
    try:
        if event.period == "hour":
            _notice_lost(door)
        if event.period == "tick":
            _keep_all(door)
    except Refused as error:
        raise Transient("subscription_refused", str(error), REFUSED_WAIT) from error


@router.on(LifecycleSignalled)
def answer_lifecycle(event: LifecycleSignalled, door: FrontDoor) -> None:
    """Renew on a challenge; forget what Graph removed, so that the next tick makes it anew."""
    kept = next((one for one in door.memory.all() if one.subscription_id == event.subscription_id), None)
    wanted = next((one for one in door.wanted if kept and one.name == kept.name), None)
    if kept is None or wanted is None:
        return
    if event.signal == "reauthorizationRequired":
        _renew(wanted, kept, door)
    elif event.signal == "subscriptionRemoved":
        door.memory.drop(kept.name)


def _keep_all(door: FrontDoor) -> None:
    kept = {one.name: one for one in door.memory.all()}
    failures: list[HubError] = []
    for wanted in door.wanted:
        try:
            _keep(wanted, kept.get(wanted.name), door)
        except HubError as error:  # one that fails must not let the others die
            failures.append(error)
    if failures:
        raise failures[0]


def _keep(wanted: Wanted, kept: Kept | None, door: FrontDoor) -> None:
    now = door.clock.now()
    if kept is None or must_create(wanted, kept, now):
        _create(wanted, door)
    elif must_renew(kept, now):
        _renew(wanted, kept, door)


def _create(wanted: Wanted, door: FrontDoor) -> None:
    secret = door.new_secret()
    making = Kept(wanted.name, wanted.resource, wanted.change_types, hashed(secret))
    door.memory.keep(making)  # before Graph knows it: the first notification may come before Graph's answer
    now = door.clock.now()
    try:
        made = door.tenant.create(wanted.resource, wanted.change_types, secret, now + wanted.lifetime)
    except Conflict:
        _remove_strangers(wanted, door)
        made = door.tenant.create(wanted.resource, wanted.change_types, secret, now + wanted.lifetime)
    except Refused as error:
        if error.reason != "graph_400":
            raise
        raise Transient("endpoint_not_validated", str(error), UNVALIDATED_WAIT) from error
    crashpoint("webhooks.after_subscribe")
    door.memory.keep(replace(making, subscription_id=made.id, expires_at=made.expires_at, renewed_at=now))


def _renew(wanted: Wanted, kept: Kept, door: FrontDoor) -> None:
    if kept.subscription_id is None:
        return
    now = door.clock.now()
    try:
        renewed = door.tenant.renew(kept.subscription_id, now + wanted.lifetime)
    except NotFound:
        _create(wanted, door)
        return
    door.memory.keep(replace(kept, expires_at=renewed.expires_at, renewed_at=now))


def _remove_strangers(wanted: Wanted, door: FrontDoor) -> None:
    """Remove our subscription whose clientState we lost: a crash between Graph's answer and our memory of it."""
    for one in door.tenant.list_own():
        if one.resource.strip("/") == wanted.resource.strip("/"):
            door.tenant.delete(one.id)


def _notice_lost(door: FrontDoor) -> None:
    alive = {one.id for one in door.tenant.list_own()}
    for kept in door.memory.all():
        if kept.subscription_id and kept.subscription_id not in alive:
            door.memory.drop(kept.name)
