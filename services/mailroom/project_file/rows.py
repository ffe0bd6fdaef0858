"""One row of an export, as the project that it describes, or with all that must be mended in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.mailroom.domain.projects import Project
from services.mailroom.project_file.cells import (
    CellError,
    channel_of,
    code_of,
    codes_of,
    day_of,
    folder_of,
    openness_of,
    short,
    site_of,
    text_of,
)
from services.mailroom.project_file.options import ProjectFileOptions
from services.mailroom.project_file.sheets import Cell

_TEXT = short(255)
_TITLE = 255  # characters: what is longer is only shown, so it is cut
_READERS: Mapping[str, Callable[[Cell], Any]] = {
    "owner": _TEXT,
    "service": _TEXT,
    "site": site_of,
    "library": _TEXT,
    "folder": folder_of,
    "valid_from": day_of,
    "valid_until": day_of,
    "successors": codes_of,
    "confidentiality": openness_of,
}


@dataclass(frozen=True)
class RowFault:
    """One thing to mend. *column* is the heading that people see; *expected* never repeats what stands there."""

    file: str
    line: int
    code: str
    column: str
    reason: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.column}: {self.expected}"


@dataclass
class Row:
    """One row while it is read. *code* is "" when it cannot be read; *project* is None when anything else cannot."""

    file: str
    line: int
    headings: Mapping[str, str]
    code: str = ""
    project: Project | None = None
    faults: list[RowFault] = field(default_factory=list)

    def refuse(self, column: str, reason: str, expected: str) -> None:
        """Note what is wrong; a row with a fault is not believed."""
        self.faults.append(RowFault(self.file, self.line, self.code, self.headings[column], reason, expected))
        self.project = None


def parse_row(row: Row, cells: Mapping[str, Cell], options: ProjectFileOptions) -> None:
    """Fill *row* with what *cells* (by our names of the columns) say, and with every fault of them."""
    told = dict(_told(row, cells))
    begins, ends = told.get("valid_from"), told.get("valid_until")
    if begins and ends and ends < begins:
        row.refuse("valid_until", "impossible_period", "expected a day that is not before the first one")
    if row.code in told.get("successors", ()):
        row.refuse("successors", "unknown_successor", "expected other projects: none follows itself up")
    if row.faults:
        return
    team, channel = told.pop("channel")
    row.project = Project(
        code=row.code,
        title=text_of(cells.get("title"))[:_TITLE],
        team=team,
        channel=channel,
        closed=options.is_closed(text_of(cells.get("status"))),
        openness=told.pop("confidentiality") or "intern",
        **told,
    )


def _told(row: Row, cells: Mapping[str, Cell]) -> Iterator[tuple[str, Any]]:
    """Yield what each cell says, and note those that say nothing that can be used."""
    try:
        row.code = code_of(cells.get("code"))
    except CellError as error:
        row.refuse("code", error.reason, error.expected)
    for column, read in _READERS.items():
        try:
            yield column, read(cells.get(column))
        except CellError as error:
            row.refuse(column, error.reason, error.expected)
    try:
        yield "channel", channel_of(cells.get("team"), cells.get("channel"))
    except CellError as error:
        row.refuse("channel", error.reason, error.expected)
