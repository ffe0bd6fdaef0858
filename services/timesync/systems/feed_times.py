"""When an event of an iCalendar feed is, as days or as wall-clock time in Brussels.

Source: https://www.rfc-editor.org/rfc/rfc5545#section-3.6.1
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from services.timesync.domain.records import Part
from shared.clock import BRUSSELS

_DAY = timedelta(days=1)
_ALMOST_MIDNIGHT = time(23, 59)  # what many write for the end of a day
# Nobody plans an absence ten years long: 31-12-9999 is what systems write for an end that nobody knows.
_NO_END = timedelta(days=3650)


class UnusableError(ValueError):
    """This event cannot be used; *reason* is the slug."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Window:
    """The days that are looked at, both included."""

    first: date
    last: date

    def meets(self, when: When) -> bool:
        return when.first <= self.last and (when.last is None or when.last >= self.first)


@dataclass(frozen=True)
class When:
    """Days, both included; *last* None: nobody knows. An interval also has its wall-clock times."""

    first: date
    last: date | None
    part: Part = Part.WHOLE
    starts: datetime | None = None
    ends: datetime | None = None


def when_is(event: Any) -> When:
    """Return when *event* (an icalendar.Event) is.

    Raises: UnusableError.
    """
    try:
        begin, end = event.start, _end(event)
        if isinstance(begin, datetime):
            return _timed(wall_clock(begin), wall_clock(end))
        return _all_day(begin, end)
    except (ValueError, TypeError, AttributeError, OverflowError) as error:  # the library's errors are ValueErrors
        raise UnusableError("impossible_date") from error


def has_unknown_zone(moment: Any) -> bool:
    """Tell whether *moment* (a property) is in a zone that neither the feed nor the world explains.

    The library then gives its time without a zone; to take that for Brussels would be a guess.
    """
    params: Mapping[str, str] = getattr(moment, "params", {})
    value = getattr(moment, "dt", None)
    return "TZID" in params and isinstance(value, datetime) and value.tzinfo is None


def wall_clock(moment: datetime) -> datetime:
    """Return *moment* as a clock in Brussels shows it; a time without a zone is one already (RFC 5545 §3.3.5)."""
    return moment if moment.tzinfo is None else moment.astimezone(BRUSSELS).replace(tzinfo=None)


def _end(event: Any) -> Any:
    begin, duration = event.start, event.get("DURATION")
    hours = duration is not None and duration.dt % _DAY
    if hours and isinstance(begin, datetime) and begin.tzinfo is not None:
        # Hours are exact time: across the change of the clock the wall tells another end (§3.3.6).
        return begin.astimezone(UTC) + duration.dt
    return event.end


def _all_day(begin: date, end: date) -> When:
    if end < begin:
        raise ValueError("ends before it starts")
    return _days(begin, max(begin, end - _DAY))  # DTEND is the first day that is free again (R3)


def _timed(starts: datetime, ends: datetime) -> When:
    if ends <= starts:
        raise ValueError("takes no time")
    at_midnight = ends.time() == time.min or ends.time() >= _ALMOST_MIDNIGHT
    last = (ends - timedelta(microseconds=1)).date()
    if starts.time() == time.min and at_midnight:
        return _days(starts.date(), last)
    return When(starts.date(), last, Part.INTERVAL, starts, ends)


def _days(first: date, last: date) -> When:
    return When(first, None if last - first > _NO_END else last)
