"""What a sending system is to the front door: a way to tell its deliveries from forgeries, and to read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared.errors import Invalid, Permanent
from shared.events import Event


@dataclass(frozen=True)
class Delivery:
    """One POST, as it came: signatures are computed over the raw bytes."""

    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True)
class Told:
    """An event that a delivery tells of. *repeat_key* is equal for the source's repeats of it; None: it has none."""

    event: Event
    repeat_key: str | None


class NotAuthentic(Permanent):
    """The delivery is not proven to come from its source. The message is for our log, never for the sender."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason, message)


class Malformed(Invalid):
    """Authentic, yet not what the source promises: *fields* says what was expected where."""


class Source(Protocol):
    """A system that may knock. One file per scheme."""

    name: str

    def read(self, delivery: Delivery) -> Sequence[Told]:
        """Return what the delivery tells.

        Raises: NotAuthentic, and then nothing of it counts; Malformed with the fields.
        """
        ...
