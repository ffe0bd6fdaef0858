"""What a source says of one absence, without its reason, and which of two versions counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.timesync.domain.profiles import NEVER_SHOWN, SHOWN

_MASS = 0.5  # a complete reading with less than this share of the previous one is not believed (R23)


class Part(StrEnum):
    """How much of its days an absence takes."""

    WHOLE = "whole"
    MORNING = "morning"
    AFTERNOON = "afternoon"
    INTERVAL = "interval"


class State(StrEnum):
    """How far the absence is in its source."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    DELETED = "deleted"


@dataclass(frozen=True, kw_only=True)
class AbsenceRecord:
    """One registration. *first* and *last* are days, both included; an interval has *starts* and *ends* instead.

    *last* None: open end, nobody knows yet. *open_ended* with a last day: goes on after it.
    *version* compares as text within its source. *place* is where a person finds it in the source.
    """

    source: str
    source_id: str
    employee: str
    first: date
    last: date | None
    part: Part = Part.WHOLE
    starts: datetime | None = None
    ends: datetime | None = None
    open_ended: bool = False
    state: State = State.APPROVED
    profile: str
    version: str = ""
    place: str = ""

    def last_day(self, today: date) -> date:
        """Return the last day to show: an open end runs to the end of the current week, and grows by itself (R18)."""
        if self.last is None:
            return _sunday(max(self.first, today))
        return _sunday(self.last) if self.open_ended else self.last


def _sunday(day: date) -> date:
    return day + timedelta(days=6 - day.weekday())


def skip_reason(record: AbsenceRecord, *, requested: bool = False) -> str | None:
    """Say why *record* is not to be shown, None if it is (R12). *requested*: what is only asked for may be.

    Who asks to work elsewhere asks for no absence: that is not shown before it is granted.
    """
    if record.state in (State.CANCELLED, State.DELETED):
        return "cancelled"
    if record.state is State.REJECTED or (record.state is State.REQUESTED and not requested):
        return "not_approved"
    if record.profile in NEVER_SHOWN:
        return NEVER_SHOWN[record.profile]
    is_absence = not SHOWN[record.profile].works
    return None if is_absence or record.state is State.APPROVED else "not_approved"


def is_newer(record: AbsenceRecord, known: AbsenceRecord | None) -> bool:
    """Tell whether *record* replaces *known* (R13).

    An equal version with another content comes from our side (a code mapped anew) or from a source without versions.
    """
    if known is None or record.version != known.version:
        return known is None or record.version > known.version
    return replace(record, place=known.place) != known


def merge(known: Mapping[str, AbsenceRecord], incoming: Iterable[AbsenceRecord]) -> dict[str, AbsenceRecord]:
    """Return the records of *incoming* that change something, by id: the newest of each."""
    changed: dict[str, AbsenceRecord] = {}
    for record in incoming:
        if is_newer(record, changed.get(record.source_id, known.get(record.source_id))):
            changed[record.source_id] = record
    return changed


def deletions(known: Mapping[str, AbsenceRecord], gone: Mapping[str, str]) -> dict[str, AbsenceRecord]:
    """Return the records that *gone* (id → version, "" if the source tells none) deletes, as deleted."""
    return {
        source_id: replace(known[source_id], state=State.DELETED, version=max(version, known[source_id].version))
        for source_id, version in gone.items()
        if source_id in known
        and known[source_id].state is not State.DELETED
        and (not version or version >= known[source_id].version)
    }


def is_mass_deletion(count: int, previous: int) -> bool:
    """Tell whether a complete reading of *count* records is too small to be believed after *previous* (R23)."""
    return previous > 0 and (count == 0 or count < previous * _MASS)
