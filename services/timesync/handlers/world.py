"""The outside world of timesync's handlers."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from services.timesync.domain.rules import Rules
from services.timesync.effects.base import Effect, Picture
from services.timesync.effects.inspection import Terms
from services.timesync.store import Store
from services.timesync.systems.base import System
from shared.clock import BRUSSELS, Clock
from shared.errors import HubError
from shared.events.absences import RuleFault
from shared.graph.directory import Accounts, User
from shared.messaging.router import Router


class Directory(Protocol):
    """The accounts of the tenant; shared.graph.directory.Directory is one."""

    def user(self, id_or_upn: str) -> User | None: ...
    def delta(self, link: str | None) -> Accounts: ...
    def members(self, group_id: str) -> Iterator[str]: ...


class Inspection(Protocol):
    """Looks into mailboxes; services.timesync.effects.inspection has the real one."""

    def inspect(self, pictures: Sequence[Picture], terms: Terms) -> Mapping[str, HubError]:
        """Bring the book to what stands in each mailbox; return, by employee, why that failed."""
        ...


@dataclass(frozen=True)
class Scheduled:
    """A system, and how often it is read when it does not call itself."""

    system: System
    every: timedelta


class Rulebook(Protocol):
    """The organisation's rules, which HR changes while the hub runs; services.timesync.rulebook has the real one."""

    @property
    def file(self) -> str:
        """Return the name of the file that names all others."""
        ...

    @property
    def rules(self) -> Rules: ...

    @property
    def systems(self) -> Mapping[str, Scheduled]: ...

    @property
    def fingerprint(self) -> str:
        """Return what changes when the rules do."""
        ...

    @property
    def readings(self) -> Mapping[str, str]:
        """Return by system what changes when it is to be read anew: its table, or what the codes mean."""
        ...

    @property
    def faults(self) -> Sequence[RuleFault]:
        """Return why the files as they are now cannot be used, nothing when they are."""
        ...

    def renew(self) -> None:
        """Take over what was changed in the files, if it can be used."""
        ...


@dataclass(frozen=True)
class Timesync:
    """Everything the handlers ask and change."""

    clock: Clock
    store: Store
    rulebook: Rulebook
    directory: Directory
    effects: Sequence[Effect]
    inspection: Inspection
    reading_accounts: threading.Lock = field(default_factory=threading.Lock)

    @property
    def rules(self) -> Rules:
        return self.rulebook.rules

    @property
    def systems(self) -> Mapping[str, Scheduled]:
        return self.rulebook.systems

    def local_now(self) -> datetime:
        """Return the wall clock, as the rules want it (R1)."""
        return self.clock.now().astimezone(BRUSSELS).replace(tzinfo=None)


router: Router[Timesync] = Router("timesync")
