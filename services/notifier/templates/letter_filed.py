"""The card that tells a project of a new letter."""

from __future__ import annotations

from collections.abc import Iterator

from services.notifier.channels.base import Card
from services.notifier.domain import FiledLetter
from services.notifier.templates import cards, letter_protected
from shared.events import MailFiled

CLOSED = "project_closed"  # mailroom's word for a letter that came for a project that is over


def card(notice_id: str, filed: MailFiled, letter: FiledLetter | None) -> Card:
    """Return the card of *letter*; None, one that may not be shown or is gone: no more than that it exists."""
    if letter is None:
        return letter_protected.card(notice_id, filed.kenmerk)
    body = [facts(filed.kenmerk, letter), *map(cards.text, _remarks(filed))]
    return cards.card(notice_id, f"Nieuwe post voor {_project(filed, letter)}", body, [button(filed.kenmerk, letter)])


def facts(kenmerk: str, letter: FiledLetter) -> cards.Part:
    """Return what people must know of a letter that they may see."""
    return cards.facts(
        {
            "Kenmerk": kenmerk,
            "Ontvangen op": cards.day(letter.received_on),
            "Onderwerp": letter.subject,
            "Behandelaar": letter.case_handler,
            "Antwoord tegen": cards.day(letter.reply_by),
        }
    )


def button(kenmerk: str, letter: FiledLetter) -> cards.Part:
    return cards.opening(f"Document {kenmerk} openen", letter.web_url)


def _remarks(filed: MailFiled) -> Iterator[str]:
    if filed.reason == CLOSED:
        yield "Dit project is afgesloten: verwittig de trekker."
        if filed.suggestions:
            yield f"Opvolgers van dit project: {', '.join(filed.suggestions)}."
    if filed.same_as:
        first, *others = filed.same_as
        also = f" (en onder {', '.join(others)})" if others else ""
        yield f"Hetzelfde document is al geklasseerd onder {first}{also}. Hier staat een link ernaar."
        yield "Laat de registrator nakijken of het twee keer geregistreerd werd."


def _project(filed: MailFiled, letter: FiledLetter) -> str:
    """Name the project as its folder does, `A40201 – Moderne digitale werkplaats`; by its code if that is not there."""
    code, folder = filed.project or "", letter.project_folder
    return folder.replace(" - ", " – ", 1) if folder.startswith(code) else code
