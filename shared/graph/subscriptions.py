"""Graph's subscriptions (https://learn.microsoft.com/en-us/graph/api/resources/subscription)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from shared.graph.client import GraphClient
from shared.graph.errors import Unreachable


@dataclass(frozen=True)
class Subscription:
    """A subscription at the tenant; *client_state* is never given back by Graph."""

    id: str
    resource: str
    change_type: str
    notification_url: str
    expires_at: datetime


@dataclass(frozen=True)
class Encryption:
    """What Graph encrypts for in rich notifications: *certificate* is X.509, base64 of DER; *id* comes back in each."""

    id: str
    certificate: str

    @property
    def body(self) -> dict[str, Any]:
        return {"encryptionCertificate": self.certificate, "encryptionCertificateId": self.id}


class Subscriptions:
    """The app's own subscriptions."""

    def __init__(self, graph: GraphClient, notification_url: str, lifecycle_url: str) -> None:
        self._graph = graph
        self._notification_url = notification_url
        self._lifecycle_url = lifecycle_url

    def list_own(self) -> Sequence[Subscription]:
        """Return those that notify our address; others of the same app are not ours to touch."""
        found = self._graph.pages("/subscriptions")
        return [_parsed(item) for item in found if item.get("notificationUrl") == self._notification_url]

    def create(
        self,
        resource: str,
        change_types: str,
        client_state: str,
        expires_at: datetime,
        encryption: Encryption | None = None,
    ) -> Subscription:
        """Subscribe; Graph validates both our addresses before it answers. With *encryption* it tells the things too.

        Raises: Conflict when the same combination exists; Refused when our address did not answer its handshake.
        """
        body = {
            "changeType": change_types,
            "notificationUrl": self._notification_url,
            "lifecycleNotificationUrl": self._lifecycle_url,  # cannot be added later
            "resource": resource,
            "expirationDateTime": _written(expires_at),
            "clientState": client_state,
            **({"includeResourceData": True} | encryption.body if encryption else {}),
        }
        return _parsed(self._graph.post("/subscriptions", body))

    def renew(self, id_: str, expires_at: datetime, encryption: Encryption | None = None) -> Subscription:
        """Extend the life, which reauthorizes too; *encryption* takes the place of what Graph encrypts for.

        Raises: NotFound when Graph has dropped it.
        """
        body = {"expirationDateTime": _written(expires_at), **(encryption.body if encryption else {})}
        return _parsed(self._graph.patch(f"/subscriptions/{quote(id_, safe='')}", body))

    def delete(self, id_: str) -> None:
        """Unsubscribe. Safe to repeat."""
        self._graph.delete(f"/subscriptions/{quote(id_, safe='')}")


def _parsed(item: dict[str, Any]) -> Subscription:
    try:
        found = Subscription(
            id=item["id"],
            resource=item["resource"],
            change_type=item["changeType"],
            notification_url=item["notificationUrl"],
            expires_at=datetime.fromisoformat(item["expirationDateTime"]).astimezone(UTC),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _not_understood() from error
    if not all(isinstance(text, str) for text in (found.id, found.resource, found.change_type)):
        raise _not_understood()
    return found


def _not_understood() -> Unreachable:
    expected = "id, resource, changeType, notificationUrl and expirationDateTime"
    return Unreachable("graph_no_subscription", f"/subscriptions: expected a subscription with {expected}")


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
