"""The bytes of an export, as Excel, OpenDocument or a text file with columns has them, as numbered rows of cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

from shared.errors import Invalid
from shared.faults import proposal

MOST_ROWS = 100_000
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how a zip (.xlsx, .ods) and an old .xls begin, whatever their name
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SEPARATOR = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)  # the first line of a file that was made for Excel
_HEAD = 4000  # characters that are looked at for the separator
Cell = object  # text, a number, a day, a moment or a boolean


@dataclass(frozen=True)
class Line:
    """One row. *number* is the one that people see beside it."""

    number: int
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Sheet:
    """The rows that hold something. *is_whole*: nothing says that the end is missing."""

    lines: tuple[Line, ...]
    is_whole: bool = True


def read_sheet(name: str, content: bytes, sheet: str | None = None) -> Sheet:
    """Return the rows of *content*: of the sheet that is called *sheet*, else of the first one.

    Raises: Invalid("unreadable_file") · ("unknown_sheet") · ("too_many_rows").
    """
    read = _workbook(name, content, sheet) if content.startswith(_WORKBOOKS) else _text(name, content)
    if len(read.lines) > MOST_ROWS:
        raise Invalid("too_many_rows", f"{name}: expected at most {MOST_ROWS} rows, got {len(read.lines)}")
    return read


def _workbook(name: str, content: bytes, sheet: str | None) -> Sheet:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        found = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
        # With the empty rows above the first, so that the numbers are those that Excel shows.
        rows = found.to_python(skip_empty_area=False)
    except WorksheetNotFound as error:
        meant = proposal(sheet or "", book.sheet_names)
        raise Invalid("unknown_sheet", f"{name}: no sheet {sheet!r}; {meant}. Mend 'sheet'") from error
    except CalamineError as error:
        raise Invalid(
            "unreadable_file", f"{name}: expected a workbook without a password ({type(error).__name__})"
        ) from error
    return Sheet(tuple(Line(at, cells) for at, cells in enumerate(rows, start=1) if _holds_something(cells)))


def _text(name: str, content: bytes) -> Sheet:
    text = _decoded(name, content)
    before, delimiter = 0, None
    if match := _SEPARATOR.match(text):
        text, delimiter, before = text[match.end() :], match[1], 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _delimiter(text))
    lines, number = list[Line](), before + 1
    try:
        for cells in reader:
            if _holds_something(cells):
                lines.append(Line(number, cells))
            number = before + reader.line_num + 1
    except csv.Error as error:
        raise Invalid("unreadable_file", f"{name}:{number}: expected rows of cells ({error})") from error
    is_torn = bool(lines) and not text.endswith(("\n", "\r")) and len(lines[-1].cells) < len(lines[0].cells)
    return Sheet(tuple(lines), is_whole=not is_torn and text.count('"') % 2 == 0)


def _decoded(name: str, content: bytes) -> str:
    """Return the text: UTF-8 if it is that, for what Windows writes with an accent never is, by accident."""
    marked = next((known for mark, known in _MARKS.items() if content.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("unreadable_file", f"{name}: expected a workbook, or text in UTF-8 or cp1252")


def _delimiter(text: str) -> str:
    head = text[:_HEAD]
    return max(";\t,", key=head.count)


def _holds_something(cells: Sequence[Cell]) -> bool:
    return any(cell is not None and str(cell).strip() for cell in cells)
