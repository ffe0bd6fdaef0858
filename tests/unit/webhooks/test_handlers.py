"""The subscriptions of the policy are alive at the tenant, whatever happened to them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.webhooks.domain import Wanted
from services.webhooks.handlers import REFUSED_WAIT, UNVALIDATED_WAIT, FrontDoor, answer_lifecycle, keep_subscriptions
from services.webhooks.sources.graph import hashed
from shared.errors import HubError, Transient
from shared.events import ClockStruck, LifecycleSignalled
from shared.graph.errors import NotFound, Refused, Throttled
from tests.unit.webhooks.builders import HOUR, NOW, PEOPLE, TICK, FakeDoor

DRIVE = Wanted("archive", "drives/d1/root", "updated")


@pytest.fixture
def door() -> FakeDoor:
    return FakeDoor()


def signal(name: str, subscription: str = "s1") -> LifecycleSignalled:
    return LifecycleSignalled(subscription_id=subscription, signal=name)


def refused(status: int) -> Refused:
    return Refused(f"graph_{status}", f"POST /subscriptions answered {status}", "ValidationError")


def test_a_missing_subscription_is_made(door: FakeDoor) -> None:
    assert door.hear(TICK) == []

    assert door.tenant.calls == ["create users"]
    assert (door.people.subscription_id, door.people.made_at) == ("s1", NOW)
    assert door.people.expires_at == NOW + PEOPLE.lifetime
    assert door.is_well()


def test_a_subscription_is_remembered_before_graph_knows_it(door: FakeDoor) -> None:
    """The first notification may come before Graph's answer: its clientState must be known by then."""
    known: list[str] = []
    door.tenant.on_create = lambda: known.append(door.people.client_state_hash)

    door.hear(TICK)

    assert known == [hashed("secret-1")]


def test_a_live_subscription_is_let_be(door: FakeDoor) -> None:
    door.hear(TICK)

    door.hear(TICK)

    assert door.tenant.calls == ["create users"]


def test_half_way_its_life_it_is_renewed_for_a_whole_one(door: FakeDoor) -> None:
    door.hear(TICK)
    door.clock.advance(PEOPLE.lifetime / 2 + timedelta(minutes=1))

    door.hear(TICK)

    assert door.tenant.calls == ["create users", "renew s1"]
    assert door.people.expires_at == door.clock.now() + PEOPLE.lifetime
    assert door.is_well()


def test_a_renewal_of_one_that_graph_dropped_makes_it_anew(door: FakeDoor) -> None:
    door.hear(TICK)
    door.tenant.alive.clear()
    door.clock.advance(PEOPLE.lifetime * 0.6)

    door.hear(TICK)

    assert door.tenant.calls[1:] == ["renew s1", "create users"]
    assert door.people.subscription_id == "s2"
    assert door.is_well()


def test_an_expired_one_is_made_anew(door: FakeDoor) -> None:
    door.hear(TICK)
    door.tenant.alive.clear()
    door.clock.advance(PEOPLE.lifetime + timedelta(minutes=1))

    door.hear(TICK)

    assert door.tenant.calls[1:] == ["create users"]
    assert door.is_well()


def test_a_stranger_in_its_place_is_removed_and_it_is_made_anew(door: FakeDoor) -> None:
    door.tenant.create("users", "updated", "a secret that we lost", NOW + timedelta(days=1))
    door.tenant.create("groups", "updated", "not ours to touch", NOW + timedelta(days=1))

    door.hear(TICK)

    assert door.tenant.calls[2:] == ["create users", "list", "delete s1", "create users"]
    assert "s2" in door.tenant.alive
    assert door.people.subscription_id == "s3"


def test_a_crash_between_creation_and_remembering_heals_at_the_next_tick(door: FakeDoor) -> None:
    door.hear(TICK)
    door.memory.keep(door.memory.history[0])  # what was there before Graph answered

    door.hear(TICK)

    assert list(door.tenant.alive) == ["s2"]
    assert door.is_well()


def test_an_address_that_did_not_answer_the_handshake_is_tried_again_soon(door: FakeDoor) -> None:
    door.tenant.refusals["users"] = refused(400)
    with pytest.raises(Transient) as failure:
        door.hear(TICK)

    assert (failure.value.reason, failure.value.retry_after) == ("endpoint_not_validated", UNVALIDATED_WAIT)
    door.tenant.refusals.clear()
    door.hear(TICK)
    assert door.is_well()


def test_a_permission_that_is_missing_is_waited_for(door: FakeDoor) -> None:
    """Parked, each minute would bring another tick that waits for a person."""
    door.tenant.refusals["users"] = refused(403)
    with pytest.raises(Transient) as failure:
        door.hear(TICK)

    assert (failure.value.reason, failure.value.retry_after) == ("subscription_refused", REFUSED_WAIT)
    door.tenant.refusals.clear()
    door.hear(TICK)
    assert door.is_well()


