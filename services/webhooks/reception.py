"""How a delivery is taken: proven, read, limited, stored; and every delivery has one outcome.

Neither broker nor Graph plays a part. What is accepted is committed before anybody is told so, and the repeats of a
source are known by the ids of what they tell (uuid5 of what makes them equal): the outbox is the replay store.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection

from services.webhooks.domain.limits import Bucket
from services.webhooks.sources.base import Delivery, Malformed, NotAuthentic, Source, Told
from services.webhooks.store.deliveries import ACCEPTED, DUPLICATE, FILTERED, REFUSED, Delivered, Deliveries
from services.webhooks.store.subscriptions import Subscriptions
from shared import green
from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.errors import HubError, Permanent, Transient
from shared.events import DeliveryRefused, GraphResourceChanged, LifecycleSignalled
from shared.events.envelope import Envelope, first, stable_id
from shared.observability.metrics import DELIVERED
from shared.observability.metrics import REFUSED as REFUSALS
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger

ANSWER_SECONDS = 2.5  # to a commit; Graph waits 3 s for an answer
LONGEST_PLACE, PLACES_TOLD = 200, 20  # characters of a faulty place, and how many of them one event names
GRAPH = "graph"  # its proof is in the body: what of it cannot be read is proven by nothing
ALIVE_NOTED = timedelta(seconds=2)  # a subscription is noted to live no more often than this
NEVER = datetime.min.replace(tzinfo=UTC)
REFUSALS_NOTED = 60  # rows a minute per source, proven or not: whoever floods us must not fill our disk
LARGEST = 2**31 - 1  # bytes that a row can tell: a sender may claim any size


class TooMany(Transient):
    """The source sends more than hub.toml allows."""


class Uncertain(Transient):
    """The commit is under way and nobody can wait for it: the sender repeats itself, and the repeat is known."""


class Unknown(Permanent):
    """Nobody has this address."""


class TooLarge(Permanent):
    """The body is larger than any system of ours sends."""


class Unsupported(Permanent):
    """The body is not in a form that is read here."""


@dataclass(frozen=True)
class Taken:
    """What became of a delivery. *refusal* is why it was refused; its message is for our log only."""

    id: str
    outcome: str
    events: int = 0
    refusal: HubError | None = None


@dataclass(frozen=True)
class _Admission:
    id: str
    source: str
    bytes: int
    received_at: datetime
    envelopes: Sequence[Envelope]
    subscriptions: frozenset[str]


@dataclass(frozen=True)
class Reception:
    """Whoever knocks is received here. *limits* is how many deliveries a minute a source may send."""

    sources: Mapping[str, Source]
    limits: Mapping[str, Bucket]
    deliveries: Deliveries
    database: Database
    ledger: SqlLedger
    clock: Clock
    _noted: dict[tuple[str, bool], Bucket] = field(default_factory=dict)
    _unnoted: Counter[tuple[str, str]] = field(default_factory=Counter)
    _alive: dict[str, datetime] = field(default_factory=dict)  # when a subscription was last noted to live
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def take(self, name: str, delivery: Delivery, traceparent: str | None = None) -> Taken:
        """Store what *delivery* tells, in one commit. Safe to repeat: a repeat is a duplicate."""
        id_ = str(uuid4())
        try:
            admission = self._admission(id_, self.sources[name], delivery, traceparent)
            crashpoint("accept.before_commit")
            outcome = self._stored(admission)
            crashpoint("accept.after_commit")
        except Uncertain as error:  # its outcome is noted with the commit
            return Taken(id_, REFUSED, refusal=error)
        except HubError as error:
            return self.refuse(name, self._answerable(error, id_, delivery), len(delivery.body), id_=id_)
        self.ledger.wake_relay()
        DELIVERED.labels(name, outcome).inc()
        return Taken(id_, outcome, len(admission.envelopes))

    def _answerable(self, error: HubError, id_: str, delivery: Delivery) -> HubError:
        """Say what the hub must hear of a refusal; what cannot be stored, the sender is asked to repeat."""
        if not isinstance(error, NotAuthentic) or not error.said:
            return error
        said = [first(one, "webhooks", delivery.received_at, correlation_id=id_) for one in error.said]
        try:
            green.wait(self.database.submit(lambda connection: self.ledger.say_in(connection, said)), ANSWER_SECONDS)
        except (Transient, TimeoutError) as failure:
            late = Transient("storage_unavailable", f"{error.reason}: not stored")
            late.__cause__ = failure
            return late
        self.ledger.wake_relay()
        return error

    def refuse(self, name: str, error: HubError, size: int, *, id_: str | None = None) -> Taken:
        """Note that a delivery was refused, and return what to answer."""
        id_ = id_ or str(uuid4())
        REFUSALS.labels(name, error.reason).inc()
        DELIVERED.labels(name, REFUSED).inc()
        proven = error if isinstance(error, Malformed) and name != GRAPH else None
        if repeats := self._to_note(name, error.reason, is_proven=proven is not None):
            size = min(size, LARGEST)
            row = Delivered(id_, name, REFUSED, size, self.clock.now(), error.reason, repeats=repeats)
            with suppress(Transient):  # the storage is behind: the metrics have it
                self.deliveries.note_refused(row)
                if proven:
                    self._tell(row, proven)
        return Taken(id_, REFUSED, refusal=error)

    def _tell(self, row: Delivered, error: Malformed) -> None:
        """Say that a system of ours sends what cannot be used: the sender is told so, and ICT must see it too."""
        places = sorted(place[:LONGEST_PLACE] for place in error.fields)[:PLACES_TOLD]
        refused = DeliveryRefused(source=row.source, delivery_id=row.id, reason=error.reason, places=places)
        said = first(refused, "webhooks", row.received_at, correlation_id=row.id)
        stored = self.database.submit(lambda connection: self.ledger.say_in(connection, [said]))
        stored.add_done_callback(lambda _: self.ledger.wake_relay())

    def _admission(self, id_: str, source: Source, delivery: Delivery, traceparent: str | None) -> _Admission:
        _check_form(delivery)
        told = source.read(delivery)
        self._check_pace(source.name, delivery.received_at)  # after the proof: a forger cannot use up the honest share
        now = delivery.received_at
        envelopes = [
            first(one.event, "webhooks", now, id_=_id(source.name, one), correlation_id=id_, traceparent=traceparent)
            for one in told
        ]
        return _Admission(id_, source.name, len(delivery.body), now, envelopes, _subscriptions(told))

    def _check_pace(self, name: str, now: datetime) -> None:
        if name in self.limits:
            with self._counting:
                wait = self.limits[name].wait(now)
            if wait is not None:
                raise TooMany("too_many", f"{name}: more than {self.limits[name].per_minute} a minute", wait)

    def _stored(self, admission: _Admission) -> str:
        future = self.database.submit_together(self._store, admission)
        try:
            return green.wait(future, ANSWER_SECONDS)
        except TimeoutError as error:
            late = f"no commit within {ANSWER_SECONDS} s"
            if future.cancel():
                raise Transient("storage_unavailable", late) from error
            raise Uncertain("storage_slow", late) from error

    def _store(self, connection: Connection, admissions: Sequence[_Admission]) -> list[str]:
        """Store all that one commit takes, and return the outcome of each."""
        said = [one for admission in admissions for one in admission.envelopes]
        new = set(self.ledger.say_in(connection, said))
        outcomes = []
        for admission in admissions:
            ids = {one.id for one in admission.envelopes}
            outcomes.append(FILTERED if not ids else ACCEPTED if ids & new else DUPLICATE)
            new -= ids  # of two equal ones in one commit the second is the repeat
        rows = [
            Delivered(one.id, one.source, outcome, one.bytes, one.received_at, events=len(one.envelopes))
            for one, outcome in zip(admissions, outcomes, strict=True)
        ]
        Deliveries.add(connection, rows)
        self._note_alive(connection, admissions)
        return outcomes

    def _note_alive(self, connection: Connection, admissions: Sequence[_Admission]) -> None:
        now = admissions[-1].received_at
        notified = frozenset[str]().union(*(one.subscriptions for one in admissions))
        quiet = {id_ for id_ in notified if now - self._alive.get(id_, NEVER) >= ALIVE_NOTED}
        Subscriptions.notified(connection, quiet, now)
        self._alive.update(dict.fromkeys(quiet, now))

    def _to_note(self, name: str, reason: str, *, is_proven: bool) -> int:
        """Return how many refusals a row stands for, 0 for no row now: the next one counts it.

        Forgeries have a share of their own: else whoever floods us would hide what is wrong at the source itself.
        """
        with self._counting:
            bucket = self._noted.setdefault((name, is_proven), Bucket(REFUSALS_NOTED))
            self._unnoted[name, reason] += 1
            if bucket.wait(self.clock.now()) is not None:
                return 0
            return self._unnoted.pop((name, reason))


def _check_form(delivery: Delivery) -> None:
    """Refuse what is not JSON by its own words, and what is packed: a small body may unpack into a large one."""
    if "content-encoding" in delivery.headers:
        raise Unsupported("packed_body", "Content-Encoding: expected none")
    form = delivery.headers.get("content-type", "").partition(";")[0].strip().lower()
    if form != "application/json" and not form.endswith("+json"):
        raise Unsupported("unsupported_type", "Content-Type: expected application/json or another +json")


def _id(source: str, told: Told) -> str | None:
    """Return the same id for the source's repeats, in whatever company they come."""
    if not told.repeat_key or told.event.identity:  # an event with an identity has its own id
        return None
    return stable_id("delivery", source, told.event.TYPE, told.repeat_key)


def _subscriptions(told: Sequence[Told]) -> frozenset[str]:
    events = (one.event for one in told)
    return frozenset(
        one.subscription_id for one in events if isinstance(one, GraphResourceChanged | LifecycleSignalled)
    )


def seconds_to_wait(error: Transient) -> int:
    """Return the whole seconds after which the sender may try again."""
    wait = error.retry_after or timedelta(seconds=5)
    return max(1, -(-wait // timedelta(seconds=1)))
