"""All rows of an export of projects: understood, or refused each by itself. One bad row never spoils the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.mailroom.domain.projects import Project
from services.mailroom.project_file.headings import find_header
from services.mailroom.project_file.options import ProjectFileOptions
from services.mailroom.project_file.rows import Row, RowFault, parse_row
from services.mailroom.project_file.sheets import Line, Sheet, read_sheet
from shared.faults import near


@dataclass(frozen=True)
class Reading:
    """What a file says. *refused* are the codes of faulty rows: they keep what was known of them.

    *is_whole*: every row that has a code that can be read is there, so that what is not in it is gone.
    """

    file: str
    projects: Mapping[str, Project]
    refused: frozenset[str]
    faults: tuple[RowFault, ...]
    is_whole: bool


def read_projects(name: str, content: bytes, options: ProjectFileOptions, known: Collection[str] = ()) -> Reading:
    """Return what the *content* of the export *name* says; successors may also be one of the *known* codes.

    Raises: Invalid when no row of it can be read.
    """
    sheet = read_sheet(name, content, options.sheet)
    rows = _rows(name, sheet, options)
    _refuse_doubles(rows)
    _refuse_strangers(rows, known)
    projects = {row.code: row.project for row in rows if row.project}
    return Reading(
        file=name,
        projects=projects,
        refused=frozenset(row.code for row in rows if row.code) - projects.keys(),
        faults=tuple(fault for row in rows for fault in row.faults),
        is_whole=sheet.is_whole and all(row.code for row in rows),
    )


def _rows(name: str, sheet: Sheet, options: ProjectFileOptions) -> list[Row]:
    header = find_header(name, sheet.lines, options)
    headings = options.headings()
    below = [line for line in sheet.lines if line.number > header.line]
    rows = [Row(name, line.number, headings) for line in below]
    for row, line in zip(rows, below, strict=True):
        parse_row(row, _named(line, header.columns), options)
    if rows and not sheet.is_whole:
        rows[-1].refuse("code", "incomplete_row", "expected a whole row, and the end of the file behind it")
    return rows


def _named(line: Line, columns: Mapping[str, int]) -> dict[str, object]:
    return {ours: line.cells[at] if at < len(line.cells) else None for ours, at in columns.items()}


def _refuse_doubles(rows: list[Row]) -> None:
    """Believe the first row of each code: capitals make no difference, for to SharePoint's folders they make none."""
    first: dict[str, int] = {}
    for row in rows:
        line = first.setdefault(row.code.casefold(), row.line)
        if row.code and line != row.line:
            row.refuse("code", "double_code", f"expected each code once: row {line} has it too, and counts")


def _refuse_strangers(rows: list[Row], known: Collection[str]) -> None:
    codes = {row.code for row in rows} | set(known)
    for row in rows:
        for successor in row.project.successors if row.project else ():
            if successor not in codes:
                meant = near(successor, codes)
                proposed = f"; did you mean '{meant}'?" if meant else ""
                row.refuse(
                    "successors", "unknown_successor", f"expected codes of projects, not '{successor}'{proposed}"
                )
