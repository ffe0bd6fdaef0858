"""Microsoft Graph's change notifications.

Source: https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from services.webhooks.domain.subscriptions import Kept
from services.webhooks.sources.base import Delivery, Malformed, NotAuthentic, Told, document, fingerprint, ordered
from services.webhooks.sources.rich import Rich
from services.webhooks.sources.tokens import UNKNOWN_KEY
from shared.errors import Invalid
from shared.events import Event, GraphResourceChanged, LifecycleSignalled, RepairWanted
from shared.graph.protocol import canonical

MAX_TOKEN = 4096  # characters; a real validation token is a few hundred
MISSING_KEY = "unknown_signing_key"  # why a repair is wanted

Rules = Callable[[str, Any, str], Sequence[Told]]  # (source `graph.<subscription>`, document, repeat key)


class Known(Protocol):
    """The subscriptions that are remembered."""

    def recent(self) -> Sequence[Kept]:
        """Return them as they were a moment ago."""
        ...

    def fresh(self) -> Sequence[Kept]:
        """Return them as they are."""
        ...


def hashed(client_state: str) -> str:
    """Return what is stored of a clientState: enough to recognise it, not to forge it."""
    return hashlib.sha256(client_state.encode()).hexdigest()


def is_plain(token: str) -> bool:
    """Tell whether a validation token may be echoed: Graph never sends markup or control characters in one."""
    return len(token) <= MAX_TOKEN and token.isprintable() and "<" not in token and ">" not in token


class GraphNotifications:
    """Reads batches of notifications; one item that is not authentic spoils its whole batch.

    Without *rich*, an item that brings the changed thing along is refused: nobody asked for it. *rules* say what such a
    thing means beyond its change; what it holds goes no further than them.
    """

    name = "graph"

    def __init__(self, known: Known, tenant_id: str, rich: Rich | None = None, rules: Rules | None = None) -> None:
        self._known = known
        # Graph names a tenant by its GUID; settings may name it by a domain, and then there is nothing to compare.
        self._tenant_id = None if "." in tenant_id else tenant_id.lower()
        self._rich = rich
        self._rules = rules

    def read(self, delivery: Delivery) -> Sequence[Told]:
        collection = _collection(delivery.body)
        items: list[dict[str, Any]] = collection["value"]
        owners = [self._owner(item, delivery.received_at) for item in items]
        if not any(item.get("encryptedContent") is not None for item in items):
            return [_told(place, item) for place, item in enumerate(items)]
        documents = self._documents(collection, owners, delivery.received_at)
        told = [_told(place, item) for place, item in enumerate(items)]
        return told + [one for place in documents for one in self._meant(owners[place], items[place], documents[place])]

    def _documents(self, collection: dict[str, Any], owners: Sequence[Kept], now: datetime) -> dict[int, Any]:
        """Return what the rich items brought along, by their place, once all of the delivery is proven."""
        if self._rich is None:
            raise NotAuthentic("rich_unwanted", "encryptedContent: no subscription asks for it")
        try:
            self._rich.prove(collection.get("validationTokens"), now)
        except NotAuthentic as error:
            if error.reason != UNKNOWN_KEY:
                raise
            # Refused all the same; yet if it was Graph's own, what it told must be found again.
            names = sorted({one.name for one in owners})
            repairs = [RepairWanted(subscription=name, reason=MISSING_KEY) for name in names]
            raise NotAuthentic(error.reason, str(error), repairs) from error
        contents = ((place, item.get("encryptedContent")) for place, item in enumerate(collection["value"]))
        return {place: self._rich.open(content) for place, content in contents if content is not None}

    def _meant(self, owner: Kept, item: dict[str, Any], resource: Any) -> Iterator[Told]:
        if self._rules is None:
            return
        parts = (item.get("changeType"), item.get("resource"), resource)
        key = _own_id(item) or fingerprint(*(ordered(part) for part in parts))
        yield from self._rules(f"graph.{owner.name}", resource, key)

    def _owner(self, item: dict[str, Any], now: datetime) -> Kept:
        """Return the subscription that *item* belongs to.

        Raises: NotAuthentic when it is none of ours.
        """
        tenant = item.get("tenantId")
        if tenant is not None and self._tenant_id is not None and _text(tenant).lower() != self._tenant_id:
            raise NotAuthentic("other_tenant", f"tenantId: expected ours, came {_text(tenant)!r:.50}")
        subscription, given = _text(item.get("subscriptionId")), hashed(_text(item.get("clientState")))
        # Looked up twice: a subscription may be younger than what is remembered here of them.
        for known in (self._known.recent, self._known.fresh):
            found = next((one for one in known() if _proves(one, subscription, given, now)), None)
            if found is not None:
                return found
        raise NotAuthentic("unknown_client_state", f"subscription {subscription!r:.50}: clientState is not ours")


def _proves(one: Kept, subscription: object, given: str, now: datetime) -> bool:
    """Tell whether *given* is the hash of the clientState of *subscription*, compared in constant time.

    A notification may overtake the answer that names its subscription, and come after its subscription was replaced:
    then the clientState alone proves it, which was stored before Graph knew it.
    """
    return (hmac.compare_digest(one.client_state_hash, given) and one.subscription_id in (None, subscription)) or (
        one.previous_state_hash is not None
        and hmac.compare_digest(one.previous_state_hash, given)
        and one.previous_until is not None
        and now < one.previous_until
    )


def _collection(body: bytes) -> dict[str, Any]:
    """Return the `changeNotificationCollection`, whose `value` is a list of objects."""
    collection = document(body)
    items = collection.get("value") if isinstance(collection, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Malformed("malformed_delivery", "value: expected a list", {"value": ["expected a list of notifications"]})
    return dict(collection)


def _text(value: object) -> str:
    """Return a text as it is and anything else as none: a list may be too deep to be written as text."""
    return value if isinstance(value, str) else ""


def _told(place: int, item: dict[str, Any]) -> Told:
    signal = item.get("lifecycleEvent")
    try:
        subscription = _printable(item, "subscriptionId")
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
    """Return the changed thing's path; of a change in a collection the thing itself is named beside it."""
    resource = canonical(_printable(item, "resource"))
    details = _details(item)
    if "/" in resource or not resource or not details.get("id"):
        return resource
    return f"{resource}/{_printable(details, 'id')}"


def _printable(item: dict[str, Any], name: str) -> str:
    """Return a text that serialises work: it is a column of its own, and not every database keeps any character.

    Raises: Invalid.
    """
    text = _text(item.get(name))
    if not text or not text.isprintable():
        raise Invalid("unusable", f"{name}: expected a text without control characters")
    return text


def _own_id(item: dict[str, Any]) -> str | None:
    id_ = item.get("id")
    return str(id_) if id_ and isinstance(id_, str | int) else None


def _details(item: dict[str, Any]) -> dict[str, Any]:
    details = item.get("resourceData") or {}
    if not isinstance(details, dict):
        raise Malformed("malformed_delivery", "resourceData: expected an object")
    return details
