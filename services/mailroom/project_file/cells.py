"""What stands in one cell of an export of projects, understood or refused with what was expected."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

from services.mailroom.domain.letter import CONFIDENTIAL, OPENNESS
from services.mailroom.domain.places import is_allowed_name
from services.mailroom.project_file.sheets import Cell

_CODE = re.compile(r"[^\W_][\w./-]{0,63}")
# A year of two digits is refused: 26/10/26 may be told from 10/26/26, 10/11/12 from nothing.
_DAYS = (
    re.compile(r"(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>\d{4})"),
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"),
)
_MIDNIGHT = re.compile(r"[ T]0?0[:.]00(?:[:.]00(?:\.0+)?)?$")
# Day 60 is a 29 February 1900 that never was, so every later day counts from the 30th.
# https://learn.microsoft.com/en-us/office/troubleshoot/excel/wrongly-assumes-1900-is-leap-year
_EXCEL = date(1899, 12, 30)
_EARLIEST, _LATEST, _NEVER = 1950, 2200, 2900  # years; 31/12/2999 and 31/12/9999 are how systems write "no end"
_LONGEST_FOLDER = 300  # characters
_SITE = re.compile(r"(?:https://)?(?P<host>[\w-]+(?:\.[\w-]+)+):?(?P<path>/(?:sites|teams)/[^/?#]+)/?", re.IGNORECASE)


class CellError(ValueError):
    """This cell cannot be used: *reason* is the slug. What stands in it is not repeated, for it may be a name."""

    def __init__(self, reason: str, expected: str) -> None:
        super().__init__(reason)
        self.reason, self.expected = reason, expected


def text_of(cell: Cell) -> str:
    """Return *cell* as text: 40201.0 is 40201, and spaces of any kind are single ones."""
    if cell is None:
        return ""
    if isinstance(cell, float) and math.isfinite(cell) and cell == int(cell):
        return str(int(cell))
    return " ".join(str(cell).split())


def code_of(cell: Cell) -> str:
    """Return the code without the spaces that strayed into it. Raises: CellError."""
    code = "".join(text_of(cell).split())
    if not code:
        raise CellError("code_missing", "expected a code")
    if not _CODE.fullmatch(code):
        raise CellError("impossible_code", "expected at most 64 letters, digits, . / _ and -, as A40201")
    return code


def day_of(cell: Cell) -> date | None:
    """Return the day, None for nothing or for a year that nobody will see. Raises: CellError."""
    if not text_of(cell):
        return None
    day = _day(cell)
    if day.year >= _NEVER:
        return None
    return day if _EARLIEST <= day.year <= _LATEST else _no_day()


def codes_of(cell: Cell) -> tuple[str, ...]:
    """Return the codes of a list with commas, semicolons or new lines between them. Raises: CellError."""
    parts = re.split(r"[,;\r\n]", str(cell) if isinstance(cell, str) else text_of(cell))
    return tuple(dict.fromkeys(code_of(part) for part in parts if part.strip()))


def folder_of(cell: Cell) -> str | None:
    """Return the path of a folder below its library. Raises: CellError when SharePoint has no such names."""
    path = text_of(cell).replace("\\", "/").strip("/ ")
    if not path:
        return None
    if len(path) > _LONGEST_FOLDER or not all(is_allowed_name(name) for name in path.split("/")):
        raise CellError(
            "impossible_folder",
            f'expected folder names with / between, at most {_LONGEST_FOLDER} characters, without " * : < > ? | # %',
        )
    return path


def site_of(cell: Cell) -> str | None:
    """Return the site as `host:/sites/name`; its address is understood too. Raises: CellError."""
    text = unquote(text_of(cell))
    if not text:
        return None
    if match := _SITE.fullmatch(text):
        return f"{match['host'].lower()}:{match['path']}"
    raise CellError("impossible_site", "expected the address of a site, as https://example.sharepoint.com/sites/naam")


def openness_of(cell: Cell) -> str | None:
    """Return the most secret that the project's folder may hold, at most `intern`. Raises: CellError."""
    word = text_of(cell).casefold()
    if not word:
        return None
    if word in CONFIDENTIAL:
        return "intern"
    if word in OPENNESS:
        return word
    raise CellError("unknown_confidentiality", f"expected one of {', '.join((*OPENNESS, *CONFIDENTIAL))}")


def channel_of(team: Cell, channel: Cell) -> tuple[str | None, str | None]:
    """Return the ids of team and channel; the link that Teams gives of a channel has both. Raises: CellError."""
    ids = text_of(team) or None, text_of(channel) or None
    if ids[1] and ids[1].startswith("https://"):
        ids = _linked(ids[1])
    if bool(ids[0]) != bool(ids[1]):
        raise CellError("impossible_channel", "expected the ids of team and channel, or the link to the channel")
    return ids


def short(longest: int) -> Callable[[Cell], str | None]:
    """Return what reads a text of at most *longest* characters."""

    def read(cell: Cell) -> str | None:
        text = text_of(cell)
        if len(text) > longest:
            raise CellError("too_long", f"expected at most {longest} characters")
        return text or None

    return read


def _linked(link: str) -> tuple[str | None, str | None]:
    # https://learn.microsoft.com/en-us/microsoftteams/platform/concepts/build-and-test/deep-link-teams
    parts, groups = urlsplit(link).path.split("/"), parse_qs(urlsplit(link).query).get("groupId", [])
    if parts[1:3] == ["l", "channel"] and len(parts) > 3 and groups:
        return groups[0], unquote(parts[3])
    return None, link


def _day(cell: Cell) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, float) and math.isfinite(cell) and 0 < cell < 1_000_000:
        return _EXCEL + timedelta(days=int(cell))  # a cell without a date's format
    text = _MIDNIGHT.sub("", text_of(cell))
    match = next((match for pattern in _DAYS if (match := pattern.fullmatch(text))), None)
    if match is None:
        return _no_day()
    try:
        return date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError as error:
        raise CellError("impossible_date", "expected a day that is on the calendar, as 31/12/2026") from error


def _no_day() -> date:
    raise CellError("impossible_date", "expected a day as 31/12/2026, or nothing")
