"""What a reading of a source changes in what is known of it: values in, values out, for the hub and for `hub plan`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.timesync.domain.guard import FEWEST, loss
from services.timesync.domain.records import AbsenceRecord, deletions, is_mass_deletion, merge
from services.timesync.systems.base import Reading

KEPT = timedelta(days=30)  # how long a past absence is remembered
Known = Mapping[str, AbsenceRecord]


@dataclass(frozen=True)
class Absorption:
    """*changed* is what to remember, by id. *count* is the size of the reading.

    *too_small*: nothing is taken away. *takes_too_much*: nothing of it is believed, for *losing* people would lose most
    of their absences.
    """

    changed: Mapping[str, AbsenceRecord]
    count: int
    losing: int = 0
    too_small: bool = False
    takes_too_much: bool = False

    @property
    def is_blocked(self) -> bool:
        """Tell whether a person must say that the reading is right (R23)."""
        return self.too_small or self.takes_too_much

    def concerned(self, known: Known) -> set[str]:
        """Return the employees whose absences change; with who loses one to somebody else."""
        had = {known[source_id].employee for source_id in self.changed if source_id in known}
        return had | {record.employee for record in self.changed.values()}


def absorbed(
    known: Known, reading: Reading, counted: int, owners: Mapping[str, str], today: date, *, confirmed: bool
) -> Absorption:
    """Return what *reading* changes after one of *counted* records; *owners* are the employees by their reference.

    *confirmed*: a person looked at it.
    """
    count = len(reading.records) + len(reading.held)
    is_doubted = reading.complete and not confirmed
    too_small = is_doubted and is_mass_deletion(count, counted)
    # What is over is not learned any more; of what is known, that it is over has to be.
    told = (each for each in reading.records if each.source_id in known or _is_recent(each, today))
    changed = merge(known, (_owned(record, owners) for record in told))
    gone = dict(reading.deleted) if too_small else {**reading.deleted, **_missing(known, reading)}
    changed |= deletions({**known, **changed}, gone)
    if not is_doubted or len({known[each].employee for each in changed if each in known}) < FEWEST:
        return Absorption(changed, count, too_small=too_small)
    lost = loss((_owned(record, owners) for record in known.values()), {**known, **changed}.values(), today)
    if lost.is_mass:
        return Absorption({}, count, lost.losing, too_small, takes_too_much=True)
    return Absorption(changed, count, too_small=too_small)


def _is_recent(record: AbsenceRecord, today: date) -> bool:
    return record.last is None or record.last >= today - KEPT


def _owned(record: AbsenceRecord, owners: Mapping[str, str]) -> AbsenceRecord:
    owner = owners.get(record.employee, record.employee)
    return record if owner == record.employee else replace(record, employee=owner)


def _missing(known: Known, reading: Reading) -> dict[str, str]:
    """Return what a complete reading would have shown and did not; what is held is not gone (R23).

    Nor is a piece (`<id>/first`) of what is held as a whole.
    """
    held = {each.source_id for each in reading.held}
    seen = held | {record.source_id for record in reading.records}
    return {
        source_id: ""
        for source_id, record in known.items()
        if reading.reaches(record) and source_id not in seen and not _wholes(source_id) & held
    }


def _wholes(source_id: str) -> set[str]:
    """Return what *source_id* may be a piece of: `a/b/c` of `a/b` and of `a`."""
    return {source_id[:at] for at, letter in enumerate(source_id) if letter == "/" and at}
