"""Microsoft Graph's change notifications.

Source: https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import orjson

from services.webhooks.sources.base import Delivery, Malformed, NotAuthentic, Told
from shared.errors import Invalid
from shared.events import Event, GraphResourceChanged, LifecycleSignalled

MAX_TOKEN = 4096  # characters; a real validation token is a few hundred


class KnownSubscription(Protocol):
    """What is remembered of a subscription: its id once Graph gave one, and the hash of its clientState."""

    @property
    def subscription_id(self) -> str | None: ...
    @property
    def client_state_hash(self) -> str: ...


def hashed(client_state: str) -> str:
    """Return what is stored of a clientState: enough to recognise it, not to forge it."""
    return hashlib.sha256(client_state.encode()).hexdigest()


def is_plain(token: str) -> bool:
    """Tell whether a validation token may be echoed: Graph never sends markup or control characters in one."""
    return len(token) <= MAX_TOKEN and token.isprintable() and "<" not in token and ">" not in token


class GraphNotifications:
    """Reads batches of notifications; one item that is not authentic spoils its whole batch."""

    name = "graph"

    def __init__(self, known: Callable[[], Sequence[KnownSubscription]]) -> None:
        self._known = known

    def read(self, delivery: Delivery) -> Sequence[Told]:
        items = _items(delivery.body)
        known = self._known()
        for item in items:
            _check_authentic(item, known)
        return [_told(place, item) for place, item in enumerate(items)]


def _items(body: bytes) -> list[dict[str, Any]]:
    try:
        collection = orjson.loads(body)
    except ValueError as error:
        raise Malformed("malformed_delivery", "body: expected JSON", {"body": ["expected JSON"]}) from error
    items = collection.get("value") if isinstance(collection, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Malformed("malformed_delivery", "value: expected a list", {"value": ["expected a list of notifications"]})
    return items


def _check_authentic(item: dict[str, Any], known: Sequence[KnownSubscription]) -> None:
    # A notification may overtake the answer that names its subscription: the clientState, stored before, proves it.
    given = hashed(str(item.get("clientState", "")))
    matches = [one for one in known if hmac.compare_digest(one.client_state_hash, given)]
    if not any(one.subscription_id in (None, item.get("subscriptionId")) for one in matches):
        raise NotAuthentic(
            "unknown_client_state", f"subscription {item.get('subscriptionId')}: clientState is not ours"
        )


def _told(place: int, item: dict[str, Any]) -> Told:
    subscription = str(item.get("subscriptionId", ""))
    signal = item.get("lifecycleEvent")
    try:
        if signal:  # these carry neither changeType nor resource
            event: Event = LifecycleSignalled(subscription_id=subscription, signal=signal)
            return Told(event, _own_id(item))
        event = GraphResourceChanged(
            subscription_id=subscription, resource=_resource(item), change_type=item.get("changeType", "")
        )
        return Told(event, _repeat_key(item))
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


def _repeat_key(item: dict[str, Any]) -> str | None:
    """Return what a repeat of the notification shares, or None: two changes may look alike, and a hint is cheap."""
    etag = _details(item).get("@odata.etag")
    if etag and not isinstance(etag, str):
        raise Malformed("malformed_delivery", "resourceData.@odata.etag: expected text")
    if etag and not item.get("id"):
        return "/".join((str(item.get("subscriptionId")), str(item.get("resource")), str(item.get("changeType")), etag))
    return _own_id(item)


def _own_id(item: dict[str, Any]) -> str | None:
    return str(item["id"]) if item.get("id") else None


def _details(item: dict[str, Any]) -> dict[str, Any]:
    details = item.get("resourceData") or {}
    if not isinstance(details, dict):
        raise Malformed("malformed_delivery", "resourceData: expected an object")
    return details
