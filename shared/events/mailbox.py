"""E-mails in the shared mailboxes of the mail register: offered to whoever registers them. Said by mailroom."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from marshmallow import fields, validate

from shared.events.contract import Event, event

_INTAKE = validate.Length(1, 64)
_SLUG = validate.Length(1, 64)
_CODE = validate.Length(1, 64)
_KENMERK = validate.Length(1, 40)
_MESSAGE = validate.Regexp(r"[0-9a-f]{64}\Z")


@event("mail.offered.v1", key="message")
@dataclass(frozen=True, kw_only=True)
class MailOffered(Event):
    """An e-mail in a shared mailbox waits for somebody who registers it.

    *message* is the hub's own id of it. *references* and *projects* are what it seems to be about, the surest first:
    suggestions, and nothing is done with them.
    """

    intake: Annotated[str, fields.String(validate=_INTAKE)]
    message: Annotated[str, fields.String(validate=_MESSAGE)]
    received_at: Annotated[datetime, fields.AwareDateTime()]
    references: Annotated[list[str], fields.List(fields.String(validate=_KENMERK))] = field(default_factory=list)
    projects: Annotated[list[str], fields.List(fields.String(validate=_CODE))] = field(default_factory=list)


@event("mail.registration_chosen.v1", key="message")
@dataclass(frozen=True, kw_only=True)
class RegistrationChosen(Event):
    """A person, or the register itself, says under which kenmerk an e-mail is registered."""

    intake: Annotated[str, fields.String(validate=_INTAKE)]
    message: Annotated[str, fields.String(validate=_MESSAGE)]
    kenmerk: Annotated[str, fields.String(validate=_KENMERK)]
    by: Annotated[str, fields.String(validate=validate.Length(1, 128))]


@event("mail.registered.v1", key="message")
@dataclass(frozen=True, kw_only=True)
class MailRegistered(Event):
    """An e-mail is done with in its mailbox: registered under *kenmerk* and moved; None: passed over for *reason*."""

    intake: Annotated[str, fields.String(validate=_INTAKE)]
    message: Annotated[str, fields.String(validate=_MESSAGE)]
    kenmerk: Annotated[str | None, fields.String(validate=_KENMERK, allow_none=True)] = None
    reason: Annotated[str | None, fields.String(validate=_SLUG, allow_none=True)] = None
