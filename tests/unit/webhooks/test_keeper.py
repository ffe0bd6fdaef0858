"""The subscriptions of the policy are alive at the tenant, whatever happened to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.webhooks.domain.subscriptions import LOOK_EVERY, REPEATS, Wanted
from services.webhooks.handlers.world import new_secret, router
from services.webhooks.sources.base import Delivery, NotAuthentic
from services.webhooks.sources.graph import GraphNotifications, hashed
from shared.clock import FixedClock
from shared.errors import HubError
from shared.events import ClockStruck, Event, HookCheckWanted, LifecycleSignalled, RepairWanted
from shared.graph.errors import NotFound, Refused, Throttled, Unreachable
from shared.graph.subscriptions import Subscription
from tests.contract.sources.kit import ITEM, TENANT, collection
from tests.unit.webhooks.builders import ELSEWHERE, HERE, LOOK, NOW, PEOPLE, ROTATE_AFTER, TICK, FakeDoor, kept

DRIVE = Wanted("archive", "drives/d1/root", "updated")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def door() -> FakeDoor:
    return FakeDoor()


@pytest.fixture
def settled(door: FakeDoor) -> FakeDoor:
    """Return a door whose subscription was made a while ago."""
    door.hear(TICK)
    door.clock.advance(MINUTE)
    door.hear(TICK)
    door.clock.advance(LOOK_EVERY)
    door.hear(TICK)
    door.tenant.calls.clear()
    return door


def signal(name: str, subscription: str = "s1") -> LifecycleSignalled:
    return LifecycleSignalled(subscription_id=subscription, signal=name)


def refused(status: int, code: str = "ValidationError") -> Refused:
    return Refused(f"graph_{status}", f"POST /subscriptions answered {status}", code)


def repairs(said: list[Event]) -> list[str]:
    return [one.subscription for one in said if isinstance(one, RepairWanted)]


def is_authentic(door: FakeDoor, secret: str, subscription: str) -> bool:
    item = ITEM | {"clientState": secret, "subscriptionId": subscription, "tenantId": TENANT}
    try:
        GraphNotifications(door.memory, TENANT).read(Delivery({}, collection(item), door.clock.now()))
    except NotAuthentic:
        return False
    return True


# -- making -------------------------------------------------------------------------------------------------------


def test_a_missing_subscription_is_made(door: FakeDoor) -> None:
    door.hear(TICK)

    assert door.tenant.calls == ["list", "create users"]
    assert (door.people.subscription_id, door.people.made_at, door.people.renewed_at) == ("s1", NOW, NOW)
    assert door.people.expires_at == NOW + PEOPLE.lifetime
    assert door.is_well()


def test_a_subscription_is_remembered_before_graph_knows_it(door: FakeDoor) -> None:
    """The first notification may come before Graph's answer: its clientState must be known by then."""
    known: list[str] = []
    door.tenant.on_create = lambda: known.append(door.people.client_state_hash)

    door.hear(TICK)

    assert known == [hashed("secret-1")]


def test_a_live_subscription_is_let_be(settled: FakeDoor) -> None:
    settled.clock.advance(MINUTE)

    settled.hear(TICK)

    assert settled.tenant.calls == []


@pytest.mark.parametrize("period", ["hour", "day"])
def test_only_a_tick_makes_a_subscription(door: FakeDoor, period: str) -> None:
    """Hours and days are worked on beside a tick: two of them at once would make the same one twice."""
    door.hear(ClockStruck(at=NOW, period=period))

    assert door.tenant.calls == []


