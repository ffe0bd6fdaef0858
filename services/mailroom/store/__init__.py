"""What mailroom remembers, one file per subject."""

from __future__ import annotations

from dataclasses import dataclass

from services.mailroom.store.arrivals import Arrivals
from services.mailroom.store.begun import BegunPlaces
from services.mailroom.store.deadlines import Away, Deadlines
from services.mailroom.store.imports import Imports
from services.mailroom.store.letters import Filings
from services.mailroom.store.messages import MessageBook
from services.mailroom.store.projects import FoundFolders, Projects
from services.mailroom.store.sealed import RegisterRecords, UploadSessions
from services.mailroom.store.tables import metadata
from services.mailroom.store.trail import Trail
from shared.clock import Clock
from shared.persistence.database import Database
from shared.vault import Vault

__all__ = ["Store", "metadata"]


@dataclass(frozen=True)
class Store:
    """All of it."""

    arrivals: Arrivals
    letters: Filings
    trail: Trail
    records: RegisterRecords
    uploads: UploadSessions
    deadlines: Deadlines
    away: Away
    projects: Projects
    imports: Imports
    found_folders: FoundFolders
    messages: MessageBook
    begun: BegunPlaces

    @classmethod
    def of(cls, database: Database, clock: Clock, vault: Vault | None) -> Store:
        """Return the memory of the mailroom; what must be sealed needs a *vault*."""
        return cls(
            Arrivals(database),
            Filings(database),
            Trail(database, clock),
            RegisterRecords(database, clock, vault),
            UploadSessions(database, clock, vault),
            Deadlines(database),
            Away(database),
            Projects(database),
            Imports(database),
            FoundFolders(database),
            MessageBook(database),
            BegunPlaces(database),
        )
