"""The card that tells ICT that a source took so much away that the hub believes none of it yet."""

from __future__ import annotations

from services.notifier.channels.base import Card
from services.notifier.templates import cards
from shared.events import AbsenceHeld

TITLES = {
    "mass_deletion_blocked": "Massaverwijdering geblokkeerd",
    "mass_change_blocked": "Massawijziging geblokkeerd",
}
_WHY = {
    "mass_deletion_blocked": "De bron leverde plots veel minder afwezigheden dan de vorige keer. "
    "Er werd niets verwijderd.",
    "mass_change_blocked": "Door wat de bron nu zegt, zouden de meeste mensen hun komende afwezigheden kwijt zijn. "
    "Er werd niets gewijzigd.",
}


def card(notice_id: str, held: AbsenceHeld) -> Card:
    """Return the card: what was stopped, and how to go on if it was right. How many is asked of timesync, not told."""
    todo = (
        "Wat nu? Controleer of de uitvoer van de bron volledig en juist is, en herstel ze zo nodig. Klopt ze toch, "
        "bevestig dat dan in de console bij Vastgehouden, of geef op de server dit bevel:"
    )
    body = [
        cards.text(_WHY[held.reason]),
        cards.text(todo),
        cards.facts({"Bron": held.source, "Bevel": f"hub absences release {held.source}"}),
    ]
    return cards.card(notice_id, f"{TITLES[held.reason]}: {held.source}", body)
