"""One row of an export or a view, understood or refused with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import TypeVar

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.systems.base import LONGEST_EMPLOYEE, LONGEST_ID, Codes
from services.timesync.systems.columns import RowOptions
from services.timesync.systems.notation import (
    BadRowError,
    parse_clock,
    parse_day,
    parse_last_day,
    parse_version,
    text_of,
)

Row = Mapping[str, object]  # our name of a column → text, or what a database made of it
Word = TypeVar("Word", State, Part)

_PARTS = {"V": Part.WHOLE, "VM": Part.MORNING, "NM": Part.AFTERNOON, "U": Part.INTERVAL, "": Part.WHOLE}
_STATES = {
    "goedgekeurd": State.APPROVED,
    "aangevraagd": State.REQUESTED,
    "geweigerd": State.REJECTED,
    "geannuleerd": State.CANCELLED,
}


@dataclass(frozen=True)
class Meaning:
    """What the words in a row mean. Capitals make no difference."""

    codes: Codes
    options: RowOptions

    def profile(self, cell: object, state: State) -> str:
        profile = self.codes.profile_of(text_of(cell), state)
        if profile is None:
            raise BadRowError("unknown_code")
        return profile

    def part(self, cell: object) -> Part:
        return _known(_PARTS, self.options.parts, Part, cell, "impossible_date")

    def state(self, cell: object) -> State:
        if self.options.approved_only:
            return State.APPROVED
        return _known(_STATES, self.options.states, State, cell, "unknown_status")

    @property
    def fingerprint(self) -> str:
        """Return what changes when the same rows would be understood otherwise."""
        return sha256(f"{self.codes.fingerprint}{sorted(self.options.dump().items())}".encode()).hexdigest()[:12]


def parse_row(row: Row, source: str, place: str, meaning: Meaning) -> AbsenceRecord:
    """Return the absence of *row*; without a request number it goes by its natural id.

    Raises: BadRowError.
    """
    employee, request = text_of(row.get("employee")), text_of(row.get("request"))
    too_long = len(employee) > LONGEST_EMPLOYEE or len(request) > LONGEST_ID
    if not employee or not text_of(row.get("code")) or too_long:
        raise BadRowError("incomplete_row")
    state, part = meaning.state(row.get("status")), _part(row, meaning)
    first, last = parse_day(row.get("first")), parse_last_day(row.get("last"))
    if last is not None and last < first:
        raise BadRowError("impossible_date")
    starts, ends = _interval(row, first, last) if part is Part.INTERVAL else (None, None)
    return AbsenceRecord(
        source=source,
        source_id=request or natural_id(row, meaning),
        employee=employee,
        first=first,
        last=first if starts else last,
        part=part,
        starts=starts,
        ends=ends,
        open_ended=last is None,
        state=state,
        profile=meaning.profile(row.get("code"), state),
        version=parse_version(row.get("changed")),
        place=place,
    )


def natural_id(row: Row, meaning: Meaning) -> str:
    """Return who is away from when and for which part of the day: what tells rows without a request number apart.

    Raises: BadRowError when that cannot be read.
    """
    return f"{text_of(row.get('employee'))}|{parse_day(row.get('first'))}|{_part(row, meaning)}"


def _part(row: Row, meaning: Meaning) -> Part:
    """Return the part of the day; hours without a word for it, on one day, are an interval."""
    told = {name for name in ("part", "starts", "ends") if text_of(row.get(name))}
    if told == {"starts", "ends"} and parse_day(row.get("first")) == parse_last_day(row.get("last")):
        return Part.INTERVAL
    return meaning.part(row.get("part"))


def _interval(row: Row, first: date, last: date | None) -> tuple[datetime, datetime]:
    """Return the interval of one day; one that ends before it starts ends the next day (R5)."""
    starts, ends = parse_clock(row.get("starts")), parse_clock(row.get("ends"))
    next_day = first + timedelta(days=1)
    if starts == ends or last not in ((first, next_day) if ends < starts else (first,)):
        raise BadRowError("impossible_date")
    day = datetime.combine(first, time.min)
    return day + starts, day + ends + (timedelta(days=1) if ends < starts else timedelta(0))


def _known(usual: Mapping[str, Word], own: Mapping[str, str], kind: type[Word], cell: object, otherwise: str) -> Word:
    meanings = {word.upper(): meant for word, meant in usual.items()}
    meanings |= {word.strip().upper(): kind(meant) for word, meant in own.items()}
    word = text_of(cell).upper()
    if word not in meanings:
        raise BadRowError(otherwise)
    return meanings[word]
