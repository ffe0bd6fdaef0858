"""The card that tells the mail team of a letter that no rule files."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifier.channels.base import Card
from services.notifier.domain import FiledLetter
from services.notifier.templates import cards, letter_filed, letter_protected
from shared.events import MailFiled

_CHOOSE = "Kies het project in de console bij Post, of verbeter de projectcode in het postregister."
_AGAIN = "Klik daarna in de console bij Post op Opnieuw proberen."

# Why it is there, and what to do: what is wrong with a folder or a team is not mended by another code.
_REASONS = {
    "unknown_project": ("De projectcode staat niet in de projectenlijst.", _CHOOSE),
    "no_project": ("Het poststuk heeft geen projectcode.", _CHOOSE),
    "by_rule": ("Een regel stuurt zulke post hierheen.", "Kies het project in de console bij Post."),
    "project_too_open": (
        "De map van het project is openbaar en dit poststuk niet.",
        "Kies een ander project in de console bij Post, of laat de projectenlijst aanpassen.",
    ),
    "folder_missing": ("Het project heeft nog geen map.", f"Maak de map in SharePoint. {_AGAIN}"),
    "folder_ambiguous": (
        "Meer dan één map begint met deze projectcode.",
        f"Hernoem de verkeerde map in SharePoint. {_AGAIN}",
    ),
    "guests_in_team": (
        "Het team van het project heeft gasten.",
        f"Haal de gasten weg of kies een ander project. {_AGAIN}",
    ),
    "public_team": (
        "Het team van het project is openbaar.",
        f"Maak het team privé of kies een ander project. {_AGAIN}",
    ),
}
_OTHERWISE = ("De hub kan het niet in de map van een project zetten.", _CHOOSE)


def card(notice_id: str, filed: MailFiled, letter: FiledLetter | None) -> Card:
    """Return the card: why it is in the tray, what was probably meant, and where to mend it."""
    if letter is None:
        return letter_protected.card(notice_id, filed.kenmerk)
    why, todo = _REASONS.get(filed.reason or "", _OTHERWISE)
    meant = f" Misschien is {_one_of(filed.suggestions)} bedoeld." if filed.suggestions else ""
    body = [letter_filed.facts(filed.kenmerk, letter), cards.text(why + meant), cards.text(f"Wat nu? {todo}")]
    return cards.card(notice_id, "Nieuwe post om te klasseren", body, [letter_filed.button(filed.kenmerk, letter)])


def _one_of(codes: Sequence[str]) -> str:
    *others, last = codes
    return f"{', '.join(others)} of {last}" if others else last
