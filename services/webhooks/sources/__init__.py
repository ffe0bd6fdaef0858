"""One file per scheme by which systems prove themselves; a scheme is added by its file and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.webhooks.sources.bamboohr import bamboohr
from services.webhooks.sources.base import Scheme, SchemeOptions
from services.webhooks.sources.cloudevents import CloudEvents
from services.webhooks.sources.frappe import frappe
from services.webhooks.sources.personio import Personio
from services.webhooks.sources.protime import Protime
from services.webhooks.sources.signed import HEADERS, Signed
from services.webhooks.sources.standard import StandardWebhooks

SCHEMES: Mapping[str, Callable[[SchemeOptions], Scheme]] = {
    "bamboohr": bamboohr,
    "cloudevents": CloudEvents,
    "frappe": frappe,
    "hmac": Signed,
    "personio": Personio,
    "protime": Protime,
    "standard": StandardWebhooks,
}

# The keys of hub.toml that a scheme uses beside its secrets; another one is a fault, not a wish that nobody hears.
_HEADERS = frozenset(f"headers.{name}" for name in HEADERS)
USES: Mapping[str, frozenset[str]] = {
    "bamboohr": frozenset({"tolerance_seconds"}),
    "hmac": _HEADERS | {"tolerance_seconds", "encoding", "prefix", "signed"},
    "protime": frozenset({"headers.signature", "api"}),
    "standard": frozenset({"tolerance_seconds"}),
}
