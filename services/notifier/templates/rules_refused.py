"""The card that tells ICT that settings were changed in a way that cannot be used."""

from __future__ import annotations

from services.notifier.channels.base import Card
from services.notifier.templates import cards
from shared.events import AbsenceRulesRefused
from shared.events.absences import RuleFault

_SHOWN = 10  # lines that a person reads on a card
_LONGEST = 200  # characters of what may stand there, so that ten lines fit in the largest card; the console has all


def card(notice_id: str, refused: AbsenceRulesRefused) -> Card:
    """Return the card: each line, and what may stand there."""
    body = [cards.text("De instellingen van voordien blijven gelden.")]
    body += [cards.text(_line(fault)) for fault in refused.faults[:_SHOWN]]
    if (more := len(refused.faults) - _SHOWN) > 0:
        body.append(cards.text(f"En nog {more} andere."))
    todo = "Wat nu? Verbeter dit of maak de wijziging ongedaan. De hub leest het bestand zelf opnieuw."
    return cards.card(notice_id, f"Wijziging niet overgenomen: {refused.file}", [*body, cards.text(todo)])


def _line(fault: RuleFault) -> str:
    """Name the line; 0 is the file as a whole."""
    place = f"{fault.file}, regel {fault.line}" if fault.line else fault.file
    return f"{place}: {fault.expected[:_LONGEST]}{'…' if len(fault.expected) > _LONGEST else ''}"
