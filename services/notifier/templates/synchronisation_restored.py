"""The card that tells ICT that a source of absences is read again."""

from __future__ import annotations

from services.notifier.channels.base import Card
from services.notifier.templates import cards
from shared.events import AbsenceSourceRestored


def card(notice_id: str, restored: AbsenceSourceRestored) -> Card:
    """Return the card of an interruption that is over."""
    rows = {"Bron": restored.source, "Opnieuw gelezen": cards.moment(restored.at)}
    todo = "Niets te doen: de hub zet zelf in de agenda's wat intussen wijzigde."
    title = f"Synchronisatie hersteld: {restored.source}"
    return cards.card(notice_id, title, [cards.facts(rows), cards.text(todo)])
