"""What leave systems have in common: a window that is read whole, a person, and a request of several days in pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.systems.base import LONGEST_EMPLOYEE, Held, Reading
from shared.clock import BRUSSELS, Clock
from shared.errors import Invalid

AHEAD = timedelta(days=180)  # R22
# R22 asks for yesterday. A month more, for some give what began in the window only, and take away no more than that: an
# absence that began last week and is withdrawn today has to be seen to be gone.
BACK = timedelta(days=31)
HALF_DAYS = ("held", Part.MORNING.value, Part.AFTERNOON.value)

UNKNOWN_HALF, UNKNOWN_HOURS = "unknown_half", "unknown_hours"


class RefusedError(ValueError):
    """This request cannot be used; *reason* is the slug."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Piece:
    """Days of a request with the same part of the day; *last* None: nobody knows yet.

    *suffix* comes behind the request's id. *fault*: the source does not say which half of the day, or which hours.
    """

    first: date
    last: date | None
    part: Part = Part.WHOLE
    suffix: str = ""
    fault: str = ""
    starts: datetime | None = None
    ends: datetime | None = None


def window(clock: Clock, back: timedelta = BACK, ahead: timedelta = AHEAD) -> tuple[date, date]:
    """Return the first and the last day to read."""
    today = clock.now().astimezone(BRUSSELS).date()
    return today - back, today + ahead


def rows_of(answer: Any, key: str, name: str, identity: str = "id") -> list[Mapping[str, Any]]:
    """Return the rows under *key* of *answer*, or *answer* itself when *key* is "".

    Raises: Invalid when it is anything else, without quoting it: an answer is about people.
    """
    rows = answer if not key else answer.get(key) if isinstance(answer, dict) else None
    if isinstance(rows, list) and all(isinstance(row, dict) and row.get(identity) for row in rows):
        return rows
    where = f"an object with a list '{key}'" if key else "a list"
    raise Invalid("unexpected_answer", f"{name}: expected {where} of rows with '{identity}'")


def behind(
    found: Sequence[Mapping[str, Any]], page: Sequence[Mapping[str, Any]], name: str, identity: str = "id"
) -> Sequence[Mapping[str, Any]]:
    """Return *page* if it goes on where *found* ends.

    Raises: Invalid when it came before: who does not hear where a page is to begin, would be asked for ever.
    """
    if {row[identity] for row in found[-len(page) :]} & {row[identity] for row in page}:
        raise Invalid("unexpected_answer", f"{name}: expected rows behind the last one, got rows a second time")
    return page


def employee_key(*candidates: object) -> str | None:
    """Return the first candidate that can name somebody: a number as it is written, an address in lower case."""
    for candidate in candidates:
        text = str(candidate or "").strip()
        if text and len(text) <= LONGEST_EMPLOYEE:
            return text.lower() if "@" in text else text
    return None


def between(first: date, last: date | None, *, late: bool, early: bool) -> list[Piece]:
    """Return the pieces of a request: *late*, it begins at noon of its first day; *early*, it ends at noon of its last.

    Raises: RefusedError when nothing is left.
    """
    if last is not None and (last < first or (last == first and late and early)):
        raise RefusedError("impossible_date")
    if first == last:
        return [Piece(first, last, Part.AFTERNOON if late else Part.MORNING if early else Part.WHOLE)]
    day = timedelta(days=1)
    head = [Piece(first, first, Part.AFTERNOON, "/first")] if late else []
    tail = [Piece(last, last, Part.MORNING, "/last")] if last and early else []
    begin, end = first + day if late else first, last - day if last and early else last
    middle = [Piece(begin, end)] if end is None or begin <= end else []
    return [*head, *middle, *tail]


def interval(starts: datetime, ends: datetime) -> list[Piece]:
    """Return hours as one piece; they may end the next day (R5).

    Raises: RefusedError.
    """
    if not starts < ends or ends.date() - starts.date() > timedelta(days=1):
        raise RefusedError("impossible_date")
    return [Piece(starts.date(), starts.date(), Part.INTERVAL, starts=starts, ends=ends)]


def hours(day: date, starts: time, ends: time) -> list[Piece]:
    """Return the hours of one day.

    Raises: RefusedError.
    """
    return interval(datetime.combine(day, starts), datetime.combine(day, ends))


def in_records(
    request: AbsenceRecord, pieces: Sequence[Piece], half_days: str = "held"
) -> Iterator[AbsenceRecord | Held]:
    """Yield *request* as its pieces; *half_days* mends unknown halves. What is not to be shown has no faults."""
    for piece in pieces:
        mended = piece.fault == UNKNOWN_HALF and half_days in (Part.MORNING, Part.AFTERNOON)
        if piece.fault and not mended and request.state is State.APPROVED:
            yield Held(request.place, piece.fault, request.employee, request.source_id + piece.suffix)
            continue
        yield replace(
            request,
            source_id=request.source_id + piece.suffix,
            first=piece.first,
            last=piece.last,
            part=Part(half_days) if mended else piece.part,
            starts=piece.starts,
            ends=piece.ends,
            open_ended=piece.last is None,
        )


def whole_reading(
    found: Iterable[AbsenceRecord | Held], first: date, last: date, *, overlapping: bool = False
) -> Reading:
    """Return all that a source has between *first* and *last*; *overlapping* as in Reading."""
    everything = list(found)
    records = tuple(each for each in everything if isinstance(each, AbsenceRecord))
    held = tuple(each for each in everything if isinstance(each, Held))
    return Reading(records, held=held, complete=True, first=first, last=last, overlapping=overlapping)
