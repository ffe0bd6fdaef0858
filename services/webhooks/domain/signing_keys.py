"""When the authority's published keys are fetched again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.webhooks.domain.subscriptions import is_recent

EVERY = timedelta(hours=1)  # the authority publishes a key days before it signs with it, and withdraws it at once


def must_fetch(fetched_at: datetime | None, missed_at: datetime | None, now: datetime) -> bool:
    """Tell whether what was fetched is old, or a token came since that named a key which was not among it."""
    if fetched_at is None or not is_recent(fetched_at, now, EVERY):
        return True
    return missed_at is not None and missed_at > fetched_at
