"""What an event of the hub shows beside its time, and whether an event still shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from services.timesync.domain.difference import Written
from services.timesync.domain.profiles import SHOWN
from services.timesync.domain.roster import Person
from services.timesync.domain.rules import Rules
from services.timesync.domain.spans import Span
from services.timesync.domain.timeline import Segment
from shared.graph.calendar import Appointment


@dataclass(frozen=True)
class Look:
    """The words of an event. *private*: hidden from who may look into the calendar."""

    subject: str
    show_as: str
    location: str = ""
    private: bool = True

    @property
    def face(self) -> str:
        """Return what stands for these words in the book, which holds no words."""
        return _face(self.subject, self.show_as, self.location)

    def at(self, shape: Segment | Written) -> Appointment:
        """Return the event of *shape*."""
        span = shape.span
        return Appointment(
            self.subject, span.start, span.end, shape.whole, self.show_as, self.location, private=self.private
        )


Drawing = Callable[[Person, str], Look]  # how a profile of somebody looks


def own_look(rules: Callable[[], Rules]) -> Drawing:
    """Return how absences look in the employee's own calendar: nobody is named."""

    def look(_: Person, name: str) -> Look:
        profile = SHOWN[name]
        return Look(rules().labels.get(name, profile.label).strip(), profile.show_as, profile.location)

    return look


@dataclass(frozen=True)
class Seen:
    """What can be compared of an event as it stands in a mailbox."""

    face: str
    span: Span
    whole: bool


def seen(shown: Appointment) -> Seen:
    """Return what can be compared of *shown*."""
    face = _face(shown.subject, shown.show_as, shown.location)
    return Seen(face, Span(shown.start, shown.end), shown.all_day)


def is_as_written(shown: Appointment, written: Written) -> bool:
    """Tell whether an event still is as the hub wrote it, be it in words that were changed since."""
    return seen(shown) == Seen(written.face, written.span, written.whole)


def _face(subject: str, show_as: str, location: str) -> str:
    return sha256(f"{subject}|{show_as}|{location}".encode()).hexdigest()[:16]
