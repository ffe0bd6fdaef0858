"""From what should show and what the hub wrote before, the smallest change between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.timesync.domain.spans import Span, midnight
from services.timesync.domain.timeline import Segment, next_monday

WINDOW = timedelta(days=180)  # how far ahead the hub writes (R22)


@dataclass(frozen=True)
class Written:
    """A segment as the hub wrote it; *key* finds the event, *face* stands for the words in which it was written."""

    key: str
    profile: str
    span: Span
    whole: bool
    face: str = ""

    def shows(self, segment: Segment, faces: Mapping[str, str], now: datetime) -> bool:
        """Tell whether it looks as *segment* does, in the words of today unless it is over."""
        same = (self.profile, self.span, self.whole) == (segment.profile, segment.span, segment.whole)
        return same and (self.span.end <= now or self.face == faces.get(segment.profile, ""))


@dataclass(frozen=True)
class Difference:
    """What to do. *past* came too late: it is over, and the past is not rewritten (R17)."""

    create: tuple[Segment, ...] = ()
    update: tuple[tuple[Written, Segment], ...] = ()
    remove: tuple[Written, ...] = ()
    past: tuple[Segment, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.create or self.update or self.remove)


def difference(
    desired: Sequence[Segment], written: Sequence[Written], now: datetime, faces: Mapping[str, str] | None = None
) -> Difference:
    """Plan the changes; planning again after applying them gives nothing (R21).

    *faces* stand for the words that each profile is written in; new words change what is not over yet.
    """
    faces = faces or {}
    pairs = _pairs(desired, written, now)
    matched = {id(segment) for _, segment in pairs}
    kept = {each.key for each, _ in pairs}
    new = [segment for segment in desired if id(segment) not in matched and segment.span.start <= now + WINDOW]
    abandoned = [each for each in written if each.key not in kept and each.span.end > now]
    updates = [(each, _reshaped(segment, each, now)) for each, segment in pairs]
    cuts = [(each, _cut(each, now)) for each in abandoned if each.span.start < _edge(now, whole=each.whole)]
    return Difference(
        create=tuple(_from_today(segment, now) for segment in new if segment.span.end > now),
        update=tuple((each, segment) for each, segment in updates + cuts if not each.shows(segment, faces, now)),
        remove=tuple(each for each in abandoned if each.span.start >= _edge(now, whole=each.whole)),
        past=tuple(segment for segment in new if segment.span.end <= now),
    )


def next_look(segments: Sequence[Segment], now: datetime) -> datetime | None:
    """Return when time alone changes what should show, None if it does not.

    A period comes within reach (R22), or the week of an open end is over (R18). What does not show at all this week has
    no moment here: the comparison of each night finds it.
    """
    moments = [segment.span.start - WINDOW for segment in segments]
    moments += [midnight(next_monday(segment)) for segment in segments if segment.open_ended]
    return min((moment for moment in moments if moment > now), default=None)


def _pairs(desired: Sequence[Segment], written: Sequence[Written], now: datetime) -> list[tuple[Written, Segment]]:
    """Match each segment with the event that it continues: what is equal, else same profile, then longest overlap."""
    pairs = _equal(desired, written)
    kept, matched = {each.key for each, _ in pairs}, {id(segment) for _, segment in pairs}
    left = [segment for segment in desired if id(segment) not in matched]
    loose = [each for each in written if each.key not in kept]
    today = midnight(now.date())
    candidates = [(each, segment) for segment in left for each in loose if _may_become(each, segment, today)]
    candidates.sort(
        key=lambda pair: (
            pair[0].profile != pair[1].profile,
            -pair[0].span.overlap(pair[1].span),
            pair[1].span,
            pair[0].key,
        )
    )
    for each, segment in candidates:
        if each.key not in kept and id(segment) not in matched:
            pairs.append((each, segment))
            kept.add(each.key)
            matched.add(id(segment))
    return pairs


def _equal(desired: Sequence[Segment], written: Sequence[Written]) -> list[tuple[Written, Segment]]:
    """Return who shows already what he should: nearly all of them, nearly always."""
    shown = {(each.profile, each.span, each.whole): each for each in reversed(written)}
    found = ((shown.get((segment.profile, segment.span, segment.whole)), segment) for segment in desired)
    return [(each, segment) for each, segment in found if each is not None]


def _may_become(each: Written, segment: Segment, today: datetime) -> bool:
    """Tell whether the event can take the segment's shape without rewriting days that have passed (R14)."""
    if not each.span.meets(segment.span):
        return False
    if each.span.start >= today:
        return True
    return (each.profile, each.whole) == (segment.profile, segment.whole) and segment.span.start <= today


def _reshaped(segment: Segment, each: Written, now: datetime) -> Segment:
    """Return the segment as the event can show it: its past may shrink, never grow."""
    today = midnight(now.date())
    start = each.span.start if each.span.start < today else max(segment.span.start, today)
    over = each.span.end < segment.span.end <= today
    return replace(segment, span=Span(start, each.span.end if over else segment.span.end))


def _from_today(segment: Segment, now: datetime) -> Segment:
    """Write an absence that is already going on from today on (R17)."""
    return replace(segment, span=Span(max(segment.span.start, midnight(now.date())), segment.span.end))


def _cut(each: Written, now: datetime) -> Segment:
    """End the event where the employee came back (R15)."""
    return Segment(each.profile, Span(each.span.start, _edge(now, whole=each.whole)), each.whole)


def _edge(now: datetime, *, whole: bool) -> datetime:
    return midnight(now.date()) if whole else now.replace(second=0, microsecond=0)
