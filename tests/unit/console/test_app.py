"""The pages as a browser, a program and an attacker see them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.console.domain.post import Choice, MailroomView, Seen, Term
from services.console.domain.sighting import ServiceState, Sighting, Stopped
from services.console.domain.waiting import Failing, Request
from services.console.store import PAGE
from shared.events import (
    AbsencesChanged,
    LetterReported,
    MailReleased,
    MessageDiscardRequested,
    MessageRetryRequested,
    ReadingConfirmed,
)
from shared.events.absences import RuleFault
from shared.events.envelope import Envelope
from tests.unit.console.builders import NOW, FakeConsole, healthy, in_tray, offered, parked, replaced, state

HOSTILE = "<script>alert(1)</script>"
PAGES = (
    "/",
    "/post",
    "/geparkeerd",
    "/geparkeerd/timesync/m-1",
    "/vastgehouden",
    "/journaal",
    "/journaal/e-1",
    "/nergens",
)
ACCEPT, CLOSE = "/vastgehouden/export/aanvaarden", "/vastgehouden/afgehandeld"
POST = ("/post/opnieuw", "/post/klasseren", "/post/registreren")
RETRY, DISCARD = "/geparkeerd/timesync/m-1/opnieuw", "/geparkeerd/timesync/m-1/wegleggen"


class Outline(HTMLParser):
    """The parts of a page that a screen reader walks along."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def filled(console: FakeConsole) -> FakeConsole:
    """Return a console with one of everything."""
    console.sighting = replaced(healthy(), state("timesync", accepted=3, done=2, parked=1))
    console.store.park(parked())
    console.store.hold("absence", "export", "export.csv:10 A-3008", "unknown_code", NOW)
    console.store.hold("absence", "export", "export", "mass_deletion_blocked", NOW - timedelta(hours=1))
    console.store.tray.enter(in_tray())
    console.store.mails.offer(offered(received_at=NOW - timedelta(days=2)))
    console.store.terms.remind(Term("2026/IN/001234", NOW.date(), "A40201", None, is_away=True), NOW.date())
    console.mailroom = MailroomView({"A40201": "Digitaal"}, {offered().message: Seen("https://outlook.example.org/1")})
    console.hear(AbsencesChanged(employee="000104"), "e-1", chain="c-1")
    return console


def token(browser: FlaskClient, address: str = "/geparkeerd/timesync/m-1") -> str:
    page = browser.get(address).text
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, "the page has no form with a token"
    return found[1]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("address", PAGES)
