"""Finds the row with the headings, and where each of our columns stands below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.mailroom.project_file.options import ProjectFileOptions
from services.mailroom.project_file.sheets import Cell, Line
from shared.errors import Invalid
from shared.faults import near

SEARCHED = 20  # rows from the top: what a report has above its headings
_NEARLY = 0.8  # how much a heading must look like one of ours: other columns are the organisation's own


@dataclass(frozen=True)
class Header:
    """The row with the headings. *columns*: our name → where it stands."""

    line: int
    columns: Mapping[str, int]


def find_header(name: str, lines: Sequence[Line], options: ProjectFileOptions) -> Header:
    """Return the row that has the most of our headings, the one of the code among them.

    Capitals, spaces and _ make no difference.
    Raises: Invalid("no_headings") · ("unexpected_columns"): one of hub.toml is missing, or one is there twice.
    """
    wanted = {ours: plain(theirs) for ours, theirs in options.headings().items()}
    candidates = [line for line in lines if line.number <= SEARCHED and wanted["code"] in _words(line.cells)]
    if not candidates:
        raise Invalid("no_headings", f"{name}: {_no_headings(lines, options)}")
    line = max(candidates, key=lambda each: sum(word in _words(each.cells) for word in wanted.values()))
    words = _words(line.cells)
    missing = [ours for ours in options.columns if wanted[ours] not in words]
    wrong = [*missing, *(ours for ours, word in wanted.items() if words.count(word) > 1)]
    if wrong:
        named = ", ".join(f"'{options.headings()[ours]}'" for ours in wrong)
        raise Invalid(
            "unexpected_columns",
            f"{name}:{line.number}: expected each of these headings once: {named}. Mend the file, or 'columns' in "
            "[mailroom.project_file]",
        )
    return Header(line.number, {ours: words.index(word) for ours, word in wanted.items() if word in words})


def plain(heading: object) -> str:
    return " ".join(str(heading).replace("_", " ").split()).casefold()


def _words(cells: Sequence[Cell]) -> list[str]:
    return [plain(cell) for cell in cells]


def _no_headings(lines: Sequence[Line], options: ProjectFileOptions) -> str:
    heading = options.headings()["code"]
    said = f"expected the heading '{heading}' in one of the first {SEARCHED} rows"
    there = [word for line in lines if line.number <= SEARCHED for word in _words(line.cells)]
    meant = near(plain(heading), there, cutoff=_NEARLY)
    return f"{said}; is it '{meant}'? Then give 'columns' in [mailroom.project_file]" if meant else said
