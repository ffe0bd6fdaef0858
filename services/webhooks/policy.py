"""The tables of hub.toml that are the front door's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from marshmallow import RAISE, ValidationError, fields, validate

from services.webhooks.domain.subscriptions import lifetime_of
from services.webhooks.sources import SCHEMES
from shared.contracts import Contract, nested
from shared.errors import Invalid


def _known(resource: str) -> None:
    try:
        lifetime_of(resource)
    except Invalid as error:
        raise ValidationError(str(error)) from error


@dataclass(frozen=True, kw_only=True)
class SourcePolicy(Contract):
    """`[webhooks.sources.<name>]`: who may post to /hooks/<name>, and which absence system it speaks for."""

    UNKNOWN = RAISE
    scheme: Annotated[str, fields.String(validate=validate.OneOf(tuple(SCHEMES)))]
    secrets: Annotated[list[str], fields.List(fields.String(), validate=validate.Length(min=1))]
    absences: Annotated[str | None, fields.String(allow_none=True, validate=validate.Length(1, 64))] = None
    per_minute: Annotated[int, fields.Integer(validate=validate.Range(1, 100_000))] = 600


@dataclass(frozen=True, kw_only=True)
class SubscriptionPolicy(Contract):
    """`[webhooks.subscriptions.<name>]`: what Graph shall tell us of."""

    UNKNOWN = RAISE
    resource: Annotated[str, fields.String(validate=[validate.Length(1, 512), _known])]
    change_types: Annotated[str, fields.String(validate=validate.Length(1, 64))] = "updated"


@dataclass(frozen=True, kw_only=True)
class WebhooksPolicy(Contract):
    """The table `[webhooks]` of hub.toml."""

    UNKNOWN = RAISE
    sources: Annotated[dict[str, SourcePolicy], fields.Dict(fields.String(), nested(SourcePolicy))] = field(
        default_factory=dict
    )
    subscriptions: Annotated[
        dict[str, SubscriptionPolicy], fields.Dict(fields.String(), nested(SubscriptionPolicy))
    ] = field(default_factory=dict)