def test_every_subscription_has_a_secret_of_its_own() -> None:
    secrets = {new_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert all(43 <= len(secret) <= 128 for secret in secrets)  # 32 random bytes; Graph takes 128 characters


def test_a_stranger_of_ours_in_its_place_is_removed_and_it_is_made_anew(door: FakeDoor) -> None:
    """We lost its secret: a crash between Graph's answer and our memory of it."""
    door.marks.put("subscriptions_looked", NOW)
    door.tenant.put(Subscription("x1", "users", "updated", HERE, NOW + DAY), "a secret that we lost")

    door.hear(TICK)

    assert door.tenant.calls == ["create users", "list", "delete x1", "create users"]
    assert door.is_well()


def test_a_subscription_of_another_address_is_not_ours_to_remove(door: FakeDoor) -> None:
    stranger = door.tenant.put(Subscription("x1", "users", "updated", ELSEWHERE, NOW + DAY), "another hub's")

    door.hear(TICK)

    assert door.tenant.alive == {"x1": stranger}
    assert door.people.failure == "place_taken"


def test_a_crash_between_creation_and_remembering_heals_at_the_next_tick(door: FakeDoor) -> None:
    door.hear(TICK)
    door.memory.keep(door.memory.history[0])  # what was there before Graph answered

    door.hear(TICK)

    assert list(door.tenant.alive) == ["s2"]
    assert door.is_well()


def test_an_answer_that_is_lost_heals_at_the_next_tick(door: FakeDoor) -> None:
    def lose(what: str) -> None:
        if what.startswith("create"):
            raise Unreachable("graph_unreachable", "no answer")

    door.tenant.after = lose
    door.hear(TICK)
    door.tenant.after = lambda _: None

    assert is_authentic(door, "secret-1", "s1")  # it lives, and what it says is ours
    door.hear(TICK)
    assert len(door.tenant.alive) == 1
    assert door.is_well()


def test_whoever_finds_another_at_work_gives_way(door: FakeDoor) -> None:
    """Two ticks at once: the lease of the first ended in the middle."""
    ran: list[int] = []

    def other(what: str) -> None:
        if what.startswith("create") and not ran:
            ran.append(1)
            door.hear(TICK)

    door.tenant.after = other

    door.hear(TICK)
    door.hear(TICK)

    assert len(door.tenant.alive) == 1
    assert door.is_well()


# -- renewing -----------------------------------------------------------------------------------------------------


def test_half_way_its_life_it_is_renewed_for_a_whole_one(settled: FakeDoor) -> None:
    settled.clock.advance(PEOPLE.lifetime / 2)

    settled.hear(TICK)

    assert settled.tenant.calls == ["list", "renew s1"]
    assert settled.people.expires_at == settled.clock.now() + PEOPLE.lifetime
    assert settled.people.made_at == NOW
    assert settled.is_well()


def test_a_life_shorter_than_asked_is_renewed_at_its_own_half(door: FakeDoor) -> None:
    door.tenant.grants = timedelta(days=3)
    door.hear(TICK)
    for _ in range(4):
        door.clock.advance(DAY)
        door.hear(TICK)

    assert [call for call in door.tenant.calls if call != "list"] == ["create users", "renew s1", "renew s1"]


def test_a_renewal_of_one_that_graph_dropped_makes_it_anew(settled: FakeDoor) -> None:
    settled.clock.advance(PEOPLE.lifetime * 0.6)
    settled.marks.put("subscriptions_looked", settled.clock.now())
    settled.tenant.alive.clear()

    settled.hear(TICK)

    assert settled.tenant.calls[:2] == ["renew s1", "create users"]
    assert settled.is_well()


def test_an_expired_one_is_made_anew(settled: FakeDoor) -> None:
    settled.clock.advance(PEOPLE.lifetime + MINUTE)

    settled.hear(TICK)

    assert settled.tenant.calls[:2] == ["list", "create users"]
    assert settled.is_well()


@pytest.mark.parametrize("jump", [DAY * 100, -DAY * 100], ids=["ahead", "behind"])
def test_a_clock_that_jumps_costs_no_live_subscription(settled: FakeDoor, jump: timedelta) -> None:
    settled.tenant.clock = FixedClock(settled.clock.now())
    settled.clock.advance(jump)
    settled.hear(TICK)
    settled.clock.advance(-jump)
    settled.hear(TICK)

    assert list(settled.tenant.alive) == ["s1"]
    assert settled.is_well()
    assert settled.people.failure is None


def test_when_a_subscription_was_last_notified_is_not_forgotten(settled: FakeDoor) -> None:
    settled.memory.kept["people"] = replace(settled.people, last_notified_at=NOW)
    settled.clock.advance(PEOPLE.lifetime + MINUTE)

    settled.hear(TICK)

    assert settled.people.last_notified_at == NOW


# -- failing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "noted"),
    [
        (refused(403, "Forbidden"), "graph_403 Forbidden"),
        (refused(400), "graph_400 ValidationError"),
        (Throttled("graph_429", "wait"), "graph_429"),
    ],
    ids=["forbidden", "our address did not answer the handshake", "throttled"],
)
def test_one_subscription_that_fails_does_not_let_the_others_die(failure: HubError, noted: str) -> None:
    door = FakeDoor(PEOPLE, DRIVE)
    door.tenant.refusals["users"] = failure

    door.hear(TICK)

    assert door.people.failure == noted
    assert door.memory.kept["archive"].subscription_id is not None
    door.tenant.refusals.clear()
    door.hear(TICK)
    assert door.people.failure is None
    assert door.is_well()


