"""Days, hours and versions as Belgian exports write them and as databases give them, made one."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NoReturn

from shared.clock import BRUSSELS

# A year of two digits is refused: 26/10/26 may be told from 10/26/26, 10/11/12 from nothing.
_DAYS = (
    re.compile(r"(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>\d{4})"),
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"),
)
_MIDNIGHT = re.compile(r"[ T]0?0[:.]00(?:[:.]00(?:\.0+)?)?$")
_CLOCK = re.compile(r"(\d{1,2})(?:[uh]|[:.uh]([0-5]\d)(?:[:.]([0-5]\d)(?:\.\d+)?)?)", re.IGNORECASE)
_HOURS = re.compile(r"\d{1,2}(?:,\d+)?")
_EARLIEST, _LATEST = 1950, 2200  # other years are a slip, or a system's word for "none"
_NEVER = 2900  # 31/12/2999 and 31/12/9999 are how systems write "no end"


class BadRowError(ValueError):
    """This row cannot be used; *reason* is the slug."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def text_of(cell: object) -> str:
    """Return *cell* as text, without what a database adds: 101.0 is 101, and a padded text is not padded."""
    if cell is None:
        return ""
    if isinstance(cell, bytes):  # SQL Server's rowversion sorts as hexadecimal too
        return cell.hex()
    if isinstance(cell, float | Decimal) and math.isfinite(cell) and cell == int(cell):
        return str(int(cell))
    return str(cell).strip()


def parse_day(cell: object) -> date:
    """Read `23/11/2026`, `2026-11-23` or a date. Raises: BadRowError for a day that is on no calendar."""
    day = _day(cell)
    return day if _EARLIEST <= day.year <= _LATEST else _impossible()


def parse_last_day(cell: object) -> date | None:
    """Read the last day; None for an open end, which is nothing or a year that nobody will see."""
    if not text_of(cell):
        return None
    return None if _day(cell).year >= _NEVER else parse_day(cell)


def parse_clock(cell: object) -> timedelta:
    """Read `10:30`, `8.30`, `8u30`, or hours as a number (`10,5`), as the time since midnight. Raises: BadRowError."""
    since_midnight = _clock(_local(cell) if isinstance(cell, datetime) else cell)
    return since_midnight if timedelta(0) <= since_midnight <= timedelta(days=1) else _impossible()


def parse_version(cell: object) -> str:
    """Turn a moment (`01/09/2026 09:12`) or a number into text that sorts; "" when the source tells none."""
    if isinstance(cell, bytes) or not (text := text_of(cell)):
        return text_of(cell)
    if text.isdecimal():
        return text.zfill(20)
    moment = _local(cell if isinstance(cell, datetime) else _moment(text))
    return moment.isoformat(timespec="auto" if moment.second or moment.microsecond else "minutes")


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        day, _, clock = text.partition(" ")
        return datetime.combine(parse_day(day), time.min) + (parse_clock(clock) if clock else timedelta(0))


def _local(moment: datetime) -> datetime:
    """Return the wall clock of *moment* (R1)."""
    return moment.astimezone(BRUSSELS).replace(tzinfo=None) if moment.tzinfo else moment


def _day(cell: object) -> date:
    if isinstance(cell, datetime):
        return _local(cell).date()
    if isinstance(cell, date):
        return cell
    text = _MIDNIGHT.sub("", text_of(cell))
    match = next((match for pattern in _DAYS if (match := pattern.fullmatch(text))), None)
    try:
        return date(int(match["y"]), int(match["m"]), int(match["d"])) if match else _impossible()
    except ValueError as error:
        raise BadRowError("impossible_date") from error


def _clock(cell: object) -> timedelta:
    match cell:
        case timedelta():
            return cell
        case datetime() | time():
            return timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second)
        case int() | float() | Decimal():
            return _hours(float(cell))
    text = text_of(cell)
    if match := _CLOCK.fullmatch(text):
        return timedelta(hours=int(match[1]), minutes=int(match[2] or 0), seconds=int(match[3] or 0))
    return _hours(float(text.replace(",", "."))) if _HOURS.fullmatch(text) else _impossible()


def _hours(number: float) -> timedelta:
    return timedelta(minutes=round(number * 60)) if 0 <= number <= 24 else _impossible()


def _impossible() -> NoReturn:
    raise BadRowError("impossible_date")
