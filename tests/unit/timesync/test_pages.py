"""The pages for people: everybody sees what is his own, colleagues see a part of the day, and nobody sees why."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from services.timesync.app import create_app
from services.timesync.app.pages import add_pages
from services.timesync.domain.records import Part, State
from services.timesync.domain.roster import Roster
from services.timesync.domain.rules import Scope
from services.timesync.operations import stop
from services.timesync.systems.base import Held
from services.timesync.texts import catalogue
from shared.config import Settings
from shared.errors import Invalid, Transient
from shared.events import AbsencesHinted
from tests.unit.shared.builders import ENVIRON

from .builders import person, record, roster
from .conftest import Town

MINE = "/mijn-afwezigheid"
Browse = Callable[..., FlaskClient]


@pytest.fixture
def browse(town: Town) -> Browse:
    """Return a browser in which *user_id* signed in a moment ago."""
    app = create_app(town.world)
    add_pages(app, town.world, Settings.load(ENVIRON))

    def browse(user_id: str = "", *, roles: tuple[str, ...] = (), language: str = "nl") -> FlaskClient:
        client = app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        if user_id:
            until = (town.clock.now() + timedelta(hours=8)).timestamp()
            with client.session_transaction() as session:
                session["visitor"] = {
                    "user_id": user_id, "tenant": "t", "name": "Tuur Testman", "roles": list(roles), "until": until
                }  # fmt: skip
        return client

    return browse


@pytest.fixture
def tuur(town: Town) -> str:
    """Return the account of 000104, of ICT."""
    return town.outlook.add("000104")


def words(answer: TestResponse) -> str:
    """Return what a person reads."""
    body = answer.text[answer.text.index("<main") :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def rows(answer: TestResponse) -> list[list[str]]:
    """Return the cells of the table's rows."""
    body = answer.text.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in body.split("</tr>"))
    return [[unescape(cell) for cell in row] for row in cells if row]


def together(town: Town, *employees: str, service: str = "ICT") -> None:
    """Let *employees* work for one service."""
    moved = {employee: replace(person(employee), service=service) for employee in employees}
    town.rulebook.change(roster=Roster({**roster().people, **moved}))


# --- who may see what


@pytest.mark.parametrize("path", [MINE, "/team", "/team/ICT?dag=2026-11-13"])
def test_who_did_not_sign_in_is_asked_to(browse: Browse, path: str) -> None:
    answer = browse().get(path)

    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "http://127.0.0.1:8082/sign-in")


def test_what_the_machines_ask_stays_as_it_was(browse: Browse) -> None:
    assert [browse().get(path).status_code for path in ("/items", "/state", "/held", "/people")] == [200] * 4


def test_the_front_door_leads_to_the_own_page(browse: Browse) -> None:
    assert browse().get("/").headers["Location"] == MINE


def test_nobody_sees_anything_of_somebody_else(town: Town, browse: Browse, tuur: str) -> None:
    fien = town.outlook.add("000101")
    town.read(
        record("2026-11-16", "2026-11-20", source="file"),
        record("2026-12-07", source_id="2", employee="000101", profile="telewerk"),
        held=(Held("file.csv:9 X", "unknown_code", "000101", "X"),),
    )

    of_tuur, of_fien = browse(tuur).get(MINE), browse(fien).get(MINE)

    assert [row[0] for row in rows(of_tuur)] == ["maandag 16 november 2026 tot en met vrijdag 20 november 2026"]
    assert [row[0] for row in rows(of_fien)] == ["maandag 7 december 2026"]
    assert "nazicht" not in of_tuur.text
    assert "Verzonnen" not in of_tuur.text


def test_who_shares_a_number_with_somebody_else_sees_nothing(town: Town, browse: Browse, tuur: str) -> None:
    town.outlook.add("000104", upn="another@example.org")
    town.read(record("2026-11-16"))

    answer = browse(tuur).get(MINE)

    assert (answer.status_code, "nog niet gekoppeld" in words(answer)) == (404, True)
    assert "november" not in answer.text


