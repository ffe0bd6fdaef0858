"""The card that tells those who had a letter that it is gone from their folder."""

from __future__ import annotations

from services.notifier.channels.base import Card
from services.notifier.templates import cards
from shared.events import MailWithdrawn

_TITLES = {
    "confidential": "Vertrouwelijk – raadpleeg het postregister",
    "cancelled": "Geannuleerd",
    "deleted": "Verwijderd in het postregister",
}
_OTHERWISE = "Uit de map genomen – raadpleeg het postregister"


def card(notice_id: str, withdrawn: MailWithdrawn) -> Card:
    """Return the card; the kenmerk only, also of what is no secret: cards stay for years."""
    place = f"in de map van {withdrawn.project}" if withdrawn.project else "in Te klasseren"
    body = [cards.text(f"{withdrawn.kenmerk} staat niet meer {place}.")]
    return cards.card(notice_id, _TITLES.get(withdrawn.reason, _OTHERWISE), body)