def test_a_life_shorter_than_asked_is_renewed_at_its_own_half(door: FakeDoor) -> None:
    door.tenant.grants = timedelta(days=3)
    door.hear(TICK)
    for _ in range(4):
        door.clock.advance(timedelta(days=1))
        door.hear(TICK)

    assert door.tenant.calls == ["create users", "renew s1", "renew s1"]


def test_a_throttled_tenant_is_left_alone(door: FakeDoor) -> None:
    door.tenant.refusals["users"] = Throttled("graph_429", "wait", timedelta(seconds=20))

    with pytest.raises(Throttled):
        door.hear(TICK)


@pytest.mark.parametrize(
    "failure",
    [refused(403), refused(400), Throttled("graph_429", "wait")],
    ids=["forbidden", "unvalidated", "throttled"],
)
def test_one_subscription_that_fails_does_not_let_the_others_die(failure: Exception) -> None:
    door = FakeDoor(PEOPLE, DRIVE)
    door.tenant.refusals["users"] = failure

    with pytest.raises(HubError):
        door.hear(TICK)

    assert "archive" in door.memory.kept
    assert door.memory.kept["archive"].subscription_id is not None


def test_once_an_hour_one_that_graph_dropped_silently_is_noticed(door: FakeDoor) -> None:
    door.hear(TICK)
    door.tenant.alive.clear()
    door.hear(TICK)
    assert door.tenant.alive == {}

    door.hear(HOUR)
    door.hear(TICK)

    assert list(door.tenant.alive) == ["s2"]
    assert door.is_well()


@pytest.mark.parametrize("period", ["hour", "day"])
def test_only_a_tick_makes_a_subscription(door: FakeDoor, period: str) -> None:
    """Hours and days are worked on beside a tick: two of them at once would make the same one twice."""
    door.hear(ClockStruck(at=NOW, period=period))

    assert door.tenant.alive == {}


def test_an_hour_in_which_nothing_was_dropped_changes_nothing(door: FakeDoor) -> None:
    door.hear(TICK)

    door.hear(HOUR)

    assert door.tenant.calls == ["create users", "list"]


def test_what_the_policy_changes_is_made_anew(door: FakeDoor) -> None:
    door.hear(TICK)
    changed = Wanted("people", "users", "updated,deleted")
    world = FrontDoor(door.tenant, door.memory, [changed], door.clock, lambda: "secret-9")

    keep_subscriptions(TICK, world)

    assert door.people.change_types == "updated,deleted"
    assert door.people.subscription_id == "s2"


def test_a_challenge_is_answered_by_renewing(door: FakeDoor) -> None:
    door.hear(TICK)
    door.clock.advance(timedelta(hours=1))

    assert door.hear(signal("reauthorizationRequired")) == []

    assert door.tenant.calls == ["create users", "renew s1"]
    assert door.people.expires_at == door.clock.now() + PEOPLE.lifetime


def test_a_challenge_for_one_that_is_gone_makes_it_anew(door: FakeDoor) -> None:
    door.hear(TICK)
    door.tenant.alive.clear()

    door.hear(signal("reauthorizationRequired"))

    assert door.people.subscription_id == "s2"


def test_a_removal_makes_it_anew(door: FakeDoor) -> None:
    door.hear(TICK)
    door.tenant.alive.clear()

    door.hear(signal("subscriptionRemoved"))
    door.hear(TICK)

    assert door.people.subscription_id == "s2"
    assert door.is_well()


def test_a_removal_that_is_told_twice_makes_one(door: FakeDoor) -> None:
    door.hear(TICK)
    door.tenant.alive.clear()

    door.hear(signal("subscriptionRemoved"))
    door.hear(signal("subscriptionRemoved"))
    door.hear(TICK)
    door.hear(TICK)

    assert list(door.tenant.alive) == ["s2"]


@pytest.mark.parametrize(
    "event",
    [signal("missed"), signal("subscriptionRemoved", "unknown")],
    ids=["missed changes: the reconciliations read them", "a subscription of nobody"],
)
def test_a_signal_that_asks_nothing_of_us_changes_nothing(door: FakeDoor, event: LifecycleSignalled) -> None:
    door.hear(TICK)

    door.hear(event)

    assert door.tenant.calls == ["create users"]


def test_a_signal_for_one_that_the_policy_no_longer_wants_changes_nothing(door: FakeDoor) -> None:
    door.hear(TICK)
    answer_lifecycle(signal("subscriptionRemoved"), FrontDoor(door.tenant, door.memory, [], door.clock))

    assert door.tenant.calls == ["create users"]


def test_every_subscription_has_a_secret_of_its_own() -> None:
    door = FakeDoor()
    made = FrontDoor(door.tenant, door.memory, [], door.clock)

    secrets = {made.new_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert all(43 <= len(secret) <= 128 for secret in secrets)  # 32 random bytes; Graph takes 128 characters


def test_the_tenant_of_these_tests_knows_what_is_gone(door: FakeDoor) -> None:
    with pytest.raises(NotFound):
        door.tenant.renew("s9", NOW)


def test_a_day_is_a_moment_to_look_too(door: FakeDoor) -> None:
    door.hear(ClockStruck(at=NOW, period="day"))

    assert door.is_well()
