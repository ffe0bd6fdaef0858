"""When a subscription must be made, renewed or let be. Pure: no clock, no network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import Invalid

# Longest lifetimes, https://learn.microsoft.com/en-us/graph/change-notifications-overview#subscription-lifetime
LIFETIMES: dict[str, timedelta] = {
    "users": timedelta(minutes=41_760),
    "groups": timedelta(minutes=41_760),
    "drives": timedelta(minutes=42_300),
    "sites": timedelta(minutes=42_300),
    "messages": timedelta(minutes=10_080),
    "events": timedelta(minutes=10_080),
}
SAFETY = timedelta(minutes=5)  # below the maximum: our clock and Graph's may differ
RENEW_AT = 0.5  # of the life: a long weekend without Graph still leaves days


@dataclass(frozen=True)
class Wanted:
    """A subscription that hub.toml asks for."""

    name: str
    resource: str
    change_types: str

    @property
    def lifetime(self) -> timedelta:
        """Return the longest life that Graph grants this kind of resource."""
        return lifetime_of(self.resource)


@dataclass(frozen=True)
class Kept:
    """A subscription as it is remembered; no id yet while it is being made.

    *previous_state_hash* is good until *previous_until*: notifications may be under way that carry the old clientState.
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


def lifetime_of(resource: str) -> timedelta:
    """Return the longest life that Graph grants a subscription to *resource*.

    Raises: Invalid for a kind whose life is not known here.
    """
    parts = [part.split("(")[0].lower() for part in resource.strip("/").split("/")]
    for part in reversed(parts):  # users/{id}/messages is about messages
        if part in LIFETIMES:
            return LIFETIMES[part] - SAFETY
    raise Invalid("unknown_resource", f"{resource}: expected one of {', '.join(sorted(LIFETIMES))}")


def must_create(wanted: Wanted, kept: Kept | None, now: datetime) -> bool:
    """Tell whether there is no live subscription for *wanted*."""
    if kept is None or kept.subscription_id is None or kept.expires_at is None:
        return True
    is_other = (kept.resource, kept.change_types) != (wanted.resource, wanted.change_types)
    return is_other or kept.expires_at <= now


def must_renew(kept: Kept, now: datetime) -> bool:
    """Tell whether half of the life is over that Graph granted, be it less than we asked."""
    if kept.expires_at is None or kept.renewed_at is None:
        return False
    return kept.expires_at - now < (kept.expires_at - kept.renewed_at) * RENEW_AT
