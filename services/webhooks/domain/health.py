"""Has what tells us of changes been failing for so long that a person must know? Pure: no clock, no network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.webhooks.domain.hooks import KeptHook, is_old
from services.webhooks.domain.subscriptions import URGENT, Kept, state_of

PATIENCE = timedelta(minutes=15)  # a start and a short outage mend themselves
MISSING, EXPIRING = "missing", "expiring"  # the reasons when no attempt left one


@dataclass(frozen=True)
class Failing:
    """What is not kept alive since *since*, was last seen so at *seen_at*, and has been told of or not."""

    kind: str  # graph · hook
    name: str
    since: datetime
    seen_at: datetime
    reason: str
    is_told: bool = False


def why_failing(kept: Kept | None, now: datetime) -> str | None:
    """Return why a wanted subscription is not well, as a slug; None when it is."""
    if kept is not None and kept.failure:
        return kept.failure.split()[0]  # what follows is Graph's own word for it
    state = state_of(kept, now, is_wanted=True)
    return None if state == "well" else state


def why_hook_failing(kept: KeptHook | None, failure: str | None, now: datetime) -> str | None:
    """Return why a webhook that the hub keeps is not well; *failure* is what the last attempt came to."""
    if failure:
        return failure
    if kept is None or kept.expires_at <= now:
        return MISSING
    return EXPIRING if is_old(kept, now) and kept.expires_at - now < URGENT else None


def reviewed(known: Failing | None, now_failing: Failing) -> Failing:
    """Return what is known from now on. It is to be told when the answer, not *known*, `is_told`.

    A hub that stood still meanwhile saw nothing: patience begins anew.
    """
    if known is None:
        return now_failing
    if known.is_told:
        return known
    if now_failing.seen_at - known.seen_at > PATIENCE:
        return now_failing
    is_told = now_failing.seen_at - known.since >= PATIENCE
    # Without a reason of its own it may be in the making at this moment: the one of the last attempt says more.
    reason = known.reason if now_failing.reason == MISSING else now_failing.reason
    return replace(now_failing, since=known.since, reason=reason, is_told=is_told)