@pytest.mark.parametrize("other", ["tuur.testman@example.org", "TUUR.Testman@example.org"])
def test_who_has_the_name_of_somebody_with_another_account_sees_nothing(
    town: Town, browse: Browse, tuur: str, other: str
) -> None:
    namesake = town.outlook.add("000104", numbered=False, upn=other)
    town.read(record("2026-11-16"))

    assert browse(tuur).get(MINE).status_code == 200
    assert browse(namesake).get(MINE).status_code == 404
    assert "Mijn dienst" in browse(namesake).get("/team").text
    assert "Testman" not in words(browse(namesake).get("/team"))


def test_before_the_accounts_were_read_nobody_is_told_that_he_is_not_linked(browse: Browse) -> None:
    answer = browse("stranger").get(MINE)

    assert (answer.status_code, "Even niet beschikbaar" in words(answer)) == (503, True)
    assert "gekoppeld" not in answer.text


def test_an_account_that_nobody_is_known_by_says_so_and_whom_to_ask(town: Town, browse: Browse) -> None:
    town.hour()
    town.rulebook.change(hr_contact="personeel@example.org")

    answer = browse("stranger").get(MINE)

    assert answer.status_code == 404
    assert "Je account is nog niet gekoppeld" in words(answer)
    assert 'href="mailto:personeel@example.org"' in answer.text


def test_an_account_without_a_mailbox_says_so(town: Town, browse: Browse) -> None:
    user_id = town.outlook.add("000104", mailbox=False)
    town.read(record("2026-11-16"))

    assert "geen mailbox" in words(browse(user_id).get(MINE))


@pytest.mark.parametrize(
    ("reference", "upn"),
    [("000104", "tuur.testman@example.org"), ("guest@example.org", "Guest@example.org")],
    ids=["by the sign-in name of the people file", "by the address that the source tells"],
)
def test_an_account_without_a_number_is_known_by_its_name(town: Town, browse: Browse, reference: str, upn: str) -> None:
    user_id = town.outlook.add(reference, numbered=False, upn=upn)
    town.read(record("2026-11-16", employee=reference))

    assert [row[0] for row in rows(browse(user_id).get(MINE))] == ["maandag 16 november 2026"]


# --- the own page


def test_a_period_tells_what_shows_who_says_so_and_how_it_stands(town: Town, browse: Browse, tuur: str) -> None:
    town.rulebook.change(labels={"afwezig": "Niet op kantoor"})
    town.read(record("2026-11-16", "2026-11-20"))

    answer = browse(tuur).get(MINE)

    assert rows(answer) == [
        [
            "maandag 16 november 2026 tot en met vrijdag 20 november 2026",
            "Niet op kantoor",
            "Niet aanwezig",
            "file",
            "Staat in je agenda",
        ]
    ]
    assert "Staat in Outlook, en antwoordt: maandag 16 november 2026 tot en met" in words(answer)
    assert "file: laatst gelezen donderdag 12 november 2026 om 7.05 uur." in words(answer)


@pytest.mark.parametrize(
    ("absence", "period"),
    [
        (record("2026-11-16", part=Part.MORNING), "maandag 16 november 2026, van 8.30 uur tot 12.00 uur"),
        (
            record("2026-11-16", hours=("2026-11-16T22:00", "2026-11-17T06:00")),
            "van maandag 16 november 2026 om 22.00 uur tot dinsdag 17 november 2026 om 6.00 uur",
        ),
        (
            record("2026-11-10", None),
            "vanaf dinsdag 10 november 2026, einde nog niet gekend (voorlopig tot en met zondag 15 november 2026)",
        ),
    ],
    ids=["half a day", "a night", "an open end"],
)
def test_a_period_is_told_in_words(town: Town, browse: Browse, tuur: str, absence: Any, period: str) -> None:
    town.read(absence)

    assert rows(browse(tuur).get(MINE))[0][0] == period


def test_what_is_over_is_not_told(town: Town, browse: Browse, tuur: str) -> None:
    town.read(record("2026-11-10"))

    assert "Er wordt niets van je getoond." in words(browse(tuur).get(MINE))


def test_what_is_not_written_yet_waits(town: Town, browse: Browse, tuur: str) -> None:
    town.read()
    town.source.say(record("2026-11-16"))
    town.hear(AbsencesHinted(source="file"))

    answer = browse(tuur).get(MINE)

    assert rows(answer)[0][-1] == "Wordt nog aangepast in je agenda"
    assert "nog klaargezet" in words(answer)


