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


@dataclass(frozen=True)
class Renewal:
    """What became of files that were changed: *taken*, or refused for *faults*. *reread*: codes mean something else."""

    file: str
    faults: tuple[RuleFault, ...] = ()
    reread: bool = False


class Rulebook(Protocol):
    """The organisation's rules, which HR changes while the hub runs; services.timesync.rulebook has the real one."""

    @property
    def rules(self) -> Rules: ...

    @property
    def systems(self) -> Mapping[str, Scheduled]: ...

    @property
    def fingerprint(self) -> str:
        """Return what changes when the rules do."""
        ...

    def renew(self) -> Sequence[Renewal]:
        """Read what was changed since the last time, and say what became of it; nothing when nothing was changed."""
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
