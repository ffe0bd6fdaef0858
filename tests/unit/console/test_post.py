"""The page of post that waits, and what a click on it says."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.console.domain.post import Choice, MailroomView, Seen, Term
from shared.events import ClassificationChosen, RegistrationChosen
from tests.unit.console.builders import NOW, FakeConsole, in_tray, offered

KENMERK = "2026/IN/001234"
VIEW = MailroomView(
    {"A40201": "Digitaal", "A40203": "Handtekening"},
    {offered().message: Seen("https://outlook.example/1", {KENMERK: "high"})},
)


@pytest.fixture
def waiting(console: FakeConsole) -> FakeConsole:
    """Return a console where a letter, an e-mail and an answer wait."""
    console.store.tray.enter(in_tray())
    console.store.mails.offer(offered())
    console.store.terms.remind(Term(KENMERK, date(2026, 11, 21), None, "FIN", is_away=True), NOW.date())
    console.mailroom = VIEW
    return console


def page_of(browser: FlaskClient) -> str:
    return browser.get("/post").text


def posted(browser: FlaskClient, address: str, **form: str) -> Any:
    found = re.search(r'name="csrf" value="([^"]+)"', page_of(browser))
    assert found, "the page has no form with a token"
    return browser.post(address, data={"csrf": found[1], **form}, follow_redirects=True)


def test_when_nothing_waits_the_page_says_so(browser: FlaskClient) -> None:
    page = page_of(browser)

    assert page.count("calm") == 3
    assert "<form" not in page


@pytest.mark.usefixtures("waiting")
def test_a_letter_tells_its_cause_its_next_step_and_offers_each_suggestion(browser: FlaskClient) -> None:
    page = page_of(browser)

    assert "Onbekende projectcode" in page
    assert "De code staat niet in de projectenlijst." in page
    assert "Kies het juiste project" in page
    for code, title in VIEW.codes.items():
        assert f'value="{code}">Kies {code} – {title}<span class="hidden"> voor {KENMERK}</span>' in page
        assert f'<option value="{code}">{title}</option>' in page


@pytest.mark.usefixtures("waiting")
def test_an_e_mail_tells_what_it_seems_to_be_about_and_opens_in_outlook(browser: FlaskClient) -> None:
    page = page_of(browser)

    assert 'href="https://outlook.example/1" rel="noreferrer"' in page
    assert f"<code>{KENMERK}</code> (vrij zeker)" in page
    assert "Projecten: A40201" in page
    assert "Registreer de e-mail in het postregister" in page


def test_an_e_mail_that_names_nothing_says_so(console: FakeConsole, browser: FlaskClient) -> None:
    console.store.mails.offer(offered(references=(), projects=()))

    assert "Geen kenmerk of project gevonden" in page_of(browser)


@pytest.mark.parametrize(
    ("due", "left"),
    [
        (date(2026, 11, 21), "2 dagen te laat"),
        (date(2026, 11, 22), "1 dag te laat"),
        (date(2026, 11, 23), "Vandaag"),
        (date(2026, 11, 24), "1 dag"),
        (date(2026, 12, 1), "8 dagen"),
    ],
)
def test_an_answer_tells_its_day_and_how_many_are_left(
    console: FakeConsole, browser: FlaskClient, due: date, left: str
) -> None:
    console.store.terms.remind(Term(KENMERK, due, "A40201", None, is_away=False), NOW.date())

    page = page_of(browser)

    assert f'<time datetime="{due}">' in page
    assert re.search(rf">\s*{left}<", page) or f"</span> {left}</span>" in page
    assert "Niet als afwezig gekend" in page


@pytest.mark.usefixtures("waiting")
def test_of_an_absent_handler_the_page_says_no_more_than_that(browser: FlaskClient) -> None:
    assert "<td>Afwezig</td>" in page_of(browser)


def test_an_answer_that_was_given_is_not_listed_and_without_mailroom_the_page_is_not_sure(
    waiting: FakeConsole, browser: FlaskClient
) -> None:
    unsure = page_of(browser)
    waiting.mailroom = MailroomView(due={})
    sure = page_of(browser)

    assert "niet nagaan op welke al geantwoord is" in unsure
    assert "Er zijn geen antwoorden die dringen." in sure


# -- clicks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["A40203", " a40203 "], ids=["clicked", "typed"])
def test_choosing_a_project_tells_mailroom_who_chose_which(
    waiting: FakeConsole, browser: FlaskClient, typed: str
) -> None:
    answer = posted(browser, "/post/klasseren", kenmerk=KENMERK, project=typed)

    assert waiting.said == [ClassificationChosen(kenmerk=KENMERK, project="A40203", by="ict")]
    assert f"Aangevraagd: {KENMERK} gaat naar A40203." in answer.text


@pytest.mark.parametrize("typed", ["", "  ", "A99999"], ids=["nothing", "blank", "no such project"])
def test_what_is_no_project_is_refused_beside_its_field_and_kept_there(
    waiting: FakeConsole, browser: FlaskClient, typed: str
) -> None:
    answer = posted(browser, "/post/klasseren", kenmerk=KENMERK, project=typed)

    assert (answer.status_code, waiting.said) == (400, [])
    assert 'aria-describedby="code-1-fault"' in answer.text
    assert f'value="{typed.strip()}" aria-invalid="true"' in answer.text


def test_without_mailroom_a_project_can_be_chosen_all_the_same(waiting: FakeConsole, browser: FlaskClient) -> None:
    waiting.mailroom = MailroomView()

    assert "De dienst mailroom antwoordt niet." in page_of(browser)
    posted(browser, "/post/klasseren", kenmerk=KENMERK, project="A40777")

    assert waiting.said == [ClassificationChosen(kenmerk=KENMERK, project="A40777", by="ict")]


def test_looking_again_names_no_project(waiting: FakeConsole, browser: FlaskClient) -> None:
    posted(browser, "/post/opnieuw", kenmerk=KENMERK)

    assert waiting.said == [ClassificationChosen(kenmerk=KENMERK, project=None, by="ict")]


def test_a_kenmerk_for_an_e_mail_tells_mailroom_who_chose_which(waiting: FakeConsole, browser: FlaskClient) -> None:
    answer = posted(browser, "/post/registreren", message=offered().message, kenmerk=f" {KENMERK} ")

    assert waiting.said == [
        RegistrationChosen(intake="post", message=offered().message, kenmerk=KENMERK, by="ict"),
    ]
    assert f"geregistreerd onder {KENMERK}" in answer.text


@pytest.mark.parametrize("typed", ["", " ", "9" * 41], ids=["nothing", "blank", "too long"])
def test_an_e_mail_is_not_registered_without_a_usable_kenmerk(
    waiting: FakeConsole, browser: FlaskClient, typed: str
) -> None:
    answer = posted(browser, "/post/registreren", message=offered().message, kenmerk=typed)

    assert (answer.status_code, waiting.said) == (400, [])
    assert 'aria-describedby="kenmerk-1-fault"' in answer.text


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/post/klasseren", {"kenmerk": "2026/IN/000001", "project": "A40201"}),
        ("/post/klasseren", {"project": "A40201"}),
        ("/post/opnieuw", {"kenmerk": "2026/IN/000001"}),
        ("/post/registreren", {"message": "0" * 64, "kenmerk": KENMERK}),
    ],
    ids=["another letter", "no letter", "again", "another e-mail"],
)
def test_nothing_is_said_of_what_does_not_wait(
    waiting: FakeConsole, browser: FlaskClient, address: str, form: dict[str, str]
) -> None:
    answer = posted(browser, address, **form)

    assert (answer.status_code, waiting.said) == (404, [])


def test_a_choice_is_shown_until_it_is_carried_out(waiting: FakeConsole, browser: FlaskClient) -> None:
    waiting.store.tray.choose(KENMERK, Choice("A40203", "ict", NOW))
    waiting.store.mails.choose(offered().message, Choice("2026/IN/009", "outlook", NOW))

    page = page_of(browser)

    assert "A40203 gekozen door ict op" in page
    assert "2026/IN/009 gekozen door outlook op" in page


def test_that_mailroom_looks_again_is_shown(waiting: FakeConsole, browser: FlaskClient) -> None:
    waiting.store.tray.choose(KENMERK, Choice(None, "hub", NOW))

    assert "Opnieuw proberen aangevraagd door hub op" in page_of(browser)


# -- elsewhere ----------------------------------------------------------------------------------------------------


def test_the_first_page_counts_what_waits_and_leads_to_it(waiting: FakeConsole, browser: FlaskClient) -> None:
    waiting.store.mails.offer(offered("0b" * 32, received_at=NOW - timedelta(days=2)))

    page = browser.get("/").text

    assert "Te klasseren post: 1" in page
    assert "E-mails die langer dan een dag op registratie wachten: 1" in page
    assert page.count('href="/post">Bekijk de lijst') == 2


@pytest.mark.usefixtures("waiting")
def test_programs_get_the_same(browser: FlaskClient) -> None:
    told = browser.get("/api/post").get_json()

    assert [(letter["kenmerk"], letter["suggestions"]) for letter in told["letters"]] == [
        (KENMERK, ["A40201", "A40203"])
    ]
    assert [(mail["references"], mail["link"]) for mail in told["mails"]] == [
        ([{"kenmerk": KENMERK, "sure": "high"}], "https://outlook.example/1")
    ]
    assert [(term["days"], term["is_away"]) for term in told["terms"]] == [(-2, True)]
