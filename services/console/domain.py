"""What is wrong, if anything: rules over the accounts, the readiness and the queues of the hub. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from marshmallow import fields, validate

from shared.contracts import Contract, schema_of
from shared.events import MessageParked

OLD_WORK = timedelta(minutes=10)  # waiting longer than this is no longer "busy", it is "stuck"
UNROUTED, DEAD = "hub.unrouted", "hub.dead"
NETS = (UNROUTED, DEAD)  # queues that nobody reads: what falls in them needs a person

_COUNT = validate.Range(min=0)


@dataclass(frozen=True, kw_only=True)
class Books(Contract):
    """The accounts of one service, as it tells them itself."""

    accepted: Annotated[int, fields.Integer(validate=_COUNT)]
    done: Annotated[int, fields.Integer(validate=_COUNT)]
    superseded: Annotated[int, fields.Integer(validate=_COUNT)]
    parked: Annotated[int, fields.Integer(validate=_COUNT)]
    discarded: Annotated[int, fields.Integer(validate=_COUNT)]
    pending: Annotated[int, fields.Integer(validate=_COUNT)]
    unsent: Annotated[int, fields.Integer(validate=_COUNT)] = 0
    oldest_pending_seconds: Annotated[float | None, fields.Float(allow_none=True)] = None

    @property
    def difference(self) -> int:
        """Return how many accepted messages are not accounted for (0: the books balance)."""
        return self.accepted - self.done - self.superseded - self.parked - self.discarded - self.pending

    @property
    def oldest_pending(self) -> timedelta | None:
        return None if self.oldest_pending_seconds is None else timedelta(seconds=self.oldest_pending_seconds)


_BOOKS = fields.Nested(lambda: schema_of(Books), allow_none=True)


@dataclass(frozen=True, kw_only=True)
class Readiness(Contract):
    """What a service answers when asked whether it is ready."""

    ready: Annotated[bool, fields.Boolean()]
    checks: Annotated[Mapping[str, bool], fields.Dict(fields.String(), fields.Boolean())]
    books: Annotated[Books | None, _BOOKS] = None  # without its database a service is there, but has no books to show

    @property
    def failing(self) -> tuple[str, ...]:
        return tuple(name for name, passed in self.checks.items() if not passed)


@dataclass(frozen=True)
class ServiceState:
    """A service of the hub as it is now; *readiness* is None when it gave no answer that we understand."""

    name: str
    readiness: Readiness | None

    @property
    def books(self) -> Books | None:
        return self.readiness.books if self.readiness else None


@dataclass(frozen=True)
class Queue:
    """A queue of the broker. Rates are messages per second."""

    name: str
    ready: int
    unacknowledged: int
    consumers: int
    rate_in: float = 0.0
    rate_out: float = 0.0
    oldest: datetime | None = None

    @property
    def depth(self) -> int:
        return self.ready + self.unacknowledged


@dataclass(frozen=True)
class Sighting:
    """The hub at one moment. *queues* is None when the broker's management API gave no answer."""

    services: Sequence[ServiceState]
    queues: Sequence[Queue] | None

    @property
    def expected_consumers(self) -> dict[str, int]:
        """Return how many consumers each queue of ours needs at least."""
        return {queue_of(service.name): 1 for service in self.services} | dict.fromkeys(NETS, 0)


@dataclass(frozen=True)
class Request:
    """What a person asked about a parked message, not yet answered by its service."""

    wish: str  # retry · discard
    by: str
    at: datetime


@dataclass(frozen=True)
class Parked:
    """A message that waits for a person."""

    message: MessageParked
    request: Request | None = None


@dataclass(frozen=True)
class Held:
    """A record or letter that the hub refused, and where to mend it."""

    kind: str  # absence · mail
    source: str
    place: str
    reason: str
    first_seen: datetime
    last_seen: datetime


class Urgency(StrEnum):
    """URGENT: work stands still or is at risk. ATTENTION: a person must look, the rest goes on."""

    URGENT = "urgent"
    ATTENTION = "attention"


