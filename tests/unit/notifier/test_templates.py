"""What people read: complete, in Dutch, readable aloud, and nothing that they may not see."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from services.notifier.channels.teams import LARGEST_MESSAGE, envelope
from services.notifier.domain import Standing
from services.notifier.templates import (
    delivery_refused,
    letter_filed,
    letter_in_tray,
    letter_moved,
    letter_protected,
    letter_withdrawn,
    message_parked,
    notice_requested,
    project_reported,
    reading_doubted,
    reply_due,
    rules_refused,
    source_heard,
    source_silent,
    subscription_failing,
    subscription_restored,
    synchronisation_interrupted,
    synchronisation_restored,
    team_day,
)
from services.notifier.templates.cards import escaped
from services.notifier.templates.reasons import explained
from tests.unit.notifier.builders import (
    DOUBTED,
    DUE,
    FAILING,
    FILED,
    HEARD,
    IN_TRAY,
    LETTER,
    MOVED,
    PARKED,
    PROJECT,
    READ,
    REFUSED,
    REQUESTED,
    RESTORED,
    RULES_REFUSED,
    SILENT,
    TEAM,
    UNREAD,
    WITHDRAWN,
    words_of,
)

ROOT = Path(__file__).parents[3]

CARDS = {
    "letter": letter_filed.card("n-1", FILED, LETTER),
    "in tray": letter_in_tray.card("n-1", IN_TRAY, LETTER),
    "protected": letter_protected.card("n-1", "2026/IN/001234"),
    "moved": letter_moved.card("n-1", MOVED),
    "withdrawn": letter_withdrawn.card("n-1", WITHDRAWN),
    "reply due": reply_due.card("n-1", DUE, LETTER),
    "parked": message_parked.card("n-1", PARKED),
    "notice": notice_requested.card("n-1", REQUESTED),
    "project": project_reported.card("n-1", PROJECT, None),
    "silent": source_silent.card("n-1", SILENT),
    "heard": source_heard.card("n-1", HEARD),
    "failing": subscription_failing.card("n-1", FAILING),
    "hook failing": subscription_failing.card("n-1", replace(FAILING, kind="hook", subscription="protime")),
    "restored": subscription_restored.card("n-1", RESTORED),
    "refused": delivery_refused.card("n-1", REFUSED),
    "interrupted": synchronisation_interrupted.card("n-1", UNREAD),
    "read again": synchronisation_restored.card("n-1", READ),
    "doubted": reading_doubted.card("n-1", DOUBTED),
    "rules refused": rules_refused.card("n-1", RULES_REFUSED),
    "team": team_day.card("n-1", TEAM, {"user-1": "An Voorbeeld"}),
}


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


def test_a_notice_says_what_happened_where_it_is_and_who_says_so() -> None:
    card = notice_requested.card("n-1", REQUESTED)

    assert card["fallbackText"] == "Besluit 2026/118 goedgekeurd"
    assert card["body"][1]["text"] == "College van 18 november 2026"
    assert [(fact["title"], fact["value"]) for fact in card["body"][2]["facts"]] == [
        ("Project", "A40201"),
        ("Bron", "notulen"),
    ]
    assert [(button["title"], button["url"]) for button in card["actions"]] == [
        ("Besluit 2026/118 goedgekeurd openen", "https://notulen.example.org/118")
    ]


def test_of_a_confidential_notice_only_title_and_link_are_told() -> None:
    card = notice_requested.card("n-1", replace(REQUESTED, privacy="vertrouwelijk"))

    assert len(card["body"]) == 1
    assert [button["url"] for button in card["actions"]] == ["https://notulen.example.org/118"]
    assert not any(part in words_of(card) for part in ("College", "notulen ", "A40201"))


def test_a_notice_without_text_or_link_is_its_title_and_source() -> None:
    card = notice_requested.card("n-1", replace(REQUESTED, text=None, link=None, project=None))

    assert [part["type"] for part in card["body"]] == ["TextBlock", "FactSet"]
    assert card["actions"] == []


def test_the_button_of_a_long_title_stays_short() -> None:
    card = notice_requested.card("n-1", replace(REQUESTED, title="Besluit over de weg " * 10))

    assert card["actions"][0]["title"] == "Besluit over de weg Besluit over de weg Besluit over de weg… openen"


def test_a_project_says_how_it_stood_and_stands() -> None:
    card = project_reported.card("n-1", PROJECT, Standing("gepland", 1))

    assert card["fallbackText"] == "Project A40201: in uitvoering"
    assert {fact["title"]: fact["value"] for fact in card["body"][1]["facts"]} == {
        "Project": "Moderne digitale werkplaats",
        "Vorige status": "gepland",
        "Bron": "planopvolging",
    }
    assert [button["url"] for button in card["actions"]] == ["https://plan.example.org/A40201"]


def test_a_silence_says_since_when_and_what_to_check() -> None:
    words = words_of(source_silent.card("n-1", SILENT))

    assert "18/11/2026 om 07.00 uur" in words
    assert "Controleer of dat systeem werkt" in words


def test_the_end_of_a_silence_says_how_long_it_was() -> None:
    words = words_of(source_heard.card("n-1", HEARD))

    assert "18/11/2026 om 07.00 uur" in words
    assert "18/11/2026 om 10.00 uur" in words


def test_a_failing_says_what_since_when_why_and_what_to_do() -> None:
    words = words_of(subscription_failing.card("n-1", FAILING))

    for part in ("people", "18/11/2026 om 07.00 uur", "geen toestemming", "graph_403", "machtigingen van de app"):
        assert part in words


@pytest.mark.parametrize(
    ("kind", "title", "label"),
    [
        ("graph", "Microsoft 365 meldt niets (meer) over agenda, of binnenkort niet meer", "Abonnement"),
        ("hook", "Bron agenda meldt niets (meer), of binnenkort niet meer", "Webhook bij bron"),
    ],
)
def test_a_failing_names_whose_word_is_missed(kind: str, title: str, label: str) -> None:
    card = subscription_failing.card("n-1", replace(FAILING, kind=kind, subscription="agenda"))

    assert card["fallbackText"] == title
    assert card["body"][1]["facts"][0] == {"title": label, "value": "agenda"}


def test_what_is_restored_says_how_long_it_failed() -> None:
    words = words_of(subscription_restored.card("n-1", RESTORED))

    assert "18/11/2026 om 07.00 uur" in words
    assert "18/11/2026 om 10.00 uur" in words


def test_a_refusal_names_its_fields_and_the_next_step() -> None:
    words = words_of(delivery_refused.card("n-1", REFUSED))

    for part in ("notulen", "besluit-goedgekeurd.id", "d-7", "rule_not_applicable", "hub rules test"):
        assert part in words


def test_a_refusal_of_many_fields_stays_readable() -> None:
    card = delivery_refused.card("n-1", replace(REFUSED, places=[f"veld{place:02}" for place in range(40)]))

    assert "veld09, …" in words_of(card)
    assert "veld10" not in words_of(card)


def test_an_interruption_says_since_when_why_what_stays_and_what_to_do() -> None:
    words = words_of(synchronisation_interrupted.card("n-1", UNREAD))

    for part in (
        "export",
        "18/11/2026 om 06.40 uur",
        "agenda's blijven ongewijzigd",
        "uitvoer van de bron is er niet",
        "source_missing",
        "of de export draait",
    ):
        assert part in words


def test_the_end_of_an_interruption_says_when_and_that_nothing_is_to_be_done() -> None:
    words = words_of(synchronisation_restored.card("n-1", READ))

    assert "18/11/2026 om 09.15 uur" in words
    assert "Niets te doen" in words


@pytest.mark.parametrize(
    ("reason", "title", "kept"),
    [
        ("mass_deletion_blocked", "Massaverwijdering geblokkeerd: export", "niets verwijderd"),
        ("mass_change_blocked", "Massawijziging geblokkeerd: export", "niets gewijzigd"),
    ],
)
def test_a_doubted_reading_says_what_was_stopped_and_how_to_go_on(reason: str, title: str, kept: str) -> None:
    card = reading_doubted.card("n-1", replace(DOUBTED, reason=reason))

    assert card["fallbackText"] == title
    assert kept in words_of(card)
    assert "hub absences release export" in words_of(card)


def test_refused_settings_name_each_line_and_what_may_stand_there() -> None:
    whole = replace(RULES_REFUSED.faults[0], line=0, expected="Not TOML.")

    words = words_of(rules_refused.card("n-1", replace(RULES_REFUSED, faults=[*RULES_REFUSED.faults, whole])))

    assert "hub.toml, regel 41: Must be one of: afwezig, telewerk." in words
    assert "hub.toml: Not TOML." in words
    assert "voordien blijven gelden" in words


def test_the_longest_refusal_of_settings_fits_in_a_card() -> None:
    fault = replace(RULES_REFUSED.faults[0], file="x" * 200, expected="\u00eb" * 500)

    card = rules_refused.card("n-1", replace(RULES_REFUSED, file="x" * 200, faults=[fault] * 40))

    assert len(json.dumps(envelope(card))) < LARGEST_MESSAGE
    assert "En nog 30 andere" in words_of(card)


def test_every_reason_why_a_source_cannot_be_read_has_words_of_its_own() -> None:
    places = ("services/timesync/systems/*.py", "shared/http.py", "shared/oauth.py", "shared/circuit.py")
    failures = re.compile(r'(?:Transient|Unavailable|Permanent|Invalid)\(\s*"([a-z0-9_]+)"')
    files = [file for place in places for file in ROOT.glob(place)]
    raised = {slug for file in files for slug in failures.findall(file.read_text(encoding="utf-8"))}
    others = (explained("something_new"), explained("invalid_something_new"), explained("http_418"))

    assert len(raised) > 10
    assert [slug for slug in sorted(raised) if explained(slug) in others] == []


def test_a_status_without_words_of_its_own_is_told_in_those_of_all() -> None:
    assert explained("http_418") != explained("something_new")
    assert explained("missing_policy") == explained("something_new")


@pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
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