def test_an_hour_without_graph_is_over_at_its_first_answer(settled: FakeDoor) -> None:
    def away(_: str) -> None:
        raise Unreachable("graph_unreachable", "no answer")

    settled.tenant.before = away
    settled.tenant.alive.clear()
    for _ in range(60):
        settled.clock.advance(MINUTE)
        settled.hear(TICK)
    settled.tenant.before = lambda _: None

    settled.hear(TICK)

    assert settled.is_well()
    assert len(settled.tenant.alive) == 1


def test_a_renewal_that_failed_is_forgotten_once_one_succeeds(settled: FakeDoor) -> None:
    settled.clock.advance(PEOPLE.lifetime * 0.6)
    settled.tenant.refusals["users"] = refused(403)
    settled.hear(TICK)
    assert settled.people.failure == "graph_403 ValidationError"
    settled.tenant.refusals.clear()

    settled.hear(TICK)

    assert settled.people.failure is None


def test_what_cannot_be_replaced_is_kept(settled: FakeDoor) -> None:
    """hub.toml asks for something that we have no permission for: what we had goes on."""
    settled.want(Wanted("people", "groups", "updated"))
    settled.tenant.refusals["groups"] = refused(403)
    before = settled.people

    settled.hear(TICK)

    assert settled.people == replace(before, failure="graph_403 ValidationError")
    assert is_authentic(settled, "secret-1", "s1")


# -- lost and found -----------------------------------------------------------------------------------------------


def test_one_that_graph_dropped_silently_is_made_anew_within_a_quarter_of_an_hour(settled: FakeDoor) -> None:
    settled.tenant.alive.clear()

    for _ in range(15):
        settled.clock.advance(MINUTE)
        settled.hear(TICK)

    assert list(settled.tenant.alive) == ["s2"]
    assert settled.is_well()


def test_a_look_at_which_nothing_was_dropped_changes_nothing(settled: FakeDoor) -> None:
    settled.clock.advance(LOOK_EVERY)

    settled.hear(TICK)

    assert settled.tenant.calls == ["list"]


def test_one_of_ours_that_nobody_remembers_is_removed(settled: FakeDoor) -> None:
    settled.tenant.put(Subscription("x1", "groups", "updated", HERE, NOW + DAY), "a secret that we lost")
    settled.tenant.put(Subscription("x2", "groups", "deleted", ELSEWHERE, NOW + DAY), "not ours")
    settled.clock.advance(LOOK_EVERY)

    settled.hear(TICK)

    assert sorted(settled.tenant.alive) == ["s1", "x2"]


