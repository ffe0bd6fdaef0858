"""Notifications with resource data: what they ask of a subscriber, how they are encrypted and how they are signed.

Source: https://learn.microsoft.com/en-us/graph/change-notifications-with-resource-data
"""

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from jwt.algorithms import RSAAlgorithm

from sandbox.errors import bad_request

Json = dict[str, Any]
PUBLISHER = "0bf30f3b-4a52-48df-9a82-234910c4a086"  # Microsoft Graph Change Tracking
_TOKEN_LIFETIME = timedelta(hours=24)
_LONGEST_CERTIFICATE_ID = 128
_OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303 - Graph's choice


@dataclass
class Signer:
    """Signs as the authority does, with a key of its own that is made when somebody asks for it."""

    kid: str = field(default_factory=lambda: secrets.token_urlsafe(20))

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def published(self) -> Json:
        """Return the JWKS."""
        jwk = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{name: jwk[name] for name in ("kty", "n", "e")} | {"use": "sig", "kid": self.kid}]}

    def validation_token(self, tenant_id: str, client_id: str, now: datetime) -> str:
        """Return the proof that a notification comes from Graph, for one app of one tenant."""
        claims = {
            "aud": client_id,
            "iss": f"https://sts.windows.net/{tenant_id}/",
            "iat": now,
            "nbf": now,
            "exp": now + _TOKEN_LIFETIME,
            "appid": PUBLISHER,
            "appidacr": "2",
            "idp": f"https://sts.windows.net/{tenant_id}/",
            "tid": tenant_id,
            "uti": str(uuid.uuid4()),
            "ver": "1.0",
        }
        return self.signed(claims)

    def signed(self, claims: Json) -> str:
        """Return *claims* as a token of the authority."""
        return jwt.encode(claims, self._key, "RS256", headers={"kid": self.kid, "x5t": self.kid})


def check_wish(body: Json) -> None:
    """Refuse a subscription with resource data that lacks what Microsoft asks of Outlook's. Raises: GraphError 400."""
    selected = parse_qs(body["resource"].partition("?")[2]).get("$select", [""])[0]
    if not selected:
        raise bad_request("Subscriptions with resource data must $select the properties of the resource.")
    check_certificate(body)


def check_certificate(body: Json) -> None:
    """Raises: GraphError 400."""
    if not isinstance(body.get("encryptionCertificate"), str):
        raise bad_request("encryptionCertificate is required with includeResourceData.", "InvalidRequest")
    if len(body.get("encryptionCertificateId") or "") > _LONGEST_CERTIFICATE_ID:
        raise bad_request("The encryptionCertificateId is longer than 128 characters.", "InvalidRequest")
    key = _certificate(body["encryptionCertificate"]).public_key()
    if not isinstance(key, rsa.RSAPublicKey) or not 2048 <= key.key_size <= 4096:
        raise bad_request("The key of the encryptionCertificate must be RSA of 2048 to 4096 bits.", "InvalidRequest")


def selection(resource: str, thing: Json) -> Json:
    """Return of *thing* what a subscription to *resource* selects, and its annotations."""
    names = parse_qs(resource.partition("?")[2])["$select"][0].split(",")
    return {name: value for name, value in thing.items() if name in names or name == "id" or name.startswith("@")}


def encrypted(thing: Json, certificate: str, certificate_id: str | None) -> Json:
    """Return the `encryptedContent` of *thing*, with a key of its own."""
    public = _certificate(certificate)
    key, padder = secrets.token_bytes(32), PKCS7(128).padder()
    plain = padder.update(json.dumps(thing).encode()) + padder.finalize()
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    ciphertext = cipher.update(plain) + cipher.finalize()
    rsa_key = public.public_key()
    if not isinstance(rsa_key, rsa.RSAPublicKey):
        raise TypeError("the certificate was checked when the subscription was made")
    return {
        "data": base64.b64encode(ciphertext).decode(),
        "dataKey": base64.b64encode(rsa_key.encrypt(key, _OAEP)).decode(),
        "dataSignature": base64.b64encode(hmac.new(key, ciphertext, hashlib.sha256).digest()).decode(),
        "encryptionCertificateId": certificate_id,
        "encryptionCertificateThumbprint": public.fingerprint(hashes.SHA1()).hex().upper(),  # noqa: S303 - a name
    }


def _certificate(given: str) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(base64.b64decode(given, validate=True))
    except ValueError as error:
        raise bad_request("The encryptionCertificate is no X.509 certificate in base64.", "InvalidRequest") from error
