"""What Microsoft Graph told us, said by webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from marshmallow import fields, validate

from shared.events.contract import Event, event


@event("graph.resource_changed.v1", key="resource", hint=True)
@dataclass(frozen=True, kw_only=True)
class GraphResourceChanged(Event):
    """Something about *resource* (relative, e.g. `users/<id>`) changed: read it to know what."""

    subscription_id: Annotated[str, fields.String(validate=validate.Length(1, 128))]
    resource: Annotated[str, fields.String(validate=validate.Length(1, 1024))]
    change_type: Annotated[str, fields.String(validate=validate.OneOf(("created", "updated", "deleted")))]


@event("graph.lifecycle_signalled.v1", key="subscription_id")
@dataclass(frozen=True, kw_only=True)
class LifecycleSignalled(Event):
    """Graph says something about a subscription itself."""

    subscription_id: Annotated[str, fields.String(validate=validate.Length(1, 128))]
    signal: Annotated[
        str, fields.String(validate=validate.OneOf(("missed", "subscriptionRemoved", "reauthorizationRequired")))
    ]