def test_what_hub_toml_no_longer_asks_for_is_removed(settled: FakeDoor) -> None:
    settled.want(DRIVE)

    settled.hear(TICK)

    assert [one.resource for one in settled.tenant.alive.values()] == ["drives/d1/root"]
    assert set(settled.memory.kept) == {"archive"}
    assert "people" not in settled.repairs.known


def test_what_hub_toml_changes_is_made_before_the_old_one_goes(settled: FakeDoor) -> None:
    settled.want(Wanted("people", "users", "updated,deleted"))

    settled.hear(TICK)

    assert settled.tenant.calls == ["create users", "delete s1"]
    assert settled.people.change_types == "updated,deleted"
    assert settled.is_well()


def test_a_hub_at_a_new_address_takes_the_place_of_its_old_self(settled: FakeDoor) -> None:
    """Graph takes no second one for the same changes, and does not list the old one under the new address."""
    settled.tenant.alive["s1"] = replace(settled.tenant.alive["s1"], notification_url=ELSEWHERE)
    settled.clock.advance(LOOK_EVERY)

    settled.hear(TICK)

    assert list(settled.tenant.alive) == ["s2"]
    assert settled.is_well()


# -- rotation -----------------------------------------------------------------------------------------------------


def aged(door: FakeDoor) -> FakeDoor:
    """Return *door* with a clientState that is due, and nothing else."""
    now = door.clock.now()
    door.memory.kept["people"] = replace(door.people, made_at=now - ROTATE_AFTER, renewed_at=now)
    door.tenant.calls.clear()
    return door


def test_an_old_client_state_is_replaced(settled: FakeDoor) -> None:
    aged(settled)

    settled.hear(TICK)

    assert len(settled.tenant.alive) == 1
    assert settled.people.client_state_hash == hashed("secret-2")
    assert settled.people.made_at == settled.clock.now()
    assert settled.is_well()


def test_the_old_client_state_is_good_as_long_as_graph_repeats_itself(settled: FakeDoor) -> None:
    aged(settled)
    settled.hear(TICK)

    assert is_authentic(settled, "secret-1", "s1")
    assert is_authentic(settled, "secret-2", "s2")
    settled.clock.advance(REPEATS + MINUTE)
    assert not is_authentic(settled, "secret-1", "s1")


def test_a_rotation_is_followed_by_a_repair(settled: FakeDoor) -> None:
    aged(settled)
    settled.hear(TICK)

    assert settled.hear(TICK) == [RepairWanted(subscription="people", reason="rotated")]


def test_a_rotation_that_graph_would_refuse_costs_nothing(settled: FakeDoor) -> None:
    aged(settled)
    settled.tenant.refusals["users"] = refused(403)

    settled.hear(TICK)

    assert list(settled.tenant.alive) == ["s1"]
    assert settled.people.client_state_hash == hashed("secret-1")


# -- what Graph says of a subscription ------------------------------------------------------------------------------


def test_a_challenge_is_answered_by_renewing_at_the_next_tick(settled: FakeDoor) -> None:
    settled.clock.advance(timedelta(hours=1))

    assert settled.hear(signal("reauthorizationRequired")) == []
    settled.hear(TICK)

    assert "renew s1" in settled.tenant.calls
    assert settled.people.expires_at == settled.clock.now() + PEOPLE.lifetime


def test_a_burst_of_challenges_is_answered_once(settled: FakeDoor) -> None:
    settled.clock.advance(timedelta(hours=1))
    for _ in range(3):
        settled.hear(signal("reauthorizationRequired"))
        settled.clock.advance(MINUTE)
        settled.hear(TICK)

    assert settled.tenant.calls.count("renew s1") == 1


def test_a_removal_makes_it_anew_at_the_next_tick_and_has_it_repaired(settled: FakeDoor) -> None:
    settled.tenant.alive.clear()

    settled.hear(signal("subscriptionRemoved"))
    settled.hear(TICK)

    assert settled.people.subscription_id == "s2"
    assert settled.is_well()
    assert settled.hear(TICK) == [RepairWanted(subscription="people", reason="made_anew")]


