"""When a subscription must be made, renewed, rotated or let be. Pure: no clock, no network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from services.webhooks.domain.lifetimes import lifetime_of

RENEW_AT = 0.5  # of the life: a long weekend without Graph still leaves days
URGENT = timedelta(hours=24)  # beyond half of its life this near its end: renewing has failed for long
LOOK_EVERY = timedelta(minutes=10)  # so that one that Graph dropped silently is back within a quarter of an hour
YOUNG = timedelta(minutes=5)  # Graph's list may not show yet what was just made
CHALLENGED_AGAIN = timedelta(minutes=5)  # challenges come in bursts: one renewal answers those around it
# https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks: repeated for up to 4 hours
REPEATS = timedelta(hours=4, minutes=15)


@dataclass(frozen=True)
class Wanted:
    """A subscription that hub.toml asks for. *name* is at most 58 characters."""

    name: str
    resource: str
    change_types: str
    rich: bool = False

    @property
    def lifetime(self) -> timedelta:
        """Return the longest life that Graph grants this kind of resource."""
        return lifetime_of(self.resource, rich=self.rich)


@dataclass(frozen=True)
class Kept:
    """A subscription as it is remembered; no id yet while it is being made, no expiry when it must be made anew.

    *previous_state_hash* is good until *previous_until*: notifications may be under way that carry the old clientState.
    *renewed_at* is None when Graph asked for a renewal; *failure* is what the last attempt to keep it alive came to.
    """

    name: str
    resource: str
    change_types: str
    client_state_hash: str
    previous_state_hash: str | None = None
    previous_until: datetime | None = None
    subscription_id: str | None = None
    certificate_id: str | None = None
    expires_at: datetime | None = None
    made_at: datetime | None = None
    renewed_at: datetime | None = None
    last_notified_at: datetime | None = None
    failure: str | None = None


class Step(Enum):
    """What a subscription needs now."""

    LEAVE = "leave"
    MAKE = "make"
    RENEW = "renew"
    ROTATE = "rotate"


def next_step(wanted: Wanted, kept: Kept | None, now: datetime, rotate_after: timedelta) -> Step:
    """Decide what *wanted* needs, knowing *kept* of it.

    One that has expired by our clock is renewed, not made: Graph knows better whether it lives, and a clock that jumped
    must not cost a live one.
    """
    if kept is None or must_make(wanted, kept):
        return Step.MAKE
    if kept.made_at is not None and now - kept.made_at >= rotate_after:
        return Step.ROTATE
    return Step.RENEW if must_renew(kept, now) else Step.LEAVE


def must_make(wanted: Wanted, kept: Kept) -> bool:
    """Tell whether *kept* is no subscription at the tenant, or another than *wanted*."""
    is_other = (kept.resource, kept.change_types) != (wanted.resource, wanted.change_types)
    is_other |= (kept.certificate_id is not None) != wanted.rich
    return is_other or kept.subscription_id is None or kept.expires_at is None


def must_renew(kept: Kept, now: datetime) -> bool:
    """Tell whether Graph asked for it, or half of the life is over that Graph granted, be it less than we asked."""
    if kept.expires_at is None:
        return False
    if kept.renewed_at is None or kept.renewed_at >= kept.expires_at:
        return True
    return kept.expires_at - now < (kept.expires_at - kept.renewed_at) * RENEW_AT


def being_made(wanted: Wanted, state_hash: str, kept: Kept | None, now: datetime) -> Kept:
    """Return what is remembered of *wanted* before Graph knows it, so that its first notification is ours.

    The clientState of what it replaces stays good as long as Graph may repeat itself.
    """
    making = Kept(wanted.name, wanted.resource, wanted.change_types, state_hash)
    if kept is None:
        return making
    previous = kept.client_state_hash
    if kept.subscription_id is None and kept.previous_until is not None and now < kept.previous_until:
        previous = kept.previous_state_hash or previous  # *kept* itself may never have lived
    return replace(making, previous_state_hash=previous, previous_until=now + REPEATS)


def condemned(kept: Kept) -> Kept:
    """Return *kept* as one that must be made anew: Graph has it no more."""
    return replace(kept, expires_at=None)


def challenged(kept: Kept, now: datetime) -> Kept:
    """Return *kept* as one that must be renewed, unless that has just been done."""
    if is_recent(kept.renewed_at, now, CHALLENGED_AGAIN):
        return kept
    return replace(kept, renewed_at=None)


def must_look(looked_at: datetime | None, remembered: Iterable[Kept], now: datetime) -> bool:
    """Tell whether to ask Graph what it has: from time to time, and when one has expired by our clock."""
    has_expired = any(one.expires_at is not None and one.expires_at <= now for one in remembered)
    return has_expired or not is_recent(looked_at, now, LOOK_EVERY)


def is_lost(kept: Kept, alive: Iterable[str], now: datetime) -> bool:
    """Tell whether Graph dropped *kept*: its id is not among those *alive*."""
    if kept.subscription_id is None or kept.expires_at is None or kept.subscription_id in alive:
        return False
    return not is_recent(kept.made_at, now, YOUNG)


def is_recent(moment: datetime | None, now: datetime, within: timedelta) -> bool:
    """Tell whether *moment* is less than *within* ago; a moment yet to come is none: the clock was put back."""
    return moment is not None and moment <= now < moment + within


def same_resource(one: str, other: str) -> bool:
    """Tell whether two ways to write a resource mean the same."""
    return one.strip("/").lower() == other.strip("/").lower()


def is_in_the_making(resource: str, remembered: Sequence[Kept]) -> bool:
    """Tell whether somebody makes a subscription to *resource* and does not know its id yet."""
    return any(one.subscription_id is None and same_resource(one.resource, resource) for one in remembered)


def state_of(kept: Kept | None, now: datetime, *, is_wanted: bool) -> str:
    """Return how it is with a subscription, in a word: `well` unless somebody should look."""
    if not is_wanted:
        return "unwanted"
    if kept is None or kept.subscription_id is None or kept.expires_at is None or kept.expires_at <= now:
        return "missing"
    if must_renew(kept, now) and kept.expires_at - now < URGENT:
        return "expiring"
    return "well"
