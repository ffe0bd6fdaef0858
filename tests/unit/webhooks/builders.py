"""A front door on fakes: a tenant that behaves as Graph does, and a memory of subscriptions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from services.webhooks.domain import Kept, Wanted
from services.webhooks.handlers import FrontDoor, router
from services.webhooks.sources.graph import hashed
from shared.clock import FixedClock
from shared.events import ClockStruck, Event
from shared.graph.errors import Conflict, NotFound
from shared.graph.subscriptions import Subscription

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
TICK = ClockStruck(at=NOW, period="tick")
HOUR = ClockStruck(at=NOW, period="hour")
PEOPLE = Wanted("people", "users", "updated")


@dataclass
class FakeTenant:
    """Keeps one subscription per resource and change types, as Graph does."""

    clock: FixedClock
    alive: dict[str, Subscription] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    grants: timedelta | None = None
    refusals: dict[str, Exception] = field(default_factory=dict)  # by resource
    on_create: Callable[[], None] = lambda: None
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def list_own(self) -> Sequence[Subscription]:
        self.calls.append("list")
        return list(self.alive.values())

    def create(self, resource: str, change_types: str, client_state: str, expires_at: datetime) -> Subscription:
        self.calls.append(f"create {resource}")
        if resource in self.refusals:
            raise self.refusals[resource]
        if any((one.resource, one.change_type) == (resource, change_types) for one in self.alive.values()):
            raise Conflict("graph_409", "POST /subscriptions answered 409", "ExtensionError")
        self.on_create()
        id_ = f"s{next(self._numbers)}"
        made = Subscription(id_, resource, change_types, "here", self._granted(expires_at))
        self.alive[id_], self.secrets[id_] = made, client_state
        return made

    def renew(self, id_: str, expires_at: datetime) -> Subscription:
        self.calls.append(f"renew {id_}")
        if id_ not in self.alive:
            raise NotFound("graph_404", f"PATCH /subscriptions/{id_} answered 404", "ResourceNotFound")
        if self.alive[id_].resource in self.refusals:
            raise self.refusals[self.alive[id_].resource]
        self.alive[id_] = replace(self.alive[id_], expires_at=self._granted(expires_at))
        return self.alive[id_]

    def delete(self, id_: str) -> None:
        self.calls.append(f"delete {id_}")
        self.alive.pop(id_, None)

    def _granted(self, wish: datetime) -> datetime:
        return wish if self.grants is None else min(wish, self.clock.now() + self.grants)


@dataclass
class FakeMemory:
    """Remembers by name; `history` is every row that was ever kept."""

    kept: dict[str, Kept] = field(default_factory=dict)
    history: list[Kept] = field(default_factory=list)

    def subscriptions(self) -> Sequence[Kept]:
        return list(self.kept.values())

    def keep(self, kept: Kept) -> None:
        self.kept[kept.name] = kept
        self.history.append(kept)

    def drop(self, name: str) -> None:
        self.kept.pop(name, None)

    def forget_deliveries(self, now: datetime) -> None:
        """Nothing is noted here."""


class FakeDoor:
    """The front door's handlers with their fakes."""

    def __init__(self, *wanted: Wanted) -> None:
        self.clock = FixedClock(NOW)
        self.tenant = FakeTenant(self.clock)
        self.memory = FakeMemory()
        numbers = count(1)
        self.world = FrontDoor(
            self.tenant, self.memory, wanted or (PEOPLE,), self.clock, lambda: f"secret-{next(numbers)}"
        )

    def hear(self, event: Event) -> list[Event]:
        return list(router.handle(event, self.world))

    @property
    def people(self) -> Kept:
        return self.memory.kept["people"]

    def is_well(self) -> bool:
        """Tell whether memory and tenant agree, down to the secret."""
        agreed = {one.subscription_id: one.client_state_hash for one in self.memory.subscriptions()}
        return agreed == {id_: hashed(self.tenant.secrets[id_]) for id_ in self.tenant.alive}


def kept(**changes: object) -> Kept:
    """Return a subscription as it is remembered, made now for a month."""
    made = Kept(
        name="people",
        resource="users",
        change_types="updated",
        client_state_hash=hashed("secret"),
        subscription_id="s1",
        expires_at=NOW + PEOPLE.lifetime,
        made_at=NOW,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test changes any field
