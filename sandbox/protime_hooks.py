"""The webhooks of the stand-in Protime: who asked to be told of which collection, and the signed deliveries to them.

The vendor's pages that we have seen do not name the header and the encoding of the HMAC, nor the property of the key:
SIGNATURE, base64 and `privateKey` are this stand-in's own.
"""

import base64
import hashlib
import hmac
import re
import secrets
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import orjson

from sandbox.courier import Notice
from sandbox.layout import BRUSSELS

Json = dict[str, Any]

SIGNATURE = "X-Hmac-Signature"
LIFETIME = timedelta(days=30)  # the vendor says "limited"
# https://documentation.myprotime.eu/protimeapi/reference/webhooks/#supported-collections, of what stands here
COLLECTIONS = ("absences", "absence-definitions", "absence-groups", "people")
_LOOPBACK = ("127.0.0.1", "localhost")
_CLAUSE = re.compile(r"^(status|collection-name) eq '([\w-]+)'$")


@dataclass
class Hook:
    """One webhook. *key* is told once, when it is made."""

    id: str
    address: str
    collection: str
    valid_until: datetime
    key: str
    is_disabled: bool = False
    is_deleted: bool = False


@dataclass
class Hooks:
    """The webhooks of one tenant. *post* carries a notice, and tries again when it does not arrive."""

    clock: Callable[[], datetime]
    post: Callable[[Iterable[Notice]], None]
    made: dict[str, Hook] = field(default_factory=dict)

    def create(self, address: str, collection: str) -> Hook:
        """Make a webhook. Raises: ValueError for an address or a collection that Protime would refuse."""
        parts = urlsplit(address)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise ValueError("destinationUrl must be https")
        if collection not in COLLECTIONS:
            raise ValueError(f"unknown collection: {collection}")
        hook = Hook(str(uuid.uuid4()), address, collection, self.clock() + LIFETIME, secrets.token_urlsafe(32))
        self.made[hook.id] = hook
        return hook

    def delete(self, id_: str) -> bool:
        """Let a webhook be told nothing more; the vendor keeps it for its debugging pages."""
        hook = self.made.get(id_)
        if hook is None or hook.is_deleted:
            return False
        hook.is_deleted = True
        return True

    def listed(self, wanted: str = "") -> list[Json]:
        """Return what the filter *wanted* lets through. Raises: ValueError for a filter that is not understood."""
        clauses = [_clause(part) for part in wanted.split(" and ")] if wanted else []
        rows = [self.shown(hook) for hook in self.made.values() if not hook.is_deleted]
        return [row for row in rows if all(row[name] == value for name, value in clauses)]

    def shown(self, hook: Hook) -> Json:
        """Return a webhook as a reader sees it: without its key."""
        return {
            "id": hook.id,
            "validUntil": hook.valid_until.astimezone(BRUSSELS).isoformat(),
            "status": "Enabled" if self.tells(hook) else "Disabled",
            "destinationUrl": hook.address,
            "collectionName": hook.collection,
        }

    def tells(self, hook: Hook) -> bool:
        return not hook.is_disabled and not hook.is_deleted and self.clock() < hook.valid_until

    def tell(self, collection: str, items: Iterable[Json]) -> None:
        """Deliver each change to whoever asked for its *collection*, one by one as the vendor does."""
        alive = [hook for hook in self.made.values() if hook.collection == collection and self.tells(hook)]
        bodies = [orjson.dumps(item) for item in items]
        self.post([notice(hook, body) for hook in alive for body in bodies])


def notice(hook: Hook, body: bytes) -> Notice:
    """Return a delivery of *body*, proven with the webhook's key."""
    signature = base64.b64encode(hmac.digest(hook.key.encode(), body, hashlib.sha256)).decode()
    return Notice(hook.address, body, {"Content-Type": "application/json", SIGNATURE: signature})


def _clause(text: str) -> tuple[str, str]:
    found = _CLAUSE.match(text.strip())
    if found is None:
        raise ValueError(f"the filter does not understand: {text}")
    return {"status": "status", "collection-name": "collectionName"}[found[1]], found[2]
