"""The card that tells ICT that a source of absences cannot be read."""

from __future__ import annotations

from services.notifier.channels.base import Card
from services.notifier.templates import cards
from services.notifier.templates.reasons import explained
from shared.events import AbsenceSourceFailing


def card(notice_id: str, failing: AbsenceSourceFailing) -> Card:
    """Return the card: since when, why, what stays as it is, and what to do first."""
    why, next_step = explained(failing.reason)
    calm = "De agenda's blijven ongewijzigd; nieuwe afwezigheden komen er niet bij."
    rows = {
        "Bron": failing.source,
        "Niet gelezen sinds": cards.moment(failing.since),
        "Reden": f"{why} ({failing.reason})",
    }
    todo = f"Wat nu? {next_step} De hub probeert het zelf opnieuw; de console toont de stand."
    title = f"Synchronisatie onderbroken: {failing.source}"
    return cards.card(notice_id, title, [cards.text(calm), cards.facts(rows), cards.text(todo)])
