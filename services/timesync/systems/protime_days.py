"""One day record of Protime, understood or refused; here its definition becomes a profile and is forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from marshmallow import fields, validate

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.systems.base import LONGEST_EMPLOYEE, Codes, profile_at
from shared.contracts import Contract, nested
from shared.errors import Invalid

_NUMBER = "@employee-number"
_PARTS = {"First": Part.MORNING, "Second": Part.AFTERNOON}
_OPEN = {"BeginOpen", "Open"}  # `status` tells how a day was registered; the approval stands in `approvalLevel`
# Of the vendor's words only "Unknown" is not here: it is held, as is a word that comes later.
_STATES = {
    "Approved": State.APPROVED,
    "AwaitingApproval": State.REQUESTED,
    "NotApproved": State.REJECTED,
    "NotApprovedByPriorities": State.REJECTED,
    "NotApprovedByCalculations": State.REJECTED,
}
WHOLE_DAY = 24 * 60  # minutes


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


_MINUTES = validate.Range(0, WHOLE_DAY)


@dataclass(frozen=True, kw_only=True)
class _Ref(Contract):
    id: Annotated[int, fields.Integer()]


@dataclass(frozen=True, kw_only=True)
class _Person(Contract):
    references: Annotated[dict[str, Any] | None, _named("externalReferences", fields.Dict(allow_none=True))] = None


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


@dataclass(frozen=True)
class Definition:
    """What is kept of a kind of absence: its profile (None: nobody mapped it), and how long it may be asked for.

    One that is no longer enabled counts all the same: it stands on days that were registered before.
    """

    profile: str | None
    durations: frozenset[str] = frozenset()


def definitions_of(
    rows: Sequence[Mapping[str, Any]], groups: Sequence[Mapping[str, Any]], codes: Codes
) -> dict[int, Definition]:
    """Return each definition by its id. Its profile is the organisation's choice, else telework where Protime says so.

    The records of a definition without either are held: a wrong guess makes a reachable person unreachable.
    """
    elsewhere = {group["id"] for group in groups if group.get("type") == "WorkingElsewhere"}
    found: dict[int, Definition] = {}
    for row in rows:
        default = "telewerk" if (row.get("absenceGroup") or {}).get("id") in elsewhere else None
        profile = codes.profile(str(row.get("code", ""))) or default
        found[row["id"]] = Definition(profile, frozenset(row.get("allowedDurations") or ()))
    return found


def definition_id(row: Mapping[str, Any]) -> int | None:
    """Return which definition *row* results in, None when it does not say."""
    definition = row.get("resultingAbsenceDefinition")
    number = definition.get("id") if isinstance(definition, Mapping) else None
    return number if isinstance(number, int) else None


def parse_day_record(
    row: Mapping[str, Any], source: str, definitions: Mapping[int, Definition], whole_day_minutes: int = WHOLE_DAY
) -> AbsenceRecord:
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
    if not isinstance(employee, str) or not 0 < len(employee) <= LONGEST_EMPLOYEE:
        raise RefusedError(source_id, "unknown_person")
    definition = definitions.get(day.definition.id, Definition(None))
    state = _STATES.get(day.approval)
    profile = profile_at(definition.profile, state)
    if profile is None:
        raise RefusedError(source_id, "unknown_code", employee)
    if state is None:
        raise RefusedError(source_id, "unknown_status", employee)
    if _is_unplaced(day, definition, whole_day_minutes):
        raise RefusedError(source_id, "incomplete_row", employee)
    part, starts, ends = _when(day, definition)
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
        state=state,
        profile=profile,
        version=day.version,
        place=f"absences/{source_id}",
    )


def _when(day: _Day, definition: Definition) -> tuple[Part, datetime | None, datetime | None]:
    part = _PARTS.get(day.day_part or "", Part.WHOLE)
    start = _start(day, definition)
    if part is not Part.WHOLE or start is None or not day.duration_minutes:
        return part, None, None
    if start == 0 and day.duration_minutes == WHOLE_DAY:
        return Part.WHOLE, None, None
    starts = datetime.combine(day.date, time.min) + timedelta(minutes=start)
    return Part.INTERVAL, starts, starts + timedelta(minutes=day.duration_minutes)


def _start(day: _Day, definition: Definition) -> int | None:
    """Return the minute at which *day* starts. Midnight is none, when the definition knows no hours.

    The vendor does not tell whether whole days come with 0 or without a start.
    """
    hourless = definition.durations and not definition.durations & {"Interval", "Unknown"}
    return None if day.start_minutes == 0 and hourless else day.start_minutes


def _is_unplaced(day: _Day, definition: Definition, whole_day_minutes: int) -> bool:
    """Tell whether *day* is so many hours, and nobody knows which: what may be two hours is shown as no whole day.

    https://documentation.myprotime.eu/protimeapi/reference/collections/absences/absence-definitions/get-list/
    """
    if "Duration" not in definition.durations or day.day_part in _PARTS or _start(day, definition) is not None:
        return False
    return 0 < (day.duration_minutes or 0) < whole_day_minutes
