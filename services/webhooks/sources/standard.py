"""Standard Webhooks: a signature over id, timestamp and body, with a shared secret or with a pair of keys.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import uuid4

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.webhooks.sources.base import (
    Delivery,
    NotAuthentic,
    Payload,
    SchemeOptions,
    check_age,
    document,
    header_of,
    is_same,
    wire,
)
from shared.errors import Invalid

MOST_SIGNATURES = 16  # in one header: a sender has two or three, and each costs a computation over the body
SEED = 32  # bytes of an ed25519 private key; a whsk_ secret holds the public key behind it


class StandardWebhooks:
    """A system that signs by the scheme. During a rotation several secrets are good, and so are several signatures.

    A secret is `whsec_…` (HMAC, `v1`), `whpk_…` (the public key, `v1a`) or `whsk_…` (the private key, `v1a`).
    """

    def __init__(self, options: SchemeOptions) -> None:
        self._keys = [_key(place, secret) for place, secret in enumerate(options.secrets, start=1)]
        self._tolerance = options.tolerance

    def open(self, delivery: Delivery) -> Sequence[Payload]:
        id_, timestamp, given = (header_of(delivery, f"webhook-{name}") for name in ("id", "timestamp", "signature"))
        check_age(timestamp, delivery.received_at, self._tolerance)
        text = wire(f"{id_}.{timestamp}.") + delivery.body
        signatures = given.split(" ", MOST_SIGNATURES)[:MOST_SIGNATURES]
        if not any(key.proves(text, signatures) for key in self._keys):
            raise NotAuthentic("bad_signature", "webhook-signature: no signature is by a secret of this source")
        return [Payload(document(delivery.body), id_)]

    def sign(self, body: bytes, now: datetime) -> Mapping[str, str]:
        id_, timestamp = f"msg_{uuid4().hex}", str(int(now.timestamp()))
        signatures = (key.sign(wire(f"{id_}.{timestamp}.") + body) for key in self._keys)
        signature = next((one for one in signatures if one), None)
        if signature is None:
            raise Invalid("cannot_sign", "a public key (whpk_) only verifies: signing needs a whsec_ or whsk_ secret")
        return {"webhook-id": id_, "webhook-timestamp": timestamp, "webhook-signature": signature}


class _Key(Protocol):
    def proves(self, text: bytes, signatures: Sequence[str]) -> bool: ...

    def sign(self, text: bytes) -> str | None: ...


@dataclass(frozen=True)
class _SharedKey:
    secret: bytes = field(repr=False)

    def proves(self, text: bytes, signatures: Sequence[str]) -> bool:
        expected = self.sign(text)
        return any(is_same(one, expected) for one in signatures)

    def sign(self, text: bytes) -> str:
        return f"v1,{base64.b64encode(hmac.digest(self.secret, text, hashlib.sha256)).decode()}"


@dataclass(frozen=True)
class _KeyPair:
    public: Ed25519PublicKey
    private: Ed25519PrivateKey | None = None

    def proves(self, text: bytes, signatures: Sequence[str]) -> bool:
        return any(self._verifies(text, one.removeprefix("v1a,")) for one in signatures if one.startswith("v1a,"))

    def sign(self, text: bytes) -> str | None:
        return f"v1a,{base64.b64encode(self.private.sign(text)).decode()}" if self.private else None

    def _verifies(self, text: bytes, signature: str) -> bool:
        try:
            self.public.verify(base64.b64decode(wire(signature), validate=True), text)
        except (InvalidSignature, ValueError):
            return False
        return True


def _key(place: int, secret: str) -> _Key:
    """Return the key in *secret*; without a prefix it is a shared one, as the libraries of the standard take it.

    Raises: Invalid with its place, never with the secret.
    """
    prefix, mark, text = secret.rpartition("_")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        match prefix + mark:
            case "whsec_" | "" if key:
                return _SharedKey(key)
            case "whpk_":
                return _KeyPair(Ed25519PublicKey.from_public_bytes(key))
            case "whsk_":
                return _pair(key)
    except ValueError:
        pass  # told below, without the chain: it may quote the secret
    wrong = f"Secret {place}: expected whsec_, whpk_ or whsk_ and the key in base64."
    raise Invalid("bad_secret", wrong, {"secrets": [wrong]})


def _pair(key: bytes) -> _KeyPair:
    private = Ed25519PrivateKey.from_private_bytes(key[:SEED])
    public = private.public_key()
    if key[SEED:] not in (b"", public.public_bytes_raw()):
        raise ValueError("the public half is not that of the private half")
    return _KeyPair(public, private)
