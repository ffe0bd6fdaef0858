"""A time registration that drops a complete export as a text file: in a folder, on a share or an SFTP server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from marshmallow import fields, validate

from services.timesync.systems.base import Kind, Parts, Reading
from services.timesync.systems.columns import RowOptions
from services.timesync.systems.exports import understand
from services.timesync.systems.places import SFTP, Folder, Place, SftpOptions
from services.timesync.systems.rows import Meaning
from services.timesync.systems.sheet import AUTO, read_sheet
from shared.errors import Transient

HEADINGS = {
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
class FlatfileOptions(RowOptions):
    """`[timesync.systems.<name>]` of a flat file. *path* is a file, or a folder whose newest file counts."""

    path: Annotated[str, fields.String(validate=validate.Length(min=1))]
    pattern: Annotated[str, fields.String(validate=validate.Regexp(r"[^/\\]+$", error="Expected a file name."))] = (
        "*.csv"
    )
    encoding: Annotated[str, fields.String(validate=validate.Length(min=1))] = AUTO
    delimiter: Annotated[str, fields.String(validate=validate.Length(equal=1))] = ";"
    sftp: Annotated[SftpOptions | None, SFTP] = field(default_factory=lambda: None)  # None: on this machine


@dataclass(frozen=True)
class Flatfile:
    """Reads the export. The cursor is the file it read last, and as what."""

    name: str
    options: FlatfileOptions
    place: Place
    meaning: Meaning

    def read(self, cursor: str | None) -> Reading:
        file = self.place.newest()
        reached = f"{file.name}|{file.changed}|{file.size}|{self.meaning.fingerprint}"
        if reached == cursor:
            return Reading(cursor=cursor)
        if cursor and file.changed < _changed(cursor):  # the newest one went: what came with it is not gone
            where = f"{self.name}: expected a file no older than the one that was read last"
            raise Transient("source_missing", f"{where}, the newest is {file.name}")
        headings = self.options.headings(HEADINGS)
        content = self.place.read(file)
        sheet = read_sheet(content, file.name, self.options.encoding, self.options.delimiter, headings)
        rows = understand(sheet.lines, self.name, self.meaning)
        return Reading(tuple(rows.newest.values()), {}, tuple(rows.held), complete=sheet.is_whole, cursor=reached)


def _changed(cursor: str) -> int:
    """Return when the file of *cursor* was changed, 0 when it is the cursor of another kind of system."""
    _, *told = cursor.rsplit("|", 3)
    return int(told[0]) if len(told) == 3 and told[0].isdecimal() else 0


def _build(name: str, options: FlatfileOptions, parts: Parts) -> Flatfile:
    return Flatfile(name, options, _place(options, parts), Meaning(parts.codes, options))


def _place(options: FlatfileOptions, parts: Parts) -> Place:
    if options.sftp is None:
        return Folder(parts.folder / options.path, options.pattern)
    from services.timesync.systems.sftp import Sftp  # noqa: PLC0415 - paramiko is heavy, and most need none

    secret = parts.secret(options.sftp.password or options.sftp.key)
    return Sftp(options.sftp, options.path, options.pattern, secret, parts.clock)


FLATFILE = Kind("flatfile", FlatfileOptions, _build)