def test_every_page_can_be_walked_with_a_screen_reader(browser: FlaskClient, address: str) -> None:
    answer = browser.get(address)
    outline = Outline(answer.text)
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    inputs = {attributes.get("id") for attributes in outline.all("input") if attributes.get("type") != "hidden"}
    labelled = {attributes.get("for") for attributes in outline.all("label")}
    first_link = outline.all("a")[0]

    assert answer.status_code == (404 if address == "/nergens" else 200)
    assert outline.all("html") == [{"lang": "nl"}]
    assert (len(outline.all("h1")), len(outline.all("main")), len(outline.all("title"))) == (1, 1, 1)
    assert first_link["class"] == "skip"
    assert first_link["href"] == "#inhoud"
    assert len(outline.all("table")) == len(outline.all("caption"))
    assert all(attributes.get("scope") for attributes in outline.all("th"))
    assert len(ids) == len(set(ids))
    assert inputs - {None} <= labelled


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("address", PAGES)
def test_every_page_carries_exactly_these_headers(browser: FlaskClient, address: str) -> None:
    headers = browser.get(address).headers

    assert headers["Content-Security-Policy"] == (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("address", PAGES)
def test_no_page_needs_a_script_or_anything_from_elsewhere(browser: FlaskClient, address: str) -> None:
    page = browser.get(address).text

    assert "<script" not in page
    assert " style=" not in page
    assert not re.search(r'<(?!a )[^>]*(?:src|href|action)="(?:https?:)?//', page)  # a link fetches nothing by itself


def test_the_session_cookie_is_of_no_use_elsewhere(console: FakeConsole) -> None:
    console.store.park(parked())
    plain, tls = (
        console.app().test_client().get("/geparkeerd", base_url=f"{scheme}://localhost").headers["Set-Cookie"]
        for scheme in ("http", "https")
    )

    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(plain.split("; "))
    assert "Secure" not in plain.split("; ")
    assert "Secure" in tls.split("; ")


# -- overview -----------------------------------------------------------------------------------------------------


def test_books_that_balance_say_so(browser: FlaskClient) -> None:
    page = browser.get("/").text

    assert page.count("</span> Klopt</span>") == len(healthy().services)
    assert "Geen problemen" in page


def test_books_that_do_not_balance_are_loud(console: FakeConsole, browser: FlaskClient) -> None:
    console.sighting = replaced(healthy(), state("timesync", accepted=5, done=3))
    page = browser.get("/").text

    assert "Klopt niet: 2 zoek" in page
    assert "De boeken van timesync kloppen niet (verschil: 2)" in page


def test_an_unreachable_service_is_shown_beside_the_others(console: FakeConsole, browser: FlaskClient) -> None:
    console.sighting = replaced(healthy(), ServiceState("timesync", None))
    page = browser.get("/").text

    assert "timesync is niet bereikbaar" in page
    assert "Onbereikbaar" in page
    assert page.count("</span> Klopt</span>") == len(healthy().services) - 1


def test_without_the_broker_s_management_the_rest_is_shown(console: FakeConsole, browser: FlaskClient) -> None:
    console.sighting = Sighting(healthy().services, None)
    page = browser.get("/").text

    assert "De wachtrijen zijn nu niet te zien" in page
    assert page.count("</span> Klopt</span>") == len(healthy().services)


def test_a_stopped_timesync_is_on_the_first_page_with_who_when_and_the_way_back(
    console: FakeConsole, browser: FlaskClient
) -> None:
    console.sighting = replace(healthy(), stopped=Stopped(by="beheer", at=NOW - timedelta(hours=8)))

    page = browser.get("/").text

    assert "De afwezigheden zijn stopgezet sinds 23 nov 2026 om 07.02 uur" in page
    assert "beheer gaf het bevel" in page
    assert "`hub absences resume`" in page


# -- parked -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("filled")
def test_a_parked_message_explains_itself(browser: FlaskClient) -> None:
    page = browser.get("/geparkeerd/timesync/m-1").text

    assert "Bestaat niet in Microsoft 365" in page
    assert "request-id 7f" in page
    assert 'href="/journaal?zoek=c-1"' in page
    assert "23 nov 2026 14:02:11" in page  # an hour before 15:02:11 in Brussels


def test_retry_asks_the_service_and_says_so(filled: FakeConsole, browser: FlaskClient) -> None:
    answer = browser.post(RETRY, data={"csrf": token(browser)}, follow_redirects=True)

    assert filled.said == [MessageRetryRequested(service="timesync", message_id="m-1", by="ict")]
    assert "Aangevraagd: timesync probeert bericht m-1 opnieuw." in answer.text


def test_discarding_asks_the_service_with_the_reason(filled: FakeConsole, browser: FlaskClient) -> None:
    browser.post(DISCARD, data={"csrf": token(browser), "why": " al rechtgezet "})

    assert filled.said == [MessageDiscardRequested(service="timesync", message_id="m-1", by="ict", why="al rechtgezet")]


@pytest.mark.parametrize("why", ["", "   ", "x" * 501], ids=["empty", "blank", "too long"])
def test_discarding_without_a_usable_reason_asks_nothing(filled: FakeConsole, browser: FlaskClient, why: str) -> None:
    answer = browser.post(DISCARD, data={"csrf": token(browser), "why": why})

    assert answer.status_code == 400
    assert 'aria-describedby="why-hint why-fault"' in answer.text
    assert filled.said == []


@pytest.mark.parametrize("address", [RETRY, DISCARD, ACCEPT, CLOSE, *POST])
@pytest.mark.parametrize("sent", [{}, {"csrf": ""}, {"csrf": "guessed"}], ids=["none", "empty", "wrong"])
def test_a_click_without_our_token_does_nothing(
    filled: FakeConsole, browser: FlaskClient, address: str, sent: dict[str, str]
) -> None:
    token(browser)
    answer = browser.post(address, data=sent | {"why": "omdat", "kenmerk": "2026/IN/001234", "project": "A40201"})

    assert (answer.status_code, filled.said) == (403, [])


def test_a_token_of_another_session_does_nothing(filled: FakeConsole, browser: FlaskClient) -> None:
    stolen = token(filled.app().test_client())
    token(browser)

    assert browser.post(RETRY, data={"csrf": stolen}).status_code == 403
    assert filled.said == []


@pytest.mark.parametrize("origin", ["https://example.org", "null", "http://localhost:9999"])
def test_a_click_from_another_site_does_nothing(filled: FakeConsole, browser: FlaskClient, origin: str) -> None:
    answer = browser.post(RETRY, data={"csrf": token(browser)}, headers={"Origin": origin})

    assert (answer.status_code, filled.said) == (403, [])


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org", "example.org:8080"])
def test_a_stranger_s_name_for_this_machine_reads_nothing(browser: FlaskClient, host: str) -> None:
    assert browser.get("/api/overview", headers={"Host": host}).status_code == 400


def test_what_is_not_parked_cannot_be_retried(filled: FakeConsole, browser: FlaskClient) -> None:
    answer = browser.post("/geparkeerd/timesync/other/opnieuw", data={"csrf": token(browser)})

    assert (answer.status_code, filled.said) == (404, [])


def test_a_wish_is_shown_on_the_list(filled: FakeConsole, browser: FlaskClient) -> None:
    filled.store.ask("timesync", "m-1", Request("retry", "ict", NOW))

    assert "Opnieuw proberen aangevraagd door ict op" in browser.get("/geparkeerd").text


# -- held ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("filled")
def test_a_doubted_reading_says_how_to_believe_it_here_and_on_the_server(browser: FlaskClient) -> None:
    page = browser.get("/vastgehouden").text

    assert "`hub absences release export`" in page
    assert page.count(f'action="{ACCEPT}"') == 1
    assert 'Toch aanvaarden<span class="hidden"> lezing van export</span>' in page


def test_a_record_that_its_source_must_mend_has_no_button(console: FakeConsole, browser: FlaskClient) -> None:
    console.store.hold("absence", "export", "export.csv:10 A-3008", "unknown_code", NOW)

    assert "<button" not in browser.get("/vastgehouden").text


def test_believing_a_reading_tells_timesync_who_did_and_says_so(filled: FakeConsole, browser: FlaskClient) -> None:
    answer = browser.post(ACCEPT, data={"csrf": token(browser, "/vastgehouden")}, follow_redirects=True)

    assert filled.said == [ReadingConfirmed(source="export", by="ict")]
    assert "Aangevraagd: de hub leest export opnieuw" in answer.text


def test_a_reading_that_is_not_doubted_cannot_be_believed(filled: FakeConsole, browser: FlaskClient) -> None:
    filled.store.release_mended("absence", "export", "export", "mass_deletion_blocked")

    answer = browser.post(ACCEPT, data={"csrf": token(browser)})

    assert (answer.status_code, filled.said) == (404, [])


# -- journal ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("filled")
def test_an_event_is_shown_whole(browser: FlaskClient) -> None:
    page = browser.get("/journaal/e-1").text

    assert "&#34;employee&#34;: &#34;000104&#34;" in page


def test_the_body_of_an_unknown_type_stays_closed(console: FakeConsole, browser: FlaskClient) -> None:
    console.hear_raw(Envelope("e-9", "unreadable", "unknown", NOW, "unreadable:e-9", "e-9", {"body": "geheim"}))
    page = browser.get("/journaal/e-9").text

    assert "geheim" not in page
    assert "De inhoud wordt niet getoond" in page


def test_held_post_that_is_dealt_with_is_closed_by_a_person(console: FakeConsole, browser: FlaskClient) -> None:
    console.store.hold("mail", "scans", "set-1", "invalid_letter", NOW)
    asked = {"source": "scans", "place": "set-1", "csrf": token(browser, "/vastgehouden")}

    answer = browser.post(CLOSE, data=asked, follow_redirects=True)

    assert console.said == [MailReleased(intake="scans", reference="set-1", reason="invalid_letter", by="ict")]
    assert "set-1 is van de lijst" in answer.text


def test_an_absence_that_is_held_cannot_be_waved_away(filled: FakeConsole, browser: FlaskClient) -> None:
    filled.store.hold("absence", "export", "row-1", "unknown_code", NOW)

    answer = browser.post(CLOSE, data={"source": "export", "place": "row-1", "csrf": token(browser)})

    assert (answer.status_code, filled.said) == (404, [])


def test_what_is_sealed_does_not_fill_the_page(console: FakeConsole, browser: FlaskClient) -> None:
    told = LetterReported(
        source="postregister",
        rule="poststuk",
        kenmerk="2026/IN/1",
        version=1,
        change="registered",
        privacy="intern",
        record="x" * 100_000,
    )
    console.hear(told, "e-8")

    assert len(browser.get("/journaal/e-8").text) < 20_000


def test_the_journal_goes_on_to_older_lines(console: FakeConsole, browser: FlaskClient) -> None:
    for number in range(PAGE + 1):
        console.hear(AbsencesChanged(employee=f"{number:06}"), f"e-{number}", chain="c-1")
    first = browser.get("/journaal?zoek=c-1").text
    older = re.search(r'href="(/journaal\?[^"]+)">Oudere', first)

    assert older
    assert "000000" in browser.get(older[1].replace("&amp;", "&")).text
    assert "employee:000000" not in first


def test_hostile_text_stays_text(console: FakeConsole, browser: FlaskClient) -> None:
    console.store.park(parked(message_type=HOSTILE, message_correlation_id=HOSTILE, reason=HOSTILE))
    console.store.hold("absence", HOSTILE, HOSTILE, HOSTILE, NOW)
    console.store.sources.refuse(HOSTILE, HOSTILE, [HOSTILE], NOW.date())
    console.store.sources.fail(Failing("graph", HOSTILE, HOSTILE, NOW))
    console.store.sources.fail(Failing("absences", HOSTILE, HOSTILE, NOW))
    console.store.hold("absence", HOSTILE, "reading", "mass_deletion_blocked", NOW)
    console.store.rules.refuse(HOSTILE, [RuleFault(file=HOSTILE, line=1, expected=HOSTILE)], NOW)
    console.store.tray.enter(in_tray(HOSTILE, reason=HOSTILE, suggestions=(HOSTILE,)))
    console.store.tray.choose(HOSTILE, Choice(HOSTILE, HOSTILE, NOW))
    console.store.mails.offer(offered(intake=HOSTILE, references=(HOSTILE,), projects=(HOSTILE,)))
    console.store.terms.remind(Term(HOSTILE, NOW.date(), HOSTILE, HOSTILE, is_away=True), NOW.date())
    console.mailroom = MailroomView(
        {HOSTILE: HOSTILE}, {offered().message: Seen(f"https://{HOSTILE}")}, {HOSTILE: True}
    )
    console.hear(AbsencesChanged(employee=HOSTILE), "e-1", source=HOSTILE, chain=HOSTILE)
    console.sighting = replaced(healthy(), state("timesync", failing=[HOSTILE]))
    addresses = (*PAGES, f"/journaal?zoek={HOSTILE}")

    for address in addresses:
        assert HOSTILE not in browser.get(address).text, address
        assert "&lt;script&gt;" in browser.get(address).text or address == "/nergens"


def test_the_systems_that_knock_are_on_the_first_page_with_what_to_do(
    console: FakeConsole, browser: FlaskClient
) -> None:
    console.store.sources.fall_silent("protime", NOW - timedelta(hours=8))
    console.store.sources.refuse("notulen", "rule_not_applicable", ["besluit.id"], NOW.date())

    page = browser.get("/").text

    assert "Bron protime zwijgt sinds 23 nov 2026 om 07.02 uur" in page
    assert "Leveringen van notulen geweigerd in de laatste 7 dagen: 1" in page
    assert "besluit.id" in page
    assert "hub rules test" in page


def test_what_no_longer_tells_the_hub_is_on_the_first_page_with_cause_and_next_step(
    console: FakeConsole, browser: FlaskClient
) -> None:
    console.store.sources.fail(Failing("graph", "people", "graph_403", NOW - timedelta(hours=8)))
    console.store.sources.fail(Failing("hook", "protime", "http_401", NOW - timedelta(hours=8)))

    page = browser.get("/").text

    assert "Microsoft 365 meldt niets (meer) over people" in page
    assert "Sinds 23 nov 2026 om 07.02 uur" in page
    assert "Geef in Entra of Exchange de ontbrekende rechten" in page
    assert "Bron protime meldt niets (meer)" in page
    assert "Vernieuw het geheim in dat systeem" in page


def test_what_keeps_absences_from_the_calendars_is_on_the_first_page_with_cause_and_next_step(
    console: FakeConsole, browser: FlaskClient
) -> None:
    console.store.sources.fail(Failing("absences", "export", "source_missing", NOW - timedelta(hours=8)))
    fault = RuleFault(file="hub.toml", line=41, expected="Must be one of: afwezig, telewerk.")
    console.store.rules.refuse("hub.toml", [fault], NOW)

    page = browser.get("/").text

    assert "Bron export wordt niet meer gelezen sinds 23 nov 2026 om 07.02 uur" in page
    assert "Controleer of de uitvoer van de bron draait" in page
    assert "De wijziging in hub.toml is niet overgenomen" in page
    assert "hub.toml:41 Must be one of: afwezig, telewerk." in page


# -- programs -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("filled")
def test_programs_get_the_overview(browser: FlaskClient) -> None:
    overview: dict[str, Any] = browser.get("/api/overview").get_json()
    timesync = next(service for service in overview["services"] if service["service"] == "timesync")

    assert timesync["books"]["balanced"] is True
    assert {problem["kind"] for problem in overview["problems"]} == {
        "parked",
        "held",
        "letters_in_tray",
        "mails_waiting",
    }
    assert all(problem["cause"] and problem["next_step"] for problem in overview["problems"])
    assert {queue["name"]: queue["expected_consumers"] for queue in overview["queues"]}["hub.dead"] == 0


@pytest.mark.usefixtures("filled")
def test_programs_get_the_lists(browser: FlaskClient) -> None:
    [message] = browser.get("/api/parked").get_json()["parked"]
    record, reading = browser.get("/api/held").get_json()["held"]
    journal = browser.get("/api/journal?correlation=c-1").get_json()

    assert (message["message_id"], message["reason"], len(message["attempts"])) == ("m-1", "graph_404", 1)
    assert (record["place"], record["title"]) == ("export.csv:10 A-3008", "Onbekende afwezigheidscode")
    assert "hub absences release export" in reading["next_step"]
    assert ([line["id"] for line in journal["lines"]], journal["before"]) == (["e-1"], None)


def test_programs_get_errors_as_json(browser: FlaskClient) -> None:
    assert browser.get("/api/nergens").get_json() == {"error": "Not Found"}


def test_a_database_that_is_away_is_told_in_words(console: FakeConsole, browser: FlaskClient) -> None:
    console.away = True
    answer = browser.get("/")

    assert answer.status_code == 503
    assert "De gegevens zijn even niet bereikbaar" in answer.text
