"""Proves by its validation tokens that a rich delivery comes from Microsoft Graph, for us.

Source: https://learn.microsoft.com/en-us/graph/change-notifications-with-resource-data#validating-the-authenticity-of-notifications
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from services.webhooks.sources.base import TOLERANCE, NotAuthentic

PUBLISHER = "0bf30f3b-4a52-48df-9a82-234910c4a086"  # Microsoft Graph Change Tracking
MOST_TOKENS = 10  # of one delivery; Graph sends one for each app and tenant, and we are one of each
UNKNOWN_KEY = "rich_unknown_key"


class PublishedKeys(Protocol):
    """The keys that the authority published, known without asking it."""

    def find(self, kid: str) -> RSAPublicKey | None:
        """Return the key named *kid*."""
        ...


class ValidationTokens:
    """Checks the tokens of a delivery; one that is wrong in any way spoils it.

    *authority_url* is who issues tokens of the second version.
    """

    def __init__(self, keys: PublishedKeys, tenant_id: str, client_id: str, authority_url: str) -> None:
        self._keys = keys
        self._client_id = client_id
        tenant = tenant_id.lower()  # as the authority writes it
        self._issuers = [f"https://sts.windows.net/{tenant}/", f"{authority_url}/{tenant}/v2.0"]

    def check(self, tokens: object, now: datetime) -> None:
        """Return when every one of *tokens* is Graph's own, for us, and of this time.

        Raises: NotAuthentic; with the reason UNKNOWN_KEY it may be Graph's own that we cannot check yet.
        """
        if not isinstance(tokens, list) or not tokens:
            raise NotAuthentic("rich_no_token", "validationTokens: expected at least one")
        if len(tokens) > MOST_TOKENS or not all(isinstance(token, str) for token in tokens):
            raise NotAuthentic("rich_bad_token", f"validationTokens: expected at most {MOST_TOKENS} texts")
        for token in tokens:
            self._check(token, now)

    def _check(self, token: str, now: datetime) -> None:
        claims = self._proven(token)
        _check_time(claims, now)
        # The critical one: any app of the tenant can get a token for us, but only Graph one in this name.
        publishers = [claims[name] for name in ("appid", "azp") if name in claims]
        if not publishers or any(one != PUBLISHER for one in publishers):
            raise NotAuthentic("rich_other_publisher", "validationTokens: appid is not that of Graph Change Tracking")

    def _proven(self, token: str) -> dict[str, Any]:
        try:
            # The time is not PyJWT's to check: it counts from when the delivery came.
            return jwt.decode(
                token,
                self._key(jwt.get_unverified_header(token)),
                algorithms=["RS256"],
                audience=self._client_id,
                issuer=self._issuers,
                options={"require": ["exp", "nbf", "iss", "aud"], "verify_exp": False, "verify_nbf": False,
                         "verify_iat": False},
            )  # fmt: skip
        except jwt.InvalidIssuerError as error:
            raise NotAuthentic("rich_other_issuer", "validationTokens: iss is not our tenant's") from error
        except jwt.InvalidAudienceError as error:
            raise NotAuthentic("rich_other_audience", "validationTokens: aud is not our app") from error
        except (jwt.InvalidTokenError, RecursionError) as error:  # RecursionError: a header nested beyond reason
            raise NotAuthentic("rich_bad_token", f"validationTokens: {type(error).__name__}") from error

    def _key(self, header: Mapping[str, Any]) -> RSAPublicKey:
        kid = header.get("kid")
        if header.get("alg") != "RS256" or not isinstance(kid, str):
            raise NotAuthentic("rich_bad_token", "validationTokens: expected RS256 with the kid of its key")
        key = self._keys.find(kid)
        if key is None:
            raise NotAuthentic(UNKNOWN_KEY, f"validationTokens: kid {kid!r:.80} is not published as far as is known")
        return key


def _check_time(claims: Mapping[str, Any], now: datetime) -> None:
    moments = [claims[name] for name in ("nbf", "exp")]
    if not all(isinstance(moment, int | float) and not isinstance(moment, bool) for moment in moments):
        raise NotAuthentic("rich_bad_token", "validationTokens: expected numbers for nbf and exp")
    begins, ends = moments
    at, tolerance = now.timestamp(), TOLERANCE / timedelta(seconds=1)
    if not begins - tolerance <= at < ends + tolerance:
        raise NotAuthentic("rich_expired_token", f"validationTokens: {at - ends:.0f} s after its end")
