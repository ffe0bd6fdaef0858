"""Registered letters on their way to a project folder, said by mailroom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from marshmallow import fields, validate

from shared.events.contract import Event, event

_KENMERK = validate.Length(1, 40)  # ZGW Documenten: identificatie is at most 40 long


@event("mail.arrived.v1", key="kenmerk")
@dataclass(frozen=True, kw_only=True)
class MailArrived(Event):
    """A registered letter was claimed from an intake. *reference* finds it there."""

    intake: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    reference: Annotated[str, fields.String(validate=validate.Length(1, 200))]
    kenmerk: Annotated[str, fields.String(validate=_KENMERK)]
    version: Annotated[int, fields.Integer(validate=validate.Range(min=1))]


@event("mail.filed.v1", key="kenmerk")
@dataclass(frozen=True, kw_only=True)
class MailFiled(Event):
    """The letter stands in its folder, read back and compared. Whoever needs more reads the item."""

    kenmerk: Annotated[str, fields.String(validate=_KENMERK)]
    version: Annotated[int, fields.Integer(validate=validate.Range(min=1))]
    project: Annotated[str | None, fields.String(allow_none=True)] = None
    drive_id: Annotated[str, fields.String(validate=validate.Length(1, 200))]
    item_id: Annotated[str, fields.String(validate=validate.Length(1, 200))]
    unclassified: Annotated[bool, fields.Boolean()] = False


@event("mail.held.v1", key="reference")
@dataclass(frozen=True, kw_only=True)
class MailHeld(Event):
    """A set of the intake was refused. *reference* finds it, *reason* is a slug."""

    intake: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    reference: Annotated[str, fields.String(validate=validate.Length(1, 200))]
    reason: Annotated[str, fields.String(validate=validate.Length(1, 64))]
