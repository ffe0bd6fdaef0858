"""Opens what Microsoft Graph encrypted for us: a notification that brings the changed thing along.

Source: https://learn.microsoft.com/en-us/graph/change-notifications-with-resource-data#decrypting-resource-data-from-change-notifications
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from services.webhooks.domain.certificates import OpeningKey
from services.webhooks.sources.base import NotAuthentic
from services.webhooks.sources.tokens import ValidationTokens

# SHA-1 is Graph's choice; in OAEP nothing is known to be wrong with it.
_OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303 - as said
_IV_BYTES = 16
_PARTS = ("data", "dataKey", "dataSignature", "encryptionCertificateId")


class OpeningKeys(Protocol):
    """The keys that Graph may have encrypted for."""

    def find(self, id_: str) -> OpeningKey | None:
        """Return the key of the certificate that we named *id_*."""
        ...


@dataclass(frozen=True)
class Rich:
    """What it takes to believe and to read rich notifications."""

    tokens: ValidationTokens
    keys: OpeningKeys

    def prove(self, tokens: object, now: datetime) -> None:
        """Check every validation token of a delivery.

        Raises: NotAuthentic.
        """
        self.tokens.check(tokens, now)

    def open(self, encrypted: object) -> Any:
        """Return the resource in an item's `encryptedContent`.

        The ciphertext is proven before it is touched: who forges one learns nothing of what is inside.
        Raises: NotAuthentic.
        """
        parts = _parts(encrypted)
        key = self._key(parts)
        data_key = _data_key(key, _bytes(parts, "dataKey"))
        ciphertext = _bytes(parts, "data")
        expected = hmac.new(data_key, ciphertext, hashlib.sha256).digest()
        if not hmac.compare_digest(expected, _bytes(parts, "dataSignature")):
            raise NotAuthentic("rich_bad_signature", "dataSignature is not that of data")
        return _decrypted(data_key, ciphertext)

    def _key(self, parts: dict[str, str]) -> RSAPrivateKey:
        id_ = parts["encryptionCertificateId"]
        found = self.keys.find(id_)
        if found is None:
            raise NotAuthentic("rich_unknown_certificate", f"encryptionCertificateId {id_!r:.80}: no such certificate")
        said = parts.get("encryptionCertificateThumbprint")
        if said is not None and said.lower() != found.thumbprint.lower():
            raise NotAuthentic("rich_other_thumbprint", f"certificate {id_}: expected {found.thumbprint}")
        return found.key


def _parts(encrypted: object) -> dict[str, str]:
    parts = encrypted if isinstance(encrypted, dict) else {}
    wanted = [*_PARTS, *(["encryptionCertificateThumbprint"] if "encryptionCertificateThumbprint" in parts else [])]
    if not all(isinstance(parts.get(name), str) for name in wanted):
        raise NotAuthentic("rich_malformed", f"encryptedContent: expected texts for {', '.join(wanted)}")
    return {name: parts[name] for name in wanted}


def _bytes(parts: dict[str, str], name: str) -> bytes:
    try:
        return base64.b64decode(parts[name], validate=True)
    except ValueError as error:
        raise NotAuthentic("rich_malformed", f"encryptedContent.{name}: expected base64") from error


def _data_key(key: RSAPrivateKey, encrypted: bytes) -> bytes:
    try:
        return key.decrypt(encrypted, _OAEP)
    except ValueError as error:
        raise NotAuthentic("rich_undecryptable", "dataKey is not encrypted for this certificate") from error


def _decrypted(data_key: bytes, ciphertext: bytes) -> Any:
    try:
        decryptor = Cipher(algorithms.AES(data_key), modes.CBC(data_key[:_IV_BYTES])).decryptor()
        unpadder = PKCS7(algorithms.AES.block_size).unpadder()
        padded = decryptor.update(ciphertext) + decryptor.finalize()
        return orjson.loads(unpadder.update(padded) + unpadder.finalize())
    except ValueError as error:
        raise NotAuthentic("rich_undecryptable", "data: expected JSON, padded and encrypted by AES-CBC") from error
