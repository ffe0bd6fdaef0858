"""What webhooks is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from services.webhooks.app import create_app
from services.webhooks.domain.limits import Bucket
from services.webhooks.domain.rhythm import Learned, Rhythm
from services.webhooks.domain.rules import Rule, Seal
from services.webhooks.handlers import FrontDoor, router
from services.webhooks.handlers.world import Enriched, Hooked
from services.webhooks.hooked import hooked_of, keys_of
from services.webhooks.policy import SourcePolicy, WebhooksPolicy
from services.webhooks.policy_rules import load_rule, rules_of
from services.webhooks.reception import Reception
from services.webhooks.refusals import Refusals
from services.webhooks.sources.base import Source
from services.webhooks.sources.configured import scheme_of
from services.webhooks.sources.graph import GraphNotifications
from services.webhooks.sources.meaning import meant
from services.webhooks.sources.rich import Rich
from services.webhooks.sources.system import System
from services.webhooks.sources.tokens import ValidationTokens
from services.webhooks.store.certificates import Certificates
from services.webhooks.store.deliveries import Deliveries
from services.webhooks.store.failings import Failings
from services.webhooks.store.repairs import Marks, Repairs
from services.webhooks.store.signing_keys import SigningKeys
from services.webhooks.store.subscriptions import Subscriptions
from services.webhooks.store.watches import Watches
from shared.errors import Invalid
from shared.graph.auth import Tokens
from shared.graph.authority import Authority
from shared.graph.client import GraphClient
from shared.graph.delta import Deltas
from shared.graph.subscriptions import Subscriptions as Tenant
from shared.service import Base, Service
from shared.vault import Vault

POLICY = ("webhooks", WebhooksPolicy)
ENTRIES = {"rule": load_rule}  # at the top of hub.toml: those who write rules know no services


def build(base: Base) -> Service:
    """Assemble the front door around its outside world."""
    policy = base.policy.section("webhooks", WebhooksPolicy)
    settings = base.settings
    subscriptions, deliveries = Subscriptions(base.database), Deliveries(base.database)
    graph = GraphClient(settings.graph_url, Tokens(settings))
    tenant = Tenant(graph, f"{settings.public_url}/hooks/graph", f"{settings.public_url}/hooks/graph/lifecycle")
    wanted = policy.wanted
    rich, enriched = _rich(base) if any(one.rich for one in wanted) else (None, None)
    known = [*policy.sources, *(f"graph.{one.name}" for one in wanted if one.rich)]
    rules = rules_of(base.policy, known, _seal(base))
    graph_source = GraphNotifications(subscriptions, settings.tenant_id, rich, partial(meant, rules))
    sources: dict[str, Source] = {"graph": graph_source}
    hooked = hooked_of(policy.sources, base)
    sources |= {name: _source(name, one, base, rules, hooked.get(name)) for name, one in policy.sources.items()}
    limits = {name: Bucket(one.per_minute) for name, one in policy.sources.items()}
    refusals = Refusals(base.database, base.ledger, deliveries)
    reception = Reception(sources, limits, refusals, base.database, base.ledger, base.clock)
    watches = Watches(base.database)
    rhythms = _rhythms(policy)
    world = FrontDoor(
        tenant, subscriptions, deliveries, wanted, base.clock, watches, rhythms, Failings(base.database),
        Repairs(base.database), Marks(base.database), Deltas(graph, settings.graph_url),
        timedelta(days=policy.rotate_days), timedelta(hours=policy.repair_hours), hooks=hooked, rich=enriched,
    )  # fmt: skip
    return Service("webhooks", router, create_app(reception, subscriptions, wanted, settings.public_url), world)


def _rich(base: Base) -> tuple[Rich, Enriched]:
    """Return what opens rich notifications, and what its keeper works with: the same certificates and keys."""
    settings = base.settings
    if "." in settings.tenant_id:
        raise Invalid("tenant_by_domain", "HUB_TENANT_ID: rich notifications are proven by the tenant's GUID")
    vault = Vault.of(settings)
    certificates = Certificates(base.database, vault)
    keys = SigningKeys(base.database)
    tokens = ValidationTokens(keys, settings.tenant_id, settings.client_id, settings.authority_url)
    return Rich(tokens, certificates), Enriched(certificates, keys, Authority(settings.authority_url))


def _seal(base: Base) -> Seal | None:
    return Vault.of(base.settings).seal if base.settings.environ.get("HUB_VAULT_KEY") else None


def _source(name: str, policy: SourcePolicy, base: Base, rules: Sequence[Rule], hooked: Hooked | None) -> Source:
    made = partial(keys_of, hooked, base.clock) if hooked else tuple
    scheme = scheme_of(name, policy, base.policy, base.settings, made)
    return System(name, scheme, policy.absences, rules)


def _rhythms(policy: WebhooksPolicy) -> dict[str, Rhythm]:
    """Return the rhythm of each source that is watched; Graph's is learned."""
    watched = {name: one for name, one in policy.sources.items() if one.watch}
    declared = {name: one.rhythm.declared if one.rhythm else Learned() for name, one in watched.items()}
    return {"graph": Learned(), **declared}
