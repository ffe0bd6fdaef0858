"""Microsoft Graph's change notifications.

Source: https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from services.webhooks.domain.subscriptions import Kept
from services.webhooks.sources.base import Delivery, Malformed, NotAuthentic, Told, document
from shared.errors import Invalid
from shared.events import Event, GraphResourceChanged, LifecycleSignalled

MAX_TOKEN = 4096  # characters; a real validation token is a few hundred


class Known(Protocol):
    """The subscriptions that are remembered."""

    def recent(self) -> Sequence[Kept]:
        """Return them as they were a moment ago."""
        ...

    def all(self) -> Sequence[Kept]:
        """Return them as they are."""
        ...


def hashed(client_state: str) -> str:
    """Return what is stored of a clientState: enough to recognise it, not to forge it."""
    return hashlib.sha256(client_state.encode()).hexdigest()


def is_plain(token: str) -> bool:
    """Tell whether a validation token may be echoed: Graph never sends markup or control characters in one."""
    return len(token) <= MAX_TOKEN and token.isprintable() and "<" not in token and ">" not in token


class GraphNotifications:
    """Reads batches of notifications; one item that is not authentic spoils its whole batch."""

    name = "graph"

    def __init__(self, known: Known, tenant_id: str) -> None:
        self._known = known
        self._tenant_id = tenant_id

    def read(self, delivery: Delivery) -> Sequence[Told]:
        items = _items(delivery.body)
        for item in items:
            self._check_authentic(item, delivery.received_at)
        return [_told(place, item) for place, item in enumerate(items)]

    def _check_authentic(self, item: dict[str, Any], now: datetime) -> None:
        tenant = item.get("tenantId")
        if tenant is not None and str(tenant).lower() != self._tenant_id.lower():
            raise NotAuthentic("other_tenant", f"tenantId: expected ours, came {tenant!r:.50}")
        subscription, given = item.get("subscriptionId"), hashed(str(item.get("clientState", "")))
        # Looked up twice: a subscription may be younger than what is remembered here of them.
        if not (_is_ours(self._known.recent(), subscription, given, now) or
                _is_ours(self._known.all(), subscription, given, now)):  # fmt: skip
            raise NotAuthentic("unknown_client_state", f"subscription {subscription!r:.50}: clientState is not ours")


def _is_ours(known: Sequence[Kept], subscription: object, given: str, now: datetime) -> bool:
    """Tell whether *given* is the hash of the clientState of *subscription*, compared in constant time.

    A notification may overtake the answer that names its subscription, and come after its subscription was replaced:
    then the clientState alone proves it, which was stored before Graph knew it.
    """
    return any(
        (hmac.compare_digest(one.client_state_hash, given) and one.subscription_id in (None, subscription))
        or (
            one.previous_state_hash is not None
            and hmac.compare_digest(one.previous_state_hash, given)
            and one.previous_until is not None
            and now < one.previous_until
        )
        for one in known
    )


def _items(body: bytes) -> list[dict[str, Any]]:
    collection = document(body)
    items = collection.get("value") if isinstance(collection, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Malformed("malformed_delivery", "value: expected a list", {"value": ["expected a list of notifications"]})
    return items


def _told(place: int, item: dict[str, Any]) -> Told:
    subscription = str(item.get("subscriptionId", ""))
    signal = item.get("lifecycleEvent")
    try:
        if signal:  # these carry neither changeType nor resource
            event: Event = LifecycleSignalled(subscription_id=subscription, signal=signal)
            return Told(event, _own_id(item))
        event = GraphResourceChanged(
            subscription_id=subscription,
            resource=_resource(item),
            change_type=item.get("changeType", ""),
            version=_details(item).get("@odata.etag"),
        )
        return Told(event, _own_id(item))
    except Invalid as error:
        raise Malformed("malformed_delivery", f"value[{place}]: {error}", {f"value[{place}]": [str(error)]}) from error


def _resource(item: dict[str, Any]) -> str:
    """Return the changed thing's path in one shape: workloads write `Users('id')`, `users/id` and `Users/id`."""
    resource = str(item.get("resource", "")).replace("('", "/").replace("')", "").strip("/")
    head, _, rest = resource.partition("/")
    id_ = _details(item).get("id")
    if not rest and id_:
        rest = str(id_)
    return f"{head.lower()}/{rest}" if rest else head.lower()


def _own_id(item: dict[str, Any]) -> str | None:
    return str(item["id"]) if item.get("id") else None


def _details(item: dict[str, Any]) -> dict[str, Any]:
    details = item.get("resourceData") or {}
    if not isinstance(details, dict):
        raise Malformed("malformed_delivery", "resourceData: expected an object")
    return details
