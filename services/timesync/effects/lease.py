"""When somebody is kept out of call queues, and for how long Microsoft is asked to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.timesync.domain.replies import absences, as_one
from services.timesync.domain.spans import Span
from services.timesync.effects.base import Picture
from services.timesync.store.guards import GuardRow, GuardState
from shared.clock import BRUSSELS

LEASE = timedelta(hours=12)
RENEWAL = timedelta(hours=1)  # before the end of a lease: time to try again, and more than a clock is put back
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Guard:
    """One person now: his *row* in the book, and the *span* of the absence that is, or is to come."""

    picture: Picture
    row: GuardRow | None
    span: Span | None

    @property
    def is_due(self) -> bool:
        return self.span is not None and self.span.start <= self.picture.now

    @property
    def is_elsewhere(self) -> bool:
        """Tell whether the book speaks of another account than the one he has now."""
        return self.row is not None and self.row.user_id != self.picture.user_id

    @property
    def is_settled(self) -> bool:
        """Tell whether nothing is to be done, by the book."""
        row, span = self.row, self.span
        if row is None or span is None:
            return row is None and span is None
        if self.is_elsewhere:
            return False
        match row.state:
            case GuardState.PLANNED:
                return not self.is_due and row.until == span.start
            case GuardState.STARTED:
                return False
            case GuardState.RELEASED:  # however the absence grows: it is still the one in which he came back
                return self.is_due and span.start < row.until
            case GuardState.DONE:
                return self.is_due and row.until <= span.end and self.picture.now < _renewal(row, span)

    @property
    def lease(self) -> GuardRow | None:
        """Return the row of what was asked for, or was about to be, as long as it lasts."""
        asked = self.row is not None and self.row.state in (GuardState.STARTED, GuardState.DONE)
        return self.row if self.row and asked and self.row.until > self.picture.now else None

    @property
    def is_renewal(self) -> bool:
        """Tell whether it only goes on: then its owner may have come back to Teams meanwhile.

        What must end earlier than was asked is not asked about: it would last too long if he seemed to be back.
        """
        lease = self.lease
        if lease is None or self.span is None or self.is_elsewhere or not self.is_due:
            return False
        return lease.state is GuardState.DONE and lease.until <= self.span.end

    @property
    def planned(self) -> GuardRow | None:
        return GuardRow(self.picture.user_id, GuardState.PLANNED, self.span.start) if self.span else None

    def next_at(self, row: GuardRow | None) -> datetime | None:
        """Return when to look again, once *row* is what the book says."""
        if self.span is None or row is None:
            return None
        if row.state is GuardState.DONE:
            return _renewal(row, self.span)
        return self.span.end if row.state is GuardState.RELEASED else max(row.until, self.picture.now)


def absence_of(picture: Picture) -> Span | None:
    """Return the absence of now, else the next one; half a day counts only where it leads to or from whole ones."""
    for run in absences(picture.segments, picture.person):
        span = as_one(run).span
        if span.end > picture.now and any(each.whole for each in run):
            return span
    return None


def _renewal(row: GuardRow, span: Span) -> datetime:
    return row.until if row.until >= span.end else row.until - RENEWAL


def lease_from(now: datetime, end: datetime) -> tuple[datetime, timedelta]:
    """Return until when to ask, and how long that takes: not the same where a clock changes in between."""
    began = now.replace(tzinfo=BRUSSELS).astimezone(UTC)
    until = min(began + LEASE, end.replace(tzinfo=BRUSSELS).astimezone(UTC))
    duration = max((until - began) // _MINUTE * _MINUTE, _MINUTE)  # no shortest one is documented
    return until.astimezone(BRUSSELS).replace(tzinfo=None), duration
