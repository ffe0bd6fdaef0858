"""BambooHR: time-off requests, with how much of each day they take.

BambooHR has no personnel number in a request, only an id of its own: employees are known by their work address in lower
case, from the directory. Codes are the names of time-off types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Annotated, Any

from marshmallow import RAISE, fields, validate

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.systems.base import LONGEST_ID, Codes, Held, Kind, Parts, Reading, SystemHttp
from services.timesync.systems.leave import (
    HALF_DAYS,
    UNKNOWN_HALF,
    UNKNOWN_HOURS,
    Piece,
    RefusedError,
    employee_key,
    in_records,
    rows_of,
    whole_reading,
    window,
)
from shared.clock import Clock
from shared.contracts import Contract, nested
from shared.errors import Invalid

_TEXT = validate.Length(min=1)
_STATES = {
    "approved": State.APPROVED,
    "requested": State.REQUESTED,
    "denied": State.REJECTED,
    "canceled": State.CANCELLED,
    "superceded": State.CANCELLED,  # spelled so by the vendor: an edit made another request of it
    "superseded": State.CANCELLED,
}


@dataclass(frozen=True, kw_only=True)
class BamboohrOptions(Contract):
    """`[timesync.systems.<name>]` of BambooHR. *api_key* is the name of the setting that holds it."""

    UNKNOWN = RAISE
    base_url: Annotated[str, fields.String(validate=validate.URL(schemes={"https", "http"}, require_tld=False))]
    api_key: Annotated[str, fields.String(validate=_TEXT)] = "HUB_TIMESYNC_BAMBOOHR_KEY"
    half_days: Annotated[str, fields.String(validate=validate.OneOf(HALF_DAYS))] = "held"
    hours_per_day: Annotated[float, fields.Float(validate=validate.Range(min=1, max=24))] = 7.6


@dataclass(frozen=True, kw_only=True)
class _Status(Contract):
    status: Annotated[str, fields.String()]
    changed: Annotated[str, fields.String(data_key="lastChanged", validate=validate.Length(max=64))]


@dataclass(frozen=True, kw_only=True)
class _Type(Contract):
    name: Annotated[str, fields.String(validate=_TEXT)]


@dataclass(frozen=True, kw_only=True)
class _Amount(Contract):
    unit: Annotated[str, fields.String(validate=validate.OneOf(("days", "hours")))]


@dataclass(frozen=True, kw_only=True)
class _Request(Contract):
    """What is read of a request; its notes and the name are not looked at.

    Source: https://documentation.bamboohr.com/reference/list-time-off-requests
    """

    id: Annotated[str, fields.String(validate=validate.Length(1, LONGEST_ID - len("/2026-11-16")))]
    employee: Annotated[str, fields.String(data_key="employeeId")]
    status: Annotated[_Status, nested(_Status)]
    type: Annotated[_Type, nested(_Type)]
    amount: Annotated[_Amount, nested(_Amount)]
    dates: Annotated[
        dict[date, float],
        fields.Dict(
            keys=fields.Date(),
            values=fields.Float(validate=validate.Range(min=0, max=24)),
            validate=validate.Length(min=1),
        ),
    ]


@dataclass(frozen=True)
class Bamboohr:
    """Reads one company of BambooHR, whole every time: a list without pages."""

    name: str
    options: BamboohrOptions
    key: str = field(repr=False)
    http: SystemHttp
    clock: Clock
    codes: Codes

    def read(self, cursor: str | None) -> Reading:  # noqa: ARG002 - there is no delta to go on from
        first, last = window(self.clock)
        people = self._people()
        # Both days are required: https://developers.apideck.com/apis/hris/bamboohr/gotchas
        rows = rows_of(self._get("time_off/requests", {"start": str(first), "end": str(last)}), "", self.name)
        return whole_reading((each for row in rows for each in self._understood(row, people)), first, last)

    def _people(self) -> dict[str, str | None]:
        """Return how each employee is known. https://documentation.bamboohr.com/reference/get-employees-directory"""
        rows = rows_of(self._get("employees/directory", {}), "employees", self.name)
        return {str(row["id"]): employee_key(row.get("workEmail")) for row in rows}

    def _get(self, path: str, params: Mapping[str, str]) -> Any:
        # The key is the user, the password may be anything: https://documentation.bamboohr.com/docs/getting-started
        return self.http.get_json(
            f"{self.options.base_url}/api/v1/{path}",
            params=params,
            headers={"Accept": "application/json"},  # XML without it
            auth=(self.key, "x"),
        )

    def _understood(self, row: Mapping[str, Any], people: Mapping[str, str | None]) -> Iterator[AbsenceRecord | Held]:
        source_id = str(row["id"])[:LONGEST_ID]
        place, employee = f"time_off/requests/{source_id}", None
        try:
            request = _parsed(row)
            employee = people.get(request.employee)
            whole_day = 1.0 if request.amount.unit == "days" else self.options.hours_per_day
            pieces = _pieces({day: amount / whole_day for day, amount in request.dates.items()})
            yield from in_records(self._record(request, employee, place), pieces, self.options.half_days)
        except RefusedError as refused:
            yield Held(place, refused.reason, employee, source_id)

    def _record(self, request: _Request, employee: str | None, place: str) -> AbsenceRecord:
        state = _STATES.get(request.status.status)
        profile = self.codes.profile_of(request.type.name, state)
        if employee is None or profile is None:
            raise RefusedError("unknown_person" if employee is None else "unknown_code")
        if state is None:
            raise RefusedError("unknown_status")
        return AbsenceRecord(
            source=self.name,
            source_id=request.id,
            employee=employee,
            first=min(request.dates),
            last=None,
            state=state,
            profile=profile,
            version=request.status.changed,
            place=place,
        )


def _parsed(row: Mapping[str, Any]) -> _Request:
    try:
        return _Request.load({**row, "id": str(row["id"]), "employeeId": str(row.get("employeeId", ""))})
    except Invalid as error:
        of_time = any(name.startswith("dates.") for name in error.fields)
        raise RefusedError("impossible_date" if of_time else "incomplete_row") from error


def _pieces(shares: Mapping[date, float]) -> list[Piece]:
    """Return runs of whole days, and each other day by itself. A day of which nothing is taken is worked.

    The first run has the id of the request: an extension is the same absence.
    """
    runs: list[Piece] = []
    others: list[Piece] = []
    for day, share in sorted(shares.items()):
        if 0 < share < 1:
            others.append(Piece(day, day, Part.WHOLE, f"/{day}", _fault(share)))
        elif share >= 1 and runs and runs[-1].last == day - timedelta(days=1):
            runs[-1] = replace(runs[-1], last=day)
        elif share >= 1:
            runs.append(Piece(day, day, suffix=f"/{day}" if runs else ""))
    return [*runs, *others]


def _fault(share: float) -> str:
    """Return what is not known of a day: the source has an amount, no clock."""
    return UNKNOWN_HALF if abs(share - 0.5) < 0.01 else UNKNOWN_HOURS


def _build(name: str, options: BamboohrOptions, parts: Parts) -> Bamboohr:
    return Bamboohr(name, options, parts.secret(options.api_key), parts.http, parts.clock, parts.codes)


BAMBOOHR = Kind("bamboohr", BamboohrOptions, _build)
