"""The certificates for rich notifications, made here; their private keys are sealed."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from sqlalchemy import delete, insert, select, update

from services.webhooks.domain.certificates import LIFE, Certificate, OpeningKey
from services.webhooks.store.tables import certificates
from shared.errors import Permanent, Transient
from shared.persistence.database import Database
from shared.vault import Vault

BITS = 2048  # Graph takes 2048 to 4096; more makes every notification slower, and the key lives a year
SKEW = timedelta(hours=1)  # between our clock and Graph's


class Locked(Transient):
    """The vault does not open a key: the sender repeats until that is mended."""


class Certificates:
    """The rows of certificates. A private key leaves them as an object in memory, never as text."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._opened: dict[str, OpeningKey] = {}

    def all(self) -> Sequence[Certificate]:
        """Return every certificate, without its key."""
        columns = certificates.c
        wanted = select(columns.id, columns.certificate, columns.made_at, columns.expires_at, columns.unused_since)
        with self._database.read() as connection:
            return [Certificate(*row) for row in connection.execute(wanted)]

    def usable(self) -> Sequence[Certificate]:
        """Return those whose key the vault opens: sealed with a key that was lost, the others are of no use."""
        return [one for one in self.all() if self._opens(one)]

    def make(self, now: datetime) -> Certificate:
        """Make a key with its certificate, and return it once it is stored."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
        public = _self_signed(key, now).public_bytes(serialization.Encoding.DER)
        made = Certificate(str(uuid4()), base64.b64encode(public).decode(), now, now + LIFE)
        row = {
            "id": made.id,
            "certificate": made.public,
            "private_key": self._vault.seal(_pem(key)),
            "made_at": made.made_at,
            "expires_at": made.expires_at,
        }
        self._database.write(lambda connection: connection.execute(insert(certificates), [row]))
        return made

    def note_use(self, certificate: Certificate) -> None:
        """Remember since when *certificate* is not used."""
        noted = update(certificates).where(certificates.c.id == certificate.id)
        self._database.write(lambda connection: connection.execute(noted.values(unused_since=certificate.unused_since)))

    def drop(self, id_: str) -> None:
        """Forget a certificate and its key."""
        self._opened.pop(id_, None)
        self._database.write(
            lambda connection: connection.execute(delete(certificates).where(certificates.c.id == id_))
        )

    def find(self, id_: str) -> OpeningKey | None:
        """Return the key of the certificate *id_*, None when there is none.

        Raises: Locked when the vault does not open it.
        """
        if id_ not in self._opened:
            wanted = select(certificates.c.certificate, certificates.c.private_key).where(certificates.c.id == id_)
            with self._database.read() as connection:
                row = connection.execute(wanted).one_or_none()
            if row is None:
                return None
            self._opened[id_] = self._open(row.certificate, row.private_key)
        return self._opened[id_]

    def _opens(self, certificate: Certificate) -> bool:
        try:
            return self.find(certificate.id) is not None
        except Locked:
            return False

    def _open(self, public: str, sealed: str) -> OpeningKey:
        try:
            pem = self._vault.open(sealed).encode()
        except Permanent as error:
            raise Locked(error.reason, str(error)) from error
        key = cast("rsa.RSAPrivateKey", serialization.load_pem_private_key(pem, password=None))
        return OpeningKey(_thumbprint(base64.b64decode(public)), key)


def _self_signed(key: rsa.RSAPrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "integration hub, rich notifications")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - SKEW).not_valid_after(now + LIFE).sign(key, hashes.SHA256())


def _pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _thumbprint(der: bytes) -> str:
    # SHA-1 is a name here, not a protection: Graph names certificates so
    return x509.load_der_x509_certificate(der).fingerprint(hashes.SHA1()).hex()  # noqa: S303 - as said
