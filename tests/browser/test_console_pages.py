"""The console in a real browser: by keyboard, enlarged, and as it looks."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from shared.events import MessageDiscardRequested, MessageRetryRequested, ReadingConfirmed
from tests.browser import contrast
from tests.browser.conftest import Site

FIRST = "6f1e7a52-3f54-4a55-9a35-0d1d6f1b7a01"
ONE = f"/geparkeerd/timesync/{FIRST}"
EVENT = "/journaal/9d0c3a52-1111-4a55-9a35-000000000001"
PAGES = ("/", "/post", "/geparkeerd", ONE, "/vastgehouden", "/journaal", "/journaal?zoek=000104", EVENT, "/nergens")
NAV = ["Overzicht", "Post", "Geparkeerd", "Vastgehouden", "Journaal"]

# What has the focus: its words, its outline, the ground around it, and whether it can be seen.
FOCUS = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  const clear = (element) => /, 0\\)$/.test(getComputedStyle(element).backgroundColor);
  let around = parseFloat(style.outlineOffset) < 0 ? at : at.parentElement;
  while (around.parentElement && clear(around)) around = around.parentElement;
  return {
    words: at.innerText.trim(), tag: at.tagName, width: parseFloat(style.outlineWidth), line: style.outlineStyle,
    colour: style.outlineColor, around: getComputedStyle(around).backgroundColor,
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0,
  };
}"""

# The edge of each control and the ground around it.
EDGES = """(all) => all.map((one) => {
  const grounds = [];
  for (let at = one.parentElement; at; at = at.parentElement) grounds.push(getComputedStyle(at).backgroundColor);
  return [getComputedStyle(one).borderTopColor, grounds.find((ground) => !/, 0\\)$/.test(ground))];
})"""


