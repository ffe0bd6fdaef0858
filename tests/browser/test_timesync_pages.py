"""The pages for people in a real browser, from the sign-in on: by keyboard, enlarged, in the dark and on paper."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from deploy.local.rabbitmq import free_port
from sandbox.server import Sandbox, serve_in_thread
from sandbox.state import Tenant
from services.timesync.app import create_app
from services.timesync.app.pages import add_pages
from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.domain.roster import Roster
from shared.config import Settings
from shared.events import AbsencesHinted
from shared.graph.directory import User
from tests.browser import contrast
from tests.browser.test_console_pages import focus, tab
from tests.unit.shared.builders import ENVIRON
from tests.unit.timesync.builders import person, record, roster
from tests.unit.timesync.conftest import Town

MINE, TEAM, FRIDAY, SATURDAY = "/mijn-afwezigheid", "/team", "/team/ICT?dag=2026-11-13", "/team/ICT?dag=2026-11-14"
PAGES = (MINE, TEAM, FRIDAY, SATURDAY, "/team/Nergens")
SOURCE = "tijdsregistratie"
NAMES = {1: "Fien Verzonnen", 4: "Tuur Testman", 5: "Noor Voorbeeld", 6: "Stan Staalkaart"}


@dataclass
class Site:
    """Timesync at *address*, and the authority where people sign in."""

    address: str
    town: Town
    sandbox: Sandbox

    def sign_in(self, page: Page, name: str = "Noor Voorbeeld", path: str = MINE) -> None:
        """Let *page* show *path* to who is called *name*."""
        page.goto(self.address + path)
        page.get_by_role("button", name=name).click()
        page.wait_for_url(f"{self.address}{path}")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Serve a Thursday in November on which not everybody of ICT is at his desk."""
    town, tenant = Town.at(tmp_path), Tenant.voorbeeldegem()
    tenant.clock = town.clock.now
    _a_day_at_ict(town)
    with serve_in_thread(tenant, tmp_path / "sandbox") as sandbox:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(sandbox.ca))
        port = free_port()
        app = create_app(town.world)
        add_pages(app, town.world, _settings(sandbox, f"http://127.0.0.1:{port}"))
        server = make_server("127.0.0.1", port, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))  # seconds that its end may take
        thread.start()
        yield Site(f"http://127.0.0.1:{port}", town, sandbox)
        server.shutdown()
        thread.join()
        server.server_close()
    town.database.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Return a browser that trusts the stand-in's certificate."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="nl-BE", ignore_https_errors=True)
    yield context.new_page()
    context.close()


def _settings(sandbox: Sandbox, address: str) -> Settings:
    ours = {
        "HUB_AUTHORITY_URL": sandbox.url,
        "HUB_TENANT_ID": sandbox.tenant.tenant_id,
        "HUB_CLIENT_ID": sandbox.tenant.client_id,
        "HUB_CLIENT_SECRET": sandbox.tenant.client_secret,
        "HUB_TIMESYNC_URL": address,
    }
    return Settings.load({**ENVIRON, **ours})


def _a_day_at_ict(town: Town) -> None:
    """Let four people work at ICT: one is on leave, one teleworks, one follows a course, one is there."""
    people = {f"00010{number}": replace(person(f"00010{number}"), service="ICT") for number in NAMES}
    town.rulebook.change(roster=Roster({**roster().people, **people}), hr_contact="personeel@example.org")
    for number in NAMES:
        address = f"{number}@example.org"
        user_id = f"6f1d2c3b-0000-4000-8000-{number:012d}"
        town.outlook.users.append(User(user_id, address, f"00010{number}", address))
        town.outlook.events[user_id] = {}
    _read(
        town,
        record("2026-11-12", "2026-11-20", employee="000105"),
        record("2026-11-30", source_id="2", employee="000105", part=Part.MORNING, profile="opleiding"),
        record("2026-12-24", "2026-12-31", source_id="3", employee="000105", state=State.REQUESTED),
        record("2026-11-12", "2026-11-13", source_id="4", employee="000101", part=Part.AFTERNOON, profile="telewerk"),
        record("2026-11-12", source_id="5", employee="000106", profile="opleiding"),
    )


def _read(town: Town, *records: AbsenceRecord) -> None:
    """Let a source with a name that people know say *records*."""
    town.rulebook.systems[SOURCE] = town.rulebook.systems.pop("file")
    town.source.say(*(replace(each, source=SOURCE) for each in records))
    town.settle(AbsencesHinted(source=SOURCE))


