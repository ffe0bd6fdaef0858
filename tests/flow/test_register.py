"""A mail register tells of a letter by the front door, over its whole life: what stands where after each word of it."""

from __future__ import annotations

import hashlib
import json
import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from deploy.local.processes import HubProcesses
from deploy.local.rabbitmq import private_rabbitmq
from sandbox import layout
from sandbox.demo.watch import wait_until_quiet
from sandbox.stage import Stage
from tests.faults.post import VAULT_KEY, post_town
from tests.waiting import eventually

SAMPLES = Path(__file__).parents[1] / "samples" / "mailroom"
RULES = Path(__file__).parents[2] / "docs" / "howto" / "rules" / "mail-register" / "rule.toml"
LETTER = (SAMPLES / "gedeelde_mailbox_post.eml").read_bytes()
TOKEN, FILES_TOKEN = "the-token-of-the-register", "the-token-for-its-files"
SERVICES = ("webhooks", "mailroom", "notifier", "console", "timesync", "clock")
NAME = "2026-IN-001235_2026-11-18_Melding.eml"
DIGITAL = f"A40003 - Digitaal loket/Post/Inkomend/2026/{NAME}"
WORKPLACE = f"A40201 - Moderne digitale werkplaats/Post/Inkomend/2026/{NAME}"
TRAY, SECRET = f"Te klasseren/{NAME}", "Vertrouwelijk"
WORDS = ("stoeptegel", "Proefburger", "losliggende")  # of the subject and the sender
POLICY = """
[webhooks.sources.postregister]
scheme = "cloudevents"
secrets = ["HUB_HOOK_POSTREGISTER_TOKEN"]

[mailroom.intakes.postregister]
kind = "register"
base_url = "{base_url}"
"""


@dataclass
class Register:
    """A hub around a register whose files stand at *base_url*."""

    stage: Stage
    base_url: str

    def events(self) -> list[dict[str, Any]]:
        """Return what the register says of its letter, in order; one is said twice."""
        events = json.loads((SAMPLES / "post_events.json").read_text(encoding="utf-8"))["events"]
        for event in events:
            for file in event["data"].get("bestanden", []):
                digest = hashlib.sha256(LETTER).hexdigest()
                file |= {"url": f"{self.base_url}/bestanden/88001", "bytes": len(LETTER), "sha256": digest}
        return list(events)

    def say(self, events: Sequence[dict[str, Any]]) -> None:
        for event in events:
            answer = requests.post(
                f"{self.stage.url('webhooks')}/hooks/postregister",
                data=json.dumps(event),
                headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/cloudevents+json"},
                timeout=10,
            )
            assert answer.status_code == 202, answer.text

    def settled(self) -> set[str]:
        """Wait until nothing is open any more and return where the letter's files stand, by library and path."""
        quiet = wait_until_quiet(self.stage, 120)
        assert quiet.is_quiet, quiet.explanation()
        state = self.stage.ask("/_sandbox/state")
        found = set()
        for drive in state["drives"]:
            for file in _files(drive["items"]):
                found.add(file["path"] if drive["name"] != SECRET else f"{SECRET}/{file['path']}")
        return found

    def columns(self, path: str) -> dict[str, Any]:
        state = self.stage.ask("/_sandbox/state")
        files = (file for drive in state["drives"] for file in _files(drive["items"]))
        return dict(next(file["columns"] for file in files if file["path"] == path))


def _files(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        if "items" in item:
            yield from _files(item["items"])
        else:
            yield item


def _rules() -> str:
    """Return the rules of the howto, without the link to this register, which has no certificate."""
    lines = RULES.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("link ="))


class _FileServer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        is_known = self.headers["Authorization"] == f"Bearer {FILES_TOKEN}" and self.path == "/api/bestanden/88001"
        self.send_response(200 if is_known else 403)
        self.send_header("Content-Length", str(len(LETTER) if is_known else 0))
        self.end_headers()
        if is_known:
            self.wfile.write(LETTER)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def files_of_the_register() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _FileServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/api"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    with (
        private_rabbitmq(tmp_path / "rabbitmq") as node,
        files_of_the_register() as base_url,
        post_town(tmp_path / "stage", node) as stage,
    ):
        with (stage.folder / "hub.toml").open("a", encoding="utf-8") as policy:
            policy.write(POLICY.replace("{base_url}", base_url) + _rules())
        stage.export.write_bytes(layout.time_export(date(2026, 11, 23)))  # nothing is quiet while a source is missing
        secrets = {
            "HUB_VAULT_KEY": VAULT_KEY,
            "HUB_HOOK_POSTREGISTER_TOKEN": TOKEN,
            "HUB_MAILROOM_REGISTER_TOKEN": FILES_TOKEN,
        }
        with (stage.folder / "hub.log").open("ab") as log:
            hub = HubProcesses({**stage.environment(), **secrets}, stage.settings(), log)
            try:
                for name in SERVICES:
                    hub.launch(name)
                eventually(lambda: all(stage.ready(name).get("ready") for name in stage.ports), 60, "the hub")
                yield Register(stage, base_url)
            finally:
                hub.stop_all()


def test_a_letter_follows_what_its_register_says_from_registration_to_cancellation(register: Register) -> None:
    registered, changed, repeated, unknown, secret, cancelled = register.events()

    register.say([registered])
    assert register.settled() == {DIGITAL}
    assert register.columns(DIGITAL)["PostKenmerk"] == "2026/IN/001235"
    assert register.columns(DIGITAL).get("Afzender") is None  # a citizen

    register.say([changed, repeated])
    assert register.settled() == {WORKPLACE}

    register.say([unknown])
    assert register.settled() == {TRAY}

    register.say([secret])
    assert {path.partition("/")[0] for path in register.settled()} == {SECRET}

    register.say([cancelled])
    assert register.settled() == {f"{SECRET}/Geannuleerd/{NAME}"}


def test_whatever_the_order_the_last_word_counts_and_nothing_shows_what_is_secret(register: Register) -> None:
    events = register.events()
    random.Random(20261124).shuffle(events)

    register.say(events)

    shown = {path for path in register.settled() if not path.startswith((SECRET, "Geannuleerd"))}
    assert shown == set()


def test_no_word_of_a_letter_is_on_the_bus_in_a_database_or_in_a_log(register: Register) -> None:
    register.say(register.events()[:2])
    register.settled()

    found = [
        (path.name, word)
        for path in register.stage.folder.rglob("*")
        if path.is_file() and "sandbox" not in path.parts
        for word in WORDS
        if word.encode() in path.read_bytes()
    ]
    assert found == []