def focus(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(FOCUS)
    return found


def tab(page: Page) -> dict[str, Any]:
    page.keyboard.press("Tab")
    return focus(page)


def test_the_skip_link_comes_first_is_seen_and_skips(page: Page, site: Site) -> None:
    page.goto(site.address + "/geparkeerd")
    first = tab(page)
    page.keyboard.press("Enter")

    assert (first["words"], first["seen"]) == ("Naar de inhoud", True)
    assert focus(page)["tag"] == "MAIN"
    assert tab(page)["words"] == "Vernieuwen"


def test_a_message_is_retried_with_the_keyboard_alone(page: Page, site: Site) -> None:
    page.goto(site.address + "/")
    walked = [tab(page)["words"] for _ in range(4)]
    page.keyboard.press("Enter")
    page.wait_for_url("**/geparkeerd")
    while not tab(page)["words"].startswith("Opnieuw proberen"):
        assert focus(page)["tag"] != "BODY", "the last element was passed without meeting a retry button"
    page.keyboard.press("Enter")

    assert walked == ["Naar de inhoud", *NAV[:3]]
    expect(page.get_by_role("status")).to_contain_text(f"Aangevraagd: timesync probeert bericht {FIRST} opnieuw.")
    assert site.console.said == [MessageRetryRequested(service="timesync", message_id=FIRST, by="ict")]


def test_a_message_is_discarded_only_with_a_reason(page: Page, site: Site) -> None:
    page.goto(site.address + ONE)
    page.get_by_role("button", name="Wegleggen").click()
    expect(page.get_by_label("Reden om weg te leggen")).to_be_focused()
    assert site.console.said == []

    page.keyboard.type("al met de hand rechtgezet")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Aangevraagd")
    assert site.console.said == [
        MessageDiscardRequested(service="timesync", message_id=FIRST, by="ict", why="al met de hand rechtgezet")
    ]


def test_a_doubted_reading_is_believed_with_one_click_and_that_is_said(page: Page, site: Site) -> None:
    page.goto(site.address + "/vastgehouden")
    page.get_by_role("button", name="Toch aanvaarden lezing van export").click()

    expect(page.get_by_role("status")).to_contain_text("Aangevraagd: de hub leest export opnieuw")
    assert site.console.said == [ReadingConfirmed(source="export", by="ict")]


def test_every_button_on_the_list_has_a_name_of_its_own(page: Page, site: Site) -> None:
    page.goto(site.address + "/geparkeerd")
    buttons = page.get_by_role("button", name="Opnieuw proberen")

    expect(buttons).to_have_count(3)
    expect(page.get_by_role("button", name=f"Opnieuw proberen bericht {FIRST}")).to_have_count(1)


def test_one_fact_is_followed_through_the_journal(page: Page, site: Site) -> None:
    page.goto(site.address + "/")
    page.get_by_role("link", name="Journaal").click()
    page.get_by_label("Zoek op").fill("2026/IN/001234")
    page.keyboard.press("Enter")
    expect(page.get_by_role("table")).to_contain_text("Poststuk geklasseerd")
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("link", name="Details").click()

    expect(page.get_by_role("region", name="Inhoud")).to_contain_text('"kenmerk": "2026/IN/001234"')


def test_everything_works_without_scripts(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.address + ONE)
    page.get_by_role("button", name="Opnieuw proberen").click()

    expect(page.get_by_role("status")).to_contain_text("Aangevraagd")
    context.close()


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_one_title_and_says_where_one_is(page: Page, site: Site, address: str) -> None:
    page.goto(site.address + address)
    current = page.locator("nav [aria-current]").all_inner_texts()

    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert (len(current) == 1 and current[0] in NAV) or address == "/nergens"


@pytest.mark.parametrize("address", PAGES)
def test_the_focus_is_always_seen(page: Page, site: Site, address: str) -> None:
    page.goto(site.address + address)
    stops: list[dict[str, Any]] = []
    while (stop := tab(page))["tag"] not in ("BODY", "HTML") and len(stops) < 40:
        stops.append(stop)

    assert len(stops) > len(NAV)
    for stop in stops:
        assert stop["seen"], stop
        assert (stop["line"], stop["width"] >= 2) == ("solid", True), stop
        assert contrast.ratio(stop["colour"], stop["around"]) >= 3, stop


@pytest.mark.parametrize("address", PAGES)
def test_every_text_has_contrast(page: Page, site: Site, address: str) -> None:
    page.goto(site.address + address)
    texts = contrast.texts(page)

    assert len(texts) > len(NAV)
    assert [text for text in texts if not text.readable] == []


def test_the_edge_of_every_control_has_contrast(page: Page, site: Site) -> None:
    page.goto(site.address + ONE)
    edges = page.eval_on_selector_all("input:not([type=hidden]), button, .button", EDGES)

    assert len(edges) == 4
    assert all(contrast.ratio(edge, around) >= 3 for edge, around in edges)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_enlarged_four_times_needs_no_sideways_scrolling(page: Page, site: Site, address: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})  # 1280 pixels at 400 %: WCAG 1.4.10
    page.goto(site.address + address)

    assert page.evaluate("document.scrollingElement.scrollWidth") <= 320


@pytest.mark.parametrize("address", ["/", "/post", "/geparkeerd", "/journaal", "/vastgehouden"])
def test_on_a_usual_screen_no_table_is_cut_off(page: Page, site: Site, address: str) -> None:
    page.goto(site.address + address)
    cut = page.eval_on_selector_all(".scroll", "all => all.filter(one => one.scrollWidth > one.clientWidth).length")

    assert cut == 0


def test_nothing_is_fetched_from_elsewhere_and_nothing_is_refused(page: Page, site: Site) -> None:
    hosts: set[str | None] = set()
    complaints: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
    page.on("console", lambda message: complaints.append(message.text))
    for address in PAGES[:-1]:
        page.goto(site.address + address)

    assert hosts == {"127.0.0.1"}
    assert complaints == []
