"""The card that tells the mail team of a letter that no rule files."""

from __future__ import annotations

from services.notifier.channels.base import Card
from services.notifier.domain import FiledLetter
from services.notifier.templates import cards, letter_filed, letter_protected
from shared.events import MailFiled

_WHY = {
    "unknown_project": "De projectcode staat niet in de projectenlijst.",
    "no_project": "Het poststuk heeft geen projectcode.",
    "by_rule": "Een regel stuurt zulke post hierheen.",
    "project_too_open": "De map van het project is openbaar en dit poststuk niet.",
    "folder_missing": "Het project heeft nog geen map.",
    "folder_ambiguous": "Meer dan één map begint met deze projectcode.",
    "guests_in_team": "Het team van het project heeft gasten.",
    "public_team": "Het team van het project is openbaar.",
}
_OTHERWISE = "De hub kan het niet in de map van een project zetten."


def card(notice_id: str, filed: MailFiled, letter: FiledLetter | None) -> Card:
    """Return the card: why it is in the tray, what was probably meant, and where to mend it."""
    if letter is None:
        return letter_protected.card(notice_id, filed.kenmerk)
    why = _WHY.get(filed.reason or "", _OTHERWISE)
    meant = f" Misschien is {' of '.join(filed.suggestions)} bedoeld." if filed.suggestions else ""
    todo = "Wat nu? Kies het project in de console bij Post, of verbeter de projectcode in het postregister."
    body = [letter_filed.facts(filed.kenmerk, letter), cards.text(why + meant), cards.text(todo)]
    return cards.card(notice_id, "Nieuwe post om te klasseren", body, [letter_filed.button(filed.kenmerk, letter)])
