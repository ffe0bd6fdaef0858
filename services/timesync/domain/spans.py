"""Arithmetic with pieces of wall-clock time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta


@dataclass(frozen=True, order=True)
class Span:
    """From *start* up to, not including, *end*."""

    start: datetime
    end: datetime

    def meets(self, other: Span) -> bool:
        """Tell whether there is a moment that both hold."""
        return self.start < other.end and other.start < self.end

    def overlap(self, other: Span) -> timedelta:
        """Return how long both last together, zero if they do not meet."""
        return max(min(self.end, other.end) - max(self.start, other.start), timedelta(0))

    def without(self, taken: Iterable[Span]) -> list[Span]:
        """Return what is left of this span when *taken* is cut out."""
        left = [self]
        for cut in taken:
            if self.meets(cut):
                left = [piece for span in left for piece in _cut(span, cut)]
        return left


def _cut(span: Span, cut: Span) -> Iterator[Span]:
    if not span.meets(cut):
        yield span
        return
    if span.start < cut.start:
        yield Span(span.start, cut.start)
    if cut.end < span.end:
        yield Span(cut.end, span.end)


def covers(pieces: Sequence[Span], wanted: Iterable[Span]) -> bool:
    """Tell whether *pieces* together hold every moment of *wanted*."""
    return not any(span.without(pieces) for span in wanted)


def midnight(day: date) -> datetime:
    """Return the first moment of *day*."""
    return datetime.combine(day, time.min)


def days(first: date, last: date) -> Iterator[date]:
    """Yield every day from *first* to *last*, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def whole_day(day: date) -> Span:
    """Return *day* from midnight to midnight."""
    return Span(midnight(day), midnight(day + timedelta(days=1)))
