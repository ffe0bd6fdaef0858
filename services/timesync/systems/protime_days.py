"""One day record of Protime, understood or refused; here its definition becomes a profile and is forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from marshmallow import fields, validate

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.systems.base import Codes
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


@dataclass(frozen=True, kw_only=True)
class _Ref(Contract):
    id: Annotated[int, fields.Integer()]


@dataclass(frozen=True, kw_only=True)
class _Person(Contract):
    externalReferences: Annotated[dict[str, str] | None, fields.Dict(allow_none=True)] = None  # noqa: N815 - the vendor's name


@dataclass(frozen=True, kw_only=True)
class _Day(Contract):
    """What is read of a record; the rest, the requested definition included, is not looked at.

    Source: https://documentation.myprotime.eu/protimeapi/reference/collections/absences/absence-instances/get-list
    """

    id: Annotated[int, fields.Integer()]
    changeVersion: Annotated[str, fields.String()]  # noqa: N815 - the vendor's name
    person: Annotated[_Person, nested(_Person)]
    resultingAbsenceDefinition: Annotated[_Ref, nested(_Ref)]  # noqa: N815 - the vendor's name
    date: Annotated[date, fields.Date()]
    startTimeInMinutes: Annotated[  # noqa: N815 - the vendor's name
        int | None, fields.Integer(allow_none=True, validate=validate.Range(0, 24 * 60))
    ] = None
    durationInMinutes: Annotated[  # noqa: N815 - the vendor's name
        int | None, fields.Integer(allow_none=True, validate=validate.Range(0, 24 * 60))
    ] = None
    dayPart: Annotated[str | None, fields.String(allow_none=True)] = None  # noqa: N815 - the vendor's name
    status: Annotated[str | None, fields.String(allow_none=True)] = None
    approvalLevel: Annotated[str, fields.String()]  # noqa: N815 - the vendor's name


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
    employee = (day.person.externalReferences or {}).get(_NUMBER)
    if not employee:
        raise RefusedError(source_id, "unknown_person")
    if day.resultingAbsenceDefinition.id not in profiles:
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
        state=_STATES.get(day.approvalLevel, State.REJECTED),
        profile=profiles[day.resultingAbsenceDefinition.id],
        version=day.changeVersion,
        place=f"absences/{source_id}",
    )


def _when(day: _Day) -> tuple[Part, datetime | None, datetime | None]:
    part = _PARTS.get(day.dayPart or "", Part.WHOLE)
    if part is not Part.WHOLE or day.startTimeInMinutes is None or not day.durationInMinutes:
        return part, None, None
    starts = datetime.combine(day.date, time.min) + timedelta(minutes=day.startTimeInMinutes)
    return Part.INTERVAL, starts, starts + timedelta(minutes=day.durationInMinutes)
