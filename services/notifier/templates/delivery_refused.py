"""The card that tells ICT that the hub could not use what a system delivered."""

from __future__ import annotations

from services.notifier.channels.base import Card
from services.notifier.templates import cards
from services.notifier.templates.reasons import explained
from shared.events import DeliveryRefused

_SHOWN = 10  # fields that a person reads on a card; the console has the rest


def card(notice_id: str, refused: DeliveryRefused) -> Card:
    """Return the card of a refusal: which fields, and what to do. What was delivered is not known here."""
    why, next_step = explained(refused.reason)
    places = ", ".join(refused.places[:_SHOWN]) + (", …" if len(refused.places) > _SHOWN else "")
    rows = {"Reden": f"{why} ({refused.reason})", "Velden": places, "Levering": refused.delivery_id}
    todo = f"Wat nu? {next_step} Dezelfde fout van deze bron wordt vandaag niet opnieuw gemeld."
    return cards.card(notice_id, f"Levering geweigerd: {refused.source}", [cards.facts(rows), cards.text(todo)])
