"""The outside world of timesync's handlers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from services.timesync.domain.roster import Roster
from services.timesync.domain.texts import Office
from services.timesync.effects.calendar import CalendarEffect
from services.timesync.effects.replies import ReplyEffect
from services.timesync.store import Store
from services.timesync.systems.base import System
from shared.clock import BRUSSELS, Clock
from shared.graph.directory import User
from shared.messaging.router import Router


class Accounts(Protocol):
    """The accounts of the tenant; shared.graph.directory.Directory is one."""

    def user(self, id_or_upn: str) -> User | None: ...
    def with_employee_id(self, employee: str) -> list[User]: ...


@dataclass(frozen=True)
class Scheduled:
    """A system, and how often it is read when it does not call itself."""

    system: System
    every: timedelta


@dataclass(frozen=True)
class Timesync:
    """Everything the handlers ask and change."""

    clock: Clock
    store: Store
    systems: Mapping[str, Scheduled]
    accounts: Accounts
    calendar: CalendarEffect
    replies: ReplyEffect
    roster: Roster
    office: Office

    def local_now(self) -> datetime:
        """Return the wall clock, as the rules want it (R1)."""
        return self.clock.now().astimezone(BRUSSELS).replace(tzinfo=None)


router: Router[Timesync] = Router("timesync")
