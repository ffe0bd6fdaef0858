"""Notifications that never came, subscriptions that died, links that Graph forgot: the hub says the same as without."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

import services.webhooks as package
from sandbox.server import Sandbox, serve_in_thread
from sandbox.state import Tenant
from services.webhooks.handlers import router
from services.webhooks.wiring import build
from shared.clock import FixedClock
from shared.config import Settings
from shared.events import ClockStruck, Event, GraphResourceChanged, HookCheckWanted, RepairWanted
from shared.events.envelope import Envelope, first, outcomes
from shared.persistence.database import own_writes
from shared.persistence.migrate import migrate
from shared.run import base_of
from shared.service import Base, Service
from tests.unit.shared.builders import environ
from tests.waiting import eventually

POST = "post@example.org"
MINUTE = timedelta(minutes=1)
MAIL = f"From: burger@example.org\r\nTo: {POST}\r\nSubject: Aanvraag\r\nMessage-ID: <%s@example.org>\r\n\r\nDag."


@dataclass
class Hub:
    """A front door that Graph can reach, whose messages are handled as a worker would."""

    base: Base
    service: Service
    clock: FixedClock
    tenant: Tenant

    def hear(self, event: Event) -> list[Envelope]:
        """Handle *event*, commit what belongs to its outcome, and return what it says."""
        cause = first(event, "webhooks", self.clock.now())
        with own_writes() as own:
            said = list(router.handle(event, self.service.world))
            envelopes = outcomes(said, cause, "webhooks", self.clock.now())
        for work in own:
            self.base.database.write(work)
        return envelopes

    def ticks(self, count: int = 3) -> list[Envelope]:
        """Let minutes pass, and return what changed according to the repairs that they called for."""
        changed: list[Envelope] = []
        for _ in range(count):
            open_ = self.hear(ClockStruck(at=self.clock.now(), period="tick"))
            while open_:
                one = open_.pop(0)
                if one.type in (RepairWanted.TYPE, HookCheckWanted.TYPE):
                    open_ += self.hear(one.open())
                else:
                    changed.append(one)
            self.clock.advance(MINUTE)
        return changed

    def notified(self) -> list[Envelope]:
        return [Envelope.parse(row.body) for row in self.base.ledger.unsent(100)]

    def mail(self, name: str) -> str:
        """Let a letter come, and return the resource by which it is told."""
        message = self.tenant.deliver(POST, (MAIL % name).encode())
        return f"users/{self.tenant.user(POST)['id']}/messages/{message.public_id(immutable=True)}"


def resources(envelopes: list[Envelope]) -> set[tuple[str, str]]:
    events = [one.open() for one in envelopes]
    return {(one.resource, one.change_type) for one in events if isinstance(one, GraphResourceChanged)}


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with serve_in_thread(Tenant.voorbeeldegem(), tmp_path / "sandbox") as running:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(running.ca))
        yield running


@pytest.fixture
def hub(sandbox: Sandbox, tmp_path: Path) -> Iterator[Hub]:
    """Return a hub at rest: its subscriptions live, and its delta queries have begun."""
    tenant, clock = sandbox.tenant, FixedClock(datetime.now(UTC))
    tenant.clock = clock.now
    server = make_server("127.0.0.1", 0, Flask("closed"), threaded=True)
    settings = Settings.load(
        environ(
            tmp_path,
            HUB_TENANT_ID=tenant.tenant_id,
            HUB_CLIENT_ID=tenant.client_id,
            HUB_CLIENT_SECRET=tenant.client_secret,
            HUB_GRAPH_URL=f"{sandbox.url}/v1.0",
            HUB_AUTHORITY_URL=sandbox.url,
            HUB_PUBLIC_URL=f"http://127.0.0.1:{server.server_port}",
        )
    )
    policy = f'[webhooks]\nmailboxes = ["{POST}"]\ndrives = ["{next(iter(tenant.drives))}"]\n'
    (tmp_path / "hub.toml").write_text(policy, encoding="utf-8")
    migrate(settings.database("webhooks"), "webhooks", Path(str(package.__file__)).parent / "migrations")
    base = base_of("webhooks", settings, clock)
    service = build(base)
    server.app = service.app
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    made = Hub(base, service, clock, tenant)
    made.ticks()
    yield made
    tenant.courier.stop()
    server.shutdown()
    thread.join()
    server.server_close()
    base.database.close()


def change_everything(hub: Hub) -> set[tuple[str, str]]:
    """Let an account be renamed, another leave, a letter come and a file be put; return how that is told."""
    renamed, leaver, *_ = [id_ for id_, user in hub.tenant.users.items() if user["userPrincipalName"] != POST]
    hub.tenant.update_user(renamed, {"userPrincipalName": "nieuwe.naam@example.org"})
    hub.tenant.delete_user(leaver)
    letter = hub.mail("b")
    drive, library = next(iter(hub.tenant.drives.items()))
    library.put_file(library.root, "brief.txt", b"x", "replace", hub.clock.now())
    return {
        (f"users/{renamed}", "updated"),
        (f"users/{leaver}", "deleted"),
        (letter, "updated"),
        (f"drives/{drive}/root", "updated"),
    }


def test_at_rest_nothing_is_said(hub: Hub) -> None:
    assert hub.ticks() == []
    assert len(hub.tenant.subscriptions.live()) == 3


def test_what_no_notification_told_is_found_after_a_stop(hub: Hub) -> None:
    hub.tenant.courier.drop(everything=True)
    changed = change_everything(hub)
    assert hub.ticks() == []  # nothing seems wrong yet

    hub.clock.advance(timedelta(minutes=20))

    assert resources(hub.ticks()) == changed
    assert hub.ticks() == []


def test_what_a_notification_told_is_known_by_its_id(hub: Hub) -> None:
    """Whoever heard it is not made to do it again."""
    told = hub.mail("a")
    notified = eventually(lambda: [one for one in hub.notified() if told in one.key], 10, "the notification")
    hub.tenant.courier.drop(everything=True)
    missed = hub.mail("b")

    hub.clock.advance(timedelta(minutes=20))
    found = hub.ticks()

    ids = {one.open().dump()["resource"]: one.id for one in found}
    assert ids.keys() >= {told, missed}
    assert ids[told] == notified[0].id


def test_after_a_week_and_a_day_everything_is_made_anew_and_nothing_is_missing(hub: Hub) -> None:
    """Subscriptions to mail are over by then, and the directory's links as well: Graph answers 410."""
    hub.tenant.courier.drop(everything=True)
    changed = change_everything(hub)
    hub.clock.advance(timedelta(days=8))

    found = hub.ticks()

    everybody = {(f"users/{id_}", "updated") for id_ in hub.tenant.users}
    leavers = {one for one in changed if one[1] == "deleted"}  # a reading of everything does not tell who is not there
    assert changed - leavers <= resources(found) <= changed | everybody
    assert everybody <= resources(found)
    assert len(hub.tenant.subscriptions.live()) == 3


def test_a_subscription_that_graph_dropped_is_back_and_what_it_missed_is_said(hub: Hub) -> None:
    (dropped,) = [one for one in hub.tenant.subscriptions.live() if "messages" in one.topic]
    hub.tenant.subscriptions.remove(dropped.id)
    hub.clock.advance(timedelta(minutes=6))
    letter = hub.mail("b")

    found = hub.ticks(12)

    assert (letter, "updated") in resources(found)
    assert any(one.topic == dropped.topic for one in hub.tenant.subscriptions.live())
