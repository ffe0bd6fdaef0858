"""What people read of letters: all that they need, and never more than the kenmerk of what they may not see."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.notifier.templates import letter_filed, letter_in_tray, letter_moved, letter_withdrawn, reply_due
from tests.unit.notifier.builders import DUE, FILED, IN_TRAY, LETTER, MOVED, WITHDRAWN, words_of


def test_a_letter_is_told_with_all_that_a_project_needs() -> None:
    card = letter_filed.card("n-1", FILED, LETTER)

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
    assert len(card["body"]) == 2


def test_a_fact_without_a_value_is_left_out() -> None:
    card = letter_filed.card("n-1", FILED, replace(LETTER, reply_by=None, case_handler=""))

    assert [fact["title"] for fact in card["body"][1]["facts"]] == ["Kenmerk", "Ontvangen op", "Onderwerp"]


def test_a_project_whose_folder_is_not_named_after_it_is_told_by_its_code() -> None:
    card = letter_filed.card("n-1", FILED, replace(LETTER, project_folder="General"))

    assert card["fallbackText"] == "Nieuwe post voor A40201"


def test_a_letter_for_a_project_that_is_over_asks_to_warn_its_owner_and_names_what_follows() -> None:
    words = words_of(letter_filed.card("n-1", replace(FILED, reason="project_closed", suggestions=["A40301"]), LETTER))

    assert "Dit project is afgesloten: verwittig de trekker." in words
    assert "A40301" in words


@pytest.mark.parametrize(
    ("same_as", "part"),
    [
        (["2026/IN/001230"], "onder 2026/IN/001230. Hier staat een link ernaar."),
        (["2026/IN/001230", "2026/IN/001231"], "onder 2026/IN/001230 (en onder 2026/IN/001231). Hier staat een link"),
    ],
    ids=["one", "two"],
)
def test_a_link_says_of_which_letter_and_asks_the_registrar(same_as: list[str], part: str) -> None:
    words = words_of(letter_filed.card("n-1", replace(FILED, same_as=same_as), LETTER))

    assert part in words
    assert "Laat de registrator nakijken" in words


@pytest.mark.parametrize(
    ("reason", "why", "todo"),
    [
        ("unknown_project", "De projectcode staat niet in de projectenlijst.", "Kies het project"),
        ("by_rule", "Een regel stuurt zulke post hierheen.", "Kies het project"),
        ("project_too_open", "De map van het project is openbaar", "Kies een ander project"),
        ("folder_missing", "Het project heeft nog geen map.", "Maak de map in SharePoint."),
        ("folder_ambiguous", "Meer dan één map begint met deze projectcode.", "Hernoem de verkeerde map"),
        ("guests_in_team", "Het team van het project heeft gasten.", "Haal de gasten weg"),
        ("public_team", "Het team van het project is openbaar.", "Maak het team privé"),
        ("something_new", "De hub kan het niet in de map van een project zetten.", "Kies het project"),
        (None, "De hub kan het niet in de map van een project zetten.", "Kies het project"),
    ],
)
def test_a_letter_in_the_tray_says_why_and_what_to_do(reason: str | None, why: str, todo: str) -> None:
    card = letter_in_tray.card("n-1", replace(IN_TRAY, reason=reason), LETTER)

    assert card["fallbackText"] == "Nieuwe post om te klasseren"
    assert why in words_of(card)
    assert "Misschien is A40201 of A40203 bedoeld." in words_of(card)
    assert f"Wat nu? {todo}" in words_of(card)
    assert "de console bij Post" in words_of(card)


@pytest.mark.parametrize(
    ("suggestions", "words"),
    [
        (["A40201"], "Misschien is A40201 bedoeld."),
        (["A40201", "A40203", "A40204"], "Misschien is A40201, A40203 of A40204 bedoeld."),
    ],
    ids=["one", "three"],
)
def test_codes_that_were_probably_meant_are_listed_in_dutch(suggestions: list[str], words: str) -> None:
    assert words in words_of(letter_in_tray.card("n-1", replace(IN_TRAY, suggestions=suggestions), LETTER))


@pytest.mark.parametrize("make", [letter_filed.card, letter_in_tray.card], ids=["project", "tray"])
def test_of_a_letter_that_may_not_be_shown_only_the_kenmerk_is_told(make: object) -> None:
    words = words_of(make("n-1", replace(FILED, reason="unknown_project", suggestions=["A40203"]), None))  # type: ignore[operator]  # both are cards of MailFiled

    assert "2026/IN/001234" in words
    assert "Raadpleeg het postregister." in words
    assert not any(part in words for part in ("A402", "https://", "18/11"))


@pytest.mark.parametrize(
    ("project", "words"),
    [
        ("A40203", "2026/IN/001234 hoort nu bij A40203."),
        (None, "2026/IN/001234 staat nu in Te klasseren, bij de postdienst."),
    ],
    ids=["project", "tray"],
)
def test_a_move_tells_the_kenmerk_and_where_it_belongs(project: str | None, words: str) -> None:
    card = letter_moved.card("n-1", replace(MOVED, project=project))

    assert card["fallbackText"] == "Poststuk verplaatst"
    assert [part["text"] for part in card["body"][1:]] == [words]


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        ("confidential", "Vertrouwelijk – raadpleeg het postregister"),
        ("cancelled", "Geannuleerd"),
        ("deleted", "Verwijderd in het postregister"),
        ("by_rule", "Uit de map genomen – raadpleeg het postregister"),
        ("something_new", "Uit de map genomen – raadpleeg het postregister"),
    ],
)
def test_a_withdrawal_tells_the_kenmerk_and_no_more(reason: str, title: str) -> None:
    card = letter_withdrawn.card("n-1", replace(WITHDRAWN, reason=reason))

    assert card["fallbackText"] == title
    assert [part["text"] for part in card["body"][1:]] == ["2026/IN/001234 staat niet meer in de map van A40201."]
    assert card["actions"] == []


def test_a_withdrawal_from_the_tray_names_the_tray() -> None:
    assert "niet meer in Te klasseren" in words_of(letter_withdrawn.card("n-1", replace(WITHDRAWN, project=None)))


@pytest.mark.parametrize(
    ("days", "title", "words"),
    [
        (5, "Antwoordtermijn nadert", "Nog 5 dagen voor 2026/IN/001234 (tegen di 08/12)."),
        (1, "Antwoordtermijn nadert", "Nog 1 dag voor 2026/IN/001234 (tegen di 08/12)."),
        (0, "Antwoordtermijn nadert", "Vandaag is de laatste dag voor 2026/IN/001234 (di 08/12)."),
        (-1, "Termijn verstreken", "2026/IN/001234 moest 1 dag geleden vertrokken zijn (tegen di 08/12)."),
        (-3, "Termijn verstreken", "2026/IN/001234 moest 3 dagen geleden vertrokken zijn (tegen di 08/12)."),
    ],
)
def test_a_term_is_told_with_its_days_and_date(days: int, title: str, words: str) -> None:
    card = reply_due.card("n-1", replace(DUE, days=days), LETTER)

    assert card["fallbackText"] == title
    assert card["body"][1]["text"].endswith(words)
    assert [button["url"] for button in card["actions"]] == [LETTER.web_url]
    assert len(card["body"]) == 2


def test_the_day_of_a_term_is_told_in_dutch() -> None:
    days = [
        reply_due.card("n-1", replace(DUE, due=date(2026, 12, 7 + day)), None)["body"][1]["text"] for day in range(7)
    ]

    assert [text[text.index("tegen ") + 6 :][:2] for text in days] == ["ma", "di", "wo", "do", "vr", "za", "zo"]


@pytest.mark.parametrize(
    ("substitute", "words"),
    [
        ("6f1d2c3b", "De behandelaar is afwezig. De vervanger neemt over."),
        (None, "De behandelaar is afwezig. Spreek af wie antwoordt."),
    ],
    ids=["substitute", "nobody"],
)
def test_an_absent_handler_is_told_without_a_name_and_a_substitute_only_if_there_is_one(
    substitute: str | None, words: str
) -> None:
    card = reply_due.card("n-1", replace(DUE, handler="0b1f", is_away=True, substitute=substitute), LETTER)

    assert card["body"][2]["text"] == words
    assert not any(part in words_of(card) for part in ("6f1d", "0b1f", "Tuur", "Offerte"))


def test_of_a_protected_letter_a_term_tells_the_kenmerk_and_date_only() -> None:
    card = reply_due.card("n-1", replace(DUE, is_away=True), None)

    assert [part["text"] for part in card["body"]] == [
        "Antwoordtermijn nadert",
        "Nog 5 dagen voor 2026/IN/001234 (tegen di 08/12).",
    ]
    assert card["actions"] == []
