"""The card that tells a project of a new letter."""

from __future__ import annotations

from services.notifier.channels.base import Card
from services.notifier.domain import FiledLetter
from services.notifier.templates import cards


def card(notice_id: str, letter: FiledLetter) -> Card:
    """Return the card of *letter*; of a confidential one it says no more than that it exists."""
    if not letter.may_be_shown:
        hint = cards.text(f"{letter.kenmerk} is vertrouwelijk. Raadpleeg het postregister.")
        return cards.card(notice_id, "Nieuw vertrouwelijk poststuk", [hint])
    rows = {
        "Kenmerk": letter.kenmerk,
        "Ontvangen op": cards.day(letter.received_on),
        "Onderwerp": letter.subject,
        "Behandelaar": letter.case_handler,
        "Antwoord tegen": cards.day(letter.reply_by),
    }
    body = [cards.facts(rows)]
    if letter.unclassified:
        body.append(
            cards.text("Er is geen lopend project met deze code. Kies de juiste map en pas de projectcode aan.")
        )
    button = cards.opening(f"Document {letter.kenmerk} openen", letter.web_url)
    return cards.card(notice_id, _title(letter), body, [button])


def _title(letter: FiledLetter) -> str:
    """Name the project as its folder does: `A40201 - Moderne digitale werkplaats`."""
    if letter.unclassified:
        return "Nieuwe post om te klasseren"
    return f"Nieuwe post voor {letter.project_folder.replace(' - ', ' – ', 1)}"
