"""A time registration that drops a complete export as a text file, every night or so.

One bad row never spoils the others. A request that stands in the file twice counts once: its newest row.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from marshmallow import RAISE, fields, validate

from services.timesync.domain.records import AbsenceRecord
from services.timesync.systems.base import (
    LONGEST_EMPLOYEE,
    LONGEST_ID,
    LONGEST_PLACE,
    Codes,
    Held,
    Kind,
    Parts,
    Reading,
)
from services.timesync.systems.rows import BadRowError, parse_row
from shared.contracts import Contract
from shared.errors import Invalid, Transient

COLUMNS = {
    "request": "Aanvraagnr",
    "employee": "Personeelsnr",
    "code": "Code",
    "first": "Datum van",
    "last": "Datum tot",
    "part": "Dagdeel",
    "starts": "Uur van",
    "ends": "Uur tot",
    "status": "Status",
    "changed": "Laatst gewijzigd",
}


@dataclass(frozen=True, kw_only=True)
class FlatfileOptions(Contract):
    """`[timesync.systems.<name>]` of a flat file. *path* is a file, or a folder whose newest file counts."""

    UNKNOWN = RAISE
    path: Annotated[str, fields.String(validate=validate.Length(min=1))]
    pattern: Annotated[str, fields.String()] = "*.csv"
    encoding: Annotated[str, fields.String()] = "cp1252"
    delimiter: Annotated[str, fields.String(validate=validate.Length(equal=1))] = ";"
    columns: Annotated[
        dict[str, str],
        fields.Dict(keys=fields.String(validate=validate.OneOf(tuple(COLUMNS))), values=fields.String()),
    ] = field(default_factory=dict)


@dataclass(frozen=True)
class Flatfile:
    """Reads the export. The cursor is the file it read last, and as what."""

    name: str
    path: Path
    options: FlatfileOptions
    codes: Codes

    def read(self, cursor: str | None) -> Reading:
        try:
            return self._read(self._newest(), cursor)
        except OSError as error:  # replaced while we looked, or a share that is away
            raise Transient("source_unreadable", f"{self.name}: {self.path} ({type(error).__name__})") from error
        except csv.Error as error:
            raise Invalid("unexpected_content", f"{self.name}: expected rows of cells ({error})") from error

    def _read(self, file: Path, cursor: str | None) -> Reading:
        state = file.stat()
        reached = f"{file.name}|{state.st_mtime_ns}|{state.st_size}|{self.codes.fingerprint}"
        if reached == cursor:
            return Reading(cursor=cursor)
        records, held = self._rows(file)
        return Reading(records=tuple(records), held=tuple(held), complete=True, cursor=reached)

    def _newest(self) -> Path:
        if self.path.is_file():
            return self.path
        files = sorted(self.path.glob(self.options.pattern), key=lambda each: (each.stat().st_mtime_ns, each.name))
        if not files:
            raise Transient(
                "source_missing", f"{self.name}: expected {self.options.pattern} at {self.path}, found none"
            )
        return files[-1]

    def _rows(self, file: Path) -> tuple[list[AbsenceRecord], list[Held]]:
        newest: dict[str, AbsenceRecord] = {}
        held: list[Held] = []
        for place, row in self._cells(file):
            try:
                record = parse_row(row, self.name, place, self.codes)
            except BadRowError as bad:
                employee = row["employee"][:LONGEST_EMPLOYEE] or None
                held.append(Held(place, bad.reason, employee, row["request"][:LONGEST_ID]))
                continue
            loser = _older(newest.get(record.source_id), record)
            if loser is not record:
                newest[record.source_id] = record
            if loser is not None:
                reason = "duplicate_row" if loser.version == newest[record.source_id].version else "superseded_row"
                held.append(Held(loser.place, reason, loser.employee, f"{loser.source_id}@{loser.version}"))
        return list(newest.values()), held

    def _cells(self, file: Path) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield every row with its place, under our names of the columns."""
        reader = csv.reader(io.StringIO(self._text(file), newline=""), delimiter=self.options.delimiter)
        header = [cell.strip() for cell in next(reader, [])]
        columns = _positions(header, COLUMNS | self.options.columns, file.name)
        for cells in reader:
            if any(cells):
                row = {ours: cells[at].strip() if at < len(cells) else "" for ours, at in columns.items()}
                yield f"{file.name}:{reader.line_num} {row['request']}".strip()[:LONGEST_PLACE], row

    def _text(self, file: Path) -> str:
        try:
            return file.read_text(encoding=self.options.encoding)
        except (UnicodeDecodeError, LookupError) as error:
            raise Invalid(
                "unexpected_encoding", f"{file.name}: expected text in {self.options.encoding} ({type(error).__name__})"
            ) from error


def _older(known: AbsenceRecord | None, record: AbsenceRecord) -> AbsenceRecord | None:
    if known is None:
        return None
    return known if record.version > known.version else record


def _positions(header: list[str], columns: Mapping[str, str], file: str) -> dict[str, int]:
    missing = [theirs for theirs in columns.values() if theirs not in header]
    if missing:
        # Not what came instead: if the file has no header, its first row is about a person.
        raise Invalid(
            "unexpected_columns",
            f"{file}: expected the columns {_listed(columns.values())}; missing: {_listed(missing)}",
        )
    return {ours: header.index(theirs) for ours, theirs in columns.items()}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _build(name: str, options: FlatfileOptions, parts: Parts) -> Flatfile:
    return Flatfile(name, parts.folder / options.path, options, parts.codes)


FLATFILE = Kind("flatfile", FlatfileOptions, _build)
