"""Which automatic reply a mailbox should have: there is one slot, for the present or else the next absence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.timesync.domain.roster import Person
from services.timesync.domain.spans import Span
from services.timesync.domain.texts import Office, external_text, internal_text
from services.timesync.domain.timeline import Segment

LONG = timedelta(days=30)  # longer absences tell no date: it would tell their kind


@dataclass(frozen=True)
class Reply:
    """An automatic reply for *span*; the texts are HTML."""

    span: Span
    internal: str
    external: str


def reply_for(segments: Sequence[Segment], person: Person, office: Office, now: datetime) -> Reply | None:
    """Return the reply of the first absence that is not over and takes a whole working day, None if there is none."""
    segment = next((each for each in segments if each.wants_reply and each.span.end > now), None)
    if segment is None:
        return None
    back = return_day(segment, person)
    last = segment.span.end.date() - timedelta(days=1)
    dates = None if back is None else (last, back)
    return Reply(
        segment.span,
        internal_text(office, person.service, dates),
        external_text(office, person.service, person.name, dates),
    )


def return_day(segment: Segment, person: Person) -> date | None:
    """Return the first working day after the absence (R8); None when it has no known end or is long (R11, R18)."""
    if segment.open_ended or segment.span.end - segment.span.start > LONG:
        return None
    return person.next_working_day(segment.span.end.date())
