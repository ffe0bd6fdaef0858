"""From what should show and what the hub wrote before, the smallest change between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.timesync.domain.spans import Span, midnight
from services.timesync.domain.timeline import Segment

WINDOW = timedelta(days=180)  # how far ahead the hub writes (R22)


@dataclass(frozen=True)
class Written:
    """A segment as the hub wrote it; *key* finds the event."""

    key: str
    profile: str
    span: Span
    whole: bool

    def shows(self, segment: Segment) -> bool:
        return (self.profile, self.span, self.whole) == (segment.profile, segment.span, segment.whole)


@dataclass(frozen=True)
class Difference:
    """What to do. *past* came too late: it is over, and the past is not rewritten (R17)."""

    create: tuple[Segment, ...] = ()
    update: tuple[tuple[Written, Segment], ...] = ()
    remove: tuple[Written, ...] = ()
    past: tuple[Segment, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.create or self.update or self.remove)


def difference(desired: Sequence[Segment], written: Sequence[Written], now: datetime) -> Difference:
    """Plan the changes; planning again after applying them gives nothing (R21)."""
    pairs = _pairs(desired, written, now)
    matched = {segment for _, segment in pairs}
    kept = {each.key for each, _ in pairs}
    new = [segment for segment in desired if segment not in matched and segment.span.start < now + WINDOW]
    abandoned = [each for each in written if each.key not in kept and each.span.end > now]
    updates = [(each, _reshaped(segment, each, now)) for each, segment in pairs]
    cuts = [(each, _cut(each, now)) for each in abandoned if each.span.start < _edge(now, whole=each.whole)]
    return Difference(
        create=tuple(_from_today(segment, now) for segment in new if segment.span.end > now),
        update=tuple((each, segment) for each, segment in updates + cuts if not each.shows(segment)),
        remove=tuple(each for each in abandoned if each.span.start >= _edge(now, whole=each.whole)),
        past=tuple(segment for segment in new if segment.span.end <= now),
    )


def _pairs(desired: Sequence[Segment], written: Sequence[Written], now: datetime) -> list[tuple[Written, Segment]]:
    """Match each segment with the event that it continues: same profile first, then the longest overlap."""
    today = midnight(now.date())
    candidates = [(each, segment) for segment in desired for each in written if _may_become(each, segment, today)]
    candidates.sort(
        key=lambda pair: (
            pair[0].profile != pair[1].profile,
            -pair[0].span.overlap(pair[1].span),
            pair[1].span,
            pair[0].key,
        )
    )
    pairs: list[tuple[Written, Segment]] = []
    for each, segment in candidates:
        if all(each is not other and segment is not taken for other, taken in pairs):
            pairs.append((each, segment))
    return pairs


def _may_become(each: Written, segment: Segment, today: datetime) -> bool:
    """Tell whether the event can take the segment's shape without rewriting days that have passed (R14)."""
    if not each.span.overlap(segment.span):
        return False
    if each.span.start >= today:
        return True
    continues = each.whole and segment.whole and segment.span.start <= today
    return each.profile == segment.profile and (continues or each.span.start == segment.span.start)


def _reshaped(segment: Segment, each: Written, now: datetime) -> Segment:
    """Return the segment as the event can show it: its past may shrink, never grow."""
    today = midnight(now.date())
    start, end = segment.span.start, segment.span.end
    if segment.whole:
        start = each.span.start if each.span.start < today else max(start, today)
    if each.span.end < end <= today:
        end = each.span.end
    return replace(segment, span=Span(start, end))


def _from_today(segment: Segment, now: datetime) -> Segment:
    """Write an absence that is already going on from today on (R17)."""
    if not segment.whole:
        return segment
    return replace(segment, span=Span(max(segment.span.start, midnight(now.date())), segment.span.end))


def _cut(each: Written, now: datetime) -> Segment:
    """End the event where the employee came back (R15)."""
    return Segment(each.profile, Span(each.span.start, _edge(now, whole=each.whole)), each.whole)


def _edge(now: datetime, *, whole: bool) -> datetime:
    return midnight(now.date()) if whole else now.replace(second=0, microsecond=0)
