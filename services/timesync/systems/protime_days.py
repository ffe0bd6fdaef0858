"""One day record of Protime, understood or refused; here its definition becomes a profile and is forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from marshmallow import fields, validate

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.systems.base import LONGEST_EMPLOYEE, Codes
from shared.contracts import Contract, nested
from shared.errors import Invalid

_NUMBER = "@employee-number"
_PARTS = {"First": Part.MORNING, "Second": Part.AFTERNOON}
_OPEN = {"BeginOpen", "Open"}  # `status` tells how a day was registered; the approval stands in `approvalLevel`
_STATES = {"Approved": State.APPROVED, "AwaitingApproval": State.REQUESTED}


class RefusedError(ValueError):
    """This record cannot be used; *reason* is the slug."""

    def __init__(self, source_id: str, reason: str, employee: str | None = None) -> None:
        super().__init__(reason)
        self.place, self.reason = f"absences/{source_id}", reason
        self.employee, self.source_id = employee, source_id


def _named(name: str, field: fields.Field[Any]) -> fields.Field[Any]:
    """Give *field* the vendor's name."""
    field.data_key = name
    return field


_MINUTES = validate.Range(0, 24 * 60)


@dataclass(frozen=True, kw_only=True)
class _Ref(Contract):
    id: Annotated[int, fields.Integer()]


@dataclass(frozen=True, kw_only=True)
class _Person(Contract):
    references: Annotated[dict[str, str] | None, _named("externalReferences", fields.Dict(allow_none=True))] = None


@dataclass(frozen=True, kw_only=True)
class _Day(Contract):
    """What is read of a record; the rest, the requested definition included, is not looked at.

    Source: https://documentation.myprotime.eu/protimeapi/reference/collections/absences/absence-instances/get-list
    """

    id: Annotated[int, fields.Integer()]
    version: Annotated[str, _named("changeVersion", fields.String())]
    person: Annotated[_Person, nested(_Person)]
    definition: Annotated[_Ref, _named("resultingAbsenceDefinition", nested(_Ref))]
    date: Annotated[date, fields.Date()]
    start_minutes: Annotated[
        int | None, _named("startTimeInMinutes", fields.Integer(allow_none=True, validate=_MINUTES))
    ] = None
    duration_minutes: Annotated[
        int | None, _named("durationInMinutes", fields.Integer(allow_none=True, validate=_MINUTES))
    ] = None
    day_part: Annotated[str | None, _named("dayPart", fields.String(allow_none=True))] = None
    status: Annotated[str | None, fields.String(allow_none=True)] = None
    approval: Annotated[str, _named("approvalLevel", fields.String())]


def profiles_by_definition(
    definitions: Sequence[Mapping[str, Any]], groups: Sequence[Mapping[str, Any]], codes: Codes
) -> dict[int, str]:
    """Return the profile of each definition: the organisation's choice, else telework where Protime says so.

    A definition without either is left out and its records are held: a wrong guess makes a reachable person
    unreachable.
    """
    elsewhere = {group["id"] for group in groups if group.get("type") == "WorkingElsewhere"}
    profiles: dict[int, str] = {}
    for definition in definitions:
        default = "telewerk" if (definition.get("absenceGroup") or {}).get("id") in elsewhere else None
        profile = codes.profile(str(definition.get("code", ""))) or default
        if profile:
            profiles[definition["id"]] = profile
    return profiles


def parse_day_record(row: Mapping[str, Any], source: str, profiles: Mapping[int, str]) -> AbsenceRecord:
    """Return the absence of one day.

    Raises: RefusedError.
    """
    source_id = str(row.get("id", "?"))
    try:
        day = _Day.load(row)
    except Invalid as error:
        reason = "impossible_date" if error.fields.keys() & {"date", "startTimeInMinutes"} else "incomplete_row"
        raise RefusedError(source_id, reason) from error
    employee = (day.person.references or {}).get(_NUMBER)
    if not employee or len(employee) > LONGEST_EMPLOYEE:
        raise RefusedError(source_id, "unknown_person")
    if day.definition.id not in profiles:
        raise RefusedError(source_id, "unknown_code", employee)
    part, starts, ends = _when(day)
    return AbsenceRecord(
        source=source,
        source_id=source_id,
        employee=employee,
        first=day.date,
        last=day.date,
        part=part,
        starts=starts,
        ends=ends,
        open_ended=day.status in _OPEN,
        state=_STATES.get(day.approval, State.REJECTED),
        profile=profiles[day.definition.id],
        version=day.version,
        place=f"absences/{source_id}",
    )


def _when(day: _Day) -> tuple[Part, datetime | None, datetime | None]:
    part = _PARTS.get(day.day_part or "", Part.WHOLE)
    if part is not Part.WHOLE or day.start_minutes is None or not day.duration_minutes:
        return part, None, None
    starts = datetime.combine(day.date, time.min) + timedelta(minutes=day.start_minutes)
    return Part.INTERVAL, starts, starts + timedelta(minutes=day.duration_minutes)