def test_what_is_too_far_ahead_comes_later(town: Town, browse: Browse, tuur: str) -> None:
    town.read(record("2027-08-02"))

    assert rows(browse(tuur).get(MINE))[0][-1].startswith("Komt later in je agenda")


def test_an_event_that_its_owner_changed_is_left_alone(town: Town, browse: Browse, tuur: str) -> None:
    town.read(record("2026-11-16", "2026-11-20"))
    town.outlook.touch(tuur, subject="Mijn weekje")
    town.read(record("2026-11-16", "2026-11-19", version="2"))

    assert "Je paste de afspraak zelf aan" in words(browse(tuur).get(MINE))


@pytest.mark.parametrize(
    ("absence", "why"),
    [
        (record("2026-11-16", state=State.REQUESTED), "aangevraagd en nog niet goedgekeurd"),
        (record("2026-11-16", state=State.REJECTED), "niet goedgekeurd"),
        (record("2026-11-16", state=State.CANCELLED), "geannuleerd of verwijderd"),
        (record("2026-11-16", profile="negeren"), "dit soort registratie is geen afwezigheid"),
        (record("2026-11-14"), "je werkt dan niet"),
    ],
    ids=["asked", "refused", "cancelled", "no absence", "on a Saturday"],
)
def test_what_does_not_show_says_why(town: Town, browse: Browse, tuur: str, absence: Any, why: str) -> None:
    town.read(absence)

    answer = browse(tuur).get(MINE)

    assert f"volgens file: {why}" in words(answer)
    assert rows(answer) == []


def test_what_is_held_waits_and_its_place_and_code_are_not_told(town: Town, browse: Browse, tuur: str) -> None:
    town.read(held=(Held("file.csv:11 A-3008", "unknown_code", "000104", "A-3008"),))

    answer = browse(tuur).get(MINE)

    assert "Een registratie uit file wacht sinds donderdag 12 november 2026 op nazicht." in words(answer)
    assert "A-3008" not in answer.text
    assert "code" not in words(answer)


def test_who_does_not_take_part_yet_is_told(town: Town, browse: Browse, tuur: str) -> None:
    town.read(record("2026-11-16"))
    town.rulebook.change(scope=Scope(services=frozenset({"Burgerzaken"})))

    assert "Je doet nog niet mee." in words(browse(tuur).get(MINE))


def test_a_stop_is_told(town: Town, browse: Browse, tuur: str) -> None:
    town.read(record("2026-11-16"))
    stop(town.world, "ict")

    assert "De hub is stilgelegd." in words(browse(tuur).get(MINE))


@pytest.mark.parametrize(("hr", "ways"), [("", ["onthaal@example.org", "053 00 00 00"]), ("HR, lokaal 2", ["HR"])])
def test_whom_to_ask(town: Town, browse: Browse, tuur: str, hr: str, ways: list[str]) -> None:
    town.rulebook.change(hr_contact=hr)
    town.read()

    assert all(way in words(browse(tuur).get(MINE)) for way in ways)


# --- the team


def team(town: Town, *employees: str) -> list[str]:
    users = [town.outlook.add(employee) for employee in employees]
    together(town, *employees)
    return users


def test_colleagues_see_a_name_a_part_of_the_day_and_a_kind(town: Town, browse: Browse) -> None:
    tuur, *_ = team(town, "000104", "000101", "000105")
    town.read(
        record("2026-11-12", "2026-11-20", employee="000105"),
        record("2026-11-12", source_id="2", employee="000101", part=Part.AFTERNOON, profile="telewerk"),
    )

    answer = browse(tuur).get("/team")

    assert rows(answer) == [
        ["Fien Verzonnen", "Namiddag", "Elders aan het werk"],
        ["Noor Voorbeeld", "Hele dag", "Afwezig"],
    ]
    assert "ICT, donderdag 12 november 2026" in words(answer)
    assert "20 november" not in answer.text.replace("2026-11-20", "20 november")  # until when is not told


