"""What waits for a person, as the services told: messages, records and letters, settings, and the systems around."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.events import MessageParked
from shared.events.absences import RuleFault

ABSENCES = "absences"  # beside the kinds of shared.events.sources: what the hub reads absences from
_DOUBTED = {"mass_deletion_blocked", "mass_change_blocked"}  # timesync's words for a reading that it did not believe


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

    @property
    def is_doubted_reading(self) -> bool:
        """Tell whether a whole reading of the source waits for somebody who says that it is right after all."""
        return self.kind == "absence" and self.reason in _DOUBTED

    @property
    def may_be_closed(self) -> bool:
        """Tell whether a person may say that it is dealt with. Absences are read anew, and then tell it themselves."""
        return self.kind == "mail"


@dataclass(frozen=True)
class Silence:
    """A source from which nothing came since *since*, against its rhythm."""

    source: str
    since: datetime


@dataclass(frozen=True)
class Failing:
    """What should tell the hub of changes, or be read by it, and has not been alive since *since*."""

    kind: str  # graph · hook · absences
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
class RulesRefused:
    """What was changed in *file* since *since* cannot be used; *faults* are the lines."""

    file: str
    faults: Sequence[RuleFault]
    since: datetime


@dataclass(frozen=True)
class Outside:
    """What is wrong at the systems around the hub, as the front door and timesync told."""

    silences: Sequence[Silence] = ()
    refusals: Sequence[Refusals] = ()
    failings: Sequence[Failing] = ()
