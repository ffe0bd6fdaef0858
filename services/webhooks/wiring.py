"""What webhooks is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from marshmallow import RAISE, ValidationError, fields, validate

from services.webhooks.app import Reception, create_app
from services.webhooks.domain import Wanted, lifetime_of
from services.webhooks.handlers import FrontDoor, router
from services.webhooks.sources.base import Source
from services.webhooks.sources.graph import GraphNotifications
from services.webhooks.sources.standard import StandardWebhooks
from services.webhooks.store import Store
from shared.contracts import Contract, nested
from shared.errors import Invalid
from shared.graph.auth import Tokens
from shared.graph.client import GraphClient
from shared.graph.subscriptions import Subscriptions
from shared.service import Base, Service


def _known(resource: str) -> None:
    try:
        lifetime_of(resource)
    except Invalid as error:
        raise ValidationError(str(error)) from error


@dataclass(frozen=True, kw_only=True)
class SourcePolicy(Contract):
    """`[webhooks.sources.<name>]`: who may post to /hooks/<name>, and which absence system it speaks for."""

    UNKNOWN = RAISE
    scheme: Annotated[str, fields.String(validate=validate.OneOf(("standard",)))]
    secrets: Annotated[list[str], fields.List(fields.String(), validate=validate.Length(min=1))]
    absences: Annotated[str, fields.String(validate=validate.Length(1, 64))]


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


POLICY = ("webhooks", WebhooksPolicy)


def build(base: Base) -> Service:
    """Assemble the front door around its outside world."""
    policy = base.policy.section("webhooks", WebhooksPolicy)
    settings = base.settings
    store = Store(base.database)
    graph = GraphClient(settings.graph_url, Tokens(settings))
    tenant = Subscriptions(graph, f"{settings.public_url}/hooks/graph", f"{settings.public_url}/hooks/graph/lifecycle")
    wanted = [Wanted(name, one.resource, one.change_types) for name, one in policy.subscriptions.items()]
    sources: dict[str, Source] = {"graph": GraphNotifications(store.subscriptions)}
    for name, one in policy.sources.items():
        secrets = [settings.secret(secret) for secret in one.secrets]
        sources[name] = StandardWebhooks(name, secrets, one.absences)
    reception = Reception(sources, store, base.database, base.ledger, base.clock)
    return Service("webhooks", router, create_app(reception), FrontDoor(tenant, store, wanted, base.clock))
