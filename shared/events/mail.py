"""Registered letters on their way to a project folder, said by mailroom."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from marshmallow import fields, validate

from shared.events.contract import Event, event

_INTAKE = validate.Length(1, 64)
_SLUG = validate.Length(1, 64)
_CODE = validate.Length(1, 64)
_VERSION = validate.Range(min=1)
_KENMERK = validate.Length(1, 40)  # ZGW Documenten: identificatie is at most 40 long


@event("mail.collection_due.v1", key="intake", hint=True)
@dataclass(frozen=True, kw_only=True)
class CollectionDue(Event):
    """It is time to look in an intake: one that cannot be reached keeps no other waiting."""

    intake: Annotated[str, fields.String(validate=_INTAKE)]


@event("mail.arrived.v1", key="kenmerk")
@dataclass(frozen=True, kw_only=True)
class MailArrived(Event):
    """A registered letter was claimed from an intake. *reference* finds it there."""

    intake: Annotated[str, fields.String(validate=_INTAKE)]
    reference: Annotated[str, fields.String(validate=validate.Length(1, 200))]
    kenmerk: Annotated[str, fields.String(validate=_KENMERK)]
    version: Annotated[int, fields.Integer(validate=_VERSION)]


@event("mail.filed.v1", key="kenmerk")
@dataclass(frozen=True, kw_only=True)
class MailFiled(Event):
    """The letter stands in its folder, read back and compared. Whoever needs more reads the item.

    *unclassified*: it is in the tray of the mail team, for *reason*; *suggestions* are codes that were probably meant.
    *reason* project_closed: it is in the project's folder though the project is over. *same_as*: its main document is
    that of these letters, so a link to the first of them stands in its place. *protected*: it is in the protected
    library and people hear of its kenmerk only.
    """

    kenmerk: Annotated[str, fields.String(validate=_KENMERK)]
    version: Annotated[int, fields.Integer(validate=_VERSION)]
    project: Annotated[str | None, fields.String(allow_none=True)] = None
    drive_id: Annotated[str, fields.String(validate=validate.Length(1, 200))]
    item_id: Annotated[str, fields.String(validate=validate.Length(1, 200))]
    unclassified: Annotated[bool, fields.Boolean()] = False
    reason: Annotated[str | None, fields.String(validate=_SLUG, allow_none=True)] = None
    suggestions: Annotated[list[str], fields.List(fields.String(validate=_CODE))] = field(default_factory=list)
    same_as: Annotated[list[str], fields.List(fields.String(validate=_KENMERK))] = field(default_factory=list)
    protected: Annotated[bool, fields.Boolean()] = False
    rule: Annotated[str | None, fields.String(validate=_INTAKE, allow_none=True)] = None


@event("mail.moved.v1", key="kenmerk")
@dataclass(frozen=True, kw_only=True)
class MailMoved(Event):
    """A letter that stood in project *before* (None: the tray) stands in *project* now (None: the tray)."""

    kenmerk: Annotated[str, fields.String(validate=_KENMERK)]
    version: Annotated[int, fields.Integer(validate=_VERSION)]
    before: Annotated[str | None, fields.String(allow_none=True, validate=_CODE)] = None
    project: Annotated[str | None, fields.String(allow_none=True, validate=_CODE)] = None


@event("mail.withdrawn.v1", key="kenmerk")
@dataclass(frozen=True, kw_only=True)
class MailWithdrawn(Event):
    """A letter was taken out of the folder of *project* (None: of the tray): people hear of its kenmerk only.

    *reason*: confidential, excluded_series, by_rule or no_project (it stays in the register), cancelled or deleted (in
    the source: it is kept, set aside).
    """

    kenmerk: Annotated[str, fields.String(validate=_KENMERK)]
    version: Annotated[int, fields.Integer(validate=_VERSION)]
    project: Annotated[str | None, fields.String(allow_none=True, validate=_CODE)] = None
    reason: Annotated[str, fields.String(validate=_SLUG)]


@event("mail.kept.v1", key="kenmerk")
@dataclass(frozen=True, kw_only=True)
class MailKept(Event):
    """A letter stays in the register: nothing of it was filed. *department* is a code or name of a service."""

    kenmerk: Annotated[str, fields.String(validate=_KENMERK)]
    version: Annotated[int, fields.Integer(validate=_VERSION)]
    reason: Annotated[str, fields.String(validate=_SLUG)]
    department: Annotated[str | None, fields.String(allow_none=True, validate=validate.Length(max=255))] = None


@event("mail.classification_chosen.v1", key="kenmerk")
@dataclass(frozen=True, kw_only=True)
class ClassificationChosen(Event):
    """A person says in which project a letter belongs; *project* None: look again what the rules say."""

    kenmerk: Annotated[str, fields.String(validate=_KENMERK)]
    project: Annotated[str | None, fields.String(allow_none=True, validate=_CODE)] = None
    by: Annotated[str, fields.String(validate=validate.Length(1, 128))]


@event("mail.held.v1", key="reference")
@dataclass(frozen=True, kw_only=True)
class MailHeld(Event):
    """A set of the intake was refused. *reference* finds it, *reason* is a slug."""

    intake: Annotated[str, fields.String(validate=_INTAKE)]
    reference: Annotated[str, fields.String(validate=validate.Length(1, 200))]
    reason: Annotated[str, fields.String(validate=_SLUG)]


@event("mail.released.v1", key="reference")
@dataclass(frozen=True, kw_only=True)
class MailReleased(Event):
    """What was held at *reference* for *reason* was mended; *by* is the person who said so, None: the hub saw it."""

    intake: Annotated[str, fields.String(validate=_INTAKE)]
    reference: Annotated[str, fields.String(validate=validate.Length(1, 200))]
    reason: Annotated[str, fields.String(validate=_SLUG)]
    by: Annotated[str | None, fields.String(allow_none=True, validate=validate.Length(1, 128))] = None


@event("mail.reply_due.v1", key="kenmerk")
@dataclass(frozen=True, kw_only=True)
class ReplyDue(Event):
    """An answer to a letter is due on *due*; *days* is how many are left, negative when it is late.

    *handler* and *substitute* are ids of accounts. *substitute* is who hears of it because the handler is away; away
    and no substitute: the channel of the project or service does.
    """

    kenmerk: Annotated[str, fields.String(validate=_KENMERK)]
    due: Annotated[date, fields.Date()]
    days: Annotated[int, fields.Integer()]
    project: Annotated[str | None, fields.String(allow_none=True, validate=_CODE)] = None
    department: Annotated[str | None, fields.String(allow_none=True, validate=validate.Length(max=255))] = None
    handler: Annotated[str | None, fields.String(allow_none=True, validate=validate.Length(max=64))] = None
    is_away: Annotated[bool, fields.Boolean()] = False
    substitute: Annotated[str | None, fields.String(allow_none=True, validate=validate.Length(max=64))] = None
    drive_id: Annotated[str | None, fields.String(allow_none=True, validate=validate.Length(max=200))] = None
    item_id: Annotated[str | None, fields.String(allow_none=True, validate=validate.Length(max=200))] = None


@event("projects.changed.v1", key="register", hint=True)
@dataclass(frozen=True, kw_only=True)
class ProjectsChanged(Event):
    """Projects were added or changed: what waits in the tray may have a folder now. *register* is where they stand."""

    register: Annotated[str, fields.String(validate=validate.Length(1, 64))]
