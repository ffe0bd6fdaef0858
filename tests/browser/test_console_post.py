"""Post that waits, mended in a real browser with the keyboard alone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from services.console.handlers import Console, router
from shared.events import ClassificationChosen, Event, MailFiled, MailRegistered, RegistrationChosen
from tests.browser.conftest import Site
from tests.unit.console.builders import offered

KENMERK, OTHER = "2026/IN/001234", "2026/IN/001236"
FOCUSED = "document.activeElement.tagName + ' ' + document.activeElement.innerText.trim()"


def tab_to(page: Page, words: str) -> None:
    """Walk with the keyboard until what has the focus begins with *words*."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if str(page.evaluate(FOCUSED)).partition(" ")[2].startswith(words):
            return
    raise AssertionError(f"nothing that begins with {words!r} is reached with the keyboard")


def happen(site: Site, event: Event) -> None:
    """Let the console hear what it said, and what mailroom says to it."""
    world = Console(site.console.store, site.console.clock)
    for heard in (*site.console.said, event):
        list(router.handle(heard, world))


def test_a_suggestion_is_chosen_and_the_line_is_gone_when_the_letter_is_filed(page: Page, site: Site) -> None:
    page.goto(site.address + "/")
    tab_to(page, "Post")
    page.keyboard.press("Enter")
    page.wait_for_url("**/post")
    tab_to(page, "Kies A40203 – Digitale handtekening")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"Aangevraagd: {KENMERK} gaat naar A40203.")
    happen(site, MailFiled(kenmerk=KENMERK, version=1, project="A40203", drive_id="d", item_id="i"))
    page.reload()

    assert site.console.said == [ClassificationChosen(kenmerk=KENMERK, project="A40203", by="ict")]
    table = page.get_by_role("table", name="Poststukken zonder project")
    expect(table.get_by_role("row")).to_have_count(2)
    expect(table).not_to_contain_text(KENMERK)


def test_a_code_is_typed_and_what_is_no_project_brings_the_focus_back_to_its_field(page: Page, site: Site) -> None:
    page.goto(site.address + "/post")
    field = page.get_by_label(f"Ander project voor {OTHER}")
    field.focus()
    page.keyboard.type("A99999")
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description("Vul een code uit de projectenlijst in.")
    assert site.console.said == []

    page.keyboard.press("Control+A")
    page.keyboard.type("a40201")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"Aangevraagd: {OTHER} gaat naar A40201.")
    assert site.console.said == [ClassificationChosen(kenmerk=OTHER, project="A40201", by="ict")]


def test_what_was_mended_elsewhere_is_looked_at_again(page: Page, site: Site) -> None:
    page.goto(site.address + "/post")
    page.get_by_role("button", name=f"Opnieuw proberen voor {OTHER}").press("Enter")

    expect(page.get_by_role("status")).to_contain_text(f"kijkt opnieuw waar {OTHER} hoort")
    assert site.console.said == [ClassificationChosen(kenmerk=OTHER, project=None, by="ict")]


def test_an_e_mail_gets_the_kenmerk_that_was_typed_and_is_gone_when_it_is_registered(page: Page, site: Site) -> None:
    page.goto(site.address + "/post")
    field = page.locator("#kenmerk-1")
    while not field.evaluate("one => one === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.type(KENMERK)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"geregistreerd onder {KENMERK}")
    happen(site, MailRegistered(intake="post", message=offered().message, kenmerk=KENMERK))
    page.reload()

    assert site.console.said == [
        RegistrationChosen(intake="post", message=offered().message, kenmerk=KENMERK, by="ict")
    ]
    expect(page.get_by_text("Er wachten geen e-mails op registratie.")).to_be_visible()


def test_every_control_of_the_page_has_a_name_of_its_own(page: Page, site: Site) -> None:
    page.goto(site.address + "/post")
    names = page.eval_on_selector_all(
        "main button", "all => all.map((one) => one.innerText.replace(/\\s+/g, ' ').trim())"
    )

    assert len(names) > 4
    assert len(names) == len(set(names))
