"""Messages about messages: every service says when it parks one, and obeys the console about its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from marshmallow import fields, validate

from shared.contracts import Contract, nested
from shared.events.contract import Event, event

_ID = validate.Length(1, 64)
_SERVICE = validate.Length(1, 32)


@dataclass(frozen=True, kw_only=True)
class Attempt(Contract):
    """One failed attempt: when, why (a slug), and in words for ICT."""

    at: Annotated[datetime, fields.AwareDateTime()]
    reason: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    error: Annotated[str, fields.String(validate=validate.Length(max=2000))]


@event("message.parked.v1", key="message_id")
@dataclass(frozen=True, kw_only=True)
class MessageParked(Event):
    """A message waits for a person, and explains itself."""

    service: Annotated[str, fields.String(validate=_SERVICE)]
    message_id: Annotated[str, fields.String(validate=_ID)]
    message_type: Annotated[str, fields.String(validate=validate.Length(1, 128))]
    message_correlation_id: Annotated[str, fields.String(validate=_ID)]
    reason: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    first_seen: Annotated[datetime, fields.AwareDateTime()]
    parked_at: Annotated[datetime, fields.AwareDateTime()]
    attempts: Annotated[list[Attempt], fields.List(nested(Attempt))]


@event("message.retry_requested.v1", key="message_id")
@dataclass(frozen=True, kw_only=True)
class MessageRetryRequested(Event):
    """A person asks *service* to try a parked message again."""

    service: Annotated[str, fields.String(validate=_SERVICE)]
    message_id: Annotated[str, fields.String(validate=_ID)]
    by: Annotated[str, fields.String(validate=validate.Length(1, 128))]


@event("message.discard_requested.v1", key="message_id")
@dataclass(frozen=True, kw_only=True)
class MessageDiscardRequested(Event):
    """A person decides that a parked message needs no effect, and says *why*."""

    service: Annotated[str, fields.String(validate=_SERVICE)]
    message_id: Annotated[str, fields.String(validate=_ID)]
    by: Annotated[str, fields.String(validate=validate.Length(1, 128))]
    why: Annotated[str, fields.String(validate=validate.Length(1, 500))]


@event("message.unparked.v1", key="message_id")
@dataclass(frozen=True, kw_only=True)
class MessageUnparked(Event):
    """A parked message is no longer parked: it waits for its turn again, or was discarded."""

    service: Annotated[str, fields.String(validate=_SERVICE)]
    message_id: Annotated[str, fields.String(validate=_ID)]
    outcome: Annotated[str, fields.String(validate=validate.OneOf(("retried", "discarded")))]
    by: Annotated[str, fields.String(validate=validate.Length(1, 128))]


@event("replay.requested.v1", key="service")
@dataclass(frozen=True, kw_only=True)
class ReplayRequested(Event):
    """*service* found its queue gone (a broker that lost its disk): say again what it hears, since *since*."""

    service: Annotated[str, fields.String(validate=_SERVICE)]
    types: Annotated[list[str], fields.List(fields.String())]
    since: Annotated[datetime, fields.AwareDateTime()]
