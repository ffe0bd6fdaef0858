"""A table or view of any database that SQLAlchemy speaks to, as the organisation's SELECT gives it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Annotated

from marshmallow import fields, validate

from services.timesync.systems.base import LONGEST_PLACE, Kind, Parts, Reading
from services.timesync.systems.columns import COLUMNS, RowOptions, positions
from services.timesync.systems.exports import Line, Understood, understand
from services.timesync.systems.notation import text_of
from services.timesync.systems.rows import Meaning
from shared.sqlview import SqlView, one_select

MOST_ROWS = 200_000  # all of them are held in memory at once


@dataclass(frozen=True, kw_only=True)
class SqlOptions(RowOptions):
    """`[timesync.systems.<name>]` of a view. *url* is the name of the setting that holds the address."""

    url: Annotated[str, fields.String(validate=validate.Length(min=1))]
    query: Annotated[str, fields.String(validate=one_select)]
    timeout_seconds: Annotated[int, fields.Integer(validate=validate.Range(1, 600))] = 60


@dataclass(frozen=True)
class Sql:
    """Reads everything, every time. The cursor is what came of it: an equal answer is no news."""

    name: str
    options: SqlOptions
    view: SqlView
    meaning: Meaning

    def read(self, cursor: str | None) -> Reading:
        rows = understand(self._lines(), self.name, self.meaning)
        reached = f"{_digest(rows)}|{self.meaning.fingerprint}"
        if reached == cursor:
            return Reading(cursor=cursor)
        return Reading(tuple(rows.newest.values()), {}, tuple(rows.held), complete=True, cursor=reached)

    def _lines(self) -> Iterator[Line]:
        answer = self.view.read()
        headings = self.options.headings({name: name for name in COLUMNS})
        columns = positions(answer.header, headings, f"{self.name}: the answer to 'query'")
        for number, cells in enumerate(answer.rows, 1):
            row = {ours: cells[at] for ours, at in columns.items()}
            request = text_of(row.get("request"))
            yield Line(f"request {request}"[:LONGEST_PLACE] if request else f"row {number}", row)


def _digest(rows: Understood) -> str:
    """Return what changes when the records or what is held do; not when they come in another order."""
    records = sorted(repr(replace(record, place="")) for record in rows.newest.values())
    held = sorted((held.identity, held.reason) for held in rows.held)
    return sha256(repr((records, held)).encode()).hexdigest()[:32]


def _build(name: str, options: SqlOptions, parts: Parts) -> Sql:
    url = parts.secret(options.url)
    view = SqlView(name, options.url, url, options.query, options.timeout_seconds, MOST_ROWS)
    return Sql(name, options, view, Meaning(parts.codes, options))


SQL = Kind("sql", SqlOptions, _build)
