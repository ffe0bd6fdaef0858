"""Whatever happens between the hub and Graph: what is wanted is alive soon after Graph answers again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.webhooks.domain.subscriptions import Wanted
from services.webhooks.sources.graph import hashed
from shared.clock import FixedClock
from shared.events import Event, LifecycleSignalled, RepairWanted
from shared.graph.errors import Refused, Throttled, Unreachable
from shared.graph.subscriptions import Subscription
from tests.unit.webhooks.builders import ELSEWHERE, HERE, NOW, TICK, FakeDoor, FakeTenant

PERIOD, MINUTE = 16, timedelta(minutes=1)  # ticks in which everything heals once Graph answers
MAIL = "users/u1/mailFolders('inbox')/messages"
WANTED = {
    "people": [Wanted("people", "users", "updated"), Wanted("people", "users", "updated,deleted")],
    "post": [Wanted("post", MAIL, "created,updated"), Wanted("post", MAIL, "created")],
    "archive": [Wanted("archive", "drives/d1/root", "updated"), Wanted("archive", "drives/d2/root", "updated")],
}
FAILURES = {
    "refused": Refused("graph_403", "forbidden", "Forbidden"),
    "throttled": Throttled("graph_429", "wait"),
    "away": Unreachable("graph_unreachable", "no answer"),
}
SIGNALS = ("missed", "subscriptionRemoved", "reauthorizationRequired")


class Killed(BaseException):
    """The process died."""


@dataclass
class SkewedClock:
    """The hub's clock, which may be wrong by *skew*."""

    true: FixedClock
    skew: timedelta = timedelta(0)

    def now(self) -> datetime:
        return self.true.now() + self.skew


