"""Which line stands under a name in Teams during an absence: until when, never why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from services.timesync.domain.profiles import SHOWN
from services.timesync.domain.replies import absences, as_one, dates_of
from services.timesync.domain.roster import Person
from services.timesync.domain.rules import Rules
from services.timesync.domain.spans import Span
from services.timesync.domain.texts import Dates, filled, values
from services.timesync.domain.timeline import Segment

_TELEWORK = "telewerk"


@dataclass(frozen=True)
class Line:
    """A status line that is true during *span*."""

    span: Span
    text: str


def line_for(segments: Sequence[Segment], person: Person, rules: Rules, now: datetime) -> Line | None:
    """Return the line of now, else the next one; None when no absence to come has a line.

    What gets no automatic reply of its own (a strike, a suspension) gets no line either.
    """
    ahead = [(span, words) for span, words in _lines(segments, person) if span.end > now]
    if not ahead:
        return None
    span, (key, dates) = min(ahead, key=lambda each: each[0])
    language = rules.replies.languages_of(person)[0]
    text = filled(rules.replies.text(language, key), values(rules.office, person, language, dates))
    return Line(span, " ".join(text.split())) if text else None


_Words = tuple[str, Dates | None]


def _lines(segments: Sequence[Segment], person: Person) -> Iterator[tuple[Span, _Words]]:
    for absence in absences(segments, person):
        for answers, parts in groupby(absence, key=lambda each: SHOWN[each.profile].reply):
            if answers:
                yield as_one(list(parts)).span, _words(as_one(absence), person)
    yield from ((each.span, ("status_telework", None)) for each in segments if each.profile == _TELEWORK)


def _words(absence: Segment, person: Person) -> _Words:
    dates, first = dates_of(absence, person), absence.span.start.date()
    if dates is None:
        return "status_undated", None
    if dates.back == first:  # there are hours left to work that day
        return "status_part", None
    return ("status_day" if dates.last == first else "status_until"), dates
