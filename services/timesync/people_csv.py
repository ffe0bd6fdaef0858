"""A people file as a spreadsheet saves it: one row for each person, in the columns that stand in its first row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.timesync.domain.roster import WEEKDAYS
from services.timesync.systems.sheet import decoded
from shared.errors import Invalid
from shared.faults import Fault, Unusable, near

# The words that may head a column; the first of each is the one that is proposed.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "employee_number": ("personeelsnummer", "personeelsnr", "stamnummer", "employee_number"),
    "name": ("naam", "name"),
    "upn": ("e-mail", "email", "e-mailadres", "aanmeldnaam", "upn"),
    "service": ("dienst", "service"),
    "schedule": ("uurrooster", "schedule"),
    "mon": ("maandag", "ma", "mon"),
    "tue": ("dinsdag", "di", "tue"),
    "wed": ("woensdag", "wo", "wed"),
    "thu": ("donderdag", "do", "thu"),
    "fri": ("vrijdag", "vr", "fri"),
    "sat": ("zaterdag", "za", "sat"),
    "sun": ("zondag", "zo", "sun"),
    "sources": ("bronnen", "bron", "sources"),
    "delegate": ("vervanger", "delegate"),
    "languages": ("talen", "taal", "languages"),
}
_OURS = {heading: ours for ours, headings in HEADINGS.items() for heading in headings}
_WEEK = WEEKDAYS[:5]  # what the column `uurrooster` speaks of
_FREE = ("", "-", "vrij")
_BLOCK = re.compile(r"(\d{1,2})[:.uh](\d{2})\s*[-–]\s*(\d{1,2})[:.uh](\d{2})", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,;/+]|en")
_SEPARATOR = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)  # the first line of a file that was made for Excel
_NEARLY = 0.8  # how much a heading must look like one of ours: other columns are the organisation's own
_HOURS = "expected hours like 08:30-12:00 12:30-16:36, or vrij"


@dataclass(frozen=True)
class PeopleSheet:
    """The rows as JSON would have them, the line of each, and the cells that could not be read."""

    people: list[dict[str, Any]]
    lines: list[int]
    faults: tuple[Fault, ...] = ()

    def line_of(self, place: str) -> int:
        """Return the line of `people.<row>.…`, 1 for what belongs to no row."""
        row = re.match(r"people\.(\d+)", place)
        return self.lines[int(row[1])] if row else 1


@dataclass
class _Sheet:
    """What is read so far of the file *name*."""

    name: str
    people: list[dict[str, Any]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, line: int, place: str, expected: str) -> None:
        self.faults.append(Fault(self.name, line, place, expected))


def read_csv(name: str, content: bytes) -> PeopleSheet:
    """Return the rows of the people file *name*, in UTF-8 or cp1252, with ; or , between the cells.

    Raises: Unusable when there is no first row with headings, or a file that is cut off. What stands in a cell is never
    repeated: it may be the name of a person.
    """
    try:
        text = decoded(content, name)
        sheet = _read(name, text)
    except (Invalid, csv.Error) as error:
        if isinstance(error, Unusable):
            raise
        expected = "expected a CSV file in UTF-8 or cp1252, every opening double quote with its closing one"
        raise Unusable("invalid_people", name, [Fault(name, 0, "", expected)]) from error
    return PeopleSheet(sheet.people, sheet.lines, tuple(sheet.faults))


def _read(name: str, text: str) -> _Sheet:
    sheet, before, delimiter, is_torn = _Sheet(name), 0, None, False
    if match := _SEPARATOR.match(text):
        text, delimiter, before = text[match.end() :], match[1], 1
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _delimiter(first), strict=True)
    header = next(reader, [])
    columns = _columns(header, before + 1, sheet)
    if sheet.faults:
        raise Unusable("invalid_people", name, sheet.faults)
    line = before + reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            _row(cells, len(header), columns, line, sheet)
            is_torn = len(cells) < len(header)
        line = before + reader.line_num + 1
    if sheet.lines and is_torn and not text.endswith(("\n", "\r")):
        sheet.fault(sheet.lines[-1], "", "expected a whole row and a new line: the file ends in the middle of it")
    return sheet


def _delimiter(first: str) -> str:
    return max(";,\t", key=first.count)


def _columns(header: Sequence[str], line: int, sheet: _Sheet) -> dict[str, int]:
    """Return where each of our columns stands."""
    columns: dict[str, int] = {}
    for at, heading in enumerate(header):
        word = " ".join(heading.split()).casefold()
        ours = _OURS.get(word)
        if ours in columns:
            sheet.fault(line, HEADINGS[ours][0], f"columns {columns[ours] + 1} and {at + 1} are both this one")
        elif ours:
            columns[ours] = at
        # Not what came instead: without headings, the first row is about a person.
        elif meant := near(word, _OURS, cutoff=_NEARLY):
            sheet.fault(line, "", f"Unknown heading of column {at + 1}; did you mean '{meant}'?")
    if "employee_number" not in columns and not sheet.faults:
        sheet.fault(line, "", "expected headings in the first row, one of them 'personeelsnummer'")
    return columns


def _row(cells: Sequence[str], width: int, columns: Mapping[str, int], line: int, sheet: _Sheet) -> None:
    if any(cell.strip() for cell in cells[width:]):
        expected = "expected no more cells than headings; a cell with a separator in it stands between double quotes"
        sheet.fault(line, "", expected)
    told = {ours: cells[at].strip() if at < len(cells) else "" for ours, at in columns.items()}
    row: dict[str, Any] = {key: told[key] for key in ("employee_number", "name", "service", "delegate") if key in told}
    row["upn"] = told.get("upn") or None
    row["sources"] = [each.strip() for each in re.split(r"[,|]", told.get("sources", "")) if each.strip()]
    row["languages"] = re.split(r"[\s,|]+", told["languages"].lower()) if told.get("languages") else []
    row["schedule"] = _schedule(told, line, sheet)
    sheet.people.append(row)
    sheet.lines.append(line)


def _schedule(told: Mapping[str, str], line: int, sheet: _Sheet) -> dict[str, list[list[str]]] | None:
    """Return the week of a row: the same hours from Monday to Friday, or those of each day; None: it tells none."""
    days = {day: told[day] for day in WEEKDAYS if told.get(day)}
    weekly = told.get("schedule", "")
    if weekly and days:
        sheet.fault(line, "uurrooster", "expected hours in this column or in those of the days, not in both")
        return None
    cells = dict.fromkeys(_WEEK, weekly) if weekly else days
    week: dict[str, list[list[str]]] = {}
    for day, cell in cells.items():
        hours = _hours(cell)
        if hours is None:
            heading = "uurrooster" if weekly else HEADINGS[day][0]
            sheet.fault(line, heading, _HOURS)
            return None
        week[day] = hours
    return week or None


def _hours(cell: str) -> list[list[str]] | None:
    """Return the blocks of a cell, None when it holds something else."""
    if cell.casefold() in _FREE:
        return []
    if _BETWEEN.sub("", _BLOCK.sub("", cell)):
        return None
    return [[f"{int(a):02}:{b}", f"{int(c):02}:{d}"] for a, b, c, d in _BLOCK.findall(cell)]
