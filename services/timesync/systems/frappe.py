"""Frappe HR: leave applications over REST.

Employees are known by `employee_number`, else by their company address or account in lower case. Codes are the names of
leave types. Of half a day Frappe tells the date and not which half.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from marshmallow import RAISE, fields, validate

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.systems.base import LONGEST_ID, Codes, Held, Kind, Parts, Reading, SystemHttp
from services.timesync.systems.leave import (
    HALF_DAYS,
    UNKNOWN_HALF,
    Piece,
    RefusedError,
    behind,
    between,
    employee_key,
    in_records,
    rows_of,
    whole_reading,
    window,
)
from shared.clock import Clock
from shared.contracts import Contract
from shared.errors import Invalid

_TEXT = validate.Length(min=1)
_PAGE = 500  # the default is 20: https://docs.frappe.io/framework/user/en/api/rest
_LEAVE = ("name", "employee", "leave_type", "from_date", "to_date", "half_day", "half_day_date", "status", "docstatus")
_PERSON = ("name", "employee_number", "company_email", "user_id")
_STATES = {
    "Open": State.REQUESTED,
    "Approved": State.APPROVED,
    "Rejected": State.REJECTED,
    "Cancelled": State.CANCELLED,
}
_SAVED, _CANCELLED = 0, 2  # docstatus; 1 is submitted


@dataclass(frozen=True, kw_only=True)
class FrappeOptions(Contract):
    """`[timesync.systems.<name>]` of Frappe HR. *api_key* is the name of the setting that holds `key:secret`."""

    UNKNOWN = RAISE
    base_url: Annotated[str, fields.String(validate=validate.URL(schemes={"https", "http"}, require_tld=False))]
    api_key: Annotated[str, fields.String(validate=_TEXT)] = "HUB_TIMESYNC_FRAPPE_KEY"
    half_days: Annotated[str, fields.String(validate=validate.OneOf(HALF_DAYS))] = "held"


@dataclass(frozen=True, kw_only=True)
class _Leave(Contract):
    """What is read of an application; the description is not asked for.

    Source: https://github.com/frappe/hrms/blob/develop/hrms/hr/doctype/leave_application/leave_application.json
    """

    name: Annotated[str, fields.String(validate=validate.Length(1, LONGEST_ID - len("/after")))]
    employee: Annotated[str, fields.String(validate=_TEXT)]
    leave_type: Annotated[str, fields.String(validate=_TEXT)]
    from_date: Annotated[date, fields.Date()]
    to_date: Annotated[date, fields.Date()]
    half_day: Annotated[bool, fields.Boolean()] = False
    half_day_date: Annotated[date | None, fields.Date(allow_none=True)] = None
    status: Annotated[str, fields.String()]
    docstatus: Annotated[int, fields.Integer(validate=validate.Range(0, 2))]
    modified: Annotated[str, fields.String(validate=validate.Length(1, 64))]


@dataclass(frozen=True)
class Frappe:
    """Reads one site of Frappe HR, whole every time: what was deleted there is nowhere told."""

    name: str
    options: FrappeOptions
    key: str = field(repr=False)
    http: SystemHttp
    clock: Clock
    codes: Codes

    def read(self, cursor: str | None) -> Reading:  # noqa: ARG002 - there is no delta to go on from
        first, last = window(self.clock)
        people = {
            row["name"]: employee_key(row.get("employee_number"), row.get("company_email"), row.get("user_id"))
            for row in self._rows("Employee", _PERSON)
        }
        overlapping = [["from_date", "<=", str(last)], ["to_date", ">=", str(first)]]
        rows = self._rows("Leave Application", (*_LEAVE, "modified"), overlapping)
        return whole_reading(
            (each for row in rows for each in self._understood(row, people)), first, last, overlapping=True
        )

    def _rows(self, doctype: str, wanted: tuple[str, ...], filters: list[list[str]] | None = None) -> list[Any]:
        """Return all rows. Each page begins after the last name: a row that is deleted meanwhile moves none along."""
        found: list[Any] = []
        while True:
            after = [["name", ">", found[-1]["name"]]] if found else []
            page = self._page(doctype, wanted, [*(filters or []), *after])
            if not page:  # a short one is not the end: a server may give less than was asked
                return found
            found += behind(found, page, self.name, "name")

    def _page(self, doctype: str, wanted: tuple[str, ...], filters: list[list[str]]) -> list[Mapping[str, Any]]:
        params = {
            "fields": json.dumps(wanted),
            "filters": json.dumps(filters),
            "order_by": "name asc",
            "limit_page_length": str(_PAGE),
        }
        # https://docs.frappe.io/framework/user/en/guides/integration/rest_api/token_based_authentication
        headers = {"Authorization": f"token {self.key}"}
        answer = self.http.get_json(
            f"{self.options.base_url}/api/resource/{quote(doctype)}", params=params, headers=headers
        )
        return rows_of(answer, "data", self.name, "name")

    def _understood(self, row: Mapping[str, Any], people: Mapping[str, str | None]) -> Iterator[AbsenceRecord | Held]:
        source_id = str(row["name"])[:LONGEST_ID]
        place, employee = f"leave-application/{source_id}", None
        try:
            leave = _parsed(row)
            employee = people.get(leave.employee)
            request = self._request(leave, employee, place)
            yield from in_records(request, _pieces(leave), self.options.half_days)
        except RefusedError as refused:
            yield Held(place, refused.reason, employee, source_id)

    def _request(self, leave: _Leave, employee: str | None, place: str) -> AbsenceRecord:
        state = _state(leave)
        profile = self.codes.profile_of(leave.leave_type, state)
        if employee is None or profile is None:
            raise RefusedError("unknown_person" if employee is None else "unknown_code")
        return AbsenceRecord(
            source=self.name,
            source_id=leave.name,
            employee=employee,
            first=leave.from_date,
            last=None,
            state=state,
            profile=profile,
            version=leave.modified,
            place=place,
        )


def _parsed(row: Mapping[str, Any]) -> _Leave:
    try:
        return _Leave.load(row)
    except Invalid as error:
        of_time = error.fields.keys() & {"from_date", "to_date", "half_day_date"}
        raise RefusedError("impossible_date" if of_time else "incomplete_row") from error


def _state(leave: _Leave) -> State:
    """Return how far it is: what is cancelled keeps the status Approved, and what is only saved counts for nothing.

    https://docs.frappe.io/framework/user/en/basics/doctypes/docstatus
    """
    if leave.status not in _STATES:
        raise RefusedError("unknown_status")
    state = _STATES[leave.status]
    if leave.docstatus == _CANCELLED:
        return State.CANCELLED
    return State.REQUESTED if leave.docstatus == _SAVED and state is State.APPROVED else state


def _pieces(leave: _Leave) -> list[Piece]:
    """Return the days, cut where the half day is."""
    whole = between(leave.from_date, leave.to_date, late=False, early=False)
    if not leave.half_day:
        return whole
    half = leave.half_day_date or leave.from_date
    if not leave.from_date <= half <= leave.to_date or (
        leave.half_day_date is None and leave.from_date < leave.to_date
    ):
        raise RefusedError("impossible_date")
    if leave.from_date == leave.to_date:
        return [Piece(half, half, fault=UNKNOWN_HALF)]
    day = timedelta(days=1)
    before, after = Piece(leave.from_date, half - day), Piece(half + day, leave.to_date, Part.WHOLE, "/after")
    pieces = [before, Piece(half, half, Part.WHOLE, "/half", UNKNOWN_HALF), after]
    return [piece for piece in pieces if piece.last is not None and piece.first <= piece.last]


def _build(name: str, options: FrappeOptions, parts: Parts) -> Frappe:
    return Frappe(name, options, parts.secret(options.api_key), parts.http, parts.clock, parts.codes)


FRAPPE = Kind("frappe", FrappeOptions, _build)
