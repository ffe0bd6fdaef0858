"""What every effect offers: say what it would change, and bring one mailbox to what it should show.

An effect compares with its own book before it asks Microsoft anything: who shows what he should, costs no call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from services.timesync.domain.delegates import Delegate
from services.timesync.domain.roster import Person
from services.timesync.domain.spans import Span
from services.timesync.domain.timeline import Segment
from shared.errors import HubError


@dataclass(frozen=True)
class Picture:
    """What the mailbox *user_id* of one employee should show. No *segments*: nothing of the hub (any more).

    *now* is local wall clock; *delegate* answers meanwhile.
    """

    employee: str
    user_id: str
    person: Person
    segments: tuple[Segment, ...]
    now: datetime
    delegate: Delegate | None = None


class Action(StrEnum):
    """What a step does."""

    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"


@dataclass(frozen=True)
class Step:
    """One change that an effect would make; *span* and *profile* are what would stand there, or stood."""

    effect: str
    action: Action
    profile: str
    span: Span


@dataclass(frozen=True)
class Outcome:
    """What it took: *calls* that changed something. *next_at* (local): when to look again though nobody calls."""

    calls: int = 0
    next_at: datetime | None = None


class Effect(Protocol):
    """One thing that employees and their colleagues see."""

    @property
    def name(self) -> str: ...

    def steps(self, pictures: Sequence[Picture]) -> Mapping[str, Sequence[Step]]:
        """Return, by employee, what `show` would change; who lacks nothing is not in it. Asks the books only."""
        ...

    def show(self, pictures: Sequence[Picture]) -> Mapping[str, Outcome | HubError]:
        """Bring each mailbox to its picture and return, by employee, what it took or why it failed.

        Safe to repeat: what is there already is not made again. NotFound: there is no such mailbox.
        """
        ...

    def abandon(self, employee: str) -> None:
        """Forget what was planned for a mailbox that is not there, or is not known to be his (any more).

        What stands there is not forgotten: he may be known again.
        Raises: HubError when something is to be taken away elsewhere, and cannot be now.
        """
        ...


def one_by_one(pictures: Sequence[Picture], show: Callable[[Picture], Outcome]) -> dict[str, Outcome | HubError]:
    """Show *pictures* one after the other; one that fails spoils nothing for the others."""
    outcomes: dict[str, Outcome | HubError] = {}
    for picture in pictures:
        try:
            outcomes[picture.employee] = show(picture)
        except HubError as error:
            outcomes[picture.employee] = error
    return outcomes