def test_two_reasons_look_the_same(town: Town, browse: Browse) -> None:
    tuur, *_ = team(town, "000104", "000101", "000105")
    town.read(
        record("2026-11-12", employee="000105"),
        record("2026-11-12", source_id="2", employee="000101", profile="afwezig_zonder_antwoord"),
    )

    assert {tuple(row[1:]) for row in rows(browse(tuur).get("/team"))} == {("Hele dag", "Afwezig")}


def test_what_is_only_asked_for_is_not_in_it(town: Town, browse: Browse) -> None:
    tuur, *_ = team(town, "000104", "000101")
    town.rulebook.change(requested=True)
    town.read(record("2026-11-12", employee="000101", state=State.REQUESTED))

    answer = browse(tuur).get("/team")

    assert "Niemand is afwezig" in words(answer)


def test_another_service_is_not_to_be_seen(town: Town, browse: Browse, tuur: str) -> None:
    town.outlook.add("000101")
    town.read(record("2026-11-12", employee="000101"))

    answers = [browse(tuur).get(f"/team/{service}") for service in ("Burgerzaken", "Bestaat niet")]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert words(answers[0]) == words(answers[1])
    assert "Verzonnen" not in answers[0].text
    assert "Burgerzaken" not in browse(tuur).get("/team").text


@pytest.mark.parametrize(("roles", "view"), [(("HubAdmin",), "service"), ((), "everybody")], ids=["role", "option"])
def test_who_may_see_all_services_chooses_one(
    town: Town, browse: Browse, tuur: str, roles: tuple[str, ...], view: str
) -> None:
    town.outlook.add("000101")
    town.rulebook.change(team_view=view)
    town.read(record("2026-11-12", employee="000101"))
    client = browse(tuur, roles=roles)

    assert rows(client.get("/team/Burgerzaken")) == [["Fien Verzonnen", "Hele dag", "Afwezig"]]
    assert 'href="/team/Burgerzaken"' in client.get("/team").text
    assert client.get("/team/Bestaat niet").status_code == 403


def test_an_administrator_without_a_service_chooses_one(browse: Browse) -> None:
    answer = browse("stranger", roles=("HubAdmin",)).get("/team")

    assert "Kies een dienst" in words(answer)


def test_who_has_no_service_is_told(browse: Browse) -> None:
    answer = browse("stranger").get("/team")

    assert (answer.status_code, "Je dienst is niet gekend" in words(answer)) == (404, True)


def test_one_goes_from_working_day_to_working_day(town: Town, browse: Browse, tuur: str) -> None:
    town.read()
    client = browse(tuur)

    friday = client.get("/team?dag=2026-11-13")

    assert re.findall(r"dag=([\d-]+)", friday.text) == ["2026-11-12", "2026-11-12", "2026-11-16"]
    assert re.findall(r"dag=([\d-]+)", client.get("/team").text) == ["2026-11-13"]  # the past is not shown


def test_on_a_day_on_which_nobody_works_that_is_said(town: Town, browse: Browse, tuur: str) -> None:
    town.read(record("2026-11-13", "2026-11-16"))

    assert "Op deze dag werkt de dienst niet." in words(browse(tuur).get("/team?dag=2026-11-14"))


@pytest.mark.parametrize("asked", ["2026-11-11", "2027-11-12", "vandaag", "2026-02-31"])
def test_a_day_that_is_not_shown_is_not_there(town: Town, browse: Browse, tuur: str, asked: str) -> None:
    town.read()

    answer = browse(tuur).get(f"/team?dag={asked}")

    assert (answer.status_code, "Voorbije dagen" in words(answer)) == (404, True)


def test_of_past_days_is_told_only_to_who_asked_for_a_day(browse: Browse) -> None:
    answer = browse().get("/static/nothing.css")

    assert (answer.status_code, "Deze pagina is er niet" in words(answer)) == (404, True)
    assert "Voorbije dagen" not in answer.text


@pytest.mark.parametrize("how", ["stopped", "out of scope"])
def test_nobody_is_said_to_be_there_when_nothing_is_shown(town: Town, browse: Browse, tuur: str, how: str) -> None:
    town.read(record("2026-11-12"))
    if how == "stopped":
        stop(town.world, "ict")
    else:
        town.rulebook.change(scope=Scope(services=frozenset({"Burgerzaken"})))

    answer = browse(tuur).get("/team")

    assert "Van deze dienst toont de hub nu niets." in words(answer)
    assert "Niemand" not in words(answer)


