"""What a registered letter is, in the words of the mail register."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from marshmallow import fields, validate

from shared.contracts import Contract, nested
from shared.errors import Invalid

MAIN, ATTACHMENT = "hoofddocument", "bijlage"
_LOCAL = ZoneInfo("Europe/Brussels")
OPENNESS = ("openbaar", "intern")  # of the scale of confidentiality, what may stand in a project folder
CONFIDENTIAL = ("vertrouwelijk", "geheim")
TEXT_LENGTH = 255  # characters in a single-line column of SharePoint
CONFIDENTIALITIES = (*OPENNESS, *CONFIDENTIAL)
DIRECTIONS = ("inkomend", "uitgaand", "intern")

# Capitals and digits with single separators, so that a file name leads back to exactly one kenmerk.
_KENMERK = r"[A-Z0-9]+([/.-][A-Z0-9]+)*"
_REFERENCE = [validate.Length(1, 40), validate.Regexp(rf"^{_KENMERK}\Z")]
_FILE_NAME = r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*"  # a plain name: no path, no hidden file


@dataclass(frozen=True, kw_only=True)
class LetterFile(Contract):
    """One file of a letter, as the register describes it."""

    role: Annotated[str, fields.String(validate=validate.OneOf((MAIN, ATTACHMENT)))]
    name: Annotated[str, fields.String(validate=[validate.Length(1, 200), validate.Regexp(rf"^{_FILE_NAME}\Z")])]
    size: Annotated[int, fields.Integer(validate=validate.Range(min=0))]
    sha256: Annotated[str, fields.String(validate=validate.Regexp(r"^[0-9a-f]{64}\Z"))]
    media_type: Annotated[str | None, fields.String(validate=validate.Length(max=127), allow_none=True)] = None
    url: Annotated[str | None, fields.String(validate=validate.Length(max=1000), allow_none=True)] = None


@dataclass(frozen=True, kw_only=True)
class Letter(Contract):
    """A registered letter. `files` holds the main document first, then the attachments in the register's order.

    What a register need not say is None. Names of people are in `sender`, `case_handler` and `handler` (a sign-in
    name): they go to the columns and nowhere else.
    """

    kenmerk: Annotated[str, fields.String(validate=_REFERENCE)]
    version: Annotated[int, fields.Integer(validate=validate.Range(min=1))]
    direction: Annotated[str, fields.String(validate=validate.OneOf(DIRECTIONS))]
    channel: Annotated[str | None, fields.String(allow_none=True)] = None
    send_mode: Annotated[str | None, fields.String(allow_none=True)] = None
    subject: Annotated[str, fields.String(validate=validate.Length(1, TEXT_LENGTH))]
    document_type: Annotated[str | None, fields.String(allow_none=True)] = None
    document_date: Annotated[date | None, fields.Date(allow_none=True)] = None
    received_on: Annotated[date | None, fields.Date(allow_none=True)] = None
    sent_at: Annotated[datetime | None, fields.AwareDateTime(allow_none=True)] = None
    registered_at: Annotated[datetime, fields.AwareDateTime()]
    sender: Annotated[str | None, fields.String(allow_none=True)] = None
    sender_is_organisation: Annotated[bool, fields.Boolean()] = False
    sender_mail: Annotated[str | None, fields.String(validate=validate.Length(max=320), allow_none=True)] = None
    your_reference: Annotated[str | None, fields.String(allow_none=True)] = None
    department: Annotated[str | None, fields.String(allow_none=True)] = None
    department_code: Annotated[str | None, fields.String(validate=validate.Length(max=64), allow_none=True)] = None
    case_handler: Annotated[str | None, fields.String(allow_none=True)] = None
    handler: Annotated[str | None, fields.String(validate=validate.Length(max=320), allow_none=True)] = None
    project: Annotated[str | None, fields.String(validate=validate.Length(1, 64), allow_none=True)] = None
    series: Annotated[str, fields.String(validate=validate.Length(1, TEXT_LENGTH))]
    dossier: Annotated[str | None, fields.String(allow_none=True)] = None
    confidentiality: Annotated[str, fields.String(validate=validate.OneOf(CONFIDENTIALITIES))]
    holds_personal_data: Annotated[bool | None, fields.Boolean(allow_none=True)] = None
    needs_reply: Annotated[bool, fields.Boolean()] = False
    reply_by: Annotated[date | None, fields.Date(allow_none=True)] = None
    in_reply_to: Annotated[list[str], fields.List(fields.String(validate=_REFERENCE))] = field(default_factory=list)
    status: Annotated[str | None, fields.String(validate=validate.Length(max=64), allow_none=True)] = None
    scanned_at: Annotated[datetime | None, fields.AwareDateTime(allow_none=True)] = None
    quality_check: Annotated[str | None, fields.String(validate=validate.Length(max=64), allow_none=True)] = None
    paper_until: Annotated[date | None, fields.Date(allow_none=True)] = None
    files: Annotated[list[LetterFile], fields.List(nested(LetterFile), validate=validate.Length(min=1))]

    def __post_init__(self) -> None:
        super().__post_init__()
        faults: dict[str, list[str]] = {}
        if self.direction == "inkomend" and self.received_on is None:
            faults["received_on"] = ["Expected on incoming mail."]
        if [file.role for file in self.files] != [MAIN, *[ATTACHMENT] * (len(self.files) - 1)]:
            faults["files"] = ["Expected one main document."]
        if len({file.name.casefold() for file in self.files}) < len(self.files):
            faults["files"] = ["Expected different names."]
        if faults:
            raise Invalid("invalid_letter", f"letter {self.kenmerk}: faulty {', '.join(faults)}", faults)

    @property
    def id(self) -> str:
        """Return the hub's own id of the letter, the same for every version."""
        return hub_id(self.kenmerk)

    @property
    def day(self) -> date:
        """Return the day it is filed under: of reception, or of registration for what we sent ourselves.

        By the clock here, in whatever zone the register or our books write the moment.
        """
        return self.received_on or self.registered_at.astimezone(_LOCAL).date()

    @property
    def sender_domain(self) -> str | None:
        """Return the mail domain of an organisation; that of a citizen may name him."""
        if not (self.sender_is_organisation and self.sender_mail):
            return None
        return self.sender_mail.rpartition("@")[2].lower() or None

    @property
    def is_confidential(self) -> bool:
        return self.confidentiality in CONFIDENTIAL


def hub_id(kenmerk: str) -> str:
    """Return the hub's own id of the letter that the register calls *kenmerk*."""
    return str(uuid5(NAMESPACE_URL, f"urn:example.org:postregistratie:{kenmerk}"))
