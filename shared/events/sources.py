"""Whether the systems that ought to knock do so, and can; said by webhooks."""

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
    """A source that was silent since *since* knocked again, at *at*, or is not watched any more from then on."""

    source: Annotated[str, fields.String(validate=_NAME)]
    since: Annotated[datetime, fields.AwareDateTime()]
    at: Annotated[datetime, fields.AwareDateTime()]


@event("hook.check_wanted.v1", key="source", hint=True)
@dataclass(frozen=True, kw_only=True)
class HookCheckWanted(Event):
    """Look whether the webhook that the hub made at *source* is alive, and make a new one if it is not."""

    source: Annotated[str, fields.String(validate=_NAME)]
