"""Is a source silent against its rhythm? Declared in hub.toml, or learned from the weeks before. Local wall-clock time.

Why it matters: a source system never calls back. When its webhook was switched off, nobody else notices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import ClassVar

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
WEEKS = 4  # that are looked back at; deliveries are kept a little longer
ENOUGH = 2  # weeks without which nothing is known of an hour
RARE = 0.001  # the chance that a healthy source is quiet for so long, below which it is said to be silent


@dataclass(frozen=True)
class Watch:
    """A source is watched since *since*, and silent since *silent_since* unless that is None."""

    source: str
    since: datetime
    silent_since: datetime | None = None


@dataclass(frozen=True)
class Heard:
    """What a source did: *hours* are the beginnings of those in which it was heard, *since* is how far we know."""

    last: datetime
    since: datetime
    hours: frozenset[datetime] = frozenset()


@dataclass(frozen=True)
class Declared:
    """A source that is heard at least every *longest* between *starts* and *ends* on *days* (Monday is 0)."""

    longest: timedelta
    days: frozenset[int] = frozenset(range(7))
    starts: time = time.min
    ends: time = time.max

    @property
    def patience(self) -> timedelta:
        """Return the real time for which a source may always be quiet, whatever a wall clock skips in the spring."""
        return self.longest

    def is_silent(self, heard: Heard, now: datetime) -> bool:
        """Tell whether more than the longest pause went by in the hours that count."""
        return sum((self._counted(day, heard.last, now) for day in _days(heard.last, now)), timedelta()) > self.longest

    def _counted(self, day: datetime, last: datetime, now: datetime) -> timedelta:
        if day.weekday() not in self.days:
            return timedelta()
        begins = max(datetime.combine(day, self.starts), last)
        return max(timedelta(), min(datetime.combine(day, self.ends), now) - begins)


@dataclass(frozen=True)
class Learned:
    """A source that is heard at the hours of the week at which it was heard before."""

    patience: ClassVar[timedelta] = HOUR  # no whole hour has gone by before

    def is_silent(self, heard: Heard, now: datetime) -> bool:
        """Tell whether a healthy source would hardly ever be quiet for the whole hours since its last word."""
        quiet = 1.0
        for hour in _whole_hours(heard.last, now):
            quiet *= 1 - _share(heard, hour)
            if quiet < RARE:
                return True
        return False


Rhythm = Declared | Learned


def _share(heard: Heard, hour: datetime) -> float:
    """Return how likely the source is heard in *hour*, from the same hour of the weeks before; cautious when few."""
    before = [hour - WEEK * n for n in range(1, WEEKS + 1) if hour - WEEK * n >= heard.since]
    if len(before) < ENOUGH:
        return 0.0
    return sum(one in heard.hours for one in before) / (len(before) + 1)


def _whole_hours(last: datetime, now: datetime) -> Iterator[datetime]:
    hour = last.replace(minute=0, second=0, microsecond=0) + HOUR
    end = min(now, hour + WEEK)  # who is quiet for a week was silent long before
    while hour + HOUR <= end:
        yield hour
        hour += HOUR


def _days(last: datetime, now: datetime) -> Iterator[datetime]:
    day = datetime.combine(last, time.min)
    while day <= now:
        yield day
        day += DAY
