"""One file per scheme by which systems prove themselves; a scheme is added by its file and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.webhooks.sources.base import Scheme, SchemeOptions
from services.webhooks.sources.standard import StandardWebhooks

SCHEMES: Mapping[str, Callable[[SchemeOptions], Scheme]] = {
    "standard": StandardWebhooks,
}
