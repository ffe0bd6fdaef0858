"""Absences, without their reason. Hinted by webhooks, the rest said by timesync."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from marshmallow import fields, validate

from shared.events.contract import Event, event

_EMPLOYEE = validate.Length(1, 64)


@event("absences.hinted.v1", key="source", hint=True)
@dataclass(frozen=True, kw_only=True)
class AbsencesHinted(Event):
    """A source says that absences changed: read it."""

    source: Annotated[str, fields.String(validate=validate.Length(1, 64))]


@event("absences.reread_wanted.v1", key="source", hint=True)
@dataclass(frozen=True, kw_only=True)
class RereadWanted(Event):
    """What a source told may have gaps: read all of it, whatever was read before.

    Not a field of the hint: a hint is superseded by the next one, which would know nothing of it.
    """

    source: Annotated[str, fields.String(validate=validate.Length(1, 64))]


@event("absences.changed.v1", key="employee", hint=True)
@dataclass(frozen=True, kw_only=True)
class AbsencesChanged(Event):
    """What is known of an employee's absences changed: compare with what Outlook shows."""

    employee: Annotated[str, fields.String(validate=_EMPLOYEE)]


@event("absences.shown.v1", key="employee")
@dataclass(frozen=True, kw_only=True)
class AbsencesShown(Event):
    """Outlook now shows what the source wants; *calls* is how many changes that took."""

    employee: Annotated[str, fields.String(validate=_EMPLOYEE)]
    events: Annotated[int, fields.Integer(validate=validate.Range(min=0))]
    calls: Annotated[int, fields.Integer(validate=validate.Range(min=0))]
    at: Annotated[datetime, fields.AwareDateTime()]


@event("absence.released.v1", key="place")
@dataclass(frozen=True, kw_only=True)
class AbsenceReleased(Event):
    """What was held at *place* for *reason* was mended."""

    source: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    place: Annotated[str, fields.String(validate=validate.Length(1, 200))]
    reason: Annotated[str, fields.String(validate=validate.Length(1, 64))]


@event("absence.held.v1", key="place")
@dataclass(frozen=True, kw_only=True)
class AbsenceHeld(Event):
    """A record of a source was held or refused. *place* finds it there (`export.csv:10 A-3008`), *reason* is a slug.

    The absence's code stays in the source: whoever mends it looks it up at *place*.
    """

    source: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    place: Annotated[str, fields.String(validate=validate.Length(1, 200))]
    reason: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    employee: Annotated[str | None, fields.String(validate=_EMPLOYEE, allow_none=True)] = None
