"""Protime's public API: one record per person per day, read whole once a day and by delta in between.

Source: https://documentation.myprotime.eu/protimeapi/reference/general-specs
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote, urljoin, urlsplit

from marshmallow import fields, validate

from services.timesync.domain.records import AbsenceRecord
from services.timesync.systems.base import Codes, Held, SystemHttp, Kind, Parts, Reading
from services.timesync.systems.protime_days import RefusedError, parse_day_record, profiles_by_definition
from shared.clock import BRUSSELS, Clock
from shared.errors import Invalid, Permanent
from shared.oauth import ApiAccess, Token

_API = "/connector/protimeapi/api/v1"
_BACK, _AHEAD = timedelta(days=1), timedelta(days=180)  # R22; the vendor allows a year at most


@dataclass(frozen=True, kw_only=True)
class ProtimeOptions(ApiAccess):
    """`[timesync.systems.<name>]` of Protime. *client_secret* is the name of the setting that holds it."""

    full_read_hours: Annotated[float, fields.Float(validate=validate.Range(min=1))] = 24.0


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
        if text is None:
            return None
        raw = json.loads(text)
        return cls(raw["link"], raw["codes"], datetime.fromisoformat(raw["read_at"]))


@dataclass(frozen=True)
class Protime:
    """Reads one tenant of Protime."""

    name: str
    options: ProtimeOptions
    http: SystemHttp
    token: Token
    clock: Clock
    codes: Codes

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
        rows, link = self._pages(f"{_API}/absences?{query}")
        records, held = self._understood(rows)
        cursor = _Cursor(link, self.codes.fingerprint, self.clock.now()).dump()
        return Reading(records, {}, held, complete=True, cursor=cursor, first=first, last=last)

    def _read_delta(self, known: _Cursor) -> Reading:
        items, link = self._pages(known.link)
        deleted = {
            str(item["data"]["id"]): item["data"].get("changeVersion") or ""
            for item in items
            if item.get("changeType") == "Delete"
        }
        records, held = self._understood([item["data"] for item in items if item.get("changeType") != "Delete"])
        cursor = _Cursor(link, known.codes, known.read_at).dump()
        return Reading(records, deleted, held, complete=False, cursor=cursor)

    def _understood(self, rows: list[Mapping[str, Any]]) -> tuple[tuple[AbsenceRecord, ...], tuple[Held, ...]]:
        profiles = profiles_by_definition(
            self._collection("absence-definitions"), self._collection("absence-groups"), self.codes
        )
        records: list[AbsenceRecord] = []
        held: list[Held] = []
        for row in rows:
            try:
                records.append(parse_day_record(row, self.name, profiles))
            except RefusedError as refused:
                held.append(Held(refused.place, refused.reason, refused.employee, refused.source_id))
        return tuple(records), tuple(held)

    def _collection(self, name: str) -> list[Mapping[str, Any]]:
        return [row for page in self._walk(f"{_API}/{name}") for row in page["value"]]

    def _pages(self, link: str) -> tuple[list[Mapping[str, Any]], str]:
        """Return the rows of all pages and the delta link of the last one."""
        pages = list(self._walk(link))
        if not pages[-1].get("deltaLink"):
            raise Invalid(
                "unexpected_answer", f"{self.name}: expected a 'deltaLink' on the last page of {_API}/absences"
            )
        return [row for page in pages for row in page["value"]], str(pages[-1]["deltaLink"])

    def _walk(self, link: str | None) -> Iterator[Mapping[str, Any]]:
        """Yield pages as long as there is a next link: an empty page is not the end.

        https://documentation.myprotime.eu/protimeapi/how-to/fetch-resources
        """
        seen = set[str]()
        while link:
            if link in seen:
                raise Invalid("unexpected_answer", f"{self.name}: {_path(link)} came a second time")
            seen.add(link)
            page = self._get(self._on_our_host(link))
            if not _is_page(page):
                raise Invalid(
                    "unexpected_answer",
                    f"{self.name}: expected an object with a list 'value' of rows with an 'id' from {_path(link)}",
                )
            yield page
            link = page.get("nextLink")

    def _on_our_host(self, link: str) -> str:
        """Return the full address of *link*, which the source may shorten: it never takes our token elsewhere."""
        url = urljoin(self.options.base_url, link)
        ours, theirs = urlsplit(self.options.base_url), urlsplit(url)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise Permanent(
                "foreign_link", f"{self.name}: expected a link to {ours.netloc}, got one to {theirs.netloc}"
            )
        return url

    def _get(self, url: str) -> Any:
        return self.token.used(lambda headers: self.http.get_json(url, headers=headers))


def _is_page(page: Any) -> bool:
    """Tell whether *page* holds a list of rows, or of changes, that can be told apart."""
    if not isinstance(page, dict) or not isinstance(page.get("value"), list):
        return False
    rows = [row.get("data", row) if isinstance(row, dict) else None for row in page["value"]]
    return all(isinstance(row, dict) and "id" in row for row in rows)


def _path(link: str) -> str:
    return urlsplit(link).path


def _build(name: str, options: ProtimeOptions, parts: Parts) -> Protime:
    token = Token(  # https://documentation.myprotime.eu/protimeapi/tutorials/getting-started
        url=options.token_url,
        client_id=options.client_id,
        client_secret=parts.secret(options.client_secret),
        user_agent=options.user_agent,
        http=parts.http,
        clock=parts.clock,
    )
    return Protime(name, options, parts.http, token, parts.clock, parts.codes)


PROTIME = Kind("protime", ProtimeOptions, _build)
