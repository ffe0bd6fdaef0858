"""Time as an event, said by the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from marshmallow import fields, validate

from shared.events.contract import Event, event


@event("clock.struck.v1", key="period", hint=True)
@dataclass(frozen=True, kw_only=True)
class ClockStruck(Event):
    """A period began. `tick` is the shortest (a minute unless set otherwise); `day` begins at local midnight."""

    at: Annotated[datetime, fields.AwareDateTime()]
    period: Annotated[str, fields.String(validate=validate.OneOf(("tick", "hour", "day")))]
