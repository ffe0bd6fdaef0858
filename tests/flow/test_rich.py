"""Rich notifications from end to end, in one process: Graph encrypts for a certificate of the hub, and the hub opens it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update
from werkzeug.serving import make_server

import services.webhooks as package
from sandbox.rich import Signer
from sandbox.server import Sandbox, serve_in_thread
from sandbox.state import Tenant
from services.webhooks.domain.certificates import ROTATE_BEFORE
from services.webhooks.handlers import router
from services.webhooks.store.deliveries import Delivered, Deliveries
from services.webhooks.store.tables import certificates
from services.webhooks.wiring import build
from shared.clock import FixedClock
from shared.config import Settings
from shared.events import ClockStruck, Event, GraphResourceChanged, HookCheckWanted, RepairWanted
from shared.events.envelope import Envelope
from shared.persistence.migrate import migrate
from shared.run import base_of
from shared.service import Base, Service
from tests.unit.shared.builders import environ
from tests.waiting import eventually

FIEN = "fien.verzonnen@example.org"
SECRET_SUBJECT = "Aanvraag adreswijziging"
MAIL = (
    f"From: burger@example.org\r\nTo: {FIEN}\r\nSubject: {SECRET_SUBJECT}\r\nMessage-ID: <%d@example.org>\r\n\r\nDag."
)
POLICY = f"""\
[webhooks]
people = false

[webhooks.subscriptions.mail]
resource = "users/{FIEN}/messages"
change_types = "created"
rich = true
select = "subject,from"
"""


@dataclass
class Hub:
    """A front door that Graph can reach, and the stand-in that is its Graph."""

    base: Base
    service: Service
    clock: FixedClock
    tenant: Tenant
    folder: Path
    mails: int = 0

    def hear(self, event: Event) -> list[Event]:
        return list(router.handle(event, self.service.world))

    def tick(self) -> None:
        for one in self.hear(ClockStruck(at=self.clock.now(), period="tick")):
            if isinstance(one, HookCheckWanted):
                self.hear(one)

    def mail(self) -> list[Delivered]:
        """Let a mail come, and return the deliveries once there is one more."""
        before = len(self.deliveries())
        self.mails += 1
        self.tenant.deliver(FIEN, (MAIL % self.mails).encode())
        return eventually(lambda: rows if len(rows := self.deliveries()) > before else [], 10, "the delivery")

    def deliveries(self) -> list[Delivered]:
        return sorted(Deliveries(self.base.database).search(), key=lambda row: row.received_at)

    def said(self) -> list[Event]:
        return [Envelope.parse(row.body).open() for row in self.base.ledger.unsent(100)]

    @property
    def certificate(self) -> object:
        (subscription,) = self.tenant.subscriptions.live()
        return subscription.body["encryptionCertificateId"]


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with serve_in_thread(Tenant.voorbeeldegem(), tmp_path / "sandbox") as running:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(running.ca))
        yield running


@pytest.fixture
def hub(sandbox: Sandbox, tmp_path: Path) -> Iterator[Hub]:
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
            HUB_VAULT_KEY="a key of more than 24 characters",
        )
    )
    (tmp_path / "hub.toml").write_text(POLICY, encoding="utf-8")
    migrate(settings.database("webhooks"), "webhooks", Path(str(package.__file__)).parent / "migrations")
    base = base_of("webhooks", settings, clock)
    service = build(base)
    server.app = service.app
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield Hub(base, service, clock, tenant, tmp_path)
    tenant.courier.stop()
    server.shutdown()
    thread.join()
    server.server_close()
    base.database.close()


def test_a_mail_becomes_an_event_that_says_nothing_of_it(hub: Hub) -> None:
    hub.tick()

    (row,) = hub.mail()

    assert (row.outcome, row.reason, row.events) == ("accepted", None, 1)
    (event,) = hub.said()
    assert isinstance(event, GraphResourceChanged)
    assert event.resource.startswith(f"users/{hub.tenant.user(FIEN)['id']}/messages/")
    assert SECRET_SUBJECT not in str(event)


def test_what_came_along_is_stored_nowhere(hub: Hub) -> None:
    hub.tick()

    hub.mail()

    stored = b"".join(path.read_bytes() for path in hub.folder.glob("webhooks.db*"))
    assert b"graph.resource_changed.v1" in stored
    assert SECRET_SUBJECT.encode() not in stored
    assert b"PRIVATE KEY" not in stored


def test_a_key_that_the_authority_has_just_begun_to_use_costs_a_repair_and_nothing_more(hub: Hub) -> None:
    hub.tick()
    hub.tenant.signer = hub.tenant.subscriptions._signer = Signer()

    (refused,) = hub.mail()

    assert (refused.outcome, refused.reason) == ("refused", "rich_unknown_key")
    repair = RepairWanted(subscription="mail", reason="unknown_signing_key")
    assert hub.said() == [repair]

    hub.clock.advance(timedelta(minutes=1))
    hub.hear(repair)
    hub.tick()
    rows = hub.mail()

    assert [row.outcome for row in rows] == ["refused", "accepted"]


def test_a_certificate_is_rotated_without_losing_a_mail(hub: Hub) -> None:
    hub.tick()
    hub.mail()
    first, (subscription,) = hub.certificate, hub.tenant.subscriptions.live()
    soon = update(certificates).values(expires_at=hub.clock.now() + ROTATE_BEFORE)
    hub.base.database.write(lambda connection: connection.execute(soon))

    hub.clock.advance(timedelta(hours=13))
    hub.tick()
    rows = hub.mail()

    assert hub.certificate != first
    assert hub.tenant.subscriptions.live() == [subscription]
    assert [row.outcome for row in rows] == ["accepted", "accepted"]
