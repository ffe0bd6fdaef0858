"""Protime's webhooks: an HMAC over the body with the private key that Protime shows when the webhook is made."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.webhooks.sources.base import (
    Delivery,
    Malformed,
    NotAuthentic,
    Payload,
    SchemeOptions,
    document,
    fingerprint,
    ordered,
)
from shared.errors import Invalid

# The vendor documents an HMAC with the private key (https://documentation.myprotime.eu/protimeapi/reference/webhooks/);
# the name of its header and its encoding stand on a part of that page that we have not seen. So any header that calls
# itself one of these is looked at, in hexadecimal or base64: who has no key can make neither. SHA-256 over the raw
# body is an assumption; hub.toml narrows the header when it is known: headers.signature.
LIKELY = ("hmac", "signature")
SIGNATURE = "x-hmac-signature"  # with which `sign` answers when hub.toml names none
FAULTS_TOLD = 20  # of one delivery: the answer must not outgrow the question
CHANGES = ("InsertOrUpdate", "Delete")


class Protime:
    """A webhook at Protime: made by the hub, or by hand with its key in a setting."""

    def __init__(self, options: SchemeOptions) -> None:
        if others := options.headers.keys() - {"signature"}:
            words = "Expected no such key here: Protime signs the body only."
            raise Invalid("bad_scheme", words, {f"headers.{name}": [words] for name in others})
        self._options = options
        self._header = options.headers.get("signature", "").lower()

    def open(self, delivery: Delivery) -> Sequence[Payload]:
        self._verify(delivery)
        return [Payload(item, _repeat_key(item)) for item in _items(document(delivery.body))]

    def sign(self, body: bytes, now: datetime) -> Mapping[str, str]:  # noqa: ARG002 - the signature holds no time
        keys = self._keys()
        if not keys:
            raise Invalid("no_key", "protime: the key is the hub's own; to sign by hand, name one in `secrets`")
        return {self._header or SIGNATURE: base64.b64encode(_mac(keys[0], body)).decode()}

    def _verify(self, delivery: Delivery) -> None:
        claims = [claim for value in self._claims(delivery.headers) for claim in _decoded(value)]
        if not claims:
            raise NotAuthentic("no_signature", "protime: expected a header with the HMAC")
        expected = [_mac(key, delivery.body) for key in self._keys()]
        # Every pair is compared, each in constant time.
        if not any([hmac.compare_digest(claim, mac) for claim in claims for mac in expected]):  # noqa: C419 - see above
            raise NotAuthentic("bad_signature", f"protime: signed by none of our {len(expected)} keys")

    def _claims(self, headers: Mapping[str, str]) -> list[str]:
        if self._header:
            return [headers[self._header]] if self._header in headers else []
        return [value for name, value in headers.items() if any(word in name for word in LIKELY)]

    def _keys(self) -> Sequence[str]:
        return [*self._options.made(), *self._options.secrets]


def _mac(key: str, body: bytes) -> bytes:
    return hmac.digest(key.encode(), body, hashlib.sha256)


def _decoded(value: str) -> Iterator[bytes]:
    """Yield what a signature may stand for: 64 hexadecimal digits, or base64 of the same 32 bytes."""
    text = value.strip()
    if text[:7].lower() == "sha256=":
        text = text[7:]
    for decode in (bytes.fromhex, lambda text: base64.b64decode(text, validate=True)):
        try:
            decoded = decode(text)
        except ValueError:  # binascii.Error is one
            continue
        if len(decoded) == hashlib.sha256().digest_size:
            yield decoded


def _items(said: Any) -> list[Any]:
    """Return the changes in a delivery: one, or several as a delta shows them.

    Shape: `{"changeType": "InsertOrUpdate", "data": {"id": 5001, "changeVersion": "0000…"}}`
    (https://documentation.myprotime.eu/protimeapi/concepts/webhook-lifecycle/).
    """
    listed = said.get("value", [said]) if isinstance(said, dict) else said
    items = listed if isinstance(listed, list) else [listed]
    faults = {f"[{place}]": [_EXPECTED] for place, item in enumerate(items) if not _is_change(item)}
    if faults:
        told = dict(list(faults.items())[:FAULTS_TOLD])
        raise Malformed("malformed_delivery", f"protime: {_EXPECTED}", told)
    return items


_EXPECTED = "expected changeType (InsertOrUpdate, Delete) and data"


def _is_change(item: Any) -> bool:
    return isinstance(item, dict) and item.get("changeType") in CHANGES and isinstance(item.get("data"), dict)


def _repeat_key(item: Any) -> str:
    """Two webhooks live while one replaces the other: the same change comes twice, and is one."""
    return fingerprint(ordered(item))
