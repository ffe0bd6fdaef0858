"""The card that tells where a letter was and is that it belongs to another project now."""

from __future__ import annotations

from services.notifier.channels.base import Card
from services.notifier.templates import cards
from shared.events import MailMoved


def card(notice_id: str, moved: MailMoved) -> Card:
    """Return the card of a move; kenmerk and code only."""
    now = f"hoort nu bij {moved.project}." if moved.project else "staat nu in Te klasseren, bij de postdienst."
    return cards.card(notice_id, "Poststuk verplaatst", [cards.text(f"{moved.kenmerk} {now}")])
