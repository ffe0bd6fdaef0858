"""A real browser in front of a real web server, with a console on fakes behind it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from services.console.domain.post import MailroomView, Seen, Term
from services.console.domain.sighting import ServiceState
from services.console.domain.waiting import Failing
from shared.events import AbsencesChanged, Attempt, MailFiled
from shared.events.absences import RuleFault
from tests.unit.console.builders import NOW, FakeConsole, healthy, in_tray, offered, parked, queue, replaced, state

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@dataclass
class Site:
    """The console at *address*, and what stands behind it."""

    address: str
    console: FakeConsole


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))  # None: playwright's own
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="nl-BE")
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a console that has heard a lot: made once, copied for each test."""
    folder = tmp_path_factory.mktemp("filled")
    console = FakeConsole.at(folder)
    _fill(console)
    console.database.close()
    return folder


@pytest.fixture
def site(filled: Path, tmp_path: Path) -> Iterator[Site]:
    """Serve a console on a bad day: something of every kind is wrong."""
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    console = FakeConsole.at(tmp_path)
    _bad_day(console)
    server = make_server("127.0.0.1", 0, console.app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))  # seconds that its end may take
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", console)
    server.shutdown()
    thread.join()
    console.database.close()


def _bad_day(console: FakeConsole) -> None:
    seen = Seen("https://outlook.example.org/1", {"2026/IN/001234": "high"})
    codes = {"A40201": "Moderne digitale werkplaats", "A40203": "Digitale handtekening"}
    console.mailroom = MailroomView(codes, {offered().message: seen})
    console.sighting = replaced(
        healthy(),
        state("console", accepted=48210, done=47110, superseded=1100),
        state("webhooks", accepted=15873, done=15871, pending=2, oldest_pending_seconds=0.4, unsent=1),
        state(
            "timesync",
            accepted=9120,
            done=3100,
            superseded=5989,
            parked=2,
            discarded=1,
            pending=28,
            oldest_pending_seconds=840.0,
        ),
        state("mailroom", accepted=412, done=409, parked=1),
        ServiceState("notifier", None),
        queue("hub.console", rate_in=6.2, rate_out=6.2),
        queue("hub.timesync", ready=31, rate_in=4.0, rate_out=3.4, oldest=NOW - timedelta(minutes=2)),
        queue("hub.notifier", ready=17, consumers=0, rate_in=0.4, oldest=NOW - timedelta(minutes=41)),
        queue("hub.dead", ready=1, consumers=0, oldest=NOW - timedelta(days=3)),
    )


def _fill(console: FakeConsole) -> None:
    waits = [timedelta(hours=26), timedelta(hours=20), timedelta(hours=1)]
    refused = [
        Attempt(at=NOW - wait, reason="graph_503", error="POST /users/…/events answered 503, request-id 0b1f")
        for wait in waits[:2]
    ]
    gone = Attempt(at=NOW - waits[2], reason="graph_404", error="GET /users/… answered 404, request-id 5c77")
    console.store.park(parked("6f1e7a52-3f54-4a55-9a35-0d1d6f1b7a01", attempts=[*refused, gone]))
    console.store.park(parked("6f1e7a52-3f54-4a55-9a35-0d1d6f1b7a02", reason="graph_403", first_seen=NOW - waits[0]))
    console.store.park(
        parked(
            "c2a9a1de-6b0e-4f43-8a51-5a6b8f1b7a03",
            service="mailroom",
            message_type="mail.arrived.v1",
            reason="unexpected_KeyError",
        )
    )
    console.store.hold("absence", "export", "tijdsregistratie_export.csv:10 A-3008", "unknown_code", NOW)
    console.store.hold("absence", "export", "export", "mass_deletion_blocked", NOW - timedelta(minutes=4))
    console.store.hold("mail", "hotfolder", "2026-IN-001240.pdf", "sha256_mismatch", NOW - timedelta(minutes=9))
    console.store.sources.fail(Failing("absences", "export", "source_missing", NOW - timedelta(hours=3)))
    fault = RuleFault(file="hub.toml", line=41, expected="Must be one of: afwezig, telewerk.")
    console.store.rules.refuse("hub.toml", [fault], NOW - timedelta(hours=1))
    console.store.tray.enter(in_tray())
    console.store.tray.enter(in_tray("2026/IN/001236", reason="folder_missing", suggestions=()))
    console.store.mails.offer(offered(received_at=NOW - timedelta(days=2)))
    for number, days in enumerate((-2, 0, 5)):
        due = NOW.date() + timedelta(days=days)
        console.store.terms.remind(Term(f"2026/IN/00120{number}", due, "A40201", None, is_away=days == 0), NOW.date())
    for number in range(60):
        console.hear(AbsencesChanged(employee=f"{100 + number:06}"), f"9d0c3a52-0000-4a55-9a35-{number:012}")
    filed = MailFiled(kenmerk="2026/IN/001234", version=1, project="A40201", drive_id="b!drive", item_id="01ITEM")
    console.hear(filed, "9d0c3a52-1111-4a55-9a35-000000000001", source="mailroom")
