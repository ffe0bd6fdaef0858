"""What every channel promises: it takes a card, or says whether to try again or to call a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

Card = Mapping[str, Any]  # an Adaptive Card: {"type": "AdaptiveCard", "id": "<notice id>", "body": […], …}


class Channel(Protocol):
    """A place where people read."""

    def send(self, card: Card) -> None:
        """Show *card* to the people of the channel.

        Raises: Transient when the same card can be taken later; Permanent when a person must mend something.
        """
        ...
