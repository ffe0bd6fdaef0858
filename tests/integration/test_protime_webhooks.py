"""A change in Protime becomes a hint in the ledger, by a webhook that the hub made and keeps itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from flask import Flask
from werkzeug.serving import make_server

import services.webhooks as package
from deploy.local.rabbitmq import free_port
from sandbox.app import create_app
from sandbox.protime import hooks_of, protime_of
from sandbox.protime_hooks import Hook
from sandbox.state import Tenant
from services.webhooks.handlers.hooks import keep_hook, look_for_due
from services.webhooks.wiring import build
from shared.clock import SystemClock
from shared.config import Settings
from shared.events import AbsencesHinted, ClockStruck, HookCheckWanted, RereadWanted
from shared.events.envelope import Envelope
from shared.persistence.migrate import migrate
from shared.run import base_of
from shared.service import Base, Service
from tests.unit.shared.builders import environ
from tests.waiting import eventually

VAULT_KEY = "a key for the vault of this test"
CHANGE = {"changeType": "Delete", "data": {"id": 5003, "changeVersion": "0000090200000000044C"}}
TOML = """\
[webhooks.sources.tijd]
scheme = "protime"
absences = "protime"

[webhooks.sources.tijd.api]
base_url = "{protime}"
token_url = "{protime}/protime/tenants/voorbeeldegem/connect/token"
client_id = "hub"
"""

_KEEPER = """\
import os
from services.webhooks.handlers.hooks import keep_hook, look_for_due
from services.webhooks.wiring import build
from shared.clock import SystemClock
from shared.config import Settings
from shared.events import ClockStruck
from shared.run import base_of

service = build(base_of("webhooks", Settings.load(os.environ)))
for asked in look_for_due(ClockStruck(at=SystemClock().now(), period="tick"), service.world):
    list(keep_hook(asked, service.world))
"""


@contextmanager
def served(app: Flask, port: int) -> Iterator[None]:
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class World:
    """The stand-in and the front door, both over HTTP, and the keeper between two ticks."""

    tenant: Tenant
    base: Base
    service: Service
    address: str
    environ: dict[str, str]

    def die_at(self, label: str) -> None:
        """Let another process of the front door strike a tick, and be killed at *label*."""
        crash = {"HUB_CRASH": f"{label}:1:{self.environ['HUB_DATA_DIR']}/marker"}
        keeper = [sys.executable, "-c", _KEEPER]
        ended = subprocess.run(keeper, env={**os.environ, **self.environ, **crash}, timeout=60, check=False)
        assert ended.returncode == -signal.SIGKILL

    def strike(self, period: str) -> list[object]:
        struck = ClockStruck(at=SystemClock().now(), period=period)
        asked = [one for one in look_for_due(struck, self.service.world) or () if isinstance(one, HookCheckWanted)]
        return [said for one in asked for said in keep_hook(one, self.service.world) or ()]

    @property
    def hook(self) -> Hook:
        (hook,) = (one for one in hooks_of(self.tenant).made.values() if hooks_of(self.tenant).tells(one))
        return hook

    def change(self) -> None:
        """Let Protime change, and wait until everything was taken."""
        protime_of(self.tenant).apply([CHANGE])
        assert self.tenant.courier.wait_until_idle()

    def hints(self) -> list[Envelope]:
        envelopes = [Envelope.parse(row.body) for row in self.base.ledger.unsent(100)]
        return [one for one in envelopes if isinstance(one.open(), AbsencesHinted)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    tenant = Tenant("voorbeeldegem", "hub", "secret")
    protime, door = free_port(), free_port()
    (tmp_path / "hub.toml").write_text(TOML.format(protime=f"http://127.0.0.1:{protime}"), encoding="utf-8")
    address = f"http://127.0.0.1:{door}"
    more = {"HUB_PUBLIC_URL": address, "HUB_VAULT_KEY": VAULT_KEY, "HUB_PROTIME_SECRET": "protime-secret"}
    given = environ(tmp_path, **more)
    settings = Settings.load(given)
    migrate(settings.database("webhooks"), "webhooks", Path(str(package.__file__)).parent / "migrations")
    base = base_of("webhooks", settings)
    service = build(base)
    with ExitStack() as stack:
        stack.enter_context(served(create_app(tenant), protime))
        stack.enter_context(served(service.app, door))
        stack.callback(base.database.close)
        stack.callback(tenant.courier.stop)
        yield World(tenant, base, service, address, given)


def test_a_change_in_protime_is_delivered_proven_and_becomes_a_hint(world: World) -> None:
    assert world.strike("tick") == [RereadWanted(source="protime")]
    assert world.hook.address == f"{world.address}/hooks/tijd"

    world.change()

    (hint,) = eventually(world.hints, what="the hint")
    assert hint.open() == AbsencesHinted(source="protime")
    assert world.strike("tick") == []


def test_a_webhook_that_protime_disabled_is_replaced_and_told_again(world: World) -> None:
    world.strike("tick")
    world.hook.is_disabled = True

    assert world.strike("hour") == [RereadWanted(source="protime")]
    world.change()

    assert len(eventually(world.hints, what="the hint")) == 1


def test_a_kill_between_protimes_answer_and_our_memory_leaves_one_good_webhook(world: World) -> None:
    world.die_at("webhooks.after_hook")
    orphan = world.hook

    assert world.strike("tick") == [RereadWanted(source="protime")]

    assert orphan.is_deleted
    world.change()
    assert len(world.hints()) == 1


def test_the_same_change_told_by_the_old_and_the_new_webhook_is_one_hint(world: World) -> None:
    world.strike("tick")
    hooks = hooks_of(world.tenant)
    address, key = world.hook.address, world.hook.key
    twin = hooks.create(address, "absences")  # as during an overlap, and signed by a key that we know
    twin.key = key

    world.change()

    assert len(world.hints()) == 1


def test_who_does_not_know_the_key_is_not_believed(world: World) -> None:
    world.strike("tick")

    answer = requests.post(
        f"{world.address}/hooks/tijd", json=CHANGE, headers={"X-Hmac-Signature": "00" * 32}, timeout=10
    )

    assert answer.status_code == 401
    assert world.hints() == []


def test_neither_the_key_nor_what_was_delivered_is_in_the_database(world: World, tmp_path: Path) -> None:
    world.strike("tick")
    key = world.hook.key
    world.change()

    stored = b"".join(file.read_bytes() for file in tmp_path.glob("webhooks.db*"))
    assert b"absences.hinted.v1" in stored
    assert key.encode() not in stored
    assert b"0000090200000000044C" not in stored
