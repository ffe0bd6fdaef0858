"""A front door on fakes: a tenant that behaves as Graph does, and a memory of subscriptions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from services.webhooks.domain.health import Failing
from services.webhooks.domain.lifetimes import SAFETY, lifetime_of
from services.webhooks.domain.repairs import Repair
from services.webhooks.domain.rhythm import Watch
from services.webhooks.domain.subscriptions import Kept, Wanted
from services.webhooks.handlers import FrontDoor, router
from services.webhooks.sources.graph import hashed
from shared.clock import Clock, FixedClock
from shared.events import ClockStruck, Event, HookCheckWanted
from shared.graph.delta import Walk
from shared.graph.errors import Conflict, NotFound, Refused
from shared.graph.subscriptions import Encryption, Subscription

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
TICK = ClockStruck(at=NOW, period="tick")
HOUR = ClockStruck(at=NOW, period="hour")
LOOK = HookCheckWanted(source="graph")
PEOPLE = Wanted("people", "users", "updated")
ROTATE_AFTER, REPAIR_EVERY = timedelta(days=90), timedelta(hours=6)
HERE, ELSEWHERE = "https://hub.example.org/hooks/graph", "https://other.example.org/hooks/graph"
SHORTEST = timedelta(minutes=45)  # Graph raises what is nearer


@dataclass
class FakeTenant:
    """Keeps one subscription per resource and change types, as Graph does; *clock* is Graph's own.

    `before` and `after` are called with each request, before and after it has its effect: what they raise is what the
    hub sees of it.
    """

    clock: Clock
    alive: dict[str, Subscription] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    grants: timedelta | None = None
    refusals: dict[str, Exception] = field(default_factory=dict)  # by resource
    encryptions: dict[str, Encryption | None] = field(default_factory=dict)  # by subscription
    before: Callable[[str], None] = lambda _: None
    after: Callable[[str], None] = lambda _: None
    on_create: Callable[[], None] = lambda: None
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def list_own(self) -> Sequence[Subscription]:
        self._asked("list")
        found = [one for one in self.alive.values() if one.notification_url == HERE]
        self.after("list")
        return found

    def create(
        self,
        resource: str,
        change_types: str,
        client_state: str,
        expires_at: datetime,
        encryption: Encryption | None = None,
    ) -> Subscription:
        self._asked(f"create {resource}", resource)
        if any((one.resource, one.change_type) == (resource, change_types) for one in self.alive.values()):
            raise Conflict("graph_409", "POST /subscriptions answered 409", "ExtensionError")
        expiry = self._granted(resource, expires_at)
        self.on_create()
        made = self.put(Subscription(self.new_id(), resource, change_types, HERE, expiry), client_state)
        self.encryptions[made.id] = encryption
        self.after(f"create {resource}")
        return made

    def renew(self, id_: str, expires_at: datetime, encryption: Encryption | None = None) -> Subscription:
        self._asked(f"renew {id_}", self.alive[id_].resource if id_ in self.alive else "")
        if id_ not in self.alive:
            raise NotFound("graph_404", f"PATCH /subscriptions/{id_} answered 404", "ResourceNotFound")
        expiry = self._granted(self.alive[id_].resource, expires_at)
        renewed = self.alive[id_] = replace(self.alive[id_], expires_at=expiry)
        self.encryptions[id_] = encryption or self.encryptions.get(id_)
        self.after(f"renew {id_}")
        return renewed

    def delete(self, id_: str) -> None:
        self._asked(f"delete {id_}")
        self.alive.pop(id_, None)
        self.after(f"delete {id_}")

    def put(self, subscription: Subscription, client_state: str) -> Subscription:
        """Let *subscription* live, whoever made it."""
        self.alive[subscription.id], self.secrets[subscription.id] = subscription, client_state
        return subscription

    def new_id(self) -> str:
        return f"s{next(self._numbers)}"

    def expire(self) -> None:
        """Drop what is over, silently."""
        for id_ in [one.id for one in self.alive.values() if one.expires_at <= self.clock.now()]:
            del self.alive[id_]

    def _asked(self, what: str, resource: str = "") -> None:
        self.expire()
        self.calls.append(what)
        self.before(what)
        if resource in self.refusals:
            raise self.refusals[resource]

    def _granted(self, resource: str, wish: datetime) -> datetime:
        now = self.clock.now()
        if wish > now + lifetime_of(resource) + SAFETY:
            raise Refused("graph_400", "expiration too far in the future", "ExtensionError")
        granted = wish if self.grants is None else min(wish, now + self.grants)
        return max(granted, now + SHORTEST)


@dataclass
class FakeMemory:
    """Remembers by name; `history` is every row that was ever kept."""

    kept: dict[str, Kept] = field(default_factory=dict)
    history: list[Kept] = field(default_factory=list)
    step: Callable[[str], None] = lambda _: None  # called before each change

    def all(self) -> Sequence[Kept]:
        return list(self.kept.values())

    def fresh(self) -> Sequence[Kept]:
        return self.all()

    def recent(self) -> Sequence[Kept]:
        return self.all()

    def keep(self, kept: Kept) -> None:
        self.step("keep")
        before = self.kept.get(kept.name)
        self.kept[kept.name] = replace(kept, last_notified_at=before.last_notified_at) if before else kept
        self.history.append(kept)

    def settle(self, kept: Kept, *, over: str) -> bool:
        self.step("settle")
        stands = kept.name in self.kept and self.kept[kept.name].client_state_hash == over
        if stands:
            self.kept[kept.name] = replace(kept, last_notified_at=self.kept[kept.name].last_notified_at)
        return stands

    def note_failure(self, name: str, failure: str | None) -> None:
        self.step("note_failure")
        if name in self.kept:
            self.kept[name] = replace(self.kept[name], failure=failure)

    def drop(self, name: str) -> None:
        self.step("drop")
        self.kept.pop(name, None)


@dataclass
class FakeRepairs:
    """Remembers repairs; what goes with the outcome waits for `commit`."""

    known: dict[str, Repair] = field(default_factory=dict)
    step: Callable[[str], None] = lambda _: None
    _own: list[Callable[[], None]] = field(default_factory=list)

    def all(self) -> Mapping[str, Repair]:
        return dict(self.known)

    def ask(self, name: str, resource: str, reason: str, now: datetime) -> None:
        self.step("ask")
        self.known[name] = replace(self._of(name, resource), asked_at=now, reason=reason)

    def said(self, name: str, resource: str, asked_at: datetime | None, now: datetime) -> None:
        def work() -> None:
            before = replace(self._of(name, resource), said_at=now)
            self.known[name] = replace(before, asked_at=None) if before.asked_at == asked_at else before

        self._own.append(work)

    def moved(self, name: str, resource: str, link: str, done_at: datetime | None) -> None:
        def work() -> None:
            before = self._of(name, resource)
            self.known[name] = replace(before, resource=resource, link=link, done_at=done_at or before.done_at)

        self._own.append(work)

    def drop(self, name: str) -> None:
        self.known.pop(name, None)

    def commit(self) -> None:
        for work in self._own:
            work()
        self._own.clear()

    def roll_back(self) -> None:
        self._own.clear()

    def _of(self, name: str, resource: str) -> Repair:
        return self.known.get(name) or Repair(name, resource)


@dataclass
class FakeMarks:
    """Remembers moments by name."""

    moments: dict[str, datetime] = field(default_factory=dict)
    step: Callable[[str], None] = lambda _: None

    def at(self, name: str) -> datetime | None:
        return self.moments.get(name)

    def put(self, name: str, at: datetime | None) -> None:
        self.step("mark")
        self.moments.pop(name, None)
        if at is not None:
            self.moments[name] = at


@dataclass
class FakeChanges:
    """Answers the walks that the test wrote down, by link; what was asked is remembered."""

    walks: dict[str | None, Walk | Exception] = field(default_factory=lambda: {None: Walk((), "start", is_over=True)})
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def walk(self, resource: str, link: str | None, now: datetime) -> Walk:
        self.asked.append((resource, link))
        answer = self.walks.get(link) or Walk((), f"{link}+", is_over=True)
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeNotes:
    """No deliveries."""

    def forget(self, now: datetime) -> None:
        """Nothing is noted here."""


class FakeWatches:
    """No source is watched."""

    def all(self) -> Mapping[str, Watch]:
        return {}

    def keep(self, watch: Watch) -> None:
        """Nothing is watched here."""

    def drop(self, source: str) -> None:
        """Nothing is watched here."""

    def last_heard(self, sources: Iterable[str]) -> Mapping[str, datetime]:
        return {}

    def hours(self, source: str, since: datetime) -> frozenset[datetime]:
        return frozenset()


class FakeFailings:
    """Every failing is new, so that none lasts."""

    def all(self) -> Sequence[Failing]:
        return []

    def keep(self, failing: Failing) -> None:
        """Nothing is remembered here."""

    def drop(self, failing: Failing) -> None:
        """Nothing is remembered here."""


class FakeDoor:
    """The front door's handlers with their fakes."""

    def __init__(self, *wanted: Wanted, clock: Clock | None = None, tenant: FakeTenant | None = None) -> None:
        self.clock = FixedClock(NOW)
        self.tenant = tenant or FakeTenant(self.clock)
        self.memory, self.repairs, self.marks = FakeMemory(), FakeRepairs(), FakeMarks()
        self.changes = FakeChanges()
        self.said: list[Event] = []  # whatever became of the messages after it
        numbers = count(1)
        self.world = FrontDoor(
            self.tenant,
            self.memory,
            FakeNotes(),
            wanted or (PEOPLE,),
            clock or self.clock,
            FakeWatches(),
            {},
            FakeFailings(),
            self.repairs,
            self.marks,
            self.changes,
            ROTATE_AFTER,
            REPAIR_EVERY,
            lambda: f"secret-{next(numbers)}",
        )

    def hear(self, event: Event) -> list[Event]:
        """Handle *event* as workers do, and then the look at Graph's subscriptions that it asks for."""
        said = self._handled(event)
        return [one for one in said if one != LOOK] + (self._handled(LOOK) if LOOK in said else [])

    def _handled(self, event: Event) -> list[Event]:
        """Handle one message: what the handlers leave to the outcome is kept when all went well."""
        try:
            said = list(router.handle(event, self.world))
        except BaseException:
            self.repairs.roll_back()
            raise
        self.repairs.commit()
        self.said += said
        return said

    def want(self, *wanted: Wanted) -> None:
        """Start anew with another hub.toml."""
        self.world = replace(self.world, wanted=wanted)

    @property
    def people(self) -> Kept:
        return self.memory.kept["people"]

    def is_well(self) -> bool:
        """Tell whether memory and tenant agree, down to the secret."""
        ours = [one for one in self.tenant.alive.values() if one.notification_url == HERE]
        agreed = {one.subscription_id: one.client_state_hash for one in self.memory.all()}
        return agreed == {one.id: hashed(self.tenant.secrets[one.id]) for one in ours}


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
        renewed_at=NOW,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test changes any field
