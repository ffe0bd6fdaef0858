"""How long to wait after a failure, and when to stop: data with units, kept in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from types import TracebackType

from shared.errors import HubError, Permanent, Transient, Unavailable

# About three days in all: longer than a weekend outage, shorter than a forgotten letter.
SCHEDULE: tuple[timedelta, ...] = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)
UNEXPECTED_ATTEMPTS = 3  # a fault of ours: perhaps the moment, hardly the third time


@dataclass(frozen=True)
class Again:
    """Try again at *at*; *counts* unless the target turned everybody away."""

    at: datetime
    counts: bool


@dataclass(frozen=True)
class Park:
    """Set aside for a person."""


def verdict(failure: Exception, attempts: int, now: datetime, dice: float) -> Again | Park:
    """Decide what follows *failure* of the attempt after *attempts* earlier ones; *dice* in 0..1 spreads the wait.

    Full jitter (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/); Retry-After wins.
    """
    if isinstance(failure, Permanent):
        return Park()
    if not isinstance(failure, HubError) and attempts + 1 >= UNEXPECTED_ATTEMPTS:
        return Park()
    counts = not isinstance(failure, Unavailable)
    if counts and attempts >= len(SCHEDULE):
        return Park()
    wanted = failure.retry_after if isinstance(failure, Transient) else None
    if wanted is not None:
        # Never before Retry-After, and not all at once; who asks for more than our longest step is asked again then.
        return Again(now + min(wanted, SCHEDULE[-1]) * (1 + 0.1 * dice), counts)
    step = SCHEDULE[min(attempts, len(SCHEDULE) - 1)]
    return Again(now + step * (0.5 + dice), counts)


def reason_of(failure: Exception) -> str:
    """Return the slug of *failure* for the metric and the parked message."""
    return failure.reason if isinstance(failure, HubError) else f"unexpected_{type(failure).__name__}"[:64]


def words_of(failure: Exception) -> str:
    """Return what ICT may read. An unexpected error's own words may hold content, so only its place is told."""
    if isinstance(failure, HubError):
        return str(failure)[:2000]
    return f"{type(failure).__name__} at {_place(failure.__traceback__)}"


def _place(trace: TracebackType | None) -> str:
    """Return where it was raised, from the root of the package: `services/timesync/handlers/sources.py:12`."""
    if trace is None:
        return "unknown place"
    while trace.tb_next is not None:
        trace = trace.tb_next
    package = str(trace.tb_frame.f_globals.get("__package__") or "")
    return f"{PurePath(*package.split('.'), PurePath(trace.tb_frame.f_code.co_filename).name)}:{trace.tb_lineno}"
