"""One leave of Odoo, understood or refused; its fields differ from version to version.

Up to version 18 `request_unit_half` and `request_unit_hours` say what a leave is; later both ends have a half of the
day, and the unit is the leave type's.
Source: https://github.com/odoo/odoo/blob/master/addons/hr_holidays/models/hr_leave.py
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Any

from marshmallow import fields, validate

from services.timesync.domain.records import Part, State
from services.timesync.systems.leave import UNKNOWN_HALF, Piece, RefusedError, between, hours
from shared.contracts import Contract
from shared.errors import Invalid

# `date_from` and `date_to` are not asked for: they are UTC without saying so, and follow the schedule in Odoo. The
# `request_date_*` are the days as people know them. The reason in words (`name`, `private_name`) stays where it is.
WANTED = (
    "employee_id",
    "holiday_status_id",
    "work_entry_type_id",  # master, instead of the one above
    "state",
    "request_date_from",
    "request_date_to",
    "request_unit_half",
    "request_unit_hours",
    "leave_type_request_unit",
    "request_date_from_period",
    "request_date_to_period",
    "request_hour_from",
    "request_hour_to",
    "write_date",
)
_STATES = {
    "draft": State.REQUESTED,
    "confirm": State.REQUESTED,
    "validate1": State.REQUESTED,  # the first of two approvals
    "validate": State.APPROVED,
    "refuse": State.REJECTED,
    "cancel": State.CANCELLED,
}


@dataclass(frozen=True, kw_only=True)
class OdooLeave(Contract):
    """What is read of a leave. None: this version has no such field; Odoo writes `false` where nothing stands."""

    id: Annotated[int, fields.Integer()]
    type: Annotated[str, fields.String(validate=validate.Length(min=1))]
    state: Annotated[str, fields.String()]
    first: Annotated[date, fields.Date(data_key="request_date_from")]
    last: Annotated[date, fields.Date(data_key="request_date_to")]
    is_half: Annotated[bool | None, fields.Boolean(data_key="request_unit_half", allow_none=True)] = None
    is_hours: Annotated[bool | None, fields.Boolean(data_key="request_unit_hours", allow_none=True)] = None
    unit: Annotated[str | None, fields.String(data_key="leave_type_request_unit", allow_none=True)] = None
    begins: Annotated[str | None, fields.String(data_key="request_date_from_period", allow_none=True)] = None
    finishes: Annotated[str | None, fields.String(data_key="request_date_to_period", allow_none=True)] = None
    starts: Annotated[float | None, fields.Float(data_key="request_hour_from", allow_none=True)] = None
    ends: Annotated[float | None, fields.Float(data_key="request_hour_to", allow_none=True)] = None
    version: Annotated[str, fields.String(data_key="write_date", validate=validate.Length(1, 64))]


_FLAGS = {"request_unit_half", "request_unit_hours"}
_TIMES = {"request_date_from", "request_date_to", "request_hour_from", "request_hour_to"}


def parse_leave(row: Mapping[str, Any]) -> OdooLeave:
    """Return the leave in *row*.

    Raises: RefusedError.
    """
    told = {name: value for name, value in row.items() if value is not False or name in _FLAGS}
    kind = told.get("work_entry_type_id") or told.get("holiday_status_id")
    told["type"] = kind[1] if isinstance(kind, list) and len(kind) == 2 else ""  # [number, name]
    try:
        return OdooLeave.load(told)
    except Invalid as error:
        raise RefusedError("impossible_date" if error.fields.keys() & _TIMES else "incomplete_row") from error


def state_of(leave: OdooLeave) -> State:
    """Return how far it is.

    Raises: RefusedError.
    """
    if leave.state not in _STATES:
        raise RefusedError("unknown_status")
    return _STATES[leave.state]


def pieces_of(leave: OdooLeave) -> list[Piece]:
    """Return the days or hours of *leave*.

    Raises: RefusedError.
    """
    if leave.is_hours or (leave.is_hours is None and leave.unit == "hour"):
        return _hours(leave)
    if leave.is_half and leave.begins is None:
        return [Piece(leave.first, leave.last, Part.WHOLE, fault=UNKNOWN_HALF)]
    if leave.is_half or (leave.is_half is None and leave.unit != "day"):
        finishes = leave.finishes or (leave.begins if leave.is_half else None)
        return between(leave.first, leave.last, late=leave.begins == "pm", early=finishes == "am")
    return between(leave.first, leave.last, late=False, early=False)


def _hours(leave: OdooLeave) -> list[Piece]:
    if leave.starts is None or leave.ends is None or leave.first != leave.last:
        raise RefusedError("impossible_date")
    return hours(leave.first, _clock(leave.starts), _clock(leave.ends))


def _clock(number: float) -> time:
    """Read 16.6 as 16:36."""
    hour, minute = divmod(round(number * 60), 60)
    if not 0 <= hour < 24:
        raise RefusedError("impossible_date")
    return time(hour, minute)
