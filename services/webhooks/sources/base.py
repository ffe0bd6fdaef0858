"""What a sending system is to the front door: a way to tell its deliveries from forgeries, and to read them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import orjson

from shared.errors import Invalid, Permanent
from shared.events import Event

TOLERANCE = timedelta(minutes=5)  # between the sender's clock and ours (Standard Webhooks says the same)


@dataclass(frozen=True)
class Delivery:
    """One POST, as it came: signatures are computed over the raw bytes. The names of headers are in lower case."""

    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True)
class Told:
    """An event that a delivery tells of. *repeat_key* is equal for the source's repeats of it; None: it has none."""

    event: Event
    repeat_key: str | None


@dataclass(frozen=True)
class Payload:
    """One JSON document of a proven delivery. *repeat_key* is equal when the system sends the same again."""

    document: Any
    repeat_key: str


class NotAuthentic(Permanent):
    """The delivery is not proven to come from its source. The message is for our log, never for the sender."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason, message)


class Malformed(Invalid):
    """Authentic, yet not what the source promises: *fields* says what was expected where."""


class Source(Protocol):
    """A system that may knock, by its name in the address."""

    name: str

    def read(self, delivery: Delivery) -> Sequence[Told]:
        """Return what the delivery tells; nothing when it concerns nobody here.

        Raises: NotAuthentic, and then nothing of it counts; Malformed with the fields.
        """
        ...


class Scheme(Protocol):
    """How a system proves that a delivery is its own. One file per scheme."""

    def open(self, delivery: Delivery) -> Sequence[Payload]:
        """Return the documents of a proven delivery.

        Raises: NotAuthentic, before anything of the body is looked at; Malformed with the fields.
        """
        ...

    def sign(self, body: bytes, now: datetime) -> Mapping[str, str]:
        """Return the headers with which the system would send *body*: for `hub hooks send` and the tests."""
        ...


@dataclass(frozen=True)
class SchemeOptions:
    """What hub.toml says of a source beside its secrets; each scheme uses what it knows."""

    secrets: Sequence[str]
    tolerance: timedelta = TOLERANCE
    headers: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "hex"
    prefix: str = ""


def check_age(said: str, received_at: datetime, tolerance: timedelta) -> datetime:
    """Return the moment of a signed Unix timestamp (seconds), which a forger cannot move.

    Raises: NotAuthentic when it is none, or further from *received_at* than *tolerance*.
    """
    try:
        moment = datetime.fromtimestamp(float(said), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise NotAuthentic("bad_timestamp", "timestamp: expected seconds since 1970") from error
    if abs(received_at - moment) > tolerance:
        raise NotAuthentic("late_or_early", f"timestamp is {(received_at - moment).total_seconds():.0f} s from ours")
    return moment


def fingerprint(*parts: bytes) -> str:
    """Return what a delivery without an id of its own has in common with its repeats."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def document(body: bytes) -> Any:
    """Return the JSON in *body*.

    Raises: Malformed.
    """
    try:
        return orjson.loads(body)
    except ValueError as error:
        raise Malformed("malformed_delivery", "body: expected JSON", {"body": ["expected JSON"]}) from error
