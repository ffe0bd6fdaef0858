"""The card that tells ICT that a system no longer knocks."""

from __future__ import annotations

from services.notifier.channels.base import Card
from services.notifier.templates import cards
from shared.events import SourceSilent


def card(notice_id: str, silent: SourceSilent) -> Card:
    """Return the card of a silence: since when, and what to check."""
    since = f"Van {silent.source} kwam niets meer binnen sinds {cards.moment(silent.since)}, tegen de gewoonte."
    todo = (
        "Wat nu? Controleer of dat systeem werkt en zijn webhook nog aan staat, of het het adres van de hub bereikt, "
        "en of de console geweigerde leveringen van deze bron toont."
    )
    return cards.card(notice_id, f"Bron zwijgt: {silent.source}", [cards.text(since), cards.text(todo)])
