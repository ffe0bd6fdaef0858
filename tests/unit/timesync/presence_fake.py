"""The one fake of Teams: status messages, what people prefer to show, and who has it open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from services.timesync.domain.rules import Rules
from services.timesync.domain.timeline import Segment
from services.timesync.effects.base import Effect, Outcome, Picture
from services.timesync.store import Store, metadata
from shared.clock import BRUSSELS, FixedClock
from shared.errors import HubError
from shared.graph.errors import NotFound
from shared.graph.presence import Change, Message, NoPreference, Preference, Shown, StatusMessage
from shared.persistence.database import Database

from .builders import person, roster
from .conftest import OFFICE
from .outlook import Killed


@dataclass
class Teams:
    """People by the id of their account. `calls` lists every change and `asked` every question, in order.

    Nobody has Teams open but who is in `at_work`. `refusal` is what every question gets, `trouble` what a change gets.
    """

    clock: FixedClock
    messages: dict[str, StatusMessage] = field(default_factory=dict)
    preferences: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    at_work: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    asked: list[list[str]] = field(default_factory=list)
    refusal: HubError | None = None
    trouble: HubError | None = None
    die_before_next: bool = False
    die_after_next: bool = False

    @property
    def now(self) -> datetime:
        return self.clock.now().astimezone(BRUSSELS).replace(tzinfo=None)

    def line(self, user_id: str) -> str:
        """Return the status message that shows now, "" when there is none."""
        message = self.messages.get(user_id, StatusMessage(""))
        return message.text if message.expires is None or message.expires > self.now else ""

    def wish(self, user_id: str) -> str:
        """Return what somebody prefers to show now, "" when Teams decides."""
        wish, until = self.preferences.get(user_id, ("", self.now))
        return wish if until > self.now else ""

    def read_many(self, user_ids: Sequence[str]) -> Iterator[Shown]:
        self.asked.append(list(user_ids))
        if self.refusal:
            raise self.refusal
        for user_id in user_ids:
            if user_id not in self.unknown:
                text = self.line(user_id)
                state = (self.wish(user_id) or "available").lower() if user_id in self.at_work else "offline"
                status = StatusMessage(text) if text else None  # nobody hears when the message of another ends
                yield Shown(user_id, state, state, is_out_of_office=False, status=status)

    def apply(self, changes: Sequence[Change]) -> list[HubError | None]:
        if self.die_before_next:
            self.die_before_next = False
            raise Killed
        results = [self._applied(change) for change in changes]
        if self.die_after_next:
            self.die_after_next = False
            raise Killed
        return results

    def _applied(self, change: Change) -> HubError | None:
        if change.user_id in self.unknown:
            return NotFound("graph_404", "no Teams", "NotFound")
        if self.trouble:
            return self.trouble
        match change:
            case Message(user_id, text, expires):
                self.calls.append(f"write {user_id}" if text else f"wipe {user_id}")
                self.messages[user_id] = StatusMessage(text, expires)
            case Preference(user_id, availability, _, duration):
                self.calls.append(f"prefer {user_id}")
                self.preferences[user_id] = (availability, self.now + duration)
            case NoPreference(user_id):
                self.calls.append(f"clear {user_id}")
                self.preferences.pop(user_id, None)
        return None


@dataclass
class Stage:
    """An option of Teams with a real book, its `rules`, and the account that the employee has."""

    effect: Effect
    teams: Teams
    rules: list[Rules]
    user: str = "user-1"

    def picture(self, *segments: Segment, employee: str = "000104", user: str = "") -> Picture:
        return Picture(employee, user or self.user, person(employee), segments, self.teams.now)

    def show(self, *segments: Segment) -> Outcome:
        """Show the absences of one employee, which works."""
        outcome = self.effect.show([self.picture(*segments)])["000104"]
        assert isinstance(outcome, Outcome), outcome
        return outcome

    def fail(self, *segments: Segment) -> HubError:
        """Show the absences of one employee, which does not work."""
        outcome = self.effect.show([self.picture(*segments)])["000104"]
        assert isinstance(outcome, HubError), outcome
        return outcome

    def steps(self, *segments: Segment) -> list[tuple[str, str, str]]:
        found = self.effect.steps([self.picture(*segments)]).get("000104", ())
        return [
            (each.action, each.span.start.isoformat("T", "minutes"), each.span.end.isoformat("T", "minutes"))
            for each in found
        ]

    def move_to(self, local: str) -> None:
        self.teams.clock.at = datetime.fromisoformat(local).replace(tzinfo=BRUSSELS)

    def switch(self, **rules: bool) -> None:
        """Let the organisation decide otherwise."""
        self.rules[0] = replace(self.rules[0], **rules)  # type: ignore[arg-type]  # the test says which

    def quiet(self) -> None:
        """Forget what was asked and changed."""
        self.teams.calls.clear()
        self.teams.asked.clear()

    @classmethod
    @contextmanager
    def of(cls, kind: Callable[[Teams, Store, Callable[[], Rules]], Effect], folder: Path) -> Iterator[Stage]:
        """Thursday 12 November 2026, early."""
        database = Database(f"sqlite:///{folder / 'timesync.db'}", "timesync")
        metadata.create_all(database.engine)
        teams = Teams(FixedClock(datetime.fromisoformat("2026-11-12T07:05:00+01:00")))
        rules = [Rules(roster(), OFFICE, status=True, guard=True)]
        yield cls(kind(teams, Store.of(database), lambda: rules[0]), teams, rules)
        database.close()
