"""Who wants to hear of what: the rules of change-notification subscriptions, without HTTP."""

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sandbox.courier import Notice
from sandbox.errors import GraphError, bad_request, not_found
from sandbox.rich import Signer, check_certificate, check_wish, encrypted, selection
from sandbox.zones import offset_time, utc

Json = dict[str, Any]
_SHORTEST = timedelta(minutes=45)
_LONGEST_CLIENT_STATE = 128
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_KNOWN = {
    "changeType", "notificationUrl", "lifecycleNotificationUrl", "resource", "expirationDateTime", "clientState",
    "latestSupportedTlsVersion", "includeResourceData", "encryptionCertificate", "encryptionCertificateId",
}  # fmt: skip
_ENCRYPTION = {"encryptionCertificate", "encryptionCertificateId"}


@dataclass(frozen=True)
class _Kind:
    """What may be asked of one kind of resource."""

    pattern: str
    changes: frozenset[str]
    longest: timedelta
    longest_rich: timedelta | None = None  # None: never with resource data


# https://learn.microsoft.com/en-us/graph/change-notifications-overview#subscription-lifetime
_KINDS = (
    _Kind(r"users/[^/]+/(events|messages|mailfolders(/[\w=-]+|\('[\w=-]+'\))/messages)",
          frozenset({"created", "updated", "deleted"}), timedelta(minutes=10_080), timedelta(minutes=1_440)),
    _Kind(r"drives/[^/]+/root", frozenset({"updated"}), timedelta(minutes=42_300)),
    _Kind(r"sites/[^/]+/lists/[^/]+", frozenset({"updated"}), timedelta(minutes=42_300)),
    _Kind(r"users(/[^/]+)?", frozenset({"updated", "deleted"}), timedelta(minutes=41_760)),
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """Something happened to one *type* of thing, below *path*, that subscribers of *topic* want to know."""

    topic: str  # users/{id}/events
    kind: str  # created, updated, deleted
    type: str  # Event
    path: str  # Users/{id}/Events
    id: str
    mutable_id: str = ""  # Outlook only: what a subscriber without immutable ids is told
    etag: str = ""
    thing: Callable[[bool], Json] | None = None  # what it is now, with immutable ids or not; None: gone, or never told


@dataclass
class Subscription:
    """One subscription; *topic* is its resource with the person's id for the name."""

    body: Json
    topic: str
    expires: datetime
    immutable: bool
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def is_rich(self) -> bool:
        return bool(self.body.get("includeResourceData"))

    def hears(self, change: Change) -> bool:
        return self.topic == change.topic and change.kind in self.body["changeType"].split(",")


class Subscriptions:
    """All that live; those that expired are gone."""

    def __init__(self, tenant_id: str, client_id: str, now: Callable[[], datetime], signer: Signer) -> None:
        self._tenant_id, self._client_id, self._now, self._signer = tenant_id, client_id, now, signer
        self._all: dict[str, Subscription] = {}

    def checked(self, body: Json, user_id: Callable[[str], str], *, immutable: bool) -> Subscription:
        """Read what a POST asks for, without adding it. Raises: GraphError 400, 403."""
        _required(body)
        resource = body["resource"].strip("/").partition("?")[0]
        kind = _kind(resource)
        if not set(body["changeType"].split(",")) <= kind.changes:
            raise bad_request(f"The changeType is not supported for '{resource}'.", "InvalidRequest")
        for name in ("notificationUrl", "lifecycleNotificationUrl"):
            if name in body:
                _reachable(name, body[name])
        if body.get("includeResourceData"):
            if kind.longest_rich is None:
                raise bad_request(f"'{resource}' is not told with resource data.", "InvalidRequest")
            check_wish(body)
        return Subscription(body, _topic(resource, user_id), self._expiry(body, kind), immutable)

    def add(self, subscription: Subscription) -> None:
        """Raises: GraphError 409 when the same is already heard."""
        for other in self.live():
            if (other.topic, other.body["changeType"]) == (subscription.topic, subscription.body["changeType"]):
                message = f"Subscription Id {other.id} already exists for the requested combination"
                raise GraphError(409, "Conflict", message)
        self._all[subscription.id] = subscription

    def get(self, subscription_id: str) -> Subscription:
        for subscription in self.live():
            if subscription.id == subscription_id:
                return subscription
        raise not_found("The object was not found.", "ResourceNotFound")

    def renew(self, subscription: Subscription, body: Json) -> None:
        """Apply a PATCH. Raises: GraphError 400."""
        if body.keys() - {"expirationDateTime", "notificationUrl"} - _ENCRYPTION:
            raise bad_request("Only the end, the address and the certificate can be changed.", "InvalidRequest")
        if changed := {name: body[name] for name in _ENCRYPTION & body.keys()}:
            check_certificate(subscription.body | changed)
            subscription.body |= changed
        if "expirationDateTime" in body:
            subscription.expires = self._expiry(subscription.body | body, _kind(subscription.topic))
        if "notificationUrl" in body:
            _reachable("notificationUrl", body["notificationUrl"])
            subscription.body["notificationUrl"] = body["notificationUrl"]

    def remove(self, subscription_id: str) -> None:
        del self._all[self.get(subscription_id).id]

    def forget(self) -> int:
        """Lose every subscription, as if it never was; return how many there were."""
        count = len(self.live())
        self._all.clear()
        return count

    def live(self) -> list[Subscription]:
        for expired in [each for each in self._all.values() if each.expires <= self._now()]:
            del self._all[expired.id]
        return list(self._all.values())

    def notices(self, change: Change) -> Iterator[Notice]:
        """Yield what to post where, for one change."""
        for subscription in [each for each in self.live() if each.hears(change)]:
            item = self._item(subscription, change)
            body: Json = {"value": [item]}
            if subscription.is_rich and change.thing is not None:
                item["encryptedContent"] = self._content(subscription, change.thing(subscription.immutable))
                body["validationTokens"] = [
                    self._signer.validation_token(self._tenant_id, self._client_id, self._now())
                ]
            yield Notice(subscription.body["notificationUrl"], body)

    def lifecycle_notice(self, subscription: Subscription, event: str) -> Notice:
        """Return the notice `reauthorizationRequired`, `missed` or `subscriptionRemoved`: without resource."""
        item = self._envelope(subscription) | {"lifecycleEvent": event}
        url = subscription.body.get("lifecycleNotificationUrl") or subscription.body["notificationUrl"]
        return Notice(str(url), {"value": [item]})

    def rendered(self, subscription: Subscription) -> Json:
        keys = ("changeType", "notificationUrl", "lifecycleNotificationUrl", "resource", "latestSupportedTlsVersion")
        shown = {key: subscription.body.get(key) for key in keys}
        return shown | {
            "id": subscription.id,
            "applicationId": self._client_id,
            "creatorId": self._client_id,
            "clientState": subscription.body.get("clientState"),
            "expirationDateTime": utc(subscription.expires),
            "includeResourceData": subscription.body.get("includeResourceData"),
            "encryptionCertificate": None,
            "encryptionCertificateId": subscription.body.get("encryptionCertificateId"),
            "notificationQueryOptions": None,
            "notificationUrlAppId": None,
        }

    def _envelope(self, subscription: Subscription) -> Json:
        return {
            "subscriptionId": subscription.id,
            "subscriptionExpirationDateTime": utc(subscription.expires),
            "clientState": subscription.body.get("clientState"),
            "tenantId": self._tenant_id,
        }

    def _item(self, subscription: Subscription, change: Change) -> Json:
        id_ = change.id if subscription.immutable else change.mutable_id or change.id
        resource = f"{change.path}/{id_}" if id_ else change.path
        data = {"@odata.type": f"#Microsoft.Graph.{change.type}", "@odata.id": resource}
        data |= {"id": id_} if id_ else {}
        data |= {"@odata.etag": change.etag} if change.etag else {}
        return self._envelope(subscription) | {
            "changeType": change.kind, "resource": resource, "resourceData": data,
        }  # fmt: skip

    def _content(self, subscription: Subscription, thing: Json) -> Json:
        body = subscription.body
        told = selection(body["resource"], thing)
        return encrypted(told, body["encryptionCertificate"], body.get("encryptionCertificateId"))

    def _expiry(self, body: Json, kind: _Kind) -> datetime:
        expires = offset_time(body["expirationDateTime"], "expirationDateTime")
        longest = (kind.longest_rich if body.get("includeResourceData") else None) or kind.longest
        if expires > self._now() + longest:
            minutes = int(longest.total_seconds() // 60)
            raise bad_request(f"Subscription expiration can only be {minutes} minutes in the future.", "ExtensionError")
        return max(expires, self._now() + _SHORTEST)  # nearer is raised silently


def _required(body: Json) -> None:
    for name in ("changeType", "notificationUrl", "resource", "expirationDateTime"):
        if not isinstance(body.get(name), str):
            raise bad_request(f"The property '{name}' is required.", "InvalidRequest")
    if unknown := body.keys() - _KNOWN:
        raise bad_request(f"Properties the sandbox does not offer: {sorted(unknown)}.", "InvalidRequest")
    if len(body.get("clientState") or "") > _LONGEST_CLIENT_STATE:
        raise bad_request("The clientState is longer than 128 characters.", "InvalidRequest")


def _kind(resource: str) -> _Kind:
    if resource.lower().startswith("communications/presences"):
        # https://learn.microsoft.com/en-us/graph/changenotifications-for-presence
        raise GraphError(403, "Forbidden", "Presence is not supported with application permissions.")
    for kind in _KINDS:
        if re.fullmatch(kind.pattern, resource, re.IGNORECASE):
            return kind
    raise bad_request(f"Resource '{resource}' is not supported.", "InvalidRequest")


def _topic(resource: str, user_id: Callable[[str], str]) -> str:
    parts = re.sub(r"\('(.+?)'\)", r"/\1", resource).split("/")  # mailFolders('inbox') is mailFolders/inbox
    if parts[0].lower() == "users" and len(parts) > 1:
        parts = ["users", user_id(parts[1]), *(part.lower() for part in parts[2:])]
    return "/".join(parts)


def _reachable(name: str, url: str) -> None:
    """Plain http is refused, but for a loopback address: the one deviation from Graph, for a hub without TLS."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise bad_request(f"The {name} must be an https address.", "InvalidRequest")
