"""The pages show what the tenant holds, in Dutch, and can be read by everybody."""

import re
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox import dutch
from sandbox.calendars import Event
from sandbox.columns import Column
from sandbox.library import Library
from sandbox.state import Tenant
from sandbox.workflows import webhook_path

every_page = pytest.mark.parametrize("path", ["/", "/mappen", "/kanalen"])


def _local(day: str, at: str = "00:00:00") -> dict[str, str]:
    return {"dateTime": f"{day}T{at}", "timeZone": "Romance Standard Time"}


def _event(tenant: Tenant, show_as: str, subject: str, start: dict[str, str], end: dict[str, str], **more: Any) -> None:
    body = {"subject": subject, "showAs": show_as, "start": start, "end": end, "sensitivity": "private", **more}
    event = Event.written("fien.verzonnen@example.org", body, tenant.now())
    tenant.mailbox("fien.verzonnen@example.org").events[event.id] = event


def _luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG21/#dfn-relative-luminance"""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])


def _contrast(one: str, other: str) -> float:
    dark, light = sorted([_luminance(one), _luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture
def fien(tenant: Tenant) -> str:
    name = "fien.verzonnen@example.org"
    tenant.add_user({"displayName": "Fien Verzonnen", "userPrincipalName": name, "department": "Burgerzaken"})
    return name


@pytest.fixture
def filed(tenant: Tenant) -> Library:
    columns = (Column("PostKenmerk"), Column("Ontvangstdatum", "dateTime"), Column("Serie"))
    site = {"id": "site-1", "displayName": "Digitale organisatie", "webUrl": "https://example.org/sites/digitaal"}
    library = Library("drive-1", "list-1", "Documenten", site, columns, tenant.now())
    folder = library.add_folder(library.root, "A40201 - Moderne digitale werkplaats", "fail", tenant.now())
    file, _ = library.put_file(folder, "2026-IN-001234_Offerte.pdf", b"x" * 744, "fail", tenant.now())
    fields = {"PostKenmerk": "2026/IN/001234", "Ontvangstdatum": "2026-11-18T00:00:00+01:00"}
    library.set_fields(file, fields, tenant.now())
    library.add_folder(library.root, "Te klasseren", "fail", tenant.now())
    tenant.drives[library.id] = library
    return library


@pytest.mark.usefixtures("fien", "filed")
@every_page
def test_every_page_is_dutch_with_one_title_landmarks_and_a_skip_link(client: FlaskClient, path: str) -> None:
    page = client.get(path).text

    assert '<html lang="nl">' in page
    assert page.count("<h1>") == 1
    assert [page.count(f"<{landmark}") for landmark in ("header>", "nav ", "main ", "footer>")] == [1, 1, 1, 1]
    assert 'href="#inhoud"' in page
    assert 'id="inhoud"' in page
    assert page.count('aria-current="page"') == 1
    assert "nagebootste Microsoft 365-omgeving" in page


@pytest.mark.usefixtures("fien", "filed")
@every_page
def test_every_table_has_a_caption_and_headings_with_scope(client: FlaskClient, tenant: Tenant, path: str) -> None:
    _event(tenant, "oof", "Afwezig", _local("2026-11-23"), _local("2026-11-24"), isAllDay=True)

    page = client.get(path).text

    assert page.count("<table>") == page.count("<caption>")
    assert not re.search(r"<th(?! scope|ead)", page)


@every_page
def test_no_page_needs_a_script_or_another_server(client: FlaskClient, path: str) -> None:
    page = client.get(path).text

    assert "<script" not in page
    assert not re.search(r'(src|href)="(https?:)?//', page)


@every_page
def test_an_empty_tenant_has_pages_too(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_the_style_sheet_is_served(client: FlaskClient) -> None:
    [sheet] = re.findall(r'rel="stylesheet" href="([^"]+)"', client.get("/").text)

    assert client.get(sheet).mimetype == "text/css"


@pytest.mark.parametrize("ground", ["#ffffff", "#f5f5f8"])
def test_every_colour_of_text_stands_out_enough_for_wcag_aa(client: FlaskClient, ground: str) -> None:
    sheet = client.get("/_sandbox/static/sandbox.css").text
    inks = dict(re.findall(r"--(?!line|ground)([\w-]+): (#\w{6});", sheet))

    assert len(inks) == 8
    assert [name for name, ink in inks.items() if _contrast(ink, ground) < 4.5] == []


def test_somebody_absent_shows_so_with_calendar_and_automatic_reply(
    client: FlaskClient, tenant: Tenant, fien: str
) -> None:
    _event(tenant, "oof", "Afwezig", _local("2026-11-20"), _local("2026-11-25"), isAllDay=True)
    reply = {
        "status": "scheduled",
        "internalReplyMessage": "<p>Ik ben afwezig.</p><p>Dringend? <b>Contacteer</b> Burgerzaken &amp; Onthaal.</p>",
        "scheduledStartDateTime": _local("2026-11-20"),
        "scheduledEndDateTime": _local("2026-11-25"),
    }
    tenant.mailbox(fien).replies = tenant.replies(fien).changed(reply, tenant.now())

    page = client.get("/").text

    assert "Niet op kantoor" in page
    assert page.count("vrijdag 20 november 2026 tot en met dinsdag 24 november 2026") == 2
    assert "Ik ben afwezig.\nDringend? Contacteer Burgerzaken &amp; Onthaal." in page


@pytest.mark.parametrize(
    ("show_as", "seen"), [("busy", "Bezet"), ("workingElsewhere", "Beschikbaar"), ("oof", "Niet op kantoor")]
)
@pytest.mark.usefixtures("fien")
def test_presence_is_said_in_words(client: FlaskClient, tenant: Tenant, show_as: str, seen: str) -> None:
    _event(tenant, show_as, "Iets", _local("2026-11-23", "11:00:00"), _local("2026-11-23", "13:00:00"))

    assert f"</span>{seen}</p>" in client.get("/").text


@pytest.mark.usefixtures("fien")
def test_the_calendar_leaves_out_what_is_over(client: FlaskClient, tenant: Tenant) -> None:
    _event(tenant, "oof", "Voorbij", _local("2026-11-19"), _local("2026-11-20"), isAllDay=True)
    _event(tenant, "busy", "Opleiding", _local("2026-11-24", "12:30:00"), _local("2026-11-24", "16:36:00"))

    page = client.get("/").text

    assert "Voorbij" not in page
    assert "dinsdag 24 november 2026, 12.30 tot 16.36 uur" in page


def test_a_worker_without_a_mailbox_is_shown_without_presence(client: FlaskClient, tenant: Tenant) -> None:
    tenant.add_user({"displayName": "Zita Zondermail", "userPrincipalName": "zita@example.org"}, purpose=None)

    assert "Geen postbus" in client.get("/").text


@pytest.mark.usefixtures("filed")
def test_a_filed_letter_shows_its_metadata_and_only_columns_that_are_filled(client: FlaskClient) -> None:
    page = client.get("/mappen").text

    assert "<caption>A40201 - Moderne digitale werkplaats</caption>" in page
    assert "<td>2026/IN/001234</td><td>woensdag 18 november 2026</td>" in page
    assert "<strong>Te klasseren</strong> is leeg" in page
    assert "Serie" not in page


def test_a_card_is_readable_in_its_channel(client: FlaskClient) -> None:
    card = {
        "type": "AdaptiveCard",
        "body": [
            {"type": "TextBlock", "text": "Nieuwe post voor A40201", "weight": "Bolder"},
            {
                "type": "Container",
                "items": [{"type": "FactSet", "facts": [{"title": "Kenmerk", "value": "2026/IN/001234"}]}],
            },
        ],
        "actions": [
            {"type": "Action.OpenUrl", "title": "Map openen", "url": "https://example.org/map"},
            {"type": "Action.OpenUrl", "title": "Kwaad", "url": "javascript:alert(1)"},
        ],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    client.post(webhook_path("post-a40201"), json={"type": "message", "attachments": [attachment]})

    page = client.get("/kanalen").text

    assert "Project A40201</h2>" in page
    assert '<p class="strong">Nieuwe post voor A40201</p>' in page
    assert "<dt>Kenmerk</dt><dd>2026/IN/001234</dd>" in page
    assert 'href="https://example.org/map"' in page
    assert "javascript:" not in page


@pytest.mark.usefixtures("fien")
def test_what_people_wrote_is_never_markup(client: FlaskClient, tenant: Tenant) -> None:
    _event(tenant, "busy", "<script>alert(1)</script>", _local("2026-11-24"), _local("2026-11-25"))

    assert "<script>" not in client.get("/").text


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-10-22T22:00Z", "2026-10-27T23:00Z", "vrijdag 23 oktober 2026 tot en met dinsdag 27 oktober 2026"),
        ("2026-11-22T23:00Z", "2026-11-23T23:00Z", "maandag 23 november 2026"),
        ("2026-11-23T09:00Z", "2026-11-23T10:30Z", "maandag 23 november 2026, 10.00 tot 11.30 uur"),
        (
            "2026-11-23T21:00Z",
            "2026-11-24T05:00Z",
            "maandag 23 november 2026, 22.00 uur tot dinsdag 24 november 2026, 06.00 uur",
        ),
    ],
    ids=["days over the end of summer time", "one day", "hours", "a night"],
)
def test_a_period_reads_as_people_say_it(start: str, end: str, words: str) -> None:
    assert dutch.period(datetime.fromisoformat(start), datetime.fromisoformat(end)) == words