def test_a_service_of_any_name_has_a_page(town: Town, browse: Browse) -> None:
    user_id = town.outlook.add("000104")
    together(town, "000104", service="Pers/Communicatie & <Onthaal>")
    town.read(record("2026-11-12"))
    client = browse(user_id)

    found = re.search(r'action="([^"]+)"', client.get("/team").text)

    assert found is not None
    assert rows(client.get(unescape(found[1]))) == [["Tuur Testman", "Hele dag", "Afwezig"]]


# --- all pages


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("nl-BE", "Waarom sta ik als afwezig?"),
        ("fr-BE,fr;q=0.9", "Pourquoi suis-je indiqué comme absent ?"),
        ("en-GB", "Why am I shown as absent?"),
        ("de", "Waarom sta ik als afwezig?"),
    ],
)
def test_a_page_speaks_the_language_of_its_reader(
    town: Town, browse: Browse, tuur: str, language: str, title: str
) -> None:
    town.read(record("2026-11-16"))

    answer = browse(tuur, language=language).get(MINE)

    assert title in words(answer)
    assert f'<html lang="{language[:2] if language != "de" else "nl"}">' in answer.text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_language_says_as_much_as_dutch(language: str) -> None:
    def holes(text: str) -> set[str]:
        return set(re.findall(r"{(\w+)}", text))

    dutch, other = catalogue("pages_nl"), catalogue(f"pages_{language}")

    assert {key: holes(text) for key, text in other.items()} == {key: holes(text) for key, text in dutch.items()}


@pytest.mark.parametrize("path", [MINE, "/team", "/team/Elders"])
def test_no_page_is_kept_framed_or_given_foreign_content(town: Town, browse: Browse, tuur: str, path: str) -> None:
    town.read()

    headers = browse(tuur).get(path).headers

    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_a_page_asks_nothing_of_microsoft_or_a_source_and_logs_no_name(town: Town, browse: Browse) -> None:
    tuur, *_ = team(town, "000104", "000101")
    town.read(record("2026-11-12", employee="000101"))
    town.outlook.calls.clear()
    town.outlook.asked.clear()
    reads = town.source.reads

    with capture_logs() as logs:
        for path in (MINE, "/team"):
            browse(tuur).get(path)

    assert (town.outlook.calls, town.outlook.asked, town.source.reads) == ([], [], reads)
    assert "Verzonnen" not in str(logs)


def test_a_database_that_is_away_is_told_in_words(
    town: Town, browse: Browse, tuur: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Transient("storage_unavailable", "away")

    monkeypatch.setattr(type(town.store.accounts), "by_id", away)

    answer = browse(tuur).get(MINE)

    assert (answer.status_code, "Even niet beschikbaar" in words(answer)) == (503, True)


def test_below_a_folder_of_a_site_every_link_stays_below_it(town: Town, tuur: str) -> None:
    app = create_app(town.world)
    add_pages(app, town.world, Settings.load({**ENVIRON, "HUB_TIMESYNC_URL": "https://intra.example.org/hub"}))
    town.read()
    client = app.test_client()
    until = (town.clock.now() + timedelta(hours=8)).timestamp()
    with client.session_transaction(base_url="https://intra.example.org") as session:
        session["visitor"] = {"user_id": tuur, "tenant": "t", "name": "", "roles": [], "until": until}

    page = client.get("/team", base_url="https://intra.example.org").text
    front = client.get("/", base_url="https://intra.example.org")

    assert front.headers["Location"] == "/hub/mijn-afwezigheid"
    assert all(link.startswith(("/hub/", "#")) for link in re.findall(r'(?:href|action)="([^"]+)"', page))


def test_an_address_without_tls_is_refused_at_start(town: Town) -> None:
    settings = Settings.load({**ENVIRON, "HUB_TIMESYNC_URL": "http://hub.example.org"})

    with pytest.raises(Invalid, match="expected https"):
        add_pages(create_app(town.world), town.world, settings)
