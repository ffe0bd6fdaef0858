"""A view of the register's database: the organisation's SELECT, looked at every few minutes.

What was settled keeps an empty record, for the view goes on showing it; so does what was refused, which is said once.
There is no mark of how far was read: a row that is committed late would stand before it, and never be seen.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

from marshmallow import ValidationError, fields, validate

from services.mailroom.domain.letter import Letter
from services.mailroom.intakes.base import Delivery, Kind, Parts, Records
from services.mailroom.intakes.limits import LimitOptions
from services.mailroom.intakes.registers.addresses import BASE_URL
from services.mailroom.intakes.registers.fetching import Files, Folder, Web
from services.mailroom.intakes.registers.kept import KeptLetters
from services.mailroom.intakes.registers.register import bearer
from services.mailroom.intakes.registers.rows import COLUMNS, Told, rows_of, told_by
from services.mailroom.intakes.registers.spool import reference_of
from shared.clock import Clock
from shared.errors import Invalid, Transient
from shared.sqlview import SqlView, one_select

MOST_ROWS = 50_000  # all of them are held in memory at once


@dataclass(frozen=True, kw_only=True)
class SqlOptions(LimitOptions):
    """`[mailroom.intakes.<name>]` of a view. *url* and *token* are names of settings; files are in *files* or below
    *base_url*."""

    url: Annotated[str, fields.String(validate=validate.Length(min=1))]
    query: Annotated[str, fields.String(validate=one_select)]
    columns: Annotated[
        dict[str, str],
        fields.Dict(keys=fields.String(validate=validate.OneOf(COLUMNS)), values=fields.String()),
    ] = field(default_factory=dict)
    files: Annotated[str | None, fields.String(validate=validate.Length(min=1), allow_none=True)] = None
    base_url: Annotated[str | None, fields.String(validate=BASE_URL, allow_none=True)] = None
    token: Annotated[str | None, fields.String(validate=validate.Length(min=1), allow_none=True)] = None
    every_minutes: Annotated[int, fields.Integer(validate=validate.Range(1, 1440))] = 15
    per_scan: Annotated[int, fields.Integer(validate=validate.Range(1, 1000))] = 100
    timeout_seconds: Annotated[int, fields.Integer(validate=validate.Range(1, 600))] = 60

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.files is None) == (self.base_url is None):
            raise ValidationError({"files": ["Expected either 'files' or 'base_url': where the files are."]})
        if (self.token is None) != (self.base_url is None):
            raise ValidationError({"token": ["Expected 'token' together with 'base_url'."]})


@dataclass(frozen=True)
class Rhythm:
    """How often the view is read, and how many new letters are taken of it at once."""

    every: timedelta
    most: int


class SqlRegister:
    """The letters of one view. Each version of each is taken once, oldest row first."""

    def __init__(
        self, name: str, view: SqlView, columns: dict[str, str], rhythm: Rhythm, letters: KeptLetters, parts: Parts
    ) -> None:
        self._name, self._view, self._columns, self._rhythm = name, view, columns, rhythm
        self._letters = letters
        self._records: Records = parts.records
        self._clock: Clock = parts.clock
        self._due: datetime | None = None
        self._open: set[str] = set()  # taken and not settled
        self._over: set[str] = set()  # settled or refused; what a restart forgets, the records know
        self._changing = threading.Lock()

    def scan(self) -> Sequence[str]:
        """Take what is new in the view when it is time to look, and return all that is open.

        Raises: Transient("intake_unavailable"); Invalid when hub.toml must be mended.
        """
        now = self._clock.now()
        if self._due is None or now >= self._due:
            self._take(self._told())
            self._due = now + self._rhythm.every
        with self._changing:
            return sorted(self._open)

    def read(self, reference: str) -> Letter:
        return self._letters.read(reference)

    def open(self, reference: str) -> Delivery | None:
        return self._letters.open(reference)

    def settle(self, reference: str) -> None:
        """Keep that it was settled, and nothing of what it said."""
        self._letters.spool.drop(reference)
        self._records.put(self._name, reference, "")
        with self._changing:
            self._open.discard(reference)
            self._over.add(reference)

    def refuse(self, reference: str, reason: str) -> None:  # noqa: ARG002 - the register is not told: who holds it is
        self.settle(reference)

    def _told(self) -> list[Told]:
        try:
            answer = self._view.read()
            return told_by(rows_of(answer.header, answer.rows, self._columns))
        except Transient as error:
            raise Transient("intake_unavailable", str(error), error.retry_after) from error
        except Invalid:
            self._due = self._clock.now() + self._rhythm.every  # whoever must mend hub.toml need not hear of each tick
            raise

    def _take(self, told: Sequence[Told]) -> None:
        taken = 0
        for letter in told:
            reference = reference_of(letter.kenmerk, letter.version)
            if reference in self._open or reference in self._over:
                continue
            known = self._records.get(self._name, reference)
            if known is None and taken == self._rhythm.most:
                break  # the rest has its turn at the next look
            if known is None:
                self._letters.keep(reference, letter.record)
                taken += 1
            with self._changing:
                (self._over if known == "" else self._open).add(reference)


def _build(name: str, options: SqlOptions, parts: Parts) -> SqlRegister:
    view = SqlView(name, options.url, parts.secret(options.url), options.query, options.timeout_seconds, MOST_ROWS)
    letters = KeptLetters(name, _files(options, parts), options.limits(), parts)
    rhythm = Rhythm(timedelta(minutes=options.every_minutes), options.per_scan)
    return SqlRegister(name, view, options.columns, rhythm, letters, parts)


def _files(options: SqlOptions, parts: Parts) -> Files:
    if options.files is not None:
        return Folder(parts.folder / options.files)
    return Web(str(options.base_url), parts.http, bearer(parts, str(options.token)))  # both: see __post_init__


SQL = Kind("sql", SqlOptions, _build)
