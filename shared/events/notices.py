"""What people were told, said by notifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from marshmallow import fields, validate

from shared.events.contract import Event, event


@event("notice.sent.v1", key="about")
@dataclass(frozen=True, kw_only=True)
class NoticeSent(Event):
    """A channel accepted a notice. *about* is what it tells of (a kenmerk, a parked message's id)."""

    channel: Annotated[str, fields.String(validate=validate.Length(1, 64))]
    about: Annotated[str, fields.String(validate=validate.Length(1, 128))]
    notice_id: Annotated[str, fields.String(validate=validate.Length(1, 64))]
