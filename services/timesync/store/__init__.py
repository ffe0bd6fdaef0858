"""What timesync remembers, one file per subject."""

from __future__ import annotations

from dataclasses import dataclass

from services.timesync.store.events import EventBook
from services.timesync.store.held import HeldBook
from services.timesync.store.people import Links
from services.timesync.store.records import Records
from services.timesync.store.replies import ReplyBook
from services.timesync.store.tables import metadata
from shared.persistence.database import Database

__all__ = ["Store", "metadata"]


@dataclass(frozen=True)
class Store:
    """All of it."""

    records: Records
    held: HeldBook
    links: Links
    events: EventBook
    replies: ReplyBook

    @classmethod
    def of(cls, database: Database) -> Store:
        return cls(Records(database), HeldBook(database), Links(database), EventBook(database), ReplyBook(database))
