"""Who is away today, from the bus to the channel of the team: the hub carries ids, and only the card has names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import services.notifier as package
from sandbox.server import Sandbox, serve_in_thread
from sandbox.state import Tenant
from sandbox.workflows import cards_of, webhook_path
from services.notifier.wiring import build
from shared.clock import FixedClock
from shared.config import Settings
from shared.events import TeamDay
from shared.events.absences import TeamEntry
from shared.events.envelope import first
from shared.messaging.memory import MemoryBroker
from shared.persistence.migrate import migrate
from shared.run import Pipeline, base_of
from shared.service import Base
from tests.unit.shared.builders import environ

MORNING = datetime(2026, 11, 18, 6, 30, tzinfo=UTC)
CHANNEL = "post-te-klasseren"  # of those that the stand-in has
POLICY = """\
[notifier]
unclassified = "post"
ict = "post"

[notifier.services]
ICT = "post"

[notifier.channels.post]
kind = "teams"
url = "HUB_CHANNEL_POST"
"""


def away(address: str, tenant: Tenant, part: str = "whole", kind: str = "away") -> TeamEntry:
    return TeamEntry(employee="000104", user_id=tenant.user(address)["id"], part=part, kind=kind)


@dataclass
class Hub:
    """A notifier at work, and the stand-in that is its Graph and its Teams."""

    base: Base
    pipeline: Pipeline
    tenant: Tenant
    folder: Path

    def hear(self, service: str, *entries: TeamEntry, id_: str = "m-1") -> None:
        told = TeamDay(service=service, day=MORNING.date(), entries=list(entries))
        self.base.ledger.accept([first(told, "timesync", MORNING, id_=id_)])
        while self.pipeline.workers.step():
            pass

    def groups(self) -> list[dict[str, Any]]:
        """Return the groups with their names, of each card in the channel."""
        cards = [card.content for card in cards_of(self.tenant) if card.channel == CHANNEL]
        return [{fact["title"]: fact["value"] for fact in card["body"][2]["facts"]} for card in cards]


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with serve_in_thread(Tenant.voorbeeldegem(), tmp_path / "sandbox") as running:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(running.ca))
        yield running


@pytest.fixture
def hub(sandbox: Sandbox, tmp_path: Path) -> Iterator[Hub]:
    tenant, clock = sandbox.tenant, FixedClock(MORNING)
    settings = Settings.load(
        environ(
            tmp_path,
            HUB_CLIENT_SECRET=tenant.client_secret,
            HUB_TENANT_ID=tenant.tenant_id,
            HUB_CLIENT_ID=tenant.client_id,
            HUB_GRAPH_URL=f"{sandbox.url}/v1.0",
            HUB_AUTHORITY_URL=sandbox.url,
            HUB_CHANNEL_POST=f"{sandbox.url}{webhook_path(CHANNEL)}",
        )
    )
    (tmp_path / "hub.toml").write_text(POLICY, encoding="utf-8")
    migrate(settings.database("notifier"), "notifier", Path(str(package.__file__)).parent / "migrations")
    base = base_of("notifier", settings, clock)
    yield Hub(base, Pipeline(build(base), base.ledger, clock, MemoryBroker(), 1), tenant, tmp_path)
    base.database.close()


def test_a_team_reads_the_names_of_who_is_not_there(hub: Hub) -> None:
    tuur, fien = "tuur.testman@example.org", "fien.verzonnen@example.org"

    hub.hear("ICT", away(tuur, hub.tenant), away(fien, hub.tenant, "morning", "elsewhere"))

    assert hub.groups() == [{"Hele dag": "Tuur Testman", "Telewerk of elders": "Fien Verzonnen (voormiddag)"}]


def test_who_left_since_is_left_out(hub: Hub) -> None:
    tuur, fien = (away(f"{name}@example.org", hub.tenant) for name in ("tuur.testman", "fien.verzonnen"))
    hub.tenant.delete_user("fien.verzonnen@example.org")

    hub.hear("ICT", tuur, fien)

    assert hub.groups() == [{"Hele dag": "Tuur Testman"}]


def test_a_message_that_comes_twice_is_one_card(hub: Hub) -> None:
    tuur = away("tuur.testman@example.org", hub.tenant)

    hub.hear("ICT", tuur)
    hub.hear("ICT", tuur, id_="m-2")

    assert len(hub.groups()) == 1


def test_no_name_stands_in_what_the_hub_keeps_or_says(hub: Hub) -> None:
    hub.hear("ICT", away("tuur.testman@example.org", hub.tenant))

    stored = b"".join(path.read_bytes() for path in hub.folder.glob("notifier.db*"))
    assert b"absences.team_day.v1" in stored
    assert b"Testman" not in stored


def test_a_service_that_hub_toml_does_not_name_is_told_of_nowhere(hub: Hub) -> None:
    hub.hear("Omgeving", away("tuur.testman@example.org", hub.tenant))

    assert cards_of(hub.tenant) == []
    assert [envelope.type for envelope in hub.base.ledger.unsent(10)] == []
