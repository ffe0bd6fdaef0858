"""Protime as the keeper of webhooks meets it: it lists, makes and removes them, fails when told, and forgets by date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import cast

from services.webhooks.domain.hooks import Hook, KeptHook, Made, Wish
from services.webhooks.handlers.hooks import keep_hook, look_for_due
from services.webhooks.handlers.world import FrontDoor, Hooked
from shared.clock import FixedClock
from shared.events import ClockStruck, Event, HookCheckWanted

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
LIFE = timedelta(days=30)
WISH = Wish("protime", "https://hub.example.org/hooks/protime", "absences")


class Died(Exception):
    """The process was killed."""


@dataclass
class FakeProtime:
    """Keeps webhooks by id. *failures* are raised by the call of that name, *lost* does so after its effect."""

    clock: FixedClock
    life: timedelta = LIFE
    hooks: dict[str, Hook] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    ends: dict[str, datetime] = field(default_factory=dict)
    failures: dict[str, Exception] = field(default_factory=dict)
    lost: dict[str, Exception] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def all(self) -> Sequence[Hook]:
        self._called("all")
        return [replace(one, is_enabled=self.tells(one.id)) for one in self.hooks.values()]

    def create(self, wish: Wish) -> Made:
        self._called("create")
        made = self.put(wish.address, wish.collection)
        if "create" in self.lost:
            raise self.lost["create"]
        return made

    def delete(self, id_: str) -> None:
        self._called("delete")
        del self.hooks[id_]

    def put(self, address: str = WISH.address, collection: str = WISH.collection) -> Made:
        """Make a webhook, by whomever."""
        made = Made(f"h{next(self._numbers)}", f"key-{len(self.keys)}", self.clock.now() + self.life)
        self.hooks[made.id] = Hook(made.id, address, collection, is_enabled=True)
        self.keys[made.id], self.ends[made.id] = made.key, made.expires_at
        return made

    def disable(self, id_: str) -> None:
        self.hooks[id_] = replace(self.hooks[id_], is_enabled=False)

    def tells(self, id_: str) -> bool:
        """Tell whether that webhook delivers now."""
        return id_ in self.hooks and self.hooks[id_].is_enabled and self.clock.now() < self.ends[id_]

    @property
    def ours(self) -> set[str]:
        """Return the webhooks that deliver to us now."""
        return {one.id for one in self.hooks.values() if one.address == WISH.address and self.tells(one.id)}

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if name in self.failures:
            raise self.failures[name]


@dataclass
class FakeHookMemory:
    """Remembers one webhook per source, or dies at the moment when it ought to."""

    kept: dict[str, KeptHook] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    dies: bool = False

    def find(self, source: str) -> KeptHook | None:
        return self.kept.get(source)

    def keep(self, kept: KeptHook) -> None:
        if self.dies:
            raise Died
        self.kept[kept.source] = kept

    def failure(self, source: str) -> str | None:
        return self.failures.get(source)

    def note_failure(self, source: str, failure: str | None) -> None:
        self.failures.pop(source, None)
        if failure is not None:
            self.failures[source] = failure


@dataclass
class _Door:
    """What the keeper needs of the front door."""

    clock: FixedClock
    hooks: dict[str, Hooked]


class FakeHookDoor:
    """A keeper of the webhook of one source, with its fakes."""

    def __init__(self) -> None:
        self.clock = FixedClock(NOW)
        self.protime = FakeProtime(self.clock)
        self.memory = FakeHookMemory()
        self.hooks = {"protime": Hooked(WISH, self.protime, self.memory, "tijd")}

    @property
    def kept(self) -> KeptHook:
        return self.memory.kept["protime"]

    def strike(self, period: str) -> list[Event]:
        """Let the clock strike, and handle what it asks for; return what came of that."""
        struck = ClockStruck(at=self.clock.now(), period=period)
        asked = list(look_for_due(struck, self._world) or ())
        return [said for one in asked if isinstance(one, HookCheckWanted) for said in self.check(one)]

    def check(self, event: HookCheckWanted | None = None) -> list[Event]:
        return list(keep_hook(event or HookCheckWanted(source="protime"), self._world) or ())

    @property
    def _world(self) -> FrontDoor:
        return cast("FrontDoor", _Door(self.clock, self.hooks))
