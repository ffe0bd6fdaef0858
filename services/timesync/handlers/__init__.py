"""What timesync does when something happens: to its sources, and to the mailbox of one employee."""

from __future__ import annotations

from services.timesync.handlers.mailboxes import follow_account, show_absences
from services.timesync.handlers.reported import take_report
from services.timesync.handlers.sources import forget_released, read_source, remember_told, wake_up
from services.timesync.handlers.world import Scheduled, Timesync, router

__all__ = [
    "Scheduled",
    "Timesync",
    "follow_account",
    "forget_released",
    "read_source",
    "remember_told",
    "router",
    "show_absences",
    "take_report",
    "wake_up",
]
