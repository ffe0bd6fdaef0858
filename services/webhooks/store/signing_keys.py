"""The authority's published keys: kept here, because who knocks must not wait for the authority."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm
from sqlalchemy import Connection, delete, func, insert, select

from services.webhooks.store.tables import signing_keys
from shared.errors import Transient
from shared.persistence.database import Database

RECENT = 5.0  # seconds for which what was read of the table serves
LONGEST_KID = 128  # characters; the authority's are 27


class SigningKeys:
    """The rows of signing_keys."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._recent: tuple[float, Mapping[str, RSAPublicKey]] = (-RECENT, {})

    def find(self, kid: str) -> RSAPublicKey | None:
        """Return the key named *kid*; looked for twice, because it may have been fetched a moment ago."""
        read_at, found = self._recent
        if time.monotonic() - read_at >= RECENT or kid not in found:
            found = self._read()
        return found.get(kid)

    def keep(self, published: Sequence[Mapping[str, Any]], now: datetime) -> None:
        """Remember *published* (JWKs) in place of what was: a key that is gone is no longer good.

        Raises: Transient when no RSA key is among them: what was known stays.
        """
        rows = [
            {"kid": jwk["kid"], "jwk": orjson.dumps(dict(jwk)).decode(), "seen_at": now}
            for jwk in {jwk.get("kid"): jwk for jwk in published}.values()
            if _is_usable(jwk)
        ]
        if not rows:
            raise Transient("no_signing_keys", "the authority published no RSA key to sign with")

        def work(connection: Connection) -> None:
            connection.execute(delete(signing_keys))
            connection.execute(insert(signing_keys), rows)

        self._database.write(work)

    def fetched_at(self) -> datetime | None:
        """Return when `keep` was called last."""
        with self._database.read() as connection:
            newest: datetime | None = connection.execute(select(func.max(signing_keys.c.seen_at))).scalar_one()
            return newest

    def _read(self) -> Mapping[str, RSAPublicKey]:
        with self._database.read() as connection:
            rows = connection.execute(select(signing_keys.c.kid, signing_keys.c.jwk)).all()
        found = {kid: key for kid, jwk in rows if (key := _public(orjson.loads(jwk))) is not None}
        self._recent = (time.monotonic(), found)
        return found


def _is_usable(jwk: Mapping[str, Any]) -> bool:
    kid = jwk.get("kid")
    return (
        isinstance(kid, str)
        and 0 < len(kid) <= LONGEST_KID
        and jwk.get("use", "sig") == "sig"
        and _public(jwk) is not None
    )


def _public(jwk: Mapping[str, Any]) -> RSAPublicKey | None:
    """Return the public key; None for one of another kind, which signs no validation token."""
    try:
        key = RSAAlgorithm.from_jwk(dict(jwk))
    except (jwt.InvalidKeyError, KeyError, ValueError):
        return None
    return key if isinstance(key, RSAPublicKey) else None
