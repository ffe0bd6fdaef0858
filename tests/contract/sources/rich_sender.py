"""Microsoft Graph as it sends rich notifications, worked out from its documentation and from nothing of ours.

Source: https://learn.microsoft.com/en-us/graph/change-notifications-with-resource-data
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import jwt
import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.x509.oid import NameOID

from services.webhooks.domain.certificates import OpeningKey
from services.webhooks.sources.base import Delivery
from services.webhooks.sources.graph import GraphNotifications, Rules
from services.webhooks.sources.rich import Rich
from services.webhooks.sources.tokens import ValidationTokens
from tests.contract.sources.kit import ITEM, NOW, TENANT, Remembered, known

CLIENT = "6f1d2c3b-0000-4000-8000-00000000c1e1"
AUTHORITY = "https://login.example.org"
CHANGE_TRACKING = "0bf30f3b-4a52-48df-9a82-234910c4a086"
KID, CERTIFICATE = "kid-1", "certificate-1"
MESSAGE: dict[str, Any] = {"@odata.etag": 'W/"1"', "id": "AAMk", "subject": "Aanvraag", "from": {"name": "Ünï"}}


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """Return the key *name*, the same each time: making one is slow."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def thumbprint(name: str) -> str:
    """Return the SHA-1 thumbprint of a certificate for the key *name*."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).serial_number(1)
    builder = builder.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=365))
    certificate = builder.public_key(rsa_key(name).public_key()).sign(rsa_key(name), hashes.SHA256())
    return certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303 - so Graph names them


def token(key: str = KID, kid: str | None = KID, algorithm: str = "RS256", **changes: Any) -> str:
    """Return a validation token; a change to None leaves the claim out."""
    claims: dict[str, Any] = {
        "aud": CLIENT,
        "iss": f"https://sts.windows.net/{TENANT}/",
        "iat": NOW,
        "nbf": NOW - timedelta(minutes=5),
        "exp": NOW + timedelta(hours=1),
        "appid": CHANGE_TRACKING,
        "tid": TENANT,
        "ver": "1.0",
    }
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    headers = {"kid": kid} if kid is not None else {}
    return jwt.encode(claims, rsa_key(key), algorithm, headers=headers)


def encrypted(
    content: bytes | None = None, key: bytes = bytes(range(32)), certificate: str = CERTIFICATE
) -> dict[str, Any]:
    """Return the encryptedContent of *content*, padded by hand."""
    plain = orjson.dumps(MESSAGE) if content is None else content
    missing = 16 - len(plain) % 16
    return sealed(plain + bytes([missing]) * missing, key, certificate)


def sealed(padded: bytes, key: bytes = bytes(range(32)), certificate: str = CERTIFICATE) -> dict[str, Any]:
    """Return the encryptedContent of what is *padded*, well or badly."""
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    ciphertext = encryptor.update(padded) + encryptor.finalize()
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303 - Graph's choice
    return {
        "data": base64.b64encode(ciphertext).decode(),
        "dataKey": base64.b64encode(rsa_key(certificate).public_key().encrypt(key, oaep)).decode(),
        "dataSignature": base64.b64encode(hmac.new(key, ciphertext, hashlib.sha256).digest()).decode(),
        "encryptionCertificateId": certificate,
        "encryptionCertificateThumbprint": thumbprint(certificate),
    }


def rich_item(content: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return ITEM | {"encryptedContent": encrypted() if content is None else content} | changes


def rich_delivery(*items: dict[str, Any], at: datetime = NOW, **collection: Any) -> Delivery:
    """Return the POST of *items*, with one good validation token unless *collection* says otherwise."""
    body = {"value": list(items or [rich_item()]), "validationTokens": [token()]} | collection
    return Delivery({"content-type": "application/json"}, orjson.dumps(body), at)


@dataclass
class Keys:
    """The keys that the receiver knows, and how often each was asked for."""

    published: tuple[str, ...] = (KID,)
    certificates: tuple[str, ...] = (CERTIFICATE, "certificate-0")
    asked: list[str] = field(default_factory=list)

    def find_published(self, kid: str) -> rsa.RSAPublicKey | None:
        self.asked.append(kid)
        return rsa_key(kid).public_key() if kid in self.published else None

    def find_certificate(self, id_: str) -> OpeningKey | None:
        self.asked.append(id_)
        return OpeningKey(thumbprint(id_).lower(), rsa_key(id_)) if id_ in self.certificates else None


@dataclass(frozen=True)
class _Finds:
    find: Any


def receiver(keys: Keys | None = None, rules: Rules | None = None, **changes: Any) -> GraphNotifications:
    """Return the source that knows the subscription `people` and *keys*."""
    keys = keys or Keys()
    tokens = ValidationTokens(_Finds(keys.find_published), TENANT, CLIENT, AUTHORITY)
    rich = Rich(tokens, _Finds(keys.find_certificate))
    return GraphNotifications(Remembered((known(**changes),)), TENANT, rich, rules)
