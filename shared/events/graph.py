"""What Microsoft Graph told us, said by webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from marshmallow import fields, validate

from shared.events.contract import Event, event


@event("graph.resource_changed.v1", key="resource", hint=True)
@dataclass(frozen=True, kw_only=True)
class GraphResourceChanged(Event):
    """Something about *resource* (relative, e.g. `users/<id>`) changed: read it to know what.

    *version* is the etag that Graph told with it: who says the same state again, be it a notification, its repeat or a
    delta query, says the same event. Gone is another state, though Graph tells the etag that the thing had.
    """

    subscription_id: Annotated[str, fields.String(validate=validate.Length(1, 128))]
    resource: Annotated[str, fields.String(validate=validate.Length(1, 1024))]
    change_type: Annotated[str, fields.String(validate=validate.OneOf(("created", "updated", "deleted")))]
    version: Annotated[str | None, fields.String(allow_none=True, validate=validate.Length(1, 256))] = None

    @property
    def identity(self) -> str | None:
        if not self.version:
            return None
        return f"{self.resource}@{self.version}{' gone' if self.change_type == 'deleted' else ''}"


@event("graph.lifecycle_signalled.v1", key="subscription_id")
@dataclass(frozen=True, kw_only=True)
class LifecycleSignalled(Event):
    """Graph says something about a subscription itself."""

    subscription_id: Annotated[str, fields.String(validate=validate.Length(1, 128))]
    signal: Annotated[
        str, fields.String(validate=validate.OneOf(("missed", "subscriptionRemoved", "reauthorizationRequired")))
    ]


@event("graph.repair_wanted.v1", key="subscription", hint=True)
@dataclass(frozen=True, kw_only=True)
class RepairWanted(Event):
    """What the subscription named *subscription* should have told may be incomplete: ask Graph what changed since."""

    subscription: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    reason: Annotated[str, fields.String(validate=validate.Length(1, 64))]
