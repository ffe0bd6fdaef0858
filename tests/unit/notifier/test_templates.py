"""What people read: complete, in Dutch, readable aloud, and nothing that they may not see."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.notifier.templates import letter_filed, message_parked
from services.notifier.templates.cards import escaped
from tests.unit.notifier.builders import LETTER, PARKED, words_of


def test_a_letter_is_told_with_all_that_a_project_needs() -> None:
    card = letter_filed.card("n-1", LETTER)

    assert card["fallbackText"] == "Nieuwe post voor A40201 – Moderne digitale werkplaats"
    assert [(fact["title"], fact["value"]) for fact in card["body"][1]["facts"]] == [
        ("Kenmerk", "2026/IN/001234"),
        ("Ontvangen op", "18/11/2026"),
        ("Onderwerp", "Offerte headsets"),
        ("Behandelaar", "Tuur Testman"),
        ("Antwoord tegen", "08/12/2026"),
    ]
    assert card["actions"] == [
        {"type": "Action.OpenUrl", "title": "Document 2026/IN/001234 openen", "url": LETTER.web_url}
    ]


def test_a_fact_without_a_value_is_left_out() -> None:
    card = letter_filed.card("n-1", replace(LETTER, reply_by=None, case_handler=""))

    assert [fact["title"] for fact in card["body"][1]["facts"]] == ["Kenmerk", "Ontvangen op", "Onderwerp"]


@pytest.mark.parametrize("secrecy", ["vertrouwelijk", "geheim", "", "iets anders"])
def test_of_a_letter_that_may_not_be_shown_only_the_kenmerk_is_told(secrecy: str) -> None:
    card = letter_filed.card("n-1", replace(LETTER, confidentiality=secrecy))

    words = words_of(card)
    assert "2026/IN/001234" in words
    assert not any(part in words for part in ("Offerte", "Tuur", "A40201", "https://", "18/11"))


def test_an_unclassified_letter_says_what_to_do() -> None:
    card = letter_filed.card("n-1", replace(LETTER, unclassified=True, project_folder="Te klasseren"))

    assert card["fallbackText"] == "Nieuwe post om te klasseren"
    assert "Kies de juiste map" in words_of(card)


def test_a_parked_message_explains_itself_to_ict() -> None:
    words = words_of(message_parked.card("n-1", PARKED))

    for part in (
        "mailroom",
        "mail.arrived.v1",
        "m-1",
        "c-1",
        "18/11/2026 om 09.05 uur",
        "ander document met dezelfde naam",
    ):
        assert part in words


def test_a_reason_without_words_of_its_own_is_told_by_its_name() -> None:
    assert "iets_nieuws" in words_of(message_parked.card("n-1", replace(PARKED, reason="iets_nieuws")))


@pytest.mark.parametrize(
    "card", [letter_filed.card("n-1", LETTER), message_parked.card("n-1", PARKED)], ids=["letter", "parked"]
)
def test_every_card_can_be_read_aloud(card: dict[str, object]) -> None:
    assert card["lang"] == "nl"
    assert card["fallbackText"]
    assert card["body"][0]["style"] == "heading"  # type: ignore[index]  # the shape of a card
    assert card["id"] == "n-1"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("[klik](https://boos.example.org)", "\\[klik\\](https://boos.example.org)"),
        ("**vet** _schuin_", "\\*\\*vet\\*\\* \\_schuin\\_"),
        ("- punt", "\\- punt"),
        ("1. punt", "1\\. punt"),
        ("2026/IN/001234", "2026/IN/001234"),
        ("twee\nregels", "twee regels"),
        ("{{DATE(2026-11-18)}}", "{ {DATE(2026-11-18)}}"),
    ],
    ids=["link", "emphasis", "bullet", "number", "kenmerk", "lines", "function"],
)
def test_words_from_outside_cannot_dress_up_a_card(words: str, expected: str) -> None:
    assert escaped(words) == expected
