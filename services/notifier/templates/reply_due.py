"""The card that reminds of an answer to a letter."""

from __future__ import annotations

from services.notifier.channels.base import Card
from services.notifier.domain import FiledLetter
from services.notifier.templates import cards, letter_filed
from shared.events import ReplyDue

_WEEKDAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")


def card(notice_id: str, due: ReplyDue, letter: FiledLetter | None) -> Card:
    """Return the card of a term; of a letter that may not be shown (None) the kenmerk and date only."""
    day = f"{_WEEKDAYS[due.due.weekday()]} {due.due:%d/%m}"
    title = "Antwoordtermijn nadert" if due.days >= 0 else "Termijn verstreken"
    body = [cards.text(_words(due, day))]
    if letter is None:
        return cards.card(notice_id, title, body)
    if due.is_away:
        body.append(cards.text(_absence(due)))
    return cards.card(notice_id, title, body, [letter_filed.button(due.kenmerk, letter)])


def _words(due: ReplyDue, day: str) -> str:
    if due.days == 0:
        return f"Vandaag is de laatste dag voor {due.kenmerk} ({day})."
    count = f"{abs(due.days)} dag{'en' if abs(due.days) != 1 else ''}"
    if due.days > 0:
        return f"Nog {count} voor {due.kenmerk} (tegen {day})."
    return f"Het antwoord op {due.kenmerk} moest {count} geleden vertrokken zijn (tegen {day})."


def _absence(due: ReplyDue) -> str:
    """Say that somebody else must look. Who replaces whom stays in the time registration: no names here."""
    if due.substitute:
        return "De behandelaar is afwezig. De vervanger neemt over."
    return "De behandelaar is afwezig. Spreek af wie antwoordt."
