"""A system that wants to hear: a signed POST by Standard Webhooks, with little more than what a card says.

Shape::

    {"id": "<card id>", "type": "notice", "title": "…", "lines": ["…"], "link": "https://…" | null,
     "about": {"Kenmerk": "2026/IN/001234"}}

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

import orjson
from marshmallow import RAISE, fields
from standardwebhooks import Webhook

from services.notifier.channels.base import Card, Channel, Kind, Parts, setting
from services.notifier.channels.plain import Reading, read
from shared.clock import Clock
from shared.contracts import Contract
from shared.errors import Invalid, Permanent
from shared.http import Http
from shared.outside import OutsideHttp

SHORTEST, LONGEST = 24, 64  # bytes of a secret, by the standard

# 410: by the standard the receiver wants no more. A redirect is not followed: it could lead anywhere.
_REFUSALS = {f"http_{status}" for status in (301, 302, 303, 307, 308, 401, 403, 404, 410)}


@dataclass(frozen=True, kw_only=True)
class WebhookOptions(Contract):
    """One table [notifier.channels.<name>]. *url* and *secret* name settings."""

    UNKNOWN: ClassVar[str] = RAISE  # a misspelt key is a fault, not a default

    url: Annotated[str, setting()]
    secret: Annotated[str, setting()]
    allow_private: Annotated[bool, fields.Boolean(truthy={True}, falsy={False})] = False


class WebhookChannel:
    """One receiver. *setting* names the secret that holds *url*, so that whoever must mend it knows where."""

    def __init__(self, setting: str, url: str, key: Webhook, http: Http, clock: Clock) -> None:
        self._setting, self._url, self._key, self._http, self._clock = setting, url, key, http, clock

    def send(self, card: Card) -> None:
        """Post *card* under its own id, the same at every attempt: the receiver takes what it had before as done."""
        reading = read(card)
        body = orjson.dumps(_payload(reading))
        now = self._clock.now()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": reading.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._key.sign(reading.id, now, body.decode()),
        }
        try:
            self._http.ask_bytes(self._url, body, headers=headers)
        except Permanent as error:
            if error.reason in _REFUSALS:
                raise Permanent("channel_refused", f"{error}: mend the address in {self._setting}") from error
            raise


def address(setting: str, url: str, *, allow_private: bool) -> str:
    """Return *url*. Raises: Invalid naming *setting*, without what it holds, when nobody can be told there safely."""
    schemes = ("https", "http") if allow_private else ("https",)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, half an IPv6 address
        usable = False
    if not usable:
        told = f"{setting}: expected an address that begins with {' or '.join(f'{one}://' for one in schemes)}"
        raise Invalid("invalid_address", told, {setting: [told]})
    return url


def signing_key(setting: str, secret: str) -> Webhook:
    """Return the key in *secret*, `whsec_` and base64. Raises: Invalid naming *setting*, never with the secret."""
    prefix, mark, text = secret.partition("_")
    try:
        key = base64.b64decode(text, validate=True) if prefix + mark == "whsec_" else b""
    except ValueError:
        key = b""
    if not SHORTEST <= len(key) <= LONGEST:
        told = f"{setting}: expected whsec_ and {SHORTEST} to {LONGEST} random bytes in base64"
        raise Invalid("bad_secret", told, {setting: [told]})
    return Webhook(key)


def _payload(reading: Reading) -> dict[str, object]:
    return {
        "id": reading.id,
        "type": "notice",
        "title": reading.title,
        "lines": list(reading.texts),
        "link": reading.links[0].url if reading.links else None,
        "about": {fact.name: fact.value for fact in reading.facts},
    }


def _build(_name: str, options: WebhookOptions, parts: Parts) -> Channel:
    url = address(options.url, parts.secret(options.url), allow_private=options.allow_private)
    key = signing_key(options.secret, parts.secret(options.secret))
    return WebhookChannel(options.url, url, key, parts.http if options.allow_private else OutsideHttp(), parts.clock)


WEBHOOK = Kind("webhook", WebhookOptions, _build)
