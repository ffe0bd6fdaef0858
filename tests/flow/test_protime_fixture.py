"""The recorded Protime conversation, through the front door, RabbitMQ and Graph: Outlook shows what was worked out by hand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from deploy.local.rabbitmq import PrivateRabbitMQ
from sandbox.protime import protime_of, signed_hint
from sandbox.server import serve_in_thread
from sandbox.stage import HOOK_SECRET, Stage
from sandbox.state import Tenant
from services.timesync import wiring as timesync
from services.webhooks import wiring as webhooks
from shared.clock import BRUSSELS, FixedClock
from shared.config import Policy
from shared.messaging.rabbitmq import RabbitMQ
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from shared.persistence.migrate import migrate
from shared.run import Pipeline
from shared.service import Base, Service
from tests.waiting import eventually

SAMPLES = Path(__file__).parents[1] / "samples" / "timesync"
EXPECTED: dict[str, Any] = json.loads((SAMPLES / "expected_protime_segments.json").read_text("utf-8"))
BEFORE = datetime(2026, 10, 20, 9, 0, tzinfo=BRUSSELS).astimezone(UTC)
AT_DELTA = datetime.fromisoformat("2026-11-12T07:05:00+01:00").astimezone(UTC)


@dataclass
class Town:
    """The hub's two services that matter here, in this process, on a clock that the test sets."""

    tenant: Tenant
    clock: FixedClock
    timesync: SqlLedger
    door: FlaskClient

    def hint(self) -> None:
        """Let Protime say that something changed."""
        body, headers = signed_hint(HOOK_SECRET, ["000101"], self.clock.now())
        assert self.door.post("/hooks/protime", data=body, headers=headers).status_code == 202

    def shows(self, wanted: str) -> bool:
        """Tell whether the calendars are as the fixture's part *wanted* says, with nothing left to do."""
        expected = sorted(
            (one["employee_number"], one["start_local"], one["end_local"], one["show_as"]) for one in EXPECTED[wanted]
        )
        return self._shown() == expected and self.timesync.pending() == 0

    def _shown(self) -> list[tuple[str, str, str, str]]:
        return sorted(
            (user["employeeId"], _local(event.start), _local(event.end), event.content["showAs"])
            for user in self.tenant.users.values()
            if user.get("employeeId")
            for event in self.tenant.events(user["id"])
        )


def _local(moment: datetime) -> str:
    return moment.astimezone(BRUSSELS).strftime("%Y-%m-%dT%H:%M")


def assemble(name: str, build: Any, stage: Stage, clock: FixedClock) -> tuple[Service, SqlLedger, Pipeline]:
    """Build one service as `hub service` does, on the test's clock."""
    settings = stage.settings()
    migrate(settings.database(name), name, Path(build.__code__.co_filename).parent / "migrations")
    database = Database(settings.database(name), name)
    ledger = SqlLedger(database, clock, "test")
    service = build(Base(settings, Policy.read(settings.config), clock, database, ledger))
    return service, ledger, Pipeline(service, ledger, clock, RabbitMQ(stage.amqp_url), threads=2)


@pytest.fixture
def town(own_rabbitmq: PrivateRabbitMQ, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    clock = FixedClock(BEFORE)
    tenant = Tenant.voorbeeldegem()
    tenant.clock = clock.now
    protime_of(tenant).load_fixture(SAMPLES / "protime_absences.json")
    with ExitStack() as stack:
        sandbox = stack.enter_context(serve_in_thread(tenant, tmp_path / "sandbox"))
        stage = Stage(tmp_path / "stage", own_rabbitmq.url, sandbox_port=int(sandbox.url.rpartition(":")[2]))
        stage.prepare(BEFORE.date())
        shutil.copy(SAMPLES / "people.json", stage.folder / "people.json")
        header = (SAMPLES / "tijdsregistratie_export.csv").read_bytes().splitlines(keepends=True)[0]
        stage.export.write_bytes(header)  # the other source knows of nobody
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(sandbox.ca))
        door, _, door_pipeline = assemble("webhooks", webhooks.build, stage, clock)
        _, ledger, timesync_pipeline = assemble("timesync", timesync.build, stage, clock)
        for pipeline in (door_pipeline, timesync_pipeline):
            pipeline.start()
            stack.callback(pipeline.stop)
        eventually(lambda: door_pipeline.consumer.consuming and timesync_pipeline.consumer.consuming, what="consumers")
        yield Town(tenant, clock, ledger, door.app.test_client())


def test_outlook_shows_what_the_fixture_says_before_and_after_the_delta(town: Town) -> None:
    town.hint()
    eventually(lambda: town.shows("after_initial"), what="the initial timeline")

    town.clock.at = AT_DELTA - timedelta(hours=10)  # weeks later: a whole reading, which changes nothing
    before, done = len(town.tenant.ledger), town.timesync.balance().done
    town.hint()
    eventually(lambda: town.timesync.balance().done > done, what="the whole reading")

    town.clock.at = AT_DELTA
    assert protime_of(town.tenant).apply_coming() > 0
    town.hint()
    eventually(lambda: town.shows("after_delta"), what="the timeline after the delta")

    # Vacation turned into sickness (case 104): nothing visible may change, so there is no call at all.
    tuur = "tuur.testman@example.org"
    assert [effect for effect in town.tenant.ledger[before:] if effect.extra.get("user") == tuur] == []
    made = [effect.key for effect in town.tenant.effects("event") if effect.action == "created"]
    assert len(made) == len(set(made))
    assert town.timesync.balance().parked == 0