def test_somebody_signs_in_as_himself_and_sees_why(page: Page, site: Site) -> None:
    site.sign_in(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("Waarom sta ik als afwezig?")
    expect(page.get_by_role("row")).to_have_count(3)
    expect(page.get_by_role("rowheader").first).to_have_text(
        "donderdag 12 november 2026 tot en met vrijdag 20 november 2026"
    )
    expect(page.get_by_role("listitem").filter(has_text="nog niet goedgekeurd")).to_have_count(1)


def test_the_days_of_a_team_are_walked_with_the_keyboard_alone(page: Page, site: Site) -> None:
    site.sign_in(page, path=TEAM)
    expect(page.get_by_role("row")).to_have_count(4)
    while not tab(page)["words"].startswith("Volgende werkdag"):
        assert focus(page)["tag"] != "BODY", "the last element was passed without meeting the next day"
    page.keyboard.press("Enter")
    page.wait_for_url("**dag=2026-11-13")
    while not tab(page)["words"].startswith("Volgende werkdag"):
        assert focus(page)["tag"] != "BODY"
    page.keyboard.press("Enter")
    page.wait_for_url("**dag=2026-11-16")

    expect(page.get_by_role("table")).to_contain_text("Noor Voorbeeld")
    expect(page.get_by_role("row")).to_have_count(2)


def test_a_date_is_asked_for(page: Page, site: Site) -> None:
    site.sign_in(page, path=TEAM)
    page.get_by_label("Dag", exact=True).fill("2026-12-01")
    page.keyboard.press("Enter")
    page.wait_for_url("**dag=2026-12-01")

    expect(page.get_by_text("Niemand is afwezig, bezet of elders aan het werk.")).to_be_visible()


def test_the_administrator_of_voorbeeldegem_goes_to_another_service(page: Page, site: Site) -> None:
    site.sign_in(page, "Tuur Testman", TEAM)
    page.get_by_text("Andere diensten").click()
    page.get_by_role("link", name="Omgeving").click()

    expect(page.get_by_role("heading", level=2)).to_have_text("Omgeving, donderdag 12 november 2026")


def test_who_signs_out_is_asked_to_sign_in_again(page: Page, site: Site) -> None:
    site.sign_in(page)
    page.get_by_role("link", name="Afmelden").click()
    page.goto(site.address + MINE)

    expect(page.get_by_role("button", name="Noor Voorbeeld")).to_be_visible()


def test_the_skip_link_comes_first_is_seen_and_skips(page: Page, site: Site) -> None:
    site.sign_in(page)
    first = tab(page)
    page.keyboard.press("Enter")

    assert (first["words"], first["seen"]) == ("Naar de inhoud", True)
    assert focus(page)["tag"] == "MAIN"


@pytest.mark.parametrize("address", PAGES)
def test_the_focus_is_always_seen(page: Page, site: Site, address: str) -> None:
    site.sign_in(page, path=address)
    stops: list[dict[str, Any]] = []
    while (stop := tab(page))["tag"] not in ("BODY", "HTML") and len(stops) < 40:
        stops.append(stop)

    assert len(stops) > 3
    for stop in stops:
        assert stop["seen"], stop
        assert (stop["line"], stop["width"] >= 2) == ("solid", True), stop
        assert contrast.ratio(stop["colour"], stop["around"]) >= 3, stop


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", PAGES)
def test_every_text_has_contrast_by_day_and_by_night(page: Page, site: Site, address: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    site.sign_in(page, path=address)
    texts = contrast.texts(page)

    assert len(texts) > 4
    assert [text for text in texts if not text.readable] == []


def test_night_is_dark(page: Page, site: Site) -> None:
    page.emulate_media(color_scheme="dark")
    site.sign_in(page)
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")

    assert contrast.ratio(ground, "rgb(255, 255, 255)") > 10


def test_paper_holds_the_table_and_no_controls(page: Page, site: Site) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    site.sign_in(page, path=TEAM)

    expect(page.get_by_role("table")).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)
    printed = page.locator("body").inner_text()
    assert [text for text in contrast.texts(page) if text.words in printed and not text.readable] == []


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_one_title_and_a_table_has_its_headings(page: Page, site: Site, address: str) -> None:
    site.sign_in(page, path=address)

    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    for table in page.locator("table").all():
        assert table.locator("caption").count() == 1
        assert table.locator("th:not([scope])").count() == 0


@pytest.mark.parametrize("address", PAGES)
def test_a_page_enlarged_four_times_needs_no_sideways_scrolling(page: Page, site: Site, address: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})  # 1280 pixels at 400 %: WCAG 1.4.10
    site.sign_in(page, path=address)

    assert page.evaluate("document.scrollingElement.scrollWidth") <= 320


def test_nothing_is_fetched_from_elsewhere_and_nothing_is_refused(page: Page, site: Site) -> None:
    site.sign_in(page)
    hosts: set[str | None] = set()
    complaints: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page.on("console", lambda message: complaints.append(message.text))
    for address in PAGES[:-1]:
        page.goto(site.address + address)

    assert hosts == {"127.0.0.1"}
    assert complaints == []


def test_everything_works_without_scripts(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(java_script_enabled=False, ignore_https_errors=True, locale="nl-BE")
    page = context.new_page()
    site.sign_in(page, path=TEAM)
    page.get_by_role("link", name="Volgende werkdag").click()

    expect(page.get_by_role("table")).to_contain_text("vrijdag 13 november 2026")
    context.close()
