"""A stand-in for the webhooks of Teams Workflows: takes a card per channel and keeps it where it can be read."""

import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import orjson
from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.control import only_from_here
from sandbox.state import Tenant

Json = dict[str, Any]

CHANNELS = {
    "post-a40201": "Project A40201",
    "post-te-klasseren": "Post – te klasseren",
    "ict-meldingen": "ICT-meldingen",
}
SIGNATURE = "workflows-secret"
# https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
LARGEST_MESSAGE = 28 * 1024  # bytes
REQUESTS_PER_SECOND = 4

_CARD_TYPE = "application/vnd.microsoft.card.adaptive"
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Card:
    """An Adaptive Card as it stands in a channel."""

    channel: str
    content: Json
    received_at: datetime

    @property
    def key(self) -> str:
        """The sender's own id of the message, empty when the card carries none."""
        return str(self.content.get("id", ""))


@dataclass
class Throttle:
    """Lets a channel take four requests in any second."""

    clock: Callable[[], datetime]
    recent: dict[str, deque[datetime]] = field(default_factory=dict)

    def admits(self, channel: str) -> bool:
        now, taken = self.clock(), self.recent.setdefault(channel, deque())
        while taken and now - taken[0] >= _SECOND:
            taken.popleft()
        if len(taken) >= REQUESTS_PER_SECOND:
            return False
        taken.append(now)
        return True


def webhook_path(channel: str) -> str:
    """Return the secret path that posts to *channel*."""
    return f"/workflows/{channel}?sig={SIGNATURE}"


def cards_of(tenant: Tenant) -> list[Card]:
    """Return the cards that *tenant* took, oldest first; the list itself, to append to."""
    with tenant.lock:
        cards = tenant.extra.setdefault("cards", [])
        assert isinstance(cards, list)  # noqa: S101 - extra holds what this module put there
        return cards


def blueprint(tenant: Tenant) -> Blueprint:
    """Return the webhooks of *tenant*, and what they took as JSON at `/_sandbox/cards`."""
    hooks = Blueprint("workflows", __name__)
    throttle = Throttle(tenant.clock)

    @hooks.post("/workflows/<channel>")
    def take(channel: str) -> ResponseReturnValue:
        if refusal := _refusal(channel):
            return refusal
        with tenant.lock:
            if not throttle.admits(channel):
                return Response("Too many requests", 429, {"Retry-After": "1"})
            try:
                content = card_in(request.get_data())
            except ValueError as error:
                return Response(str(error), 400)
            _keep(tenant, Card(channel, content, tenant.now()))
        return Response(status=202)

    @hooks.get("/_sandbox/cards")
    def cards() -> ResponseReturnValue:
        only_from_here()
        return jsonify([_rendered(card) for card in cards_of(tenant)])

    return hooks


def card_in(message: bytes) -> Json:
    """Return the Adaptive Card in the envelope *message*. Raises: ValueError saying what is missing."""
    # https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
    envelope = orjson.loads(message)
    if not isinstance(envelope, dict) or envelope.get("type") != "message":
        raise ValueError("expected an object of type 'message'")
    match envelope.get("attachments"):
        case [{"contentType": kind, "content": {"type": "AdaptiveCard"} as content}] if kind == _CARD_TYPE:
            return cast("Json", content)
    raise ValueError(f"expected one attachment of {_CARD_TYPE} with an AdaptiveCard")


def _refusal(channel: str) -> Response | None:
    if channel not in CHANNELS:
        return Response("No such workflow", 404)
    if not secrets.compare_digest(request.args.get("sig", "").encode(), SIGNATURE.encode()):
        return Response("Wrong signature", 401)
    if len(request.get_data()) > LARGEST_MESSAGE:
        return Response("Request Entity too large", 413)
    return None


def _keep(tenant: Tenant, card: Card) -> None:
    cards = cards_of(tenant)
    cards.append(card)
    tenant.record("card", card.key, f"card-{len(cards)}", "created", {"channel": card.channel})


def _rendered(card: Card) -> Json:
    return {
        "channel": card.channel,
        "channelName": CHANNELS[card.channel],
        "receivedAt": card.received_at.isoformat(),
        "card": card.content,
    }
