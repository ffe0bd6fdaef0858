"""When a webhook that the hub made at another system is replaced, and which keys prove a delivery. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

REPLACE_AT = 0.5  # of the life: a long weekend without the other system still leaves days
OVERLAP = timedelta(days=1)  # after which nothing is under way any more that the replaced one sent


@dataclass(frozen=True)
class Wish:
    """The webhook that hub.toml asks for: what is told, and where to."""

    source: str
    address: str
    collection: str


@dataclass(frozen=True)
class Hook:
    """A webhook as the other system lists it."""

    id: str
    address: str
    collection: str
    is_enabled: bool


@dataclass(frozen=True)
class Made:
    """A webhook that was made just now. The other system shows its *key* this once."""

    id: str
    key: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class KeptHook:
    """A webhook as it is remembered. The previous one lives, and its key is good, until *previous_until*."""

    source: str
    hook_id: str
    key: str = field(repr=False)
    expires_at: datetime
    made_at: datetime
    previous_id: str | None = None
    previous_key: str | None = field(default=None, repr=False)
    previous_until: datetime | None = None

    def keys(self, now: datetime) -> Sequence[str]:
        """Return the keys that may sign a delivery, the current one first."""
        return [key for key in (self.key, self.previous_key if self._overlaps(now) else None) if key]

    def ids(self, now: datetime) -> frozenset[str]:
        """Return the webhooks whose keys these are."""
        return frozenset(id_ for id_ in (self.hook_id, self.previous_id if self._overlaps(now) else None) if id_)

    def without_previous(self) -> KeptHook:
        return replace(self, previous_id=None, previous_key=None, previous_until=None)

    def _overlaps(self, now: datetime) -> bool:
        return self.previous_until is not None and now < self.previous_until


def is_old(kept: KeptHook, now: datetime) -> bool:
    """Tell whether half of the life is over that the other system granted."""
    return kept.expires_at - now <= (kept.expires_at - kept.made_at) * REPLACE_AT


def is_due(kept: KeptHook | None, now: datetime) -> bool:
    """Tell, by memory alone, whether there is something to do at the other system."""
    if kept is None or is_old(kept, now):
        return True
    return kept.previous_until is not None and kept.previous_until <= now


def is_good(wish: Wish, kept: KeptHook | None, listed: Iterable[Hook], now: datetime) -> bool:
    """Tell whether the webhook of *kept* lives, is what we wish and is young enough."""
    if kept is None or is_old(kept, now):
        return False
    return any(one.id == kept.hook_id and one.is_enabled and _is_wished(one, wish) for one in listed)


def strays(wish: Wish, kept: KeptHook | None, listed: Iterable[Hook], now: datetime) -> list[str]:
    """Return the webhooks that knock at our door and must not: replaced ones, and those whose key nobody here knows.

    One with another address is not ours, unless we remember it. A disabled one knocks no more: the other system may
    list it for ever.
    """
    listed = list(listed)
    known = kept.ids(now) if kept else frozenset[str]()
    if kept and not is_good(wish, kept, listed, now):  # it becomes the previous one, and there is one of these
        known = frozenset({kept.hook_id})
    remembered = {kept.hook_id, kept.previous_id} if kept else set[str | None]()
    ours = [one for one in listed if one.is_enabled and (one.address == wish.address or one.id in remembered)]
    return [one.id for one in ours if one.id not in known or not _is_wished(one, wish)]


def succeeded(kept: KeptHook | None, made: Made, wish: Wish, now: datetime) -> KeptHook:
    """Return what is remembered once *made* is there: the one before stays for as long as its deliveries may come."""
    new = KeptHook(wish.source, made.id, made.key, made.expires_at, made_at=now)
    if kept is None or kept.expires_at <= now:
        return new
    until = min(kept.expires_at, now + OVERLAP)
    return replace(new, previous_id=kept.hook_id, previous_key=kept.key, previous_until=until)


def _is_wished(one: Hook, wish: Wish) -> bool:
    return (one.address, one.collection) == (wish.address, wish.collection)
