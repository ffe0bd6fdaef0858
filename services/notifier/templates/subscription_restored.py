"""The card that tells ICT that changes are told to the hub again."""

from __future__ import annotations

from services.notifier.channels.base import Card
from services.notifier.templates import cards
from shared.events import SubscriptionRestored
from shared.events.sources import HOOK


def card(notice_id: str, restored: SubscriptionRestored) -> Card:
    """Return the card of what is mended, or no longer wanted."""
    what = "Webhook bij bron" if restored.kind == HOOK else "Abonnement"
    rows = {"Lukte niet sinds": cards.moment(restored.since), "In orde sinds": cards.moment(restored.at)}
    todo = "Niets te doen: de hub vraagt zelf na wat intussen niet gemeld werd."
    return cards.card(
        notice_id, f"{what} opnieuw in orde: {restored.subscription}", [cards.facts(rows), cards.text(todo)]
    )
