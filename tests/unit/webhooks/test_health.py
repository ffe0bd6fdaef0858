"""ICT is told once of what has failed for long, and once that it is mended."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.webhooks.domain.health import PATIENCE
from services.webhooks.domain.hooks import KeptHook
from services.webhooks.domain.subscriptions import URGENT, Kept
from services.webhooks.handlers.health import watch_subscriptions
from services.webhooks.handlers.world import Hooked
from services.webhooks.store.failings import Failings
from services.webhooks.store.hooks import Hooks
from shared.errors import Permanent, Transient
from shared.events import ClockStruck, Event, SubscriptionFailing, SubscriptionRestored
from shared.events.sources import GRAPH, HOOK
from shared.graph.errors import Refused
from shared.persistence.database import Database, own_writes
from shared.vault import Vault
from tests.unit.webhooks.builders import NOW, PEOPLE, TICK, FakeDoor, kept
from tests.unit.webhooks.protime import LIFE, WISH, FakeHookDoor, FakeHookMemory, FakeProtime

MINUTE = timedelta(minutes=1)
FORBIDDEN = "graph_403 ExtensionError"
FAILING = SubscriptionFailing(kind=GRAPH, subscription="people", reason="graph_403", since=NOW)


class Watched:
    """A front door that wants the subscription `people`, and is asked each minute what it says of it."""

    def __init__(self, database: Database) -> None:
        self.door = FakeDoor()
        self.door.memory.kept["people"] = kept()
        self.hook = FakeHookMemory()
        self._failings = Failings(database)

    def tick(self, period: str = "tick") -> list[Event]:
        hooks = {"protime": Hooked(WISH, FakeProtime(self.door.clock), self.hook, None)} if self.hook.kept else {}
        world = replace(self.door.world, failings=self._failings, hooks=hooks)
        return list(watch_subscriptions(ClockStruck(at=NOW, period=period), world) or ())

    def ticks(self, minutes: float) -> list[Event]:
        said = []
        for _ in range(int(minutes)):
            self.door.clock.advance(MINUTE)
            said += self.tick()
        return said

    def remember(self, **changes: object) -> None:
        self.door.memory.kept["people"] = replace(self.door.people, **changes)  # type: ignore[arg-type]  # any field

    def remember_hook(self, expires_at: datetime) -> None:
        self.hook.keep(KeptHook("protime", "h1", "key", expires_at, NOW))


@pytest.fixture
def watched(database: Database) -> Watched:
    return Watched(database)


# --- Graph's subscriptions


def test_one_that_is_well_is_not_spoken_of(watched: Watched) -> None:
    assert watched.ticks(60) == []


def test_one_that_fails_for_a_quarter_of_an_hour_is_told_once_with_its_reason(watched: Watched) -> None:
    watched.remember(failure=FORBIDDEN)

    assert watched.tick() == []
    assert watched.ticks(14) == []
    assert watched.ticks(60) == [FAILING]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (None, "missing"),
        (kept(subscription_id=None, expires_at=None), "missing"),
        (kept(expires_at=None), "missing"),
        (kept(expires_at=NOW), "missing"),
        (kept(renewed_at=None, expires_at=NOW + URGENT - MINUTE), "expiring"),
        (kept(subscription_id=None, expires_at=None, failure="graph_400 ValidationError"), "graph_400"),
        (kept(failure="place_taken"), "place_taken"),
    ],
    ids=["never made", "being made", "dropped by Graph", "expired", "expiring", "not validated", "renewal fails"],
)
def test_whatever_is_not_well_for_long_is_told(watched: Watched, row: Kept | None, reason: str) -> None:
    watched.door.memory.kept.clear()
    if row is not None:
        watched.door.memory.kept["people"] = row
    watched.tick()

    assert watched.ticks(60) == [replace(FAILING, reason=reason)]


def test_the_reason_is_the_last_one(watched: Watched) -> None:
    watched.remember(failure="token_unreachable")
    watched.tick()

    watched.remember(failure=FORBIDDEN)

    assert watched.ticks(15) == [FAILING]


def test_an_attempt_under_way_hides_no_reason(watched: Watched) -> None:
    watched.remember(failure=FORBIDDEN)
    watched.tick()

    watched.remember(failure=None, subscription_id=None, expires_at=None)

    assert watched.ticks(15) == [FAILING]


def test_a_reason_that_changes_later_is_not_told_again(watched: Watched) -> None:
    watched.remember(failure=FORBIDDEN)
    watched.tick()
    watched.ticks(15)

    watched.remember(failure="graph_503")

    assert watched.ticks(60) == []


def test_a_short_outage_alarms_nobody(watched: Watched) -> None:
    for _ in range(5):
        watched.remember(failure=FORBIDDEN)
        assert watched.ticks(10) == []
        watched.remember(failure=None)
        assert watched.tick() == []


def test_a_hub_that_stood_still_is_patient_anew(watched: Watched) -> None:
    watched.remember(failure=FORBIDDEN)
    watched.tick()

    watched.door.clock.advance(timedelta(hours=9))

    assert watched.tick() == []
    assert watched.ticks(15) == [replace(FAILING, since=NOW + timedelta(hours=9))]


def test_one_that_is_mended_is_told_once(watched: Watched) -> None:
    watched.remember(failure=FORBIDDEN)
    watched.tick()
    watched.ticks(20)

    watched.remember(failure=None)

    restored = SubscriptionRestored(kind=GRAPH, subscription="people", since=NOW, at=NOW + MINUTE * 20)
    assert watched.tick() == [restored]
    assert watched.ticks(60) == []


def test_one_that_is_no_longer_wanted_is_restored(watched: Watched) -> None:
    watched.remember(failure=FORBIDDEN)
    watched.tick()
    watched.ticks(20)

    watched.door.want(replace(PEOPLE, name="groups", resource="groups"))
    watched.door.memory.kept["groups"] = kept(name="groups", resource="groups")

    assert watched.tick() == [SubscriptionRestored(kind=GRAPH, subscription="people", since=NOW, at=NOW + MINUTE * 20)]


def test_one_that_fails_again_is_told_again(watched: Watched) -> None:
    said = []
    for failure in (FORBIDDEN, None, FORBIDDEN):
        watched.remember(failure=failure)
        said += watched.ticks(20)

    assert [type(one) for one in said] == [SubscriptionFailing, SubscriptionRestored, SubscriptionFailing]


def test_each_is_told_of_by_itself(watched: Watched) -> None:
    watched.door.want(PEOPLE, replace(PEOPLE, name="groups", resource="groups"))
    watched.tick()

    (told,) = watched.ticks(15)

    assert isinstance(told, SubscriptionFailing)
    assert told.subscription == "groups"


def test_what_is_said_and_that_it_was_said_are_one_outcome(watched: Watched) -> None:
    """A crash in between must neither forget the alarm nor repeat it."""
    watched.remember(failure=FORBIDDEN)
    watched.tick()
    watched.ticks(14)
    watched.door.clock.advance(MINUTE)

    with own_writes():  # an outcome that is never stored
        lost = watched.tick()

    assert lost == watched.tick() == [FAILING]
    assert watched.tick() == []


@pytest.mark.parametrize("period", ["hour", "day"])
def test_only_ticks_look(watched: Watched, period: str) -> None:
    watched.remember(failure=FORBIDDEN)
    watched.tick()
    watched.door.clock.advance(PATIENCE)

    assert watched.tick(period) == []
    assert watched.tick() == [FAILING]


def test_what_the_keeper_is_refused_is_what_ict_hears(watched: Watched) -> None:
    door = watched.door
    door.memory.kept.clear()
    door.tenant.refusals["users"] = Refused("graph_403", "POST /subscriptions answered 403", "ExtensionError")
    said = []
    for _ in range(17):
        door.hear(TICK)
        said += watched.tick()
        door.clock.advance(MINUTE)

    door.tenant.refusals.clear()
    door.hear(TICK)

    assert said == [FAILING]
    assert [type(one) for one in watched.tick()] == [SubscriptionRestored]


# --- webhooks at other systems


@pytest.mark.parametrize(
    ("expires_at", "failure", "reason"),
    [
        (NOW + LIFE, "http_403", "http_403"),
        (NOW, None, "missing"),
        (NOW + timedelta(hours=2), None, "expiring"),
    ],
    ids=["refused", "expired", "expiring"],
)
def test_a_webhook_that_is_not_kept_alive_is_told(
    watched: Watched, expires_at: datetime, failure: str | None, reason: str
) -> None:
    watched.remember_hook(expires_at)
    watched.hook.note_failure("protime", failure)
    watched.door.clock.advance(timedelta(hours=1))
    since = watched.door.clock.now()
    watched.tick()

    (told,) = watched.ticks(16)

    assert told == SubscriptionFailing(kind=HOOK, subscription="protime", reason=reason, since=since)


def test_a_source_and_a_subscription_of_the_same_name_are_two(watched: Watched) -> None:
    watched.door.want(replace(PEOPLE, name="protime"))
    watched.remember_hook(NOW)
    watched.tick()

    told = watched.ticks(15)

    assert [(one.kind, one.subscription) for one in told if isinstance(one, SubscriptionFailing)] == [
        (GRAPH, "protime"),
        (HOOK, "protime"),
    ]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Permanent("http_403", "POST https://protime.example.org answered 403"), "http_403"),
        (Transient("http_unreachable", "POST https://protime.example.org: ConnectionError"), "http_unreachable"),
    ],
    ids=["refused", "unreachable"],
)
def test_the_keeper_of_webhooks_notes_why_it_failed_until_it_succeeds(error: Exception, reason: str) -> None:
    door = FakeHookDoor()
    door.protime.failures["create"] = error
    with pytest.raises(Transient):
        door.strike("tick")
    noted = door.memory.failure("protime")
    door.protime.failures.clear()

    door.strike("tick")

    assert (noted, door.memory.failure("protime")) == (reason, None)


def test_the_failure_of_a_webhook_is_remembered_though_it_was_never_made(database: Database) -> None:
    hooks = Hooks(database, Vault(["a vault key of 24 letters or more"]))

    with own_writes():  # a handler that fails has no outcome
        hooks.note_failure("protime", "http_503")
        hooks.note_failure("protime", "x" * 99)

    assert hooks.failure("protime") == "x" * 64
    assert hooks.failure("school") is None
    hooks.note_failure("protime", None)
    assert hooks.failure("protime") is None
