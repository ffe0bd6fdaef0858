"""The words of the pages, in the language that the visitor's browser asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.timesync.domain.records import AbsenceRecord, Part
from services.timesync.domain.spans import Span, midnight
from services.timesync.domain.texts import LANGUAGES, in_full
from services.timesync.domain.timeline import Segment
from services.timesync.texts import catalogue
from shared.clock import BRUSSELS

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Words:
    """The texts in one *language*; dates are written in full."""

    language: str = LANGUAGES[0]

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of *key* with its {names} filled.

        Raises: KeyError when the language has no such text: a fault in the template.
        """
        return catalogue(f"pages_{self.language}")[key].format(**values)

    def day(self, day: date) -> str:
        """Return "maandag 23 november 2026"."""
        return in_full(day, self.language)

    def hour(self, at: datetime) -> str:
        """Return "8.30 uur"."""
        return self("hour", hour=at.hour, minute=f"{at.minute:02d}")

    def moment(self, at: datetime) -> str:
        """Return "maandag 23 november 2026 om 8.30 uur", in Brussels time when *at* tells its zone."""
        local = at.astimezone(BRUSSELS) if at.tzinfo else at
        return self("moment", day=self.day(local.date()), hour=self.hour(local))

    def span(self, span: Span) -> str:
        """Return the days of *span*, with its hours unless it goes from midnight to midnight."""
        first, last = span.start.date(), (span.end - _MOMENT).date()
        if span.start == midnight(first) and span.end == midnight(last + timedelta(days=1)):
            return self.days(first, last)
        if first == last:
            return self("hours", day=self.day(first), start=self.hour(span.start), end=self.hour(span.end))
        return self("moments", start=self.moment(span.start), end=self.moment(span.end))

    def days(self, first: date, last: date) -> str:
        """Return one day, or the first and the last."""
        return self.day(first) if first == last else self("days", first=self.day(first), last=self.day(last))

    def period(self, segment: Segment) -> str:
        """Return when *segment* is; an end that nobody knows yet is not told as one."""
        if not segment.open_ended:
            return self.span(segment.span)
        last = (segment.span.end - _MOMENT).date()
        return self("open_ended", first=self.day(segment.span.start.date()), last=self.day(last))

    def asked(self, record: AbsenceRecord) -> str:
        """Return when *record* is, as its source says."""
        if record.starts is not None and record.ends is not None:
            return self.span(Span(record.starts, record.ends))
        if record.last is None:
            return self("no_end", first=self.day(record.first))
        days = self.days(record.first, record.last)
        return days if record.part is Part.WHOLE else self(f"days_{record.part}", days=days)
