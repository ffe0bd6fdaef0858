"""Shows in the calendar of a service who of it is away: a name and a neutral word, and never an invitation.

Only who has a mailbox of his own is in it, as everywhere in this product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.timesync.domain.profiles import REQUESTED, SHOWN
from services.timesync.domain.roster import Person
from services.timesync.domain.rules import Rules
from services.timesync.effects.base import Outcome, Picture, Step
from services.timesync.effects.calendar import CalendarEffect
from services.timesync.effects.look import Drawing, Look
from services.timesync.store.held import HeldBook
from services.timesync.systems.base import Held
from shared.clock import BRUSSELS, Clock
from shared.errors import HubError
from shared.graph.errors import GraphPermanent

# Another property than that of the employees' own calendars: a service may share the calendar of one of its people.
SHARED_TAG = "String {6f0c1d52-7a3e-4b0b-9f5e-2d8f5a7c41b3} Name HubSharedAbsenceKey"
SOURCE = "shared_calendar"  # stands where the source of other held things does; the place is the service
NO_CALENDAR = "no_shared_calendar"


def shared_look(rules: Callable[[], Rules]) -> Drawing:
    """Return how absences look to colleagues: readable, taking nobody's time, and without a place."""

    def look(person: Person, name: str) -> Look:
        label = rules().labels.get(name, SHOWN[name].label).strip()
        return Look(f"{person.name} – {label}" if person.name else label, "free", private=False)

    return look


@dataclass(frozen=True)
class Missing:
    """Remembers which services have a calendar that cannot be written in, until it can."""

    held: HeldBook
    clock: Clock

    def note(self, lacking: frozenset[str], written: frozenset[str]) -> None:
        """Hold each service that is *lacking* its calendar, once; let go of those in whose calendar was *written*."""
        known = frozenset(row.place for row in self.held.of_nobody() if row.source == SOURCE)
        mended = known & written - lacking
        if mended or lacking - known:
            rows = [Held(service, NO_CALENDAR) for service in sorted(lacking)]
            self.held.keep(SOURCE, rows, self.clock.now(), mended=mended)


@dataclass(frozen=True)
class SharedCalendarEffect:
    """Entries for absences, in the calendar that the organisation gave the employee's service.

    A calendar that is not there, or where the hub may not write, keeps nobody from the rest: it is held, and tried
    again with the next comparison.
    """

    entries: CalendarEffect
    rules: Callable[[], Rules]
    missing: Missing
    clock: Clock

    @property
    def name(self) -> str:
        return self.entries.name

    def steps(self, pictures: Sequence[Picture]) -> Mapping[str, Sequence[Step]]:
        return self.entries.steps([self._in_service(each) for each in pictures])

    def show(self, pictures: Sequence[Picture]) -> Mapping[str, Outcome | HubError]:
        shown = dict(self.entries.show([self._in_service(each) for each in pictures]))
        lacking, written = set[str](), set[str]()
        for picture in pictures:
            outcome = shown[picture.employee]
            if isinstance(outcome, GraphPermanent):
                self.entries.abandon(picture.employee)
                lacking.add(picture.person.service)
                shown[picture.employee] = Outcome()
            elif isinstance(outcome, Outcome) and outcome.calls:
                written.add(picture.person.service)
        if lacking or written:
            self.missing.note(frozenset(lacking), frozenset(written))
        return shown

    def abandon(self, employee: str) -> None:
        """Take away what colleagues still see of somebody who has no mailbox any more.

        What may not be taken away stays in the book, and goes the next time.
        """
        now = self.clock.now().astimezone(BRUSSELS).replace(tzinfo=None)
        shown = self.show([Picture(employee, "", self.rules().roster.person(employee), (), now)])[employee]
        if isinstance(shown, HubError):
            raise shown
        self.entries.abandon(employee)

    def _in_service(self, picture: Picture) -> Picture:
        """Return what the calendar of his service should show of somebody; not what he only asked for."""
        calendar = self.rules().shared_calendars.get(picture.person.service, "").lower()
        shows = bool(calendar and picture.person.name)
        segments = tuple(each for each in picture.segments if shows and each.profile != REQUESTED)
        return replace(picture, user_id=calendar if shows else "", segments=segments)
