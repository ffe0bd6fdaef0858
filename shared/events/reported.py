"""What other systems told the front door, put into our words by the rules of hub.toml; said by webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from marshmallow import fields, validate

from shared.events.contract import Event, event

_NAME = validate.Length(1, 64)
_ID = validate.Length(1, 64)
# A code, no sentence: a wrong path in a rule must not carry words along.
_CODE = validate.Regexp(r"[^\W_][\w./-]{0,39}\Z", error="Expected a code of at most 40 letters, digits, . / _ and -.")
_CLOCK = validate.Regexp(r"([01]\d|2[0-3]):[0-5]\d\Z", error="Expected a clock such as 08:30.")
_VERSION = validate.Range(1, 2**53 - 1)  # what every reader of JSON keeps exactly
_LINK = [
    validate.Length(max=1000),
    validate.URL(schemes={"https"}, require_tld=False, error="expected an address that begins with https://"),
]

PRIVACY = ("openbaar", "intern", "vertrouwelijk")


@event("notice.requested.v1", key="notice_id")
@dataclass(frozen=True, kw_only=True)
class NoticeRequested(Event):
    """People shall hear of something at another system.

    Of what is `vertrouwelijk`, *title* and *text* are the rule's own words. *channel* is one of the notifier's; None:
    that of *project*. *notice_id* is the same for the same matter.
    """

    source: Annotated[str, fields.String(validate=_NAME)]
    rule: Annotated[str, fields.String(validate=_NAME)]
    notice_id: Annotated[str, fields.String(validate=_ID)]
    privacy: Annotated[str, fields.String(validate=validate.OneOf(PRIVACY))]
    title: Annotated[str, fields.String(validate=validate.Length(1, 200))]
    text: Annotated[str | None, fields.String(allow_none=True, validate=validate.Length(max=2000))] = None
    link: Annotated[str | None, fields.String(allow_none=True, validate=_LINK)] = None
    channel: Annotated[str | None, fields.String(allow_none=True, validate=_NAME)] = None
    project: Annotated[str | None, fields.String(allow_none=True, validate=_CODE)] = None


@event("letter.reported.v1", key="kenmerk")
@dataclass(frozen=True, kw_only=True)
class LetterReported(Event):
    """A mail register says that a letter was registered or changed. *link* is where the register has it.

    *record* is all that the register said of it, sealed: it holds a subject and names, which travel in no other way.
    """

    source: Annotated[str, fields.String(validate=_NAME)]
    rule: Annotated[str, fields.String(validate=_NAME)]
    kenmerk: Annotated[str, fields.String(validate=_CODE)]
    version: Annotated[int, fields.Integer(validate=_VERSION)]
    change: Annotated[
        str,
        fields.String(
            validate=validate.OneOf(
                ("registered", "changed", "project_changed", "made_confidential", "cancelled", "deleted")
            )
        ),
    ]
    privacy: Annotated[str, fields.String(validate=validate.OneOf(PRIVACY))]
    project: Annotated[str | None, fields.String(allow_none=True, validate=_CODE)] = None
    link: Annotated[str | None, fields.String(allow_none=True, validate=_LINK)] = None
    record: Annotated[str | None, fields.String(allow_none=True, validate=validate.Length(max=200_000))] = None


@event("absence.reported.v1", key="employee")
@dataclass(frozen=True, kw_only=True)
class AbsenceReported(Event):
    """A system says that an employee is absent. The rule made a profile of its reason, which stays where it was.

    *first* and *last* are days, both included; *last* None: nobody knows yet. *starts* and *ends*, local clocks, come
    together or not at all: they are hours of the one day that *first* and *last* are. *version* compares as text.
    """

    source: Annotated[str, fields.String(validate=_NAME)]
    rule: Annotated[str, fields.String(validate=_NAME)]
    absence_id: Annotated[str, fields.String(validate=validate.Length(1, 128))]
    employee: Annotated[str, fields.String(validate=_ID)]
    first: Annotated[date, fields.Date()]
    last: Annotated[date | None, fields.Date(allow_none=True)] = None
    part: Annotated[str, fields.String(validate=validate.OneOf(("whole", "morning", "afternoon")))] = "whole"
    starts: Annotated[str | None, fields.String(allow_none=True, validate=_CLOCK)] = None
    ends: Annotated[str | None, fields.String(allow_none=True, validate=_CLOCK)] = None
    state: Annotated[
        str, fields.String(validate=validate.OneOf(("requested", "approved", "rejected", "cancelled", "deleted")))
    ] = "approved"
    profile: Annotated[str, fields.String(validate=_NAME)]
    version: Annotated[str, fields.String(validate=validate.Length(max=64))] = ""


@event("project.reported.v1", key="code")
@dataclass(frozen=True, kw_only=True)
class ProjectReported(Event):
    """A system says how a project stands. *status* is the organisation's own word; *title* is public."""

    source: Annotated[str, fields.String(validate=_NAME)]
    rule: Annotated[str, fields.String(validate=_NAME)]
    code: Annotated[str, fields.String(validate=_CODE)]
    status: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    title: Annotated[str | None, fields.String(allow_none=True, validate=validate.Length(max=200))] = None
    link: Annotated[str | None, fields.String(allow_none=True, validate=_LINK)] = None


@event("delivery.refused.v1", key="delivery_id")
@dataclass(frozen=True, kw_only=True)
class DeliveryRefused(Event):
    """An authentic delivery could not be used; its system was told so. *places* names the faulty fields.

    Its content is not kept: the sending system has it.
    """

    source: Annotated[str, fields.String(validate=_NAME)]
    delivery_id: Annotated[str, fields.String(validate=_ID)]
    reason: Annotated[str, fields.String(validate=_NAME)]
    places: Annotated[list[str], fields.List(fields.String(validate=validate.Length(max=200)))]
