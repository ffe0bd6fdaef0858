"""The card that tells ICT that a system knocks again."""

from __future__ import annotations

from services.notifier.channels.base import Card
from services.notifier.templates import cards
from shared.events import SourceHeard


def card(notice_id: str, heard: SourceHeard) -> Card:
    """Return the card of a silence that is over."""
    rows = {"Zweeg sinds": cards.moment(heard.since), "Opnieuw gehoord": cards.moment(heard.at)}
    todo = "Wat nu? Kijk in dat systeem of er in die tijd meldingen verloren gingen, en laat het die zo nodig herhalen."
    return cards.card(notice_id, f"Bron opnieuw gehoord: {heard.source}", [cards.facts(rows), cards.text(todo)])
