"""How a delivery is taken: proven, read, limited, stored; and every delivery has one outcome.

Neither broker nor Graph plays a part. What is accepted is committed before anybody is told so, and the repeats of a
source are known by the ids of what they tell (uuid5 of what makes them equal): the outbox is the replay store.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from services.webhooks.domain.limits import Bucket
from services.webhooks.refusals import Refusals, TooMany, Uncertain, Unsupported
from services.webhooks.sources.base import Delivery, NotAuthentic, Source, Told
from services.webhooks.store.deliveries import ACCEPTED, DUPLICATE, FILTERED, REFUSED, Delivered, Deliveries
from services.webhooks.store.subscriptions import Subscriptions
from shared import green
from shared.clock import Clock
from shared.crashpoints import crashpoint
from shared.errors import HubError, Transient
from shared.events import GraphResourceChanged, LifecycleSignalled
from shared.events.envelope import Envelope, first, stable_id
from shared.observability.metrics import DELIVERED
from shared.observability.metrics import REFUSED as REFUSALS
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger

ANSWER_SECONDS = 2.5  # to a commit; Graph waits 3 s for an answer
ALIVE_NOTED = timedelta(seconds=2)  # a subscription is noted to live no more often than this
NEVER = datetime.min.replace(tzinfo=UTC)


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
    refusals: Refusals
    database: Database
    ledger: SqlLedger
    clock: Clock
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
        except (Transient, TimeoutError, DBAPIError) as failure:
            late = Transient("storage_unavailable", f"{error.reason}: not stored")
            late.__cause__ = failure
            return late
        self.ledger.wake_relay()
        return error

    def refuse(self, name: str, error: HubError, size: int, *, id_: str | None = None) -> Taken:
        """Note that a delivery was refused, and return what to answer."""
        id_ = id_ or str(uuid4())
        self.refusals.note(id_, name, error, size, self.clock.now())
        return Taken(id_, REFUSED, refusal=error)

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
            REFUSALS.labels(admission.source, "storage_slow").inc()  # its row comes with the commit
            raise Uncertain("storage_slow", late) from error
        except DBAPIError as error:  # read-only, without rights, without tables: mended there, and then it is good
            raise Transient("storage_unavailable", f"database refused: {type(error).__name__}") from error

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
