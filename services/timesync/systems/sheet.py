"""The bytes of a text file with columns, as rows under our names of the columns."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.timesync.systems.base import LONGEST_PLACE
from services.timesync.systems.columns import MAY_LACK, positions
from services.timesync.systems.exports import Line
from shared.errors import Invalid

AUTO = "auto"
_USUAL = "cp1252"  # what Windows programs in Belgium write when nobody chose
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_SEPARATOR = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)  # the first line of a file that was made for Excel


@dataclass(frozen=True)
class Sheet:
    """A file that was read. *is_whole*: its end is there, so what is not in it is not in the source either."""

    lines: tuple[Line, ...]
    is_whole: bool


def read_sheet(content: bytes, name: str, encoding: str, delimiter: str, headings: Mapping[str, str]) -> Sheet:
    """Return the rows of the file *name*, whose first row holds *headings* in any order and any capitals.

    Raises: Invalid when it is no such text.
    """
    text = decoded(content, name, encoding)
    skipped = 0
    if match := _SEPARATOR.match(text):
        text, delimiter, skipped = text[match.end() :], match[1], 1
    try:
        return _sheet(text, name, delimiter, headings, skipped)
    except csv.Error as error:
        raise Invalid("unexpected_content", f"{name}: expected rows of cells ({error})") from error


def _sheet(text: str, name: str, delimiter: str, headings: Mapping[str, str], skipped: int) -> Sheet:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = next(reader, [])
    columns = positions(header, headings, name)
    needed = 1 + max(at for ours, at in columns.items() if ours not in MAY_LACK)
    rows = list(_rows(reader))
    lines: list[Line] = []
    is_whole = True
    for row in rows:
        is_torn = _is_torn(row, len(header), text, is_last=row is rows[-1])
        is_whole = is_whole and not is_torn
        named = {ours: row.cells[at].strip() if at < len(row.cells) else "" for ours, at in columns.items()}
        place = f"{name}:{skipped + row.line} {named.get('request', '')}".strip()[:LONGEST_PLACE]
        lines.append(Line(place, named, is_cut=is_torn or len(row.cells) < needed))
    return Sheet(tuple(lines), is_whole)


@dataclass(frozen=True)
class _Row:
    cells: list[str]
    line: int
    spans: bool  # several lines, by a cell with a new line in it


def _rows(reader: Any) -> Iterator[_Row]:
    ended = reader.line_num
    for cells in reader:
        if any(cells):
            yield _Row(cells, reader.line_num, spans=reader.line_num > ended + 1)
        ended = reader.line_num


def _is_torn(row: _Row, width: int, text: str, *, is_last: bool) -> bool:
    """Tell whether rows are missing behind this one: a quote that was never closed, or a file that is still copied."""
    if row.spans and (len(row.cells) != width or text.count('"') % 2):
        return True
    return is_last and len(row.cells) < width and not text.endswith(("\n", "\r"))


def decoded(content: bytes, name: str, encoding: str = AUTO) -> str:
    """Return the text of the file *name*.

    Raises: Invalid when it is not in its encoding.
    """
    marked = next((known for mark, known in _MARKS.items() if content.startswith(mark)), None)
    chosen = marked or (_detected(content) if encoding == AUTO else encoding)
    try:
        return content.decode(chosen)
    except (UnicodeDecodeError, LookupError) as error:
        raise Invalid("unexpected_encoding", f"{name}: expected text in {chosen} ({type(error).__name__})") from error


def _detected(content: bytes) -> str:
    """Return UTF-8 if it is that: text of Windows with an accent in it never is, by accident."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _USUAL
    return "utf-8"