def test_a_removal_that_is_told_twice_makes_one(settled: FakeDoor) -> None:
    settled.tenant.alive.clear()

    for _ in range(2):
        settled.hear(signal("subscriptionRemoved"))
        settled.hear(TICK)

    assert list(settled.tenant.alive) == ["s2"]


def test_missed_changes_are_repaired(settled: FakeDoor) -> None:
    assert settled.hear(signal("missed")) == [RepairWanted(subscription="people", reason="missed")]


@pytest.mark.parametrize("name", ["missed", "subscriptionRemoved", "reauthorizationRequired"])
def test_a_signal_about_nobodys_subscription_changes_nothing(settled: FakeDoor, name: str) -> None:
    before = settled.people

    assert settled.hear(signal(name, "unknown")) == []

    assert settled.people == before


# -- repairs follow -------------------------------------------------------------------------------------------------


def test_every_creation_is_followed_by_a_repair(door: FakeDoor) -> None:
    """First subscribed, then asked what was missed: between the two nothing falls through."""
    assert repairs(door.hear(TICK)) == ["people"]  # the beginning of its delta query

    assert door.hear(TICK) == [RepairWanted(subscription="people", reason="made")]
    assert door.hear(TICK) == []


def test_a_crash_after_creation_does_not_lose_the_repair(door: FakeDoor) -> None:
    class Killed(BaseException):
        pass

    def die(what: str) -> None:
        if what == "settle":
            raise Killed

    door.memory.step = die
    with pytest.raises(Killed):
        door.hear(TICK)
    door.memory.step = lambda _: None
    door.clock.advance(MINUTE)

    assert repairs(door.hear(TICK) + door.hear(TICK)) == ["people", "people"]
    assert door.is_well()


def test_the_tenant_of_these_tests_knows_what_is_gone(door: FakeDoor) -> None:
    with pytest.raises(NotFound):
        door.tenant.renew("s9", NOW)


def test_the_memory_of_these_tests_settles_only_over_what_stands(door: FakeDoor) -> None:
    door.memory.keep(kept())

    assert door.memory.settle(kept(subscription_id="s2"), over="another") is False
    assert door.people.subscription_id == "s1"


def test_what_a_forgotten_attempt_left_behind_is_removed_at_the_next_tick(settled: FakeDoor) -> None:
    """The memory was restored from before it was made, and hub.toml asks for something else by now."""
    settled.memory.kept.clear()
    settled.want(Wanted("people", "users", "updated,deleted"))

    settled.hear(TICK)
    settled.hear(TICK)

    assert [one.change_type for one in settled.tenant.alive.values()] == ["updated,deleted"]
    assert settled.is_well()


def test_one_that_was_given_up_for_nothing_is_missed_at_the_next_tick(settled: FakeDoor) -> None:
    """Graph took the old one away, and then not the new one."""

    def refuse_the_second(what: str) -> None:
        if what == "create users" and settled.tenant.calls.count("create users") == 2:
            raise refused(400)

    aged(settled)
    settled.tenant.before = refuse_the_second
    settled.hear(TICK)
    assert settled.tenant.alive == {}
    settled.clock.advance(MINUTE)

    settled.hear(TICK)

    assert len(settled.tenant.alive) == 1
    assert settled.is_well()


def test_the_tick_itself_waits_for_nothing_of_graph() -> None:
    """Forty answers that do not come take Graph's deadline forty times: silences and repairs must not wait for that."""
    door = FakeDoor()

    said = list(router.handle(TICK, door.world))

    assert LOOK in said
    assert door.tenant.calls == []


def test_at_rest_nobody_is_asked_to_look() -> None:
    door = FakeDoor()
    door.hear(TICK)
    door.hear(TICK)

    assert LOOK not in list(router.handle(TICK, door.world))


def test_the_look_at_another_systems_webhook_asks_graph_nothing() -> None:
    door = FakeDoor()

    door.hear(HookCheckWanted(source="protime"))

    assert door.tenant.calls == []
