"""The webhook at Protime lives and its key is known, whatever happened to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.webhooks.domain.hooks import OVERLAP
from services.webhooks.handlers.hooks import REFUSED_WAIT
from services.webhooks.handlers.world import Hooked
from shared.errors import HubError, Permanent, Transient, Unavailable
from shared.events import HookCheckWanted, RereadWanted
from tests.unit.webhooks.protime import LIFE, NOW, WISH, Died, FakeHookDoor, FakeHookMemory, FakeProtime

REREAD = [RereadWanted(source="tijd")]
DOWN = Transient("http_unreachable", "POST https://protime.example.org: ConnectionError")
REFUSED = Permanent("http_403", "POST https://protime.example.org answered 403")


@pytest.fixture
def door() -> FakeHookDoor:
    return FakeHookDoor()


def is_well(door: FakeHookDoor) -> bool:
    """Tell whether the webhook delivers to us and its key is known."""
    kept = door.memory.find("protime")
    return kept is not None and door.protime.tells(kept.hook_id) and door.protime.keys[kept.hook_id] == kept.key


def test_a_missing_webhook_is_made_and_everything_is_read_anew(door: FakeHookDoor) -> None:
    assert door.strike("tick") == REREAD

    assert is_well(door)
    assert door.protime.hooks["h1"].collection == "absences"
    assert door.kept.expires_at == NOW + LIFE


def test_a_live_webhook_is_let_be(door: FakeHookDoor) -> None:
    door.strike("tick")

    assert door.strike("tick") == []
    assert door.strike("hour") == []
    assert door.protime.calls == ["all", "create", "all"]


def test_half_way_its_life_a_new_one_replaces_it_and_both_keys_are_good(door: FakeHookDoor) -> None:
    door.strike("tick")
    door.clock.advance(LIFE / 2)

    assert door.strike("tick") == REREAD

    assert door.protime.ours == {"h1", "h2"}
    assert door.kept.keys(door.clock.now()) == ["key-1", "key-0"]


def test_when_the_overlap_ends_the_old_one_is_removed_with_its_key(door: FakeHookDoor) -> None:
    door.strike("tick")
    door.clock.advance(LIFE / 2)
    door.strike("tick")
    door.clock.advance(OVERLAP)

    assert door.strike("tick") == []

    assert door.protime.ours == {"h2"}
    assert door.kept.keys(door.clock.now()) == ["key-1"]
    assert door.strike("tick") == []
    assert door.protime.calls[-3:] == ["create", "all", "delete"]


@pytest.mark.parametrize("fate", ["disabled", "removed"])
def test_one_that_protime_dropped_silently_is_noticed_within_the_hour(door: FakeHookDoor, fate: str) -> None:
    door.strike("tick")
    door.protime.disable("h1") if fate == "disabled" else door.protime.hooks.clear()

    assert door.strike("hour") == REREAD

    assert is_well(door)


def test_one_that_is_dropped_during_the_overlap_does_not_leave_three(door: FakeHookDoor) -> None:
    door.strike("tick")
    door.clock.advance(LIFE / 2)
    door.strike("tick")
    door.protime.disable("h2")

    door.strike("hour")

    assert door.protime.ours == {"h3"}
    assert is_well(door)


def test_one_that_expired_while_we_were_away_is_made_anew(door: FakeHookDoor) -> None:
    door.strike("tick")
    door.clock.advance(LIFE + timedelta(days=1))

    assert door.strike("tick") == REREAD

    assert door.protime.ours == {"h2"}
    assert door.kept.previous_key is None


def test_one_whose_key_nobody_knows_is_removed_and_made_anew(door: FakeHookDoor) -> None:
    door.protime.put()

    door.strike("tick")

    assert door.protime.ours == {"h2"}
    assert is_well(door)


def test_a_webhook_of_somebody_else_is_never_touched(door: FakeHookDoor) -> None:
    theirs = door.protime.put("https://payroll.example.org/hooks/protime")

    door.strike("tick")
    door.strike("hour")

    assert door.protime.tells(theirs.id)


def test_a_crash_between_protimes_answer_and_our_memory_leaves_nothing_behind(door: FakeHookDoor) -> None:
    door.memory.dies = True
    with pytest.raises(Died):
        door.strike("tick")
    door.memory.dies = False

    assert door.strike("tick") == REREAD

    assert door.protime.ours == {"h2"}
    assert is_well(door)


def test_an_answer_that_is_lost_leaves_nothing_behind(door: FakeHookDoor) -> None:
    door.protime.lost["create"] = DOWN
    with pytest.raises(Transient):
        door.strike("tick")
    door.protime.lost.clear()

    door.strike("tick")

    assert door.protime.ours == {"h2"}


def test_where_nothing_can_be_removed_nothing_is_made(door: FakeHookDoor) -> None:
    """Else every attempt would leave one more."""
    door.protime.put()
    door.protime.failures["delete"] = DOWN

    for _ in range(3):
        with pytest.raises(Transient):
            door.strike("tick")

    assert len(door.protime.ours) == 1


@pytest.mark.parametrize("call", ["all", "create"])
def test_a_refusal_waits_for_a_person_and_is_not_parked(door: FakeHookDoor, call: str) -> None:
    door.protime.failures[call] = REFUSED

    with pytest.raises(Transient) as failure:
        door.strike("tick")

    assert (failure.value.reason, failure.value.retry_after) == ("hook_refused", REFUSED_WAIT)


def test_a_throttled_protime_is_left_alone(door: FakeHookDoor) -> None:
    door.protime.failures["all"] = Unavailable("http_429", "wait", timedelta(seconds=20))

    with pytest.raises(Unavailable):
        door.strike("tick")


def test_one_source_that_fails_does_not_stop_the_others(door: FakeHookDoor) -> None:
    other, memory = FakeProtime(door.clock), FakeHookMemory()
    door.hooks["school"] = Hooked(replace(WISH, source="school"), other, memory, None)
    door.protime.failures["all"] = DOWN

    with pytest.raises(Transient):
        door.check()

    assert door.check(HookCheckWanted(source="school")) == []
    assert memory.find("school") is not None


def test_what_the_policy_changes_is_made_anew(door: FakeHookDoor) -> None:
    door.strike("tick")
    wish = replace(WISH, address="https://new.example.org/hooks/protime")
    door.hooks["protime"] = replace(door.hooks["protime"], wish=wish)

    assert door.strike("hour") == REREAD

    assert [one.address for one in door.protime.hooks.values()] == [wish.address]


def test_a_source_that_hub_toml_no_longer_names_is_let_be(door: FakeHookDoor) -> None:
    assert door.check(HookCheckWanted(source="former")) == []


class Keeping(RuleBasedStateMachine):
    """Weeks in which Protime drops, fails and answers to nobody, and our process dies."""

    @initialize(life=st.sampled_from([timedelta(hours=6), timedelta(days=3), LIFE]))
    def begin(self, life: timedelta) -> None:
        self.door = FakeHookDoor()
        self.door.protime.life = life
        self.theirs = {self.door.protime.put("https://payroll.example.org/hooks").id}

    @rule(minutes=st.sampled_from([1, 60, 60 * 5, 60 * 24, 60 * 24 * 10, 60 * 24 * 40]))
    def time_passes(self, minutes: int) -> None:
        self.door.clock.advance(timedelta(minutes=minutes))

    @rule(period=st.sampled_from(["tick", "hour", "day"]))
    def strike(self, period: str) -> None:
        made = self.door.memory.find("protime")
        try:
            said = self.door.strike(period)
        except (HubError, Died):
            return
        assert said == (REREAD if self._is_new(made) else [])

    @rule(call=st.sampled_from(["all", "create", "delete"]), error=st.sampled_from([DOWN, REFUSED]))
    def protime_fails(self, call: str, error: HubError) -> None:
        self.door.protime.failures[call] = error

    @rule()
    def answers_are_lost(self) -> None:
        self.door.protime.lost["create"] = DOWN

    @rule()
    def our_process_dies(self) -> None:
        self.door.memory.dies = True

    @rule()
    def all_is_mended(self) -> None:
        self.door.protime.failures.clear()
        self.door.protime.lost.clear()
        self.door.memory.dies = False

    @rule(data=st.data(), fate=st.sampled_from(["disabled", "removed"]))
    def protime_drops_one(self, data: st.DataObject, fate: str) -> None:
        ours = sorted(self.door.protime.ours)
        if ours:
            id_ = data.draw(st.sampled_from(ours))
            self.door.protime.disable(id_) if fate == "disabled" else self.door.protime.hooks.pop(id_)

    @rule()
    def our_memory_is_lost(self) -> None:
        self.door.memory.kept.clear()

    @rule()
    def a_period_in_which_all_answer(self) -> None:
        self.all_is_mended()
        self.strike("hour")
        self.strike("tick")

        kept, now = self.door.kept, self.door.clock.now()
        assert is_well(self.door)
        assert self.door.protime.ours <= kept.ids(now)
        assert len(self.door.protime.ours) <= (2 if kept.previous_until and now < kept.previous_until else 1)
        proven = {self.door.protime.keys[id_] for id_ in self.door.protime.ours}
        assert proven <= set(kept.keys(now))

    @invariant()
    def others_are_let_be(self) -> None:
        if hasattr(self, "theirs"):
            assert self.theirs <= self.door.protime.hooks.keys()

    def _is_new(self, before: object) -> bool:
        now = self.door.memory.find("protime")
        return now is not None and (before is None or now.hook_id != before.hook_id)  # type: ignore[attr-defined]  # a KeptHook


Keeping.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
test_never_longer_than_a_period_without_a_good_webhook_and_never_two_beyond_the_overlap = Keeping.TestCase
