"""What timesync remembers, one file per subject."""

from __future__ import annotations

from dataclasses import dataclass

from services.timesync.store.accounts import Accounts
from services.timesync.store.events import EventBook
from services.timesync.store.everybody import Everybody
from services.timesync.store.guards import GuardBook
from services.timesync.store.held import HeldBook
from services.timesync.store.marks import Marks, Wakes
from services.timesync.store.records import Records
from services.timesync.store.replies import ReplyBook
from services.timesync.store.statuses import StatusBook
from services.timesync.store.tables import metadata
from shared.persistence.database import Database

__all__ = ["Store", "metadata"]


@dataclass(frozen=True)
class Store:
    """All of it."""

    records: Records
    held: HeldBook
    accounts: Accounts
    everybody: Everybody
    events: EventBook
    replies: ReplyBook
    statuses: StatusBook
    guards: GuardBook
    marks: Marks
    wakes: Wakes

    @classmethod
    def of(cls, database: Database) -> Store:
        return cls(
            Records(database),
            HeldBook(database),
            Accounts(database),
            Everybody(database),
            EventBook(database),
            ReplyBook(database),
            StatusBook(database),
            GuardBook(database),
            Marks(database),
            Wakes(database),
        )
