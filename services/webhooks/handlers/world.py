"""The outside world of the front door's handlers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.webhooks.domain.subscriptions import Kept, Wanted
from shared.clock import Clock
from shared.graph.subscriptions import Subscription
from shared.messaging.router import Router


class Tenant(Protocol):
    """The subscriptions at the tenant."""

    def list_own(self) -> Sequence[Subscription]: ...
    def create(self, resource: str, change_types: str, client_state: str, expires_at: datetime) -> Subscription: ...
    def renew(self, id_: str, expires_at: datetime) -> Subscription: ...
    def delete(self, id_: str) -> None: ...


class Memory(Protocol):
    """What is remembered of them."""

    def all(self) -> Sequence[Kept]: ...
    def keep(self, kept: Kept) -> None: ...
    def drop(self, name: str) -> None: ...


class Notes(Protocol):
    """The notes of deliveries."""

    def forget(self, now: datetime) -> None: ...


@dataclass(frozen=True)
class FrontDoor:
    """What the handlers work with."""

    tenant: Tenant
    memory: Memory
    deliveries: Notes
    wanted: Sequence[Wanted]
    clock: Clock
    new_secret: Callable[[], str] = lambda: secrets.token_urlsafe(32)


router: Router[FrontDoor] = Router("webhooks")
