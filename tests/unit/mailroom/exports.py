"""Exports of the plan follow-up, as a spreadsheet and as a text file have them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook  # type: ignore[import-untyped]  # published without types

from services.mailroom.project_file.options import HEADINGS

HEADER = tuple(HEADINGS.values())


def row(code: object = "A40201", **cells: Any) -> list[Any]:
    """Return the cells of one project under HEADER; what is not given is empty."""
    return [code if ours == "code" else cells.get(ours) for ours in HEADINGS]


def csv_of(*rows: Sequence[Any], header: Sequence[str] = HEADER, separator: str = ";") -> bytes:
    lines = [separator.join("" if cell is None else str(cell) for cell in each) for each in (header, *rows)]
    return ("\n".join(lines) + "\n").encode()


def workbook(*rows: Sequence[Any], title: str = "Acties", before: Sequence[Sequence[Any]] = ()) -> bytes:
    """Return an .xlsx whose second sheet holds *before*, the headings and *rows*."""
    book = Workbook()
    sheet = book.create_sheet(title)
    for cells in (*before, HEADER, *rows):
        sheet.append(list(cells))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
