"""The hub as it is seen at one moment: its services with their accounts, and its queues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from marshmallow import fields, validate

from shared.contracts import Contract, nested, schema_of

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


@dataclass(frozen=True, kw_only=True)
class Stopped(Contract):
    """Somebody had every absence taken out of the calendars, at *at*."""

    by: Annotated[str, fields.String()]
    at: Annotated[datetime, fields.AwareDateTime()]


@dataclass(frozen=True, kw_only=True)
class AbsenceState(Contract):
    """What timesync answers when asked how it is with absences. *halted* is None when they are shown."""

    halted: Annotated[Stopped | None, nested(Stopped, allow_none=True)]


@dataclass(frozen=True)
class Sighting:
    """The hub at one moment. *queues* is None when the broker's management API gave no answer."""

    services: Sequence[ServiceState]
    queues: Sequence[Queue] | None
    stopped: Stopped | None = None

    @property
    def expected_consumers(self) -> dict[str, int]:
        """Return how many consumers each queue of ours needs at least."""
        return {queue_of(service.name): 1 for service in self.services} | dict.fromkeys(NETS, 0)


def queue_of(service: str) -> str:
    """Return the name of the queue that *service* reads."""
    return f"hub.{service}"
