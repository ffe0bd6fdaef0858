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


GRAPH, HOOK = "graph", "hook"  # Microsoft Graph's subscription, or the webhook that the hub made at a source
_KIND = validate.OneOf((GRAPH, HOOK))


@event("subscription.failing.v1", key="subscription")
@dataclass(frozen=True, kw_only=True)
class SubscriptionFailing(Event):
    """What tells us of changes could not be made, or kept alive, since *since*. Said once until it is restored.

    *subscription* is the name of Graph's subscription, or of the source whose webhook it is; *reason* is a slug.
    """

    kind: Annotated[str, fields.String(validate=_KIND)]
    subscription: Annotated[str, fields.String(validate=_NAME)]
    reason: Annotated[str, fields.String(validate=_NAME)]
    since: Annotated[datetime, fields.AwareDateTime()]


@event("subscription.restored.v1", key="subscription")
@dataclass(frozen=True, kw_only=True)
class SubscriptionRestored(Event):
    """What was failing since *since* is alive again, at *at*, or is not wanted any more from then on."""

    kind: Annotated[str, fields.String(validate=_KIND)]
    subscription: Annotated[str, fields.String(validate=_NAME)]
    since: Annotated[datetime, fields.AwareDateTime()]
    at: Annotated[datetime, fields.AwareDateTime()]


@event("hook.check_wanted.v1", key="source", hint=True)
@dataclass(frozen=True, kw_only=True)
class HookCheckWanted(Event):
    """Look whether the webhook that the hub made at *source* is alive, and make a new one if it is not.

    Of `graph`: the same for all its subscriptions.
    """

    source: Annotated[str, fields.String(validate=_NAME)]
