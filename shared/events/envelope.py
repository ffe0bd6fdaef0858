"""An event on its way: CloudEvents 1.0, structured JSON, with what ties it to its cause.

Shape (`application/cloudevents+json`)::

    {"specversion": "1.0", "id": "…", "source": "hub/timesync", "type": "absences.shown.v1", "time": "…Z",
     "datacontenttype": "application/json", "partitionkey": "employee:000104",
     "correlationid": "…", "causationid": "…", "traceparent": "00-…", "data": {…}}

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import orjson

from shared.errors import Invalid
from shared.events import BY_TYPE, Event

CONTENT_TYPE = "application/cloudevents+json"
NAMESPACE = uuid5(NAMESPACE_URL, "https://example.org/integration-hub")
# The longest of each that a ledger keeps (shared/persistence/tables.py).
_REQUIRED = {"id": 64, "type": 128, "source": 64, "time": 64, "partitionkey": 1200, "correlationid": 64}
_OPTIONAL = {"causationid": 64, "traceparent": 8190}  # a trace may be as long as the HTTP header that it came in


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message. *key* serialises the work; *correlation_id* is the id of the first message of the chain."""

    id: str
    type: str
    source: str
    time: datetime
    key: str
    correlation_id: str
    data: Mapping[str, Any]
    causation_id: str | None = None
    traceparent: str | None = None

    @property
    def hint(self) -> bool:
        """Tell whether a newer message of the same type and key makes this one superfluous."""
        return self.type in BY_TYPE and BY_TYPE[self.type].HINT

    def to_json(self) -> bytes:
        attributes: dict[str, Any] = {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "time": self.time.isoformat(),
            "datacontenttype": "application/json",
            "partitionkey": self.key,
            "correlationid": self.correlation_id,
            "data": self.data,
        }
        if self.causation_id:
            attributes["causationid"] = self.causation_id
        if self.traceparent:
            attributes["traceparent"] = self.traceparent
        return orjson.dumps(attributes)

    @classmethod
    def parse(cls, body: bytes | str) -> Envelope:
        """Read an envelope.

        Raises: Invalid when it is no CloudEvent of ours; unknown attributes are ignored.
        """
        try:
            raw = orjson.loads(body)
            if faulty := list(_faulty(raw)):
                raise Invalid("unreadable_message", f"no envelope: faulty or missing {', '.join(faulty)}")
            return cls(
                id=raw["id"],
                type=raw["type"],
                source=raw["source"],
                time=datetime.fromisoformat(raw["time"]),
                key=raw["partitionkey"],
                correlation_id=raw["correlationid"],
                data=raw["data"],
                causation_id=raw.get("causationid"),
                traceparent=raw.get("traceparent"),
            )
        except (ValueError, AttributeError) as error:
            raise Invalid("unreadable_message", f"no envelope: {type(error).__name__}") from error

    def open(self) -> Event:
        """Return the event inside.

        Raises: Invalid("unknown_event") for a type, or major version, that this release does not know.
        """
        contract = BY_TYPE.get(self.type)
        if contract is None:
            raise Invalid("unknown_event", f"{self.type} is not in the catalogue of this release")
        return contract.load(self.data)


def _faulty(raw: Mapping[str, Any]) -> Iterator[str]:
    """Yield the attributes that are not what a ledger can keep."""
    for name, longest in _REQUIRED.items():
        if not raw.get(name) or not _is_text(raw[name], longest):
            yield name
    for name, longest in _OPTIONAL.items():
        if raw.get(name) is not None and not _is_text(raw[name], longest):
            yield name
    if not isinstance(raw.get("data"), dict):
        yield "data"


def _is_text(value: object, longest: int) -> bool:
    return isinstance(value, str) and len(value) <= longest


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way to the exchange; *seq* is the sender's own number for it."""

    seq: int
    id: str
    type: str
    body: bytes


def first(
    event: Event,
    source: str,
    now: datetime,
    *,
    id_: str | None = None,
    correlation_id: str | None = None,
    traceparent: str | None = None,
) -> Envelope:
    """Wrap an event that begins a chain; give *id_* where the outside repeats itself (uuid5 of what makes it equal).

    Several events that began with one thing share its *correlation_id*.
    """
    id_ = _own_id(event) or id_ or str(uuid4())
    return Envelope(
        id=id_,
        type=event.TYPE,
        source=f"hub/{source}",
        time=now,
        key=event.work_key,
        correlation_id=correlation_id or id_,
        data=event.dump(),
        traceparent=traceparent,
    )


def outcomes(events: Iterable[Event], cause: Envelope, source: str, now: datetime) -> list[Envelope]:
    """Wrap what came of *cause*. The ids depend on the cause only, so that doing the step again says the same.

    An event with an identity of its own has the same id whatever the cause.
    """
    return [
        Envelope(
            id=_own_id(event) or stable_id(cause.id, source, str(place), event.TYPE),
            type=event.TYPE,
            source=f"hub/{source}",
            time=now,
            key=event.work_key,
            correlation_id=cause.correlation_id,
            data=event.dump(),
            causation_id=cause.id,
            traceparent=cause.traceparent,
        )
        for place, event in enumerate(events)
    ]


def stable_id(*parts: str) -> str:
    """Return the id that the same *parts* always give."""
    return str(uuid5(NAMESPACE, "/".join(parts)))


def _own_id(event: Event) -> str | None:
    return stable_id(event.TYPE, event.identity) if event.identity else None