class Keeper(RuleBasedStateMachine):
    """Two instances of the hub on one memory, against one tenant."""

    @initialize()
    def open(self) -> None:
        self.true = FixedClock(NOW)
        self.clock = SkewedClock(self.true)
        self.tenant = FakeTenant(self.true)
        self.door = FakeDoor(*(several[0] for several in WANTED.values()), clock=self.clock, tenant=self.tenant)
        self.door.world = replace(self.door.world, rotate_after=timedelta(days=30))
        self.strangers: dict[str, Subscription] = {}
        self.made_at: dict[str, datetime] = {}  # by resource: when the last subscription to it came to live
        self.repaired_at: dict[str, datetime] = {}  # by name: when a repair was last said
        self.calm = 0  # ticks since something went wrong; below 0 where only a look at Graph's list can tell of it
        self.tenant.after = self.note

    # -- what happens -------------------------------------------------------------------------------------------

    @rule(minutes=st.integers(1, 60 * 24 * 20))
    def time_passes(self, minutes: int) -> None:
        self.true.advance(timedelta(minutes=minutes))
        self.calm = min(self.calm, 0)

    @rule(hours=st.integers(-24 * 40, 24 * 120))
    def the_clock_jumps(self, hours: int) -> None:
        self.clock.skew = timedelta(hours=hours)

    @rule()
    def the_clock_is_right_again(self) -> None:
        self.clock.skew = timedelta(0)

    @rule(resource=st.sampled_from(["users", MAIL, "drives/d1/root"]), kind=st.sampled_from(sorted(FAILURES)))
    def graph_fails(self, resource: str, kind: str) -> None:
        self.tenant.refusals[resource] = FAILURES[kind]

    @rule()
    def graph_answers_again(self) -> None:
        self.tenant.refusals.clear()

    @rule(place=st.integers(0, 9))
    def graph_drops_one_silently(self, place: int) -> None:
        if ours := self.ours():
            del self.tenant.alive[ours[place % len(ours)].id]
            self.calm = -PERIOD

    @rule(place=st.integers(0, 9), signal=st.sampled_from(SIGNALS))
    def graph_signals(self, place: int, signal: str) -> None:
        if not (ours := self.ours()):
            return
        id_ = ours[place % len(ours)].id
        if signal == "subscriptionRemoved":
            del self.tenant.alive[id_]
            self.calm = min(self.calm, 0)
        self.hear(lambda: self.door.hear(LifecycleSignalled(subscription_id=id_, signal=signal)))

    @rule(name=st.sampled_from(sorted(WANTED)))
    def memory_is_lost(self, name: str) -> None:
        self.door.memory.kept.pop(name, None)
        self.calm = min(self.calm, 0)

    @rule(name=st.sampled_from(sorted(WANTED)), place=st.integers(0, 2))
    def hub_toml_changes(self, name: str, place: int) -> None:
        wanted = {one.name: one for one in self.door.world.wanted}
        wanted.pop(name, None)
        if place < len(WANTED[name]):
            wanted[name] = WANTED[name][place]
        self.door.want(*wanted.values())
        self.calm = min(self.calm, 0)

    @rule(resource=st.sampled_from(["groups", "drives/d9/root"]))
    def somebody_else_subscribes(self, resource: str) -> None:
        far = self.true.now() + timedelta(days=3650)
        stranger = Subscription(self.tenant.new_id(), resource, "updated", ELSEWHERE, far)
        self.strangers[stranger.id] = self.tenant.put(stranger, "not ours")

    # -- what the hub does --------------------------------------------------------------------------------------

    @rule()
    def tick(self) -> None:
        self.hear(lambda: self.door.hear(TICK))
        self.true.advance(MINUTE)
        self.calm = min(self.calm, 0) if self.tenant.refusals or self.clock.skew else self.calm + 1
        if self.calm > 1:
            self.assert_well(knows_all=False)

    @rule(steps=st.integers(1, 12))
    def the_hub_is_killed(self, steps: int) -> None:
        self.at_step(steps, self.die)
        with suppress(Killed):
            self.hear(lambda: self.door.hear(TICK))
        self.at_step(0, self.die)
        self.calm = -PERIOD

    @rule(steps=st.integers(1, 12))
    def two_work_at_once(self, steps: int) -> None:
        self.at_step(steps, lambda: self.hear(lambda: self.door.hear(TICK)))
        self.hear(lambda: self.door.hear(TICK))
        self.at_step(0, self.die)
        self.calm = -PERIOD

    @rule(steps=st.integers(1, 6))
    def an_answer_is_lost(self, steps: int) -> None:
        def lose() -> None:
            raise Unreachable("graph_unreachable", "no answer")

        self.at_step(steps, lose, only_graph=True)
        self.hear(lambda: self.door.hear(TICK))
        self.at_step(0, lose)
        self.calm = -PERIOD

    @rule()
    @precondition(lambda self: self.door.world.wanted)
    def everything_heals(self) -> None:
        self.tenant.refusals.clear()
        self.clock.skew = timedelta(0)
        for _ in range(PERIOD):
            self.hear(lambda: self.door.hear(TICK))
            self.true.advance(MINUTE)
        self.assert_well(knows_all=True)
        self.calm = 1

    # -- what always holds --------------------------------------------------------------------------------------

    @invariant()
    def a_strangers_subscription_is_never_touched(self) -> None:
        if hasattr(self, "strangers"):
            assert {id_: self.tenant.alive.get(id_) for id_ in self.strangers} == self.strangers

    def assert_well(self, *, knows_all: bool) -> None:
        """Assert that what is wanted lives once, with a clientState that we know, and was repaired since it was made."""
        self.tenant.expire()
        wanted = {(one.resource, one.change_types): one for one in self.door.world.wanted}
        lives = [(one.resource, one.change_type) for one in self.ours()]
        assert sorted(lives) == sorted(wanted)
        for one in self.ours():
            row = self.door.memory.kept[wanted[one.resource, one.change_type].name]
            assert (row.subscription_id, row.client_state_hash) == (one.id, hashed(self.tenant.secrets[one.id]))
            if knows_all:
                assert self.repaired_at[row.name] >= self.made_at[one.resource]
        assert knows_all is False or self.door.memory.kept.keys() == {one.name for one in wanted.values()}

    # -- how --------------------------------------------------------------------------------------------------------

    def ours(self) -> list[Subscription]:
        return [one for one in self.tenant.alive.values() if one.notification_url == HERE]

    def hear(self, work: Callable[[], Sequence[Event]]) -> None:
        try:
            work()
        finally:
            for event in self.door.said:
                if isinstance(event, RepairWanted):
                    self.repaired_at[event.subscription] = self.true.now()
            self.door.said.clear()

    def note(self, what: str) -> None:
        if what.startswith("create "):
            self.made_at[what.removeprefix("create ")] = self.true.now()

    def at_step(self, steps: int, happens: Callable[[], object], *, only_graph: bool = False) -> None:
        """Let something happen at the n-th step that reaches outside: before a write, or after Graph did its work."""
        left = [steps]

        def step(_: str) -> None:
            left[0] -= 1
            if left[0] == 0:
                happens()

        def after(what: str) -> None:
            self.note(what)
            step(what)

        self.tenant.after = after
        self.door.memory.step = self.door.marks.step = self.door.repairs.step = (lambda _: None) if only_graph else step

    @staticmethod
    def die() -> None:
        raise Killed


Keeper.TestCase.settings = settings(max_examples=300, stateful_step_count=40, deadline=None)
TestKeeper = Keeper.TestCase


def test_the_machine_notices_a_subscription_that_is_missing() -> None:
    machine = Keeper()
    machine.open()
    machine.everything_heals()
    machine.tenant.alive.popitem()

    with pytest.raises(AssertionError):
        machine.assert_well(knows_all=True)
