"""The card of a letter that a channel may know by its kenmerk only, or that is no longer where it was."""

from __future__ import annotations

from services.notifier.channels.base import Card
from services.notifier.templates import cards


def card(notice_id: str, kenmerk: str) -> Card:
    """Return the card. It is the same for what is secret and what is gone: neither is anybody's news here."""
    return cards.card(notice_id, f"Poststuk {kenmerk}", [cards.text("Raadpleeg het postregister.")])
