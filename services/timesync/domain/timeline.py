"""From the records of one employee to the periods that the calendar should show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from itertools import pairwise

from services.timesync.domain.claims import Claim, claims_of, shares_of
from services.timesync.domain.profiles import SHOWN
from services.timesync.domain.records import AbsenceRecord
from services.timesync.domain.roster import Person
from services.timesync.domain.spans import Span, covers, days, midnight, whole_day

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Segment:
    """One period with one profile. *whole*: from midnight to midnight.

    *sources* are the records behind it, as "source/id"; ids of two sources may be equal.
    """

    profile: str
    span: Span
    whole: bool
    open_ended: bool = False
    sources: tuple[str, ...] = ()

    @property
    def wants_reply(self) -> bool:
        return self.whole and SHOWN[self.profile].reply


def timeline(
    records: Iterable[AbsenceRecord], person: Person, today: date, *, requested: bool = False
) -> list[Segment]:
    """Return the periods to show, oldest first; two of them never claim the same working time.

    The order, repetition and split of the records make no difference: days in, periods out. *requested*: what is
    asked for and not granted yet shows too, where nothing else does.
    """
    claims = claims_of(records, person, today, requested=requested)
    pieces = [piece for stretch in _stretches(claims) for piece in _pieces(stretch, person, today)]
    return [_to_week_end(segment, person) for segment in _joined(pieces, person, today)]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Days, both included, on which the same claims hold."""

    first: date
    last: date
    claims: Sequence[Claim]


def _stretches(claims: Sequence[Claim]) -> Iterator[_Stretch]:
    edges = sorted({claim.first for claim in claims} | {claim.last + _DAY for claim in claims})
    waiting, active = list(reversed(claims)), list[Claim]()
    for first, after in pairwise(edges):
        active = [claim for claim in active if claim.last >= first]
        while waiting and waiting[-1].first == first:
            active.append(waiting.pop())
        if active:
            yield _Stretch(first, after - _DAY, active)


def _pieces(stretch: _Stretch, person: Person, today: date) -> Iterator[Segment]:
    """Yield what shows in *stretch*; days are looked at one by one only where a part of them is claimed."""
    if all(claim.takes_whole_days for claim in stretch.claims):
        yield from _at_once(stretch, person)
        return
    oldest = date(today.year - 1, 1, 1)  # half days of years ago change nothing any more
    for day in days(max(stretch.first, oldest), stretch.last):
        yield from _shown_on(day, stretch.claims, person)


def _at_once(stretch: _Stretch, person: Person) -> Iterator[Segment]:
    """Yield one period from the first working day of *stretch* to its last: the first layer takes all."""
    ahead = days(stretch.first, stretch.last)
    first = next((day for day in ahead if person.works_on(day)), None)
    if first is None:
        return
    last = stretch.last
    while not person.works_on(last):
        last -= _DAY
    profile = min(stretch.claims, key=lambda claim: claim.layer).profile
    behind = [claim for claim in stretch.claims if claim.profile == profile]
    yield _segment(profile, Span(midnight(first), midnight(last + _DAY)), behind, whole=True)


def _shown_on(day: date, claims: Sequence[Claim], person: Person) -> Iterator[Segment]:
    """Yield one whole day for a profile that gets all of its working time, else the pieces."""
    hours = person.hours(day)
    for share in shares_of(day, claims, person):
        if hours and covers(share.pieces, hours):
            yield _segment(share.profile, whole_day(day), share.behind, whole=True)
            continue
        for piece in share.pieces:
            yield _segment(share.profile, piece, share.behind, whole=False)


def _segment(profile: str, span: Span, behind: Sequence[Claim], *, whole: bool) -> Segment:
    open_ended = any(claim.record.open_ended for claim in behind)
    return Segment(profile, span, whole, open_ended, tuple(dict.fromkeys(claim.name for claim in behind)))


def _joined(pieces: Iterable[Segment], person: Person, today: date) -> list[Segment]:
    """Join whole days over time in which nobody works (R7), and likewise intervals up to and from midnight (R5).

    What is open now stays so, whatever else is known to follow: nobody knows how long it goes on (R18).
    """
    week = midnight(today - timedelta(days=today.weekday()))
    joined: list[Segment] = []
    latest: dict[tuple[str, bool], int] = {}
    for piece in pieces:
        kind = (piece.profile, piece.whole)
        before = joined[latest[kind]] if kind in latest else None
        if before is not None and _continues(piece, before, person):
            sources = tuple(dict.fromkeys(before.sources + piece.sources))
            open_ended = piece.open_ended or (before.open_ended and before.span.end > week)
            joined[latest[kind]] = Segment(
                piece.profile, Span(before.span.start, piece.span.end), piece.whole, open_ended, sources
            )
        else:
            latest[kind] = len(joined)
            joined.append(piece)
    return sorted(joined, key=lambda segment: segment.span)


def _continues(piece: Segment, before: Segment, person: Person) -> bool:
    start, end = piece.span.start, before.span.end
    if start.time() != time.min or end.time() != time.min:
        return start == end
    return not any(person.works_on(day) for day in days(end.date(), start.date() - _DAY))


def _to_week_end(segment: Segment, person: Person) -> Segment:
    """Let an open end run through the weekend, so that it holds until it is extended (R18)."""
    if not (segment.open_ended and segment.whole):
        return segment
    monday = next_monday(segment)
    if any(person.works_on(day) for day in days(segment.span.end.date(), monday - _DAY)):
        return segment
    return replace(segment, span=Span(segment.span.start, midnight(monday)))


def next_monday(segment: Segment) -> date:
    """Return the day on which an open end grows: the first of the week after the last one that it shows (R18)."""
    last = (segment.span.end - timedelta(microseconds=1)).date()
    return last + timedelta(days=7 - last.weekday())
