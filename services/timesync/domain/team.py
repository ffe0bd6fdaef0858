"""Who is not at his desk on one day: how much of it and in what way, never why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.timesync.domain.profiles import SHOWN
from services.timesync.domain.roster import Person
from services.timesync.domain.spans import Span, covers, whole_day
from services.timesync.domain.timeline import Segment


class DayPart(StrEnum):
    """How much of his working time of a day somebody is not there."""

    WHOLE = "whole"
    MORNING = "morning"
    AFTERNOON = "afternoon"
    PARTLY = "partly"


class Kind(StrEnum):
    """In what way somebody is not there; the order is that of the lists."""

    AWAY = "away"
    BUSY = "busy"
    ELSEWHERE = "elsewhere"


# What is only asked for is nobody's business yet: "tentative" is not among them.
_KINDS = {"oof": Kind.AWAY, "busy": Kind.BUSY, "workingElsewhere": Kind.ELSEWHERE}


@dataclass(frozen=True)
class Gap:
    """A part of one day on which somebody is not at his desk."""

    part: DayPart
    kind: Kind


def team_day(segments: Iterable[Segment], person: Person, day: date) -> tuple[Gap, ...]:
    """Return how *person* is not there on *day*, one gap per kind; nothing for who does not work that day (R6)."""
    pieces: dict[Kind, list[Span]] = {}
    for segment in segments:
        kind = _KINDS.get(SHOWN[segment.profile].show_as)
        if kind is not None:
            pieces.setdefault(kind, []).extend(_on(day, segment, person))
    return tuple(Gap(_part(pieces[kind], person, day), kind) for kind in Kind if pieces.get(kind))


def is_working_day(people: Iterable[Person], day: date) -> bool:
    """Tell whether any of *people* works on *day*: on a closing day of their service, none of them does (R10)."""
    return any(person.works_on(day) for person in people)


def _on(day: date, segment: Segment, person: Person) -> Sequence[Span]:
    """Return what *segment* takes of the working time of *day*: nobody is missed outside of it."""
    hours = person.hours(day)
    if segment.whole:  # a night that began the day before is not of this day
        return hours if segment.span.meets(whole_day(day)) else ()
    return (segment.span,) if _meets(segment.span, hours) else ()


def _part(pieces: Sequence[Span], person: Person, day: date) -> DayPart:
    morning, afternoon = person.morning(day), person.afternoon(day)
    if covers(pieces, person.hours(day)):
        return DayPart.WHOLE
    if morning and covers(pieces, morning) and not any(_meets(piece, afternoon) for piece in pieces):
        return DayPart.MORNING
    if afternoon and covers(pieces, afternoon) and not any(_meets(piece, morning) for piece in pieces):
        return DayPart.AFTERNOON
    return DayPart.PARTLY


def _meets(span: Span, others: Iterable[Span]) -> bool:
    return any(span.meets(other) for other in others)