@dataclass(frozen=True)
class Problem:
    """Something that a person must look at. *kind* chooses the words, *facts* fill them."""

    kind: str
    subject: str
    urgency: Urgency
    facts: Mapping[str, str | int] = field(default_factory=dict)


def queue_of(service: str) -> str:
    """Return the name of the queue that *service* reads."""
    return f"hub.{service}"


def problems(sighting: Sighting, parked: Mapping[str, int], held: int) -> list[Problem]:
    """Return everything that needs a person, the most urgent first, each once.

    *parked* is what the console knows to be parked per service; *held* is how many records and letters are held.
    """
    found = [
        *(problem for state in sighting.services for problem in _of_service(state)),
        *_of_queues(sighting),
        *_of_parked(sighting, parked),
    ]
    if held:
        found.append(Problem("held", "", Urgency.ATTENTION, {"count": held}))
    once: dict[tuple[str, str], Problem] = {}
    for problem in found:
        once.setdefault((problem.kind, problem.subject), problem)
    return sorted(once.values(), key=lambda problem: problem.urgency is not Urgency.URGENT)


def _of_service(state: ServiceState) -> Iterator[Problem]:
    if state.readiness is None:
        yield Problem("service_unreachable", state.name, Urgency.URGENT)
        return
    yield from (_failing(state.name, check) for check in state.readiness.failing)
    if not state.readiness.ready and not state.readiness.failing:
        yield Problem("service_not_ready", state.name, Urgency.URGENT)
    if state.readiness.books:
        yield from _of_books(state.name, state.readiness.books)


def _of_books(service: str, books: Books) -> Iterator[Problem]:
    if books.difference:
        yield Problem("books_unbalanced", service, Urgency.URGENT, {"count": books.difference})
    if books.oldest_pending and books.oldest_pending > OLD_WORK:
        minutes = int(books.oldest_pending.total_seconds() // 60)
        yield Problem("work_old", service, Urgency.ATTENTION, {"minutes": minutes, "count": books.pending})


def _failing(service: str, check: str) -> Problem:
    kinds = {
        "consumer": "consumer_missing",  # the queue says the same in its own way: one problem, told once
        "publisher": "publisher_down",
        "database": "database_down",
    }
    return Problem(kinds.get(check, "check_failed"), service, Urgency.URGENT, {"check": check})


def _of_queues(sighting: Sighting) -> Iterator[Problem]:
    if sighting.queues is None:
        yield Problem("broker_unseen", "", Urgency.ATTENTION)
        return
    seen = {queue.name: queue for queue in sighting.queues}
    for state in sighting.services:
        if state.readiness is None:
            continue  # that it is unreachable explains its queue
        queue = seen.get(queue_of(state.name))
        if queue is None:
            yield Problem("queue_missing", queue_of(state.name), Urgency.URGENT)
        elif queue.consumers == 0:
            yield Problem("consumer_missing", state.name, Urgency.URGENT, {"count": queue.depth})
    yield from _of_unread(seen.values(), set(sighting.expected_consumers))


def _of_unread(queues: Iterable[Queue], ours: set[str]) -> Iterator[Problem]:
    for queue in queues:
        if queue.name in NETS and queue.depth:
            kind = "unrouted" if queue.name == UNROUTED else "dead"
            yield Problem(kind, queue.name, Urgency.URGENT, {"count": queue.depth})
        elif queue.name not in ours and queue.consumers == 0:
            yield Problem("queue_orphan", queue.name, Urgency.ATTENTION, {"count": queue.depth})


def _of_parked(sighting: Sighting, known: Mapping[str, int]) -> Iterator[Problem]:
    console = next((state.books for state in sighting.services if state.name == "console"), None)
    caught_up = console is not None and console.pending == 0
    for state in sighting.services:
        listed = known.get(state.name, 0)
        count = state.books.parked if state.books else listed
        if count:
            yield Problem("parked", state.name, Urgency.ATTENTION, {"count": count})
        if count != listed and caught_up and state.books and state.books.unsent == 0:
            yield Problem("console_behind", state.name, Urgency.ATTENTION, {"count": count, "known": listed})
