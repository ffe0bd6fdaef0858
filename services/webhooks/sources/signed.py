"""The scheme "hmac": HMAC-SHA256 over a text that hub.toml describes, for systems that sign in a way of their own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from services.webhooks.sources.base import (
    Delivery,
    NotAuthentic,
    Payload,
    SchemeOptions,
    check_age,
    document,
    fingerprint,
    header_of,
    is_same,
    wire,
)
from shared.errors import Invalid

ENCODINGS = ("hex", "base64")
HEADERS = ("signature", "timestamp", "id")
_PLACES = re.compile(r"\{(id|timestamp|body)\}")


class Signed:
    """A system that signs by shared secrets, each of which is good.

    Where the signed text holds no timestamp there is no window: an old delivery is known for a repeat for as long as
    its event is remembered, and taken for a new one after that.
    """

    def __init__(self, options: SchemeOptions) -> None:
        if faults := misfits(options):
            raise Invalid("bad_scheme", "; ".join(f"{key}: {words}" for key, (words,) in faults.items()), faults)
        self._options = options
        self._names = options.headers

    def open(self, delivery: Delivery) -> Sequence[Payload]:
        values = {name: header_of(delivery, header) for name, header in self._names.items()}
        if "timestamp" in values:
            check_age(values["timestamp"], delivery.received_at, self._options.tolerance)
        text = self._text(values, delivery.body)
        if not self._proves(text, values["signature"]):
            raise NotAuthentic("bad_signature", f"{self._names['signature']}: not by a secret of this source")
        # The whole text, not its parts: bytes that move from the body to a header make no new delivery.
        return [Payload(document(delivery.body), values.get("id") or fingerprint(text))]

    def sign(self, body: bytes, now: datetime) -> Mapping[str, str]:
        values = {"id": uuid4().hex, "timestamp": str(int(now.timestamp()))}
        values["signature"] = self._options.prefix + self._signature(self._options.secrets[0], self._text(values, body))
        return {header.lower(): values[name] for name, header in self._names.items()}

    def _proves(self, text: bytes, given: str) -> bool:
        prefix = self._options.prefix
        if not given.startswith(prefix):
            return False
        signature = given.removeprefix(prefix)
        if self._options.encoding == "hex":
            signature = signature.lower()  # .NET writes capitals
        return any(is_same(signature, self._signature(secret, text)) for secret in self._options.secrets)

    def _signature(self, secret: str, text: bytes) -> str:
        digest = hmac.digest(secret.encode(), text, hashlib.sha256)
        return digest.hex() if self._options.encoding == "hex" else base64.b64encode(digest).decode()

    def _text(self, values: Mapping[str, str], body: bytes) -> bytes:
        parts = _PLACES.split(self._options.signed)  # words, name, words, name, words
        return b"".join(
            part.encode() if place % 2 == 0 else body if part == "body" else wire(values[part])
            for place, part in enumerate(parts)
        )


def misfits(options: SchemeOptions) -> dict[str, list[str]]:
    """Return what is wrong with *options*, by the key of hub.toml to mend."""
    places, faults = _PLACES.findall(options.signed), {}
    if "signature" not in options.headers:
        faults["headers"] = ["Expected a name for `signature`."]
    for name in ("timestamp", "id"):  # what is not signed proves nothing, and what is signed must be sent
        if (name in options.headers) != (name in places):
            faults[f"headers.{name}"] = [f"Expected when `signed` holds {{{name}}}, and only then."]
    if places.count("body") != 1 or re.search("[{}]", _PLACES.sub("", options.signed)):
        faults["signed"] = ["Expected {body} once, and nothing else in braces but {timestamp} and {id}."]
    return faults
