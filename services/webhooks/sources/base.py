"""What a sending system is to the front door: a way to tell its deliveries from forgeries, and to read them."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import orjson

from shared.errors import Invalid, Permanent
from shared.events import Event

TOLERANCE = timedelta(minutes=5)  # between the sender's clock and ours (Standard Webhooks says the same)
_SECONDS = re.compile("[0-9]{1,12}")  # one spelling only: a timestamp that is written in two ways is replayed


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
    """The delivery is not proven to come from its source. The message is for our log, never for the sender.

    *said* is what the hub must hear of the refusal itself, where the delivery may yet have been honest.
    """

    def __init__(self, reason: str, message: str, said: Sequence[Event] = ()) -> None:
        super().__init__(reason, message)
        self.said = said


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
        """Return the headers with which the system would send *body*: for `hub hooks send` and the tests.

        Raises: Invalid when no secret can sign: a public key only verifies.
        """
        ...


@dataclass(frozen=True)
class SchemeOptions:
    """What hub.toml says of a source; each scheme uses what it knows, and each secret is good.

    *headers* names the header of the `signature`, the `timestamp` and the `id`; *encoding* (`hex` or `base64`) and
    *prefix* are those of the signature; *signed* is the text that is signed, such as `{timestamp}.{body}`. *made*
    returns the keys of webhooks that the hub made itself, good now.
    """

    secrets: Sequence[str] = field(repr=False)
    tolerance: timedelta = TOLERANCE
    headers: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "hex"
    prefix: str = ""
    signed: str = ""
    made: Callable[[], Sequence[str]] = field(default=tuple, repr=False)


def header_of(delivery: Delivery, name: str) -> str:
    """Return the header *name*, in any case.

    Raises: NotAuthentic when it is not there, or empty.
    """
    value = delivery.headers.get(name.lower())
    if not value:
        raise NotAuthentic("missing_header", f"{name}: expected this header")
    return value


def wire(value: str) -> bytes:
    """Return a header's bytes as they came: WSGI reads them as Latin-1. Never fails."""
    return value.encode("latin-1", "backslashreplace")


def is_same(given: str, expected: str) -> bool:
    """Compare a header with what it should be, in constant time."""
    return hmac.compare_digest(wire(given), expected.encode())


def check_age(said: str, received_at: datetime, tolerance: timedelta) -> datetime:
    """Return the moment of a signed timestamp (Unix seconds, or ISO 8601 with its zone), which a forger cannot move.

    Raises: NotAuthentic when it is none, or further from *received_at* than *tolerance*.
    """
    try:
        is_unix = _SECONDS.fullmatch(said)
        moment = datetime.fromtimestamp(int(said), UTC) if is_unix else datetime.fromisoformat(said)
        distance = received_at - moment
    except (ValueError, OverflowError, OSError, TypeError) as error:  # TypeError: a time without its zone
        raise NotAuthentic("bad_timestamp", "timestamp: expected seconds since 1970 or ISO 8601") from error
    if abs(distance) > tolerance:
        raise NotAuthentic("late_or_early", f"timestamp is {distance.total_seconds():.0f} s from ours")
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


def ordered(value: Any) -> bytes:
    """Return the bytes that equal JSON has in common, in whatever order its keys came.

    Raises: Malformed when it is deeper than can be written: more can be read than that.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise Malformed("malformed_delivery", "body: too deep", {"body": ["expected JSON of fewer levels"]}) from error
