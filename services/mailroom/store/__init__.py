"""What mailroom remembers, one file per subject."""

from __future__ import annotations

from dataclasses import dataclass

from services.mailroom.store.letters import Arrivals, Filings
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

    @classmethod
    def of(cls, database: Database, clock: Clock, vault: Vault | None) -> Store:
        """Return the memory of the mailroom; what must be sealed needs a *vault*."""
        return cls(
            Arrivals(database),
            Filings(database),
            Trail(database, clock),
            RegisterRecords(database, clock, vault),
            UploadSessions(database, clock, vault),
        )
