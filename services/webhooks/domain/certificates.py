"""When a certificate for rich notifications is made, used and forgotten. Pure: no clock, no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

LIFE = timedelta(days=365)
ROTATE_BEFORE = timedelta(days=60)  # before its end: every subscription is renewed many times in these
MARGIN = timedelta(hours=4)  # for so long Graph repeats a notification that was encrypted before the change


@dataclass(frozen=True)
class Certificate:
    """What Graph encrypts for. *public* is the X.509 certificate as Graph takes it, base64 of DER.

    *unused_since* is when no subscription named it any more.
    """

    id: str
    public: str
    made_at: datetime
    expires_at: datetime
    unused_since: datetime | None = None


@dataclass(frozen=True)
class OpeningKey:
    """The private key of a certificate, and the certificate's SHA-1 thumbprint in hex."""

    thumbprint: str
    key: RSAPrivateKey


def current(certificates: Sequence[Certificate], now: datetime) -> Certificate | None:
    """Return the one that subscriptions get from now on, None when it must be made."""
    fresh = (one for one in certificates if one.expires_at - now > ROTATE_BEFORE)
    return max(fresh, key=lambda one: (one.made_at, one.id), default=None)


def reviewed(certificate: Certificate, now: datetime, *, in_use: bool) -> Certificate | None:
    """Return *certificate* as it is to be remembered, None when its key may go."""
    if in_use:
        return replace(certificate, unused_since=None)
    since = certificate.unused_since or now
    return None if now - since >= MARGIN else replace(certificate, unused_since=since)
