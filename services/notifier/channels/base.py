"""What every channel promises: it takes a card, or says whether to try again or to call a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from marshmallow import fields, validate

from shared.clock import Clock
from shared.contracts import Contract
from shared.graph.client import GraphClient
from shared.http import Http

Card = Mapping[str, Any]  # an Adaptive Card: {"type": "AdaptiveCard", "id": "<notice id>", "body": […], …}


class Channel(Protocol):
    """A place where people read."""

    def send(self, card: Card) -> None:
        """Show *card* to the people of the channel.

        Raises: Transient when the same card can be taken later; Permanent when a person must mend something.
        """
        ...


@dataclass(frozen=True)
class Parts:
    """What a channel may be built from. *secret* resolves a setting's name."""

    clock: Clock
    secret: Callable[[str], str]
    http: Http
    graph: GraphClient


@dataclass(frozen=True)
class Kind:
    """A kind of channel: its word in hub.toml, the keys of its table, and how to build the one with a name."""

    name: str
    options: type[Contract]
    build: Callable[[str, Any, Parts], Channel]


def setting() -> fields.String:
    """Return the field of a key that names a setting: what the setting holds is a secret."""
    named = validate.Regexp(r"^HUB_[A-Z0-9_]+\Z", error="Expected the name of a HUB_… setting.")
    return fields.String(validate=named)
