"""What waits for a person, as the services told: messages, records and letters, and the systems that knock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.events import MessageParked


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


@dataclass(frozen=True)
class Silence:
    """A source from which nothing came since *since*, against its rhythm."""

    source: str
    since: datetime


@dataclass(frozen=True)
class Failing:
    """What should tell the hub of changes and has not been kept alive since *since*."""

    kind: str  # graph · hook
    name: str
    reason: str
    since: datetime


@dataclass(frozen=True)
class Refusals:
    """Deliveries of a source that were refused for one reason, of late. *places* are the faulty fields, all of them."""

    source: str
    reason: str
    count: int
    places: tuple[str, ...]


@dataclass(frozen=True)
class Outside:
    """What is wrong at the systems that knock, as the front door told."""

    silences: Sequence[Silence] = ()
    refusals: Sequence[Refusals] = ()
    failings: Sequence[Failing] = ()
