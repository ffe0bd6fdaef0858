"""Every source there is, with what it takes to knock as it does: the promises hold for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson
from standardwebhooks import Webhook

from services.webhooks.domain import Kept
from services.webhooks.sources.base import Delivery, Source
from services.webhooks.sources.graph import GraphNotifications, hashed
from services.webhooks.sources.standard import StandardWebhooks

SECRET, OLD_SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4"
STATE, SUBSCRIPTION = "a secret of ours", "6f1c9d0e-1b5e-4c57-9a35-8a4f4ab1b3a0"
ITEM: dict[str, Any] = {
    "subscriptionId": SUBSCRIPTION,
    "subscriptionExpirationDateTime": "2026-12-01T00:00:00Z",
    "clientState": STATE,
    "changeType": "updated",
    "resource": "Users/7f4a",
    "resourceData": {"@odata.type": "#Microsoft.Graph.User", "@odata.etag": 'W/"1"', "id": "7f4a"},
    "tenantId": "voorbeeldegem",
}


@dataclass(frozen=True)
class Knock:
    """How a source delivers: *sign* proves a body, *sample* is one that it sends, *forge* one that is not proven."""

    source: Source
    sample: bytes
    sign: Callable[[bytes], Delivery]
    forge: Callable[[bytes], Delivery]


def delivery(body: bytes, **headers: str) -> Delivery:
    return Delivery(headers, body, datetime.now(UTC))


def signed(body: bytes, secret: str = SECRET, id_: str = "msg_1", at: datetime | None = None) -> Delivery:
    """Sign by the reference library: it is the oracle."""
    at = at or datetime.now(UTC)
    signature = Webhook(secret).sign(id_, at, body.decode())
    headers = {"Webhook-Id": id_, "Webhook-Timestamp": str(int(at.timestamp())), "Webhook-Signature": signature}
    return Delivery(headers, body, datetime.now(UTC))


def known(**changes: Any) -> Kept:
    """Return the subscription whose notifications are ours."""
    return replace(Kept("people", "users", "updated", hashed(STATE), SUBSCRIPTION), **changes)


def collection(*items: dict[str, Any]) -> bytes:
    return orjson.dumps({"value": list(items)})


def standard() -> Knock:
    sample = orjson.dumps({"type": "absences.changed", "timestamp": "2026-11-18T09:00:00Z", "data": {}})
    return Knock(
        StandardWebhooks("protime", [SECRET, OLD_SECRET], "protime"),
        sample,
        signed,
        lambda body: signed(body, secret="whsec_" + "eHh4" * 8),
    )


def graph() -> Knock:
    """Graph proves an item by its clientState, which is in the body itself."""

    def forge(body: bytes) -> Delivery:
        items = orjson.loads(body)["value"]
        return delivery(collection(*(item | {"clientState": "guessed"} for item in items)))

    return Knock(GraphNotifications(lambda: [known()]), collection(ITEM), delivery, forge)


KNOCKS: dict[str, Callable[[], Knock]] = {"standard": standard, "graph": graph}
