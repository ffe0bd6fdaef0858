"""The card that tells ICT of a message that waits for a person."""

from __future__ import annotations

from services.notifier.channels.base import Card
from services.notifier.templates import cards
from services.notifier.templates.reasons import explained
from shared.events import MessageParked


def card(notice_id: str, parked: MessageParked) -> Card:
    """Return the card of *parked*: what stopped, why, and what to do. Ids only, no content."""
    why, next_step = explained(parked.reason)
    rows = {
        "Dienst": parked.service,
        "Bericht": parked.message_type,
        "Reden": f"{why} ({parked.reason})",
        "Pogingen": str(len(parked.attempts)),
        "Voor het eerst gezien": cards.moment(parked.first_seen),
        "Bericht-id": parked.message_id,
        "Correlatie-id": parked.message_correlation_id,
    }
    todo = f"Wat nu? {next_step} Kies daarna in de console van de hub om het opnieuw te proberen of weg te leggen."
    return cards.card(notice_id, f"Bericht wacht op ICT: {parked.service}", [cards.facts(rows), cards.text(todo)])
