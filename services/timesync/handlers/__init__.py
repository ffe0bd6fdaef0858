"""What timesync does when something happens: to its sources, to its rules, and to the mailboxes of employees."""

from __future__ import annotations

from services.timesync.handlers import (
    accounts,
    checks,
    comparison,
    mailboxes,
    reported,
    shared_calendars,
    sources,
    team,
)
from services.timesync.handlers.world import Scheduled, Timesync, router

__all__ = [
    "Scheduled",
    "Timesync",
    "accounts",
    "checks",
    "comparison",
    "mailboxes",
    "reported",
    "router",
    "shared_calendars",
    "sources",
    "team",
]
