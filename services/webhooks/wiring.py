"""What webhooks is made of."""

from __future__ import annotations

from services.webhooks.app import create_app
from services.webhooks.domain.limits import Bucket
from services.webhooks.domain.subscriptions import Wanted
from services.webhooks.handlers import FrontDoor, router
from services.webhooks.policy import SourcePolicy, WebhooksPolicy
from services.webhooks.reception import Reception
from services.webhooks.sources import SCHEMES
from services.webhooks.sources.base import SchemeOptions, Source
from services.webhooks.sources.graph import GraphNotifications
from services.webhooks.sources.system import System
from services.webhooks.store.deliveries import Deliveries
from services.webhooks.store.subscriptions import Subscriptions
from shared.config import Settings
from shared.graph.auth import Tokens
from shared.graph.client import GraphClient
from shared.graph.subscriptions import Subscriptions as Tenant
from shared.service import Base, Service

POLICY = ("webhooks", WebhooksPolicy)


def build(base: Base) -> Service:
    """Assemble the front door around its outside world."""
    policy = base.policy.section("webhooks", WebhooksPolicy)
    settings = base.settings
    subscriptions, deliveries = Subscriptions(base.database), Deliveries(base.database)
    graph = GraphClient(settings.graph_url, Tokens(settings))
    tenant = Tenant(graph, f"{settings.public_url}/hooks/graph", f"{settings.public_url}/hooks/graph/lifecycle")
    wanted = [Wanted(name, one.resource, one.change_types) for name, one in policy.subscriptions.items()]
    sources: dict[str, Source] = {"graph": GraphNotifications(subscriptions, settings.tenant_id)}
    sources |= {name: _source(name, one, settings) for name, one in policy.sources.items()}
    limits = {name: Bucket(one.per_minute) for name, one in policy.sources.items()}
    reception = Reception(sources, limits, deliveries, base.database, base.ledger, base.clock)
    world = FrontDoor(tenant, subscriptions, deliveries, wanted, base.clock)
    return Service("webhooks", router, create_app(reception, subscriptions), world)


def _source(name: str, policy: SourcePolicy, settings: Settings) -> Source:
    options = SchemeOptions([settings.secret(secret) for secret in policy.secrets])
    return System(name, SCHEMES[policy.scheme](options), policy.absences)
