"""The sources of hub.toml whose webhooks the hub makes itself, put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.webhooks.domain.hooks import Wish
from services.webhooks.handlers.world import Hooked
from services.webhooks.policy import HookApiPolicy, SourcePolicy
from services.webhooks.protime_api import ProtimeHooks
from services.webhooks.store.hooks import Hooks
from shared.clock import Clock
from shared.http import Http
from shared.oauth import Token
from shared.service import Base
from shared.vault import Vault

_SCOPE = "connector-protimeapi"


def hooked_of(sources: Mapping[str, SourcePolicy], base: Base) -> dict[str, Hooked]:
    """Return the sources with a table `api`, by name.

    Raises: Invalid when there is one, and HUB_VAULT_KEY or its client secret is missing.
    """
    apis = {name: (one, one.api) for name, one in sources.items() if one.api}
    if not apis:
        return {}
    memory = Hooks(base.database, Vault.of(base.settings))
    return {
        name: Hooked(_wish(name, api, base), _api(api, base), memory, source.absences)
        for name, (source, api) in apis.items()
    }


def keys_of(hooked: Hooked, clock: Clock) -> Sequence[str]:
    """Return the keys that may sign a delivery now. Asked anew each time: another process may have made the webhook."""
    kept = hooked.memory.find(hooked.wish.source)
    return kept.keys(clock.now()) if kept else []


def _wish(name: str, api: HookApiPolicy, base: Base) -> Wish:
    return Wish(name, f"{base.settings.public_url}/hooks/{name}", api.collection)


def _api(api: HookApiPolicy, base: Base) -> ProtimeHooks:
    http = Http()
    token = Token(
        url=api.token_url,
        client_id=api.client_id,
        client_secret=base.settings.secret(api.client_secret),
        user_agent=api.user_agent,
        http=http,
        clock=base.clock,
        # To read the collection as well: https://documentation.myprotime.eu/protimeapi/tutorials/real-time-sync/
        scope=f"{_SCOPE}-webhooks.read {_SCOPE}-webhooks.write {_SCOPE}-{api.collection}.read",
    )
    return ProtimeHooks(api.base_url, token, http)
