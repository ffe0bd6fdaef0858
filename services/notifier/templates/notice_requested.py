"""The card of what another system wants people to hear."""

from __future__ import annotations

from textwrap import shorten

from services.notifier.channels.base import Card
from services.notifier.templates import cards
from shared.events import NoticeRequested

_BUTTON = 60  # characters of the title that a button takes


def card(notice_id: str, notice: NoticeRequested) -> Card:
    """Return the card of *notice*; of a confidential one no more than its title and link."""
    body = [] if notice.privacy == "vertrouwelijk" else _details(notice)
    button = f"{shorten(notice.title, _BUTTON, placeholder='…')} openen"
    actions = [cards.opening(button, notice.link)] if notice.link else []
    return cards.card(notice_id, notice.title, body, actions)


def _details(notice: NoticeRequested) -> list[cards.Part]:
    text = [cards.text(notice.text)] if notice.text else []
    return [*text, cards.facts({"Project": notice.project or "", "Bron": notice.source})]
