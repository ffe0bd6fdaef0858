"""Whether a complete reading takes so much away that a person must look at it first (R23).

The number of records says little when a source renews every id, loses the zeros of its personnel numbers or swaps day
and month. So what counts is what colleagues would see: who loses the absences that he still has to come.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from services.timesync.domain.records import AbsenceRecord, skip_reason
from services.timesync.domain.spans import days

FEWEST = 10  # people: in a small group it is normal that most change
_MASS = 0.5  # the share of people, and of the coming days of one of them
_AHEAD = timedelta(days=180)  # beyond, nothing is shown yet (R22)


@dataclass(frozen=True)
class Loss:
    """*losing* of the *people* with an absence to come would lose most of its days."""

    losing: int
    people: int

    @property
    def is_mass(self) -> bool:
        """Tell whether that is too much to be believed."""
        return self.losing >= FEWEST and self.losing > self.people * _MASS


def loss(before: Iterable[AbsenceRecord], after: Iterable[AbsenceRecord], today: date) -> Loss:
    """Compare the days that *before* and *after* take from *today* on; ids, versions and profiles do not matter."""
    had, has = _coming(before, today), _coming(after, today)
    losing = sum(_is_lost(taken, has.get(employee, frozenset())) for employee, taken in had.items())
    return Loss(losing, len(had))


def _is_lost(had: Collection[date], has: Collection[date]) -> bool:
    return len([day for day in had if day not in has]) > len(had) * _MASS


def _coming(records: Iterable[AbsenceRecord], today: date) -> Mapping[str, set[date]]:
    coming: dict[str, set[date]] = {}
    for record in records:
        last = min(record.last_day(today), today + _AHEAD)
        if last >= today and record.first <= last and skip_reason(record) is None:
            coming.setdefault(record.employee, set()).update(days(max(record.first, today), last))
    return coming
