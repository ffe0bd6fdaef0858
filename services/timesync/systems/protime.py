"""Protime's public API: one record per person per day, read whole once a day and by delta in between.

Source: https://documentation.myprotime.eu/protimeapi/reference/general-specs
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from marshmallow import fields, validate

from services.timesync.domain.records import AbsenceRecord
from services.timesync.systems.base import Codes, Held, Kind, Parts, Reading
from services.timesync.systems.protime_days import (
    WHOLE_DAY,
    Definition,
    RefusedError,
    definition_id,
    definitions_of,
    parse_day_record,
)
from services.timesync.systems.protime_pages import API, Api
from shared.clock import BRUSSELS, Clock
from shared.errors import Permanent
from shared.oauth import ApiAccess, Token

_BACK, _AHEAD = timedelta(days=1), timedelta(days=180)  # R22; the vendor allows a year at most


@dataclass(frozen=True, kw_only=True)
class ProtimeOptions(ApiAccess):
    """`[timesync.systems.<name>]` of Protime. *client_secret* is the name of the setting that holds it."""

    full_read_hours: Annotated[float, fields.Float(validate=validate.Range(min=1))] = 24.0
    whole_day_minutes: Annotated[int, fields.Integer(validate=validate.Range(1, WHOLE_DAY))] = WHOLE_DAY


@dataclass(frozen=True)
class _Cursor:
    """Where the delta stands, and what the last whole read was based on."""

    link: str
    codes: str
    read_at: datetime

    def dump(self) -> str:
        return json.dumps({"link": self.link, "codes": self.codes, "read_at": self.read_at.isoformat()})

    @classmethod
    def load(cls, text: str | None) -> _Cursor | None:
        """Return the cursor in *text*, None when there is none, or the one of another kind of system."""
        try:
            raw = json.loads(text or "")
            return cls(raw["link"], raw["codes"], datetime.fromisoformat(raw["read_at"]))
        except (ValueError, KeyError, TypeError):
            return None


@dataclass
class _Definitions:
    """The definitions as they were last read: a hint about one absence is worth one request, not three.

    Read anew at every whole read, and when an absence names one that is not among them. A definition that gets
    another code is noticed at the next whole read.
    """

    known: Mapping[int, Definition] = field(default_factory=dict)


@dataclass(frozen=True)
class Protime:
    """Reads one tenant of Protime. People are linked by personnel number; Protime's other data of them is not read."""

    name: str
    options: ProtimeOptions
    api: Api
    clock: Clock
    codes: Codes
    _definitions: _Definitions = field(default_factory=_Definitions, compare=False)

    def read(self, cursor: str | None) -> Reading:
        known = _Cursor.load(cursor)
        if known is None or known.codes != self.codes.fingerprint or self._is_old(known):
            return self._read_all()
        try:
            return self._read_delta(known)
        except Permanent as error:
            if error.reason != "http_410":  # the delta is older than 72 hours: start over
                raise
            return self._read_all()

    def _is_old(self, cursor: _Cursor) -> bool:
        # A delta never moves the window of days it was opened with; a whole read does, and reconciles.
        return self.clock.now() - cursor.read_at >= timedelta(hours=self.options.full_read_hours)

    def _read_all(self) -> Reading:
        today = self.clock.now().astimezone(BRUSSELS).date()
        first, last = today - _BACK, today + _AHEAD
        wanted = quote(f"date ge '{first}' and date le '{last}'")
        query = f"filter={wanted}&externalReferences=(people,@employee-number)&delta"
        rows, link = self.api.window(f"{API}/absences?{query}")
        self._read_definitions()  # after the absences, so that those of the last minute are among them
        records, held = self._understood(rows)
        cursor = _Cursor(link, self.codes.fingerprint, self.clock.now()).dump()
        return Reading(records, {}, held, complete=True, cursor=cursor, first=first, last=last)

    def _read_delta(self, known: _Cursor) -> Reading:
        items, link = self.api.changes(known.link)
        newest = _newest(items)
        deleted = {str(number): _version(item) for number, item in newest.items() if _is_deletion(item)}
        rows = [item["data"] for item in newest.values() if not _is_deletion(item)]
        if {definition_id(row) for row in rows} - {None} - self._definitions.known.keys():
            self._read_definitions()
        records, held = self._understood(rows)
        cursor = _Cursor(link, known.codes, known.read_at).dump()
        return Reading(records, deleted, held, complete=False, cursor=cursor)

    def _read_definitions(self) -> None:
        self._definitions.known = definitions_of(
            self.api.collection("absence-definitions"), self.api.collection("absence-groups"), self.codes
        )

    def _understood(self, rows: Sequence[Mapping[str, Any]]) -> tuple[tuple[AbsenceRecord, ...], tuple[Held, ...]]:
        records: list[AbsenceRecord] = []
        held: list[Held] = []
        definitions, whole_day = self._definitions.known, self.options.whole_day_minutes
        for row in rows:
            try:
                records.append(parse_day_record(row, self.name, definitions, whole_day))
            except RefusedError as refused:
                held.append(Held(refused.place, refused.reason, refused.employee, refused.source_id))
        return tuple(records), tuple(held)


def _newest(items: Sequence[Mapping[str, Any]]) -> dict[Any, Mapping[str, Any]]:
    """Return the last word on each id: by version, and where a deletion has none, by what came later.

    https://documentation.myprotime.eu/protimeapi/reference/delta/
    """
    newest: dict[Any, Mapping[str, Any]] = {}
    for item in items:
        number = item["data"]["id"]
        known = _version(newest[number]) if number in newest else ""
        if not known or not _version(item) or _version(item) >= known:
            newest[number] = item
    return newest


def _version(item: Mapping[str, Any]) -> str:
    return str(item["data"].get("changeVersion") or "")


def _is_deletion(item: Mapping[str, Any]) -> bool:
    return item.get("changeType") == "Delete"


def _build(name: str, options: ProtimeOptions, parts: Parts) -> Protime:
    token = Token(  # https://documentation.myprotime.eu/protimeapi/tutorials/getting-started
        url=options.token_url,
        client_id=options.client_id,
        client_secret=parts.secret(options.client_secret),
        user_agent=options.user_agent,
        http=parts.http,
        clock=parts.clock,
    )
    return Protime(name, options, Api(name, options.base_url, parts.http, token), parts.clock, parts.codes)


PROTIME = Kind("protime", ProtimeOptions, _build)
