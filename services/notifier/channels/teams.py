"""A Teams channel, reached through the webhook of a Workflow (Power Automate)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Protocol

from marshmallow import RAISE

from services.notifier.channels.base import Card, Channel, Kind, Parts, setting
from services.notifier.channels.pace import Pace
from shared.contracts import Contract
from shared.errors import Permanent

# https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
LARGEST_MESSAGE = 28 * 1024  # bytes
SECONDS_BETWEEN = 0.25  # four requests a second are taken, more are throttled

_REFUSALS = {"http_401", "http_403", "http_404"}


@dataclass(frozen=True, kw_only=True)
class TeamsOptions(Contract):
    """One table [notifier.channels.<name>]. *url* names the setting that holds the address, which is a secret."""

    UNKNOWN: ClassVar[str] = RAISE  # a misspelt key is a fault, not a default

    url: Annotated[str, setting()]


class Poster(Protocol):
    """Posts JSON; shared.http.Http answers."""

    def post_json(self, url: str, body: Any, *, headers: Mapping[str, str] | None = None) -> int: ...


class TeamsChannel:
    """One channel. *setting* names the secret that holds *url*, so that whoever must mend it knows where."""

    def __init__(self, setting: str, url: str, http: Poster, pace: Pace) -> None:
        self._setting, self._url, self._http, self._pace = setting, url, http, pace

    def send(self, card: Card) -> None:
        """Post *card*. A success means that the Workflow took it over; it shows the card moments later."""
        message = envelope(card)
        size = len(json.dumps(message).encode())  # as it goes over the wire: not ASCII is escaped
        if size > LARGEST_MESSAGE:
            raise Permanent("card_too_large", f"card {card['id']} takes {size} bytes, Teams at most {LARGEST_MESSAGE}")
        self._pace.wait()
        try:
            self._http.post_json(self._url, message)
        except Permanent as error:
            if error.reason in _REFUSALS:
                raise Permanent(
                    "channel_refused", f"{error}: renew the Workflow's address in {self._setting}"
                ) from error
            raise


def envelope(card: Card) -> dict[str, Any]:
    """Return the message that the Workflow trigger "When a Teams webhook request is received" expects."""
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": dict(card)}
    return {"type": "message", "attachments": [attachment]}


def _build(_name: str, options: TeamsOptions, parts: Parts) -> Channel:
    return TeamsChannel(options.url, parts.secret(options.url), parts.http, Pace(SECONDS_BETWEEN))


TEAMS = Kind("teams", TeamsOptions, _build)
