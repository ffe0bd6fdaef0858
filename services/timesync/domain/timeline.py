"""From the records of one employee to the periods that the calendar should show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.timesync.domain.profiles import PROFILES, SHOWN
from services.timesync.domain.records import AbsenceRecord, Part, skip_reason
from services.timesync.domain.roster import Person
from services.timesync.domain.spans import Span, covers, days, midnight, whole_day


@dataclass(frozen=True)
class Segment:
    """One period with one profile. *whole*: from midnight to midnight. *sources* are the ids of its records."""

    profile: str
    span: Span
    whole: bool
    open_ended: bool = False
    sources: tuple[str, ...] = ()

    @property
    def wants_reply(self) -> bool:
        return self.whole and SHOWN[self.profile].reply


def timeline(records: Iterable[AbsenceRecord], person: Person, today: date) -> list[Segment]:
    """Return the periods to show, oldest first; two of them never claim the same working time.

    The order, repetition and split of the records make no difference: days in, periods out.
    """
    shown = sorted((r for r in records if skip_reason(r) is None), key=lambda r: (r.first, r.source, r.source_id))
    pieces = [piece for day in _days_of(shown, today) for piece in _pieces(day, shown, person, today)]
    return [_to_week_end(segment, person) for segment in _joined(pieces, person)]


def _days_of(records: Sequence[AbsenceRecord], today: date) -> list[date]:
    return sorted({day for record in records for day in days(record.first, _last_day(record, today))})


def _last_day(record: AbsenceRecord, today: date) -> date:
    # R5: an interval across midnight reaches into the next day
    return record.ends.date() if record.ends else record.last_day(today)


def _pieces(day: date, records: Sequence[AbsenceRecord], person: Person, today: date) -> Iterator[Segment]:
    """Yield what shows on *day*: the highest profile first, the next in what that leaves free (R19)."""
    active = [record for record in records if record.first <= day <= _last_day(record, today)]
    taken: list[Span] = []
    for profile in PROFILES:
        claims = [
            (span, record)
            for record in active
            if record.profile == profile.name
            for span in _claim(record, day, person)
        ]
        free = sorted(piece for span, _ in claims for piece in span.without(taken))
        if free:
            involved = [record for _, record in claims]
            yield from _shown_on(day, _together(free, person.hours(day), taken), person, involved)
            taken += free


def _claim(record: AbsenceRecord, day: date, person: Person) -> Iterable[Span]:
    """Return the time of *day* that *record* takes. On a day without working time there is none to take (R6)."""
    if record.part is Part.INTERVAL and record.starts and record.ends:
        own = Span(max(record.starts, midnight(day)), min(record.ends, whole_day(day).end))
        return [own] if own.start < own.end and person.hours(record.first) else []
    if record.part is Part.MORNING:
        return person.morning(day)
    return person.afternoon(day) if record.part is Part.AFTERNOON else person.hours(day)


def _together(pieces: Sequence[Span], hours: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """Join pieces of one day that meet, or with only a break between them."""
    joined: list[Span] = []
    for piece in pieces:
        if joined and not _between(joined[-1], piece, [*hours, *taken]):
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, piece.end))
        else:
            joined.append(piece)
    return joined


def _between(first: Span, second: Span, busy: Iterable[Span]) -> bool:
    gap = Span(first.end, second.start)
    return any(span.overlap(gap) for span in busy)


def _shown_on(day: date, pieces: Sequence[Span], person: Person, records: Sequence[AbsenceRecord]) -> Iterator[Segment]:
    """Yield one whole day when all its working time is taken, else the pieces."""
    profile, sources = records[0].profile, _ids(records)
    if person.hours(day) and covers(pieces, person.hours(day)):
        open_ended = any(record.open_ended for record in records)
        yield Segment(profile, whole_day(day), whole=True, open_ended=open_ended, sources=sources)
        return
    for piece in pieces:
        yield Segment(profile, piece, whole=False, sources=sources)


def _ids(records: Iterable[AbsenceRecord]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(record.source_id for record in records))


def _joined(pieces: Iterable[Segment], person: Person) -> list[Segment]:
    """Join whole days over time in which nobody works (R7), and intervals that meet at midnight (R5)."""
    joined: list[Segment] = []
    latest: dict[tuple[str, bool], int] = {}
    for piece in pieces:
        kind = (piece.profile, piece.whole)
        before = joined[latest[kind]] if kind in latest else None
        if before is not None and _continues(piece, before, person):
            sources = tuple(dict.fromkeys(before.sources + piece.sources))
            joined[latest[kind]] = replace(piece, span=Span(before.span.start, piece.span.end), sources=sources)
        else:
            latest[kind] = len(joined)
            joined.append(piece)
    return sorted(joined, key=lambda segment: segment.span)


def _continues(piece: Segment, before: Segment, person: Person) -> bool:
    if not piece.whole:
        return before.span.end == piece.span.start
    free = days(before.span.end.date(), piece.span.start.date() - timedelta(days=1))
    return not any(person.hours(day) for day in free)


def _to_week_end(segment: Segment, person: Person) -> Segment:
    """Let an open end run through the weekend, so that it holds until it is extended (R18)."""
    after = segment.span.end.date()
    last = after - timedelta(days=1)
    sunday = last + timedelta(days=6 - last.weekday())
    if not segment.open_ended or any(person.hours(day) for day in days(after, sunday)):
        return segment
    return replace(segment, span=Span(segment.span.start, whole_day(sunday).end))
