"""What makes a dataclass an event: its name on the bus, the key of its work, and whether newer replaces older."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from shared.contracts import Contract

E = TypeVar("E", bound="Event")


@dataclass(frozen=True, kw_only=True)
class Event(Contract):
    """Something that happened. Ids and times, no objects; never the reason of an absence.

    TYPE is `area.happened.vN`. Work with the same `work_key` is done one at a time.
    HINT says that only the newest waiting one of a key matters: older ones are superseded.
    """

    TYPE: ClassVar[str] = ""
    KEY: ClassVar[str] = ""
    HINT: ClassVar[bool] = False

    @property
    def work_key(self) -> str:
        """Return what serialises the work, e.g. `employee:000104`."""
        return f"{self.KEY}:{getattr(self, self.KEY)}"

    @property
    def identity(self) -> str | None:
        """Return what makes this event equal to one said at another occasion; None: each occasion is its own."""
        return None


def event(type_: str, *, key: str, hint: bool = False) -> Callable[[type[E]], type[E]]:
    """Name an event on the bus; *key* is the field whose value serialises the work."""

    def declare(cls: type[E]) -> type[E]:
        cls.TYPE, cls.KEY, cls.HINT = type_, key, hint
        return cls

    return declare
