"""When to ask Graph what changed, beside what it tells. Pure: no clock, no network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.webhooks.domain.subscriptions import is_recent

LONG_STOP = timedelta(minutes=15)  # without a tick: what Graph told meanwhile may be given up by now
BEGUN, REGULAR, STOPPED = "begun", "regular", "stopped"


@dataclass(frozen=True)
class Repair:
    """What is known of the delta query of subscription *name*.

    *link* is Graph's own nextLink or deltaLink. *asked_at*: a repair is wanted since, and not said yet.
    """

    name: str
    resource: str
    link: str | None = None
    asked_at: datetime | None = None
    reason: str | None = None
    said_at: datetime | None = None
    done_at: datetime | None = None


def due_reason(known: Repair | None, now: datetime, every: timedelta) -> str | None:
    """Return why a repair is due now, None when it is not."""
    if known is None:
        return BEGUN
    if known.asked_at is not None:
        return known.reason or BEGUN
    return None if is_recent(known.said_at, now, every) else REGULAR


def was_stopped(ticked_at: datetime | None, now: datetime) -> bool:
    """Tell whether the hub stood still for long before the tick of *now*. The first tick of all follows nothing."""
    return ticked_at is not None and now - ticked_at > LONG_STOP
