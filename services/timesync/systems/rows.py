"""One row of an export in Belgian notation, understood or refused with its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import NoReturn, TypeVar

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.systems.base import LONGEST_EMPLOYEE, LONGEST_ID, Codes

Word = TypeVar("Word", State, Part)

_PARTS = {"V": Part.WHOLE, "VM": Part.MORNING, "NM": Part.AFTERNOON, "U": Part.INTERVAL, "": Part.WHOLE}
_STATES = {
    "goedgekeurd": State.APPROVED,
    "aangevraagd": State.REQUESTED,
    "geweigerd": State.REJECTED,
    "geannuleerd": State.CANCELLED,
}
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_CLOCK = re.compile(r"(\d{1,2})[:.uh](\d{2})(?::\d{2})?")
_DECIMAL = re.compile(r"(\d{1,2})(?:,(\d+))?")


class BadRowError(ValueError):
    """This row cannot be used; *reason* is the slug."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_row(row: Mapping[str, str], source: str, place: str, codes: Codes) -> AbsenceRecord:
    """Return the absence of *row* (our column names → text).

    Raises: BadRowError.
    """
    too_long = len(row["employee"]) > LONGEST_EMPLOYEE or len(row["request"]) > LONGEST_ID
    if not row["employee"] or not row["code"] or too_long:
        raise BadRowError("incomplete_row")
    state, part = (
        _known(_STATES, row["status"].lower(), "unknown_status"),
        _known(_PARTS, row["part"].upper(), "impossible_date"),
    )
    first, last = parse_day(row["first"]), parse_day(row["last"]) if row["last"] else None
    if last is not None and last < first:
        raise BadRowError("impossible_date")
    starts, ends = _interval(row, first, last) if part is Part.INTERVAL else (None, None)
    profile = codes.profile(row["code"])
    if profile is None:
        raise BadRowError("unknown_code")
    return AbsenceRecord(
        source=source,
        source_id=row["request"] or f"{row['employee']}|{first}|{part}",
        employee=row["employee"],
        first=first,
        last=first if starts else last,
        part=part,
        starts=starts,
        ends=ends,
        open_ended=last is None,
        state=state,
        profile=profile,
        version=_version(row["changed"]),
        place=place,
    )


def parse_day(text: str) -> date:
    """Read `23/11/2026`. Raises: BadRowError for a day that is on no calendar."""
    match = _DAY.fullmatch(text)
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else _impossible()
    except ValueError as error:
        raise BadRowError("impossible_date") from error


def parse_clock(text: str) -> timedelta:
    """Read `10:30`, or hours with a decimal comma (`10,5`), as the time since midnight. Raises: BadRowError."""
    if match := _CLOCK.fullmatch(text):
        since_midnight = timedelta(hours=int(match[1]), minutes=int(match[2]))
    elif match := _DECIMAL.fullmatch(text):
        since_midnight = timedelta(minutes=round(float(f"{match[1]}.{match[2] or 0}") * 60))
    else:
        _impossible()
    return since_midnight if since_midnight <= timedelta(days=1) else _impossible()


def _interval(row: Mapping[str, str], first: date, last: date | None) -> tuple[datetime, datetime]:
    """Return the interval of one day; one that ends before it starts ends the next day (R5)."""
    starts, ends = parse_clock(row["starts"]), parse_clock(row["ends"])
    next_day = first + timedelta(days=1)
    if starts == ends or last not in ((first, next_day) if ends < starts else (first,)):
        raise BadRowError("impossible_date")
    day = datetime.combine(first, time.min)
    return day + starts, day + ends + (timedelta(days=1) if ends < starts else timedelta(0))


def _version(text: str) -> str:
    """Turn `01/09/2026 09:12` into text that sorts by time; "" when the export tells none."""
    if not text:
        return ""
    day, _, clock = text.partition(" ")
    moment = datetime.combine(parse_day(day), time.min) + (parse_clock(clock) if clock else timedelta(0))
    return moment.isoformat(timespec="minutes")


def _known(meanings: Mapping[str, Word], word: str, otherwise: str) -> Word:
    if word not in meanings:
        raise BadRowError(otherwise)
    return meanings[word]


def _impossible() -> NoReturn:
    raise BadRowError("impossible_date")
