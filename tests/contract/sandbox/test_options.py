"""The options of Teams and the sandbox mean the same: status lines and the guard, through the hub's own client."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from sandbox.server import Sandbox
from sandbox.state import Tenant
from services.timesync.domain.roster import Person
from services.timesync.domain.rules import Rules
from services.timesync.domain.spans import Span
from services.timesync.domain.texts import Contact, Office
from services.timesync.domain.timeline import Segment
from services.timesync.effects.base import Effect, Outcome, Picture
from services.timesync.effects.guard import GuardEffect
from services.timesync.effects.status import StatusEffect
from services.timesync.store import Store, metadata
from shared.clock import BRUSSELS
from shared.graph.client import GraphClient
from shared.graph.presence import Presence
from shared.persistence.database import Database
from tests.contract.sandbox.client import FIEN
from tests.contract.sandbox.conformance import log_violations
from tests.contract.sandbox.conftest import Clock, Token

RULES = Rules(roster=None, office=Office("Gemeente Voorbeeldegem", Contact("", "")), status=True, guard=True)  # type: ignore[arg-type]  # nobody is looked up
FRIDAY = Segment("afwezig", Span(datetime(2027, 5, 7), datetime(2027, 5, 8)), whole=True)  # noqa: DTZ001 - wall clock


@pytest.fixture
def presence(sandbox: Sandbox, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Presence]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(sandbox.ca))
    graph = GraphClient(f"{sandbox.url}/v1.0", Token(tenant))
    yield Presence(graph)
    graph._session.close()
    assert log_violations(tenant.requests) == []


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    database = Database(f"sqlite:///{tmp_path / 'timesync.db'}", "timesync")
    metadata.create_all(database.engine)
    yield Store.of(database)
    database.close()


@pytest.fixture
def effects(presence: Presence, store: Store) -> tuple[Effect, ...]:
    return StatusEffect(presence, store.statuses, lambda: RULES), GuardEffect(presence, store.guards, lambda: RULES)


def show(effects: tuple[Effect, ...], tenant: Tenant, clock: Clock, *segments: Segment) -> int:
    """Show the same absences of everybody in the tenant; return how many changes that took."""
    now = clock().astimezone(BRUSSELS).replace(tzinfo=None)
    pictures = [Picture(str(n), user, Person(str(n)), segments, now) for n, user in enumerate(tenant.users)]
    outcomes = [outcome for effect in effects for outcome in effect.show(pictures).values()]
    return sum(outcome.calls for outcome in outcomes if isinstance(outcome, Outcome))


def seen(presence: Presence, user: str) -> tuple[str, str]:
    (shown,) = presence.read_many([user])
    return shown.activity, shown.status.text if shown.status else ""


def test_who_is_away_shows_it_until_the_absence_is_over(
    effects: tuple[Effect, ...], presence: Presence, tenant: Tenant, clock: Clock
) -> None:
    fien = str(tenant.user(FIEN)["id"])

    show(effects, tenant, clock, FRIDAY)

    assert seen(presence, fien) == ("offwork", "Vandaag afwezig, terug op maandag 10 mei 2027")
    clock.advance(hours=12)
    assert seen(presence, fien)[1] == ""
    assert seen(presence, fien)[0] != "offwork"


def test_an_early_return_shows_at_once(
    effects: tuple[Effect, ...], presence: Presence, tenant: Tenant, clock: Clock
) -> None:
    fien = str(tenant.user(FIEN)["id"])
    before = seen(presence, fien)
    show(effects, tenant, clock, FRIDAY)

    show(effects, tenant, clock)

    assert seen(presence, fien) == before


def test_everybody_is_changed_in_few_requests_and_a_second_time_in_none(
    effects: tuple[Effect, ...], tenant: Tenant, clock: Clock
) -> None:
    changed = show(effects, tenant, clock, FRIDAY)
    asked = len(tenant.requests)
    alone = [call.path.rpartition("/")[2] for call in tenant.requests if not call.batched]

    assert alone == ["getPresencesByUserId", "$batch", "$batch"]
    assert changed == 2 * len(tenant.mailboxes)
    assert show(effects, tenant, clock, FRIDAY) == 0
    assert len(tenant.requests) == asked
