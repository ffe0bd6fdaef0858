"""Whether the systems that ought to knock do so, said by webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from marshmallow import fields, validate

from shared.events.contract import Event, event

_NAME = validate.Length(1, 64)


@event("source.silent.v1", key="source")
@dataclass(frozen=True, kw_only=True)
class SourceSilent(Event):
    """Nothing came from *source* since *since*, against its rhythm. Said once per silence."""

    source: Annotated[str, fields.String(validate=_NAME)]
    since: Annotated[datetime, fields.AwareDateTime()]


@event("source.heard.v1", key="source")
@dataclass(frozen=True, kw_only=True)
class SourceHeard(Event):
    """A source that was silent since *since* knocked again, at *at*."""

    source: Annotated[str, fields.String(validate=_NAME)]
    since: Annotated[datetime, fields.AwareDateTime()]
    at: Annotated[datetime, fields.AwareDateTime()]
