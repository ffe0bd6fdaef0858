"""The outside world of the front door's handlers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from services.webhooks.domain.certificates import Certificate
from services.webhooks.domain.health import Failing
from services.webhooks.domain.hooks import Hook, KeptHook, Made, Wish
from services.webhooks.domain.repairs import Repair
from services.webhooks.domain.rhythm import Rhythm, Watch
from services.webhooks.domain.subscriptions import Kept, Wanted
from shared.clock import Clock
from shared.graph.delta import Walk
from shared.graph.subscriptions import Encryption, Subscription
from shared.messaging.router import Router


class Tenant(Protocol):
    """The subscriptions at the tenant."""

    def list_own(self) -> Sequence[Subscription]: ...
    def create(
        self,
        resource: str,
        change_types: str,
        client_state: str,
        expires_at: datetime,
        encryption: Encryption | None = None,
    ) -> Subscription: ...
    def renew(self, id_: str, expires_at: datetime, encryption: Encryption | None = None) -> Subscription: ...
    def delete(self, id_: str) -> None: ...


class Memory(Protocol):
    """What is remembered of them."""

    def all(self) -> Sequence[Kept]: ...
    def keep(self, kept: Kept) -> None: ...
    def settle(self, kept: Kept, *, over: str) -> bool: ...
    def note_failure(self, name: str, failure: str | None) -> None: ...
    def drop(self, name: str) -> None: ...


class RepairBook(Protocol):
    """How far the delta query of each subscription has come."""

    def all(self) -> Mapping[str, Repair]: ...
    def ask(self, name: str, resource: str, reason: str, now: datetime) -> None: ...
    def said(self, name: str, resource: str, asked_at: datetime | None, now: datetime) -> None: ...
    def moved(self, name: str, resource: str, link: str, done_at: datetime | None) -> None: ...
    def drop(self, name: str) -> None: ...


class MarkBook(Protocol):
    """When the hub last did something."""

    def at(self, name: str) -> datetime | None: ...
    def put(self, name: str, at: datetime | None) -> None: ...


class Changes(Protocol):
    """What changed at the tenant since."""

    def walk(self, resource: str, link: str | None, now: datetime) -> Walk: ...


class Notes(Protocol):
    """The notes of deliveries."""

    def forget(self, now: datetime) -> None: ...


class Watches(Protocol):
    """What is known of when sources were heard."""

    def all(self) -> Mapping[str, Watch]: ...
    def keep(self, watch: Watch) -> None: ...
    def drop(self, source: str) -> None: ...
    def last_heard(self, sources: Iterable[str]) -> Mapping[str, datetime]: ...
    def hours(self, source: str, since: datetime) -> frozenset[datetime]: ...


class FailingBook(Protocol):
    """What is not kept alive, and whether that was told."""

    def all(self) -> Sequence[Failing]: ...
    def keep(self, failing: Failing) -> None: ...
    def drop(self, failing: Failing) -> None: ...


class HookApi(Protocol):
    """The webhooks at another system."""

    def all(self) -> Sequence[Hook]: ...
    def create(self, wish: Wish) -> Made: ...
    def delete(self, id_: str) -> None: ...


class HookMemory(Protocol):
    """What is remembered of those that the hub made."""

    def find(self, source: str) -> KeptHook | None: ...
    def keep(self, kept: KeptHook) -> None: ...
    def failure(self, source: str) -> str | None: ...
    def note_failure(self, source: str, failure: str | None) -> None: ...


@dataclass(frozen=True)
class Hooked:
    """A source whose webhook the hub makes itself. *absences* is the system that is read anew after a gap."""

    wish: Wish
    api: HookApi
    memory: HookMemory
    absences: str | None


class Certificates(Protocol):
    """The certificates that Graph encrypts for."""

    def all(self) -> Sequence[Certificate]: ...
    def usable(self) -> Sequence[Certificate]: ...
    def make(self, now: datetime) -> Certificate: ...
    def note_use(self, certificate: Certificate) -> None: ...
    def drop(self, id_: str) -> None: ...


class SigningKeys(Protocol):
    """The authority's published keys, as they are remembered."""

    def keep(self, published: Sequence[Mapping[str, Any]], now: datetime) -> None: ...
    def fetched_at(self) -> datetime | None: ...


class Authority(Protocol):
    """Who signs the tokens."""

    def signing_keys(self) -> Sequence[Mapping[str, Any]]: ...


@dataclass(frozen=True)
class Enriched:
    """What subscriptions with resource data need."""

    certificates: Certificates
    signing_keys: SigningKeys
    authority: Authority


def new_secret() -> str:
    """Return a clientState: 32 random bytes in 43 characters, of the 128 that Graph takes."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class FrontDoor:
    """What the handlers work with."""

    tenant: Tenant
    memory: Memory
    deliveries: Notes
    wanted: Sequence[Wanted]
    clock: Clock
    watches: Watches
    rhythms: Mapping[str, Rhythm]
    failings: FailingBook
    repairs: RepairBook
    marks: MarkBook
    changes: Changes
    rotate_after: timedelta  # the age at which a clientState is replaced
    repair_every: timedelta
    new_secret: Callable[[], str] = new_secret
    hooks: Mapping[str, Hooked] = field(default_factory=dict)
    rich: Enriched | None = None  # None: no rich subscription is wanted


router: Router[FrontDoor] = Router("webhooks")
