"""Every source there is, with what it takes to knock as it does: the promises hold for each."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from standardwebhooks import Webhook

from services.webhooks.domain.subscriptions import Kept
from services.webhooks.sources import SCHEMES
from services.webhooks.sources.base import Delivery, Scheme, SchemeOptions, Source
from services.webhooks.sources.graph import GraphNotifications, hashed
from services.webhooks.sources.system import System

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parents[2] / "samples" / "hooks"
SECRET, OLD_SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4"
OTHER_SECRET = "whsec_" + "eHh4" * 8  # of nobody here
STATE, SUBSCRIPTION, TENANT = "a secret of ours", "6f1c9d0e-1b5e-4c57-9a35-8a4f4ab1b3a0", "voorbeeldegem"
ITEM: dict[str, Any] = {
    "subscriptionId": SUBSCRIPTION,
    "subscriptionExpirationDateTime": "2026-12-01T00:00:00Z",
    "clientState": STATE,
    "changeType": "updated",
    "resource": "Users/7f4a",
    "resourceData": {"@odata.type": "#Microsoft.Graph.User", "@odata.etag": 'W/"1"', "id": "7f4a"},
    "tenantId": TENANT,
}
SIGNED_HEADERS = {"signature": "X-Post-Signature", "timestamp": "X-Post-Timestamp", "id": "X-Post-Id"}
SIGNED = SchemeOptions([], headers=SIGNED_HEADERS, prefix="sha256=", signed="{id}.{timestamp}.{body}")

Sign = Callable[[bytes, str, datetime], Mapping[str, str]]  # body, secret, moment → headers


def delivery(body: bytes, **headers: str) -> Delivery:
    return Delivery({name.lower(): value for name, value in headers.items()}, body, NOW)


def signed(body: bytes, secret: str = SECRET, id_: str = "msg_1", at: datetime = NOW) -> Delivery:
    """Sign by the reference library: it is the oracle."""
    signature = Webhook(secret).sign(id_, at, body.decode())
    headers = {"webhook-id": id_, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
    return Delivery(headers, body, NOW)


def known(**changes: Any) -> Kept:
    """Return the subscription whose notifications are ours."""
    return replace(Kept("people", "users", "updated", hashed(STATE), subscription_id=SUBSCRIPTION), **changes)


def collection(*items: dict[str, Any]) -> bytes:
    return orjson.dumps({"value": list(items)})


@dataclass(frozen=True)
class Remembered:
    """The subscriptions, and how fresh what is known of them is."""

    kept: tuple[Kept, ...]
    a_moment_ago: tuple[Kept, ...] = ()

    def recent(self) -> tuple[Kept, ...]:
        return self.a_moment_ago

    def fresh(self) -> tuple[Kept, ...]:
        return self.kept


@dataclass(frozen=True)
class Signing:
    """How a scheme signs, worked out here a second time; *proof* are the headers that prove.

    *has_window*: the time is signed. *signs_body*: not just a token that is shown.
    """

    scheme: str
    sample: bytes
    headers: Sign
    proof: tuple[str, ...]
    options: SchemeOptions = field(default_factory=lambda: SchemeOptions([]))
    has_window: bool = False
    signs_body: bool = True

    def build(self, *secrets: str, **changes: Any) -> Scheme:
        return SCHEMES[self.scheme](replace(self.options, secrets=list(secrets), **changes))

    def deliver(self, body: bytes, secret: str = SECRET, at: datetime = NOW) -> Delivery:
        headers = {"Content-Type": "application/json", **self.headers(body, secret, at)}
        return delivery(body, **headers)


@dataclass(frozen=True)
class Knock:
    """How a source delivers: *sign* proves a body, *sample* is one that it sends, *forge* one that is not proven."""

    source: Source
    sample: bytes
    sign: Callable[[bytes], Delivery]
    forge: Callable[[bytes], Delivery]


def _standard(body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
    timestamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"msg_1.{timestamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": "msg_1", "webhook-timestamp": timestamp, "webhook-signature": signature}


def _bamboohr(body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
    timestamp = str(int(at.timestamp()))
    signature = hmac.new(secret.encode(), body + timestamp.encode(), hashlib.sha256).hexdigest()
    return {"X-BambooHR-Signature": signature, "X-BambooHR-Timestamp": timestamp}


def _frappe(body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {"X-Frappe-Webhook-Signature": base64.b64encode(digest).decode()}


def _hmac(body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
    timestamp = str(int(at.timestamp()))
    signature = hmac.new(secret.encode(), b"m-1." + timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Post-Signature": f"sha256={signature}", "X-Post-Timestamp": timestamp, "X-Post-Id": "m-1"}


def _personio(body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
    return {"Authorization": secret}


def _protime(body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
    return {"X-Hmac-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def _cloudevents(body: bytes, secret: str, at: datetime) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {secret}", "Content-Type": "application/cloudevents+json"}


def recorded(name: str) -> tuple[Mapping[str, str], bytes]:
    """Return the headers and the body of a delivery as it was written down."""
    sample = orjson.loads((SAMPLES / name).read_bytes())
    return sample["headers"], sample["raw_body"].encode()


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


_NOTICE = orjson.dumps({"type": "absences.changed", "timestamp": "2026-11-18T09:00:00Z", "data": {}})
_LETTER = orjson.dumps({"kenmerk": "2026-IN-001234"})
_CHANGE = orjson.dumps({"changeType": "Delete", "data": {"id": 5001}})
_TOKEN = ("authorization",)

SIGNINGS = {
    one.scheme: one
    for one in (
        Signing(
            "bamboohr",
            recorded("bamboohr_employee.json")[1],
            _bamboohr,
            ("x-bamboohr-signature", "x-bamboohr-timestamp"),
            has_window=True,
        ),
        Signing("cloudevents", sample("cloudevent_letter.json"), _cloudevents, _TOKEN, signs_body=False),
        Signing("frappe", recorded("frappe_leave.json")[1], _frappe, ("x-frappe-webhook-signature",)),
        Signing("hmac", _LETTER, _hmac, ("x-post-id", "x-post-signature", "x-post-timestamp"), SIGNED, has_window=True),
        Signing("personio", sample("personio_absence.json"), _personio, _TOKEN, signs_body=False),
        Signing("protime", _CHANGE, _protime, ("x-hmac-signature",)),
        Signing(
            "standard",
            _NOTICE,
            _standard,
            ("webhook-id", "webhook-signature", "webhook-timestamp"),
            has_window=True,
        ),
    )
}


def knock_of(signing: Signing) -> Knock:
    source = System(signing.scheme, signing.build(SECRET, OLD_SECRET), "protime")
    return Knock(source, signing.sample, signing.deliver, lambda body: signing.deliver(body, OTHER_SECRET))


def graph() -> Knock:
    """Graph proves an item by its clientState, which is in the body itself."""

    def forge(body: bytes) -> Delivery:
        items = orjson.loads(body)["value"]
        return delivery(collection(*(item | {"clientState": "guessed"} for item in items)))

    source = GraphNotifications(Remembered((known(),)), TENANT)
    return Knock(source, collection(ITEM | {"id": "n1"}), delivery, forge)


KNOCKS: dict[str, Callable[[], Knock]] = {
    **{name: lambda signing=signing: knock_of(signing) for name, signing in SIGNINGS.items()},  # type: ignore[misc]  # the default binds it now
    "graph": graph,
}
