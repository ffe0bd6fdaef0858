"""What a registered letter is, where it belongs, what it is called there, and which columns tell of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from marshmallow import fields, validate

from shared.contracts import Contract, nested
from shared.errors import Invalid

MAIN, ATTACHMENT = "hoofddocument", "bijlage"
CONFIDENTIAL = ("vertrouwelijk", "geheim")
_CONFIDENTIALITIES = ("openbaar", "intern", *CONFIDENTIAL)
_LOCAL = ZoneInfo("Europe/Brussels")

# Capitals and digits with single separators, so that a file name leads back to exactly one kenmerk.
_KENMERK = r"[A-Z0-9]+([/.-][A-Z0-9]+)*"
_FILE_NAME = r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*"  # a plain name: no path, no hidden file
_TYPE_LENGTH = 40  # characters of the document type in a file name
_TEXT_LENGTH = 255  # characters in a single-line column

# https://support.microsoft.com/office/restrictions-and-limitations-in-onedrive-and-sharepoint
_ILLEGAL = re.compile(
    r'["*:<>?/\\|#%\x00-\x1f\x7f]|^[ ~]|[ .]$|_vti_'
    r"|^\.lock$|^desktop\.ini$|^forms$|^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$",
    re.IGNORECASE,
)
_LONGEST_FOLDER_NAME = 128  # characters; with our own part every path stays below SharePoint's 400


@dataclass(frozen=True, kw_only=True)
class LetterFile(Contract):
    """One file of a letter, as the register describes it."""

    role: Annotated[str, fields.String(validate=validate.OneOf((MAIN, ATTACHMENT)))]
    name: Annotated[str, fields.String(validate=[validate.Length(1, 200), validate.Regexp(rf"^{_FILE_NAME}\Z")])]
    size: Annotated[int, fields.Integer(validate=validate.Range(min=0))]
    sha256: Annotated[str, fields.String(validate=validate.Regexp(r"^[0-9a-f]{64}\Z"))]


@dataclass(frozen=True, kw_only=True)
class Letter(Contract):
    """A registered letter. `files` holds the main document first, then the attachments in the register's order."""

    kenmerk: Annotated[str, fields.String(validate=[validate.Length(1, 40), validate.Regexp(rf"^{_KENMERK}\Z")])]
    version: Annotated[int, fields.Integer(validate=validate.Range(min=1))]
    direction: Annotated[str, fields.String(validate=validate.OneOf(("inkomend", "uitgaand", "intern")))]
    channel: Annotated[str | None, fields.String(allow_none=True)] = None
    subject: Annotated[str, fields.String(validate=validate.Length(1, _TEXT_LENGTH))]
    document_type: Annotated[str | None, fields.String(allow_none=True)] = None
    document_date: Annotated[date | None, fields.Date(allow_none=True)] = None
    received_on: Annotated[date | None, fields.Date(allow_none=True)] = None
    registered_at: Annotated[datetime, fields.AwareDateTime()]
    sender: Annotated[str | None, fields.String(allow_none=True)] = None
    sender_is_organisation: Annotated[bool, fields.Boolean()] = False
    department: Annotated[str | None, fields.String(allow_none=True)] = None
    case_handler: Annotated[str | None, fields.String(allow_none=True)] = None
    project: Annotated[str | None, fields.String(validate=validate.Length(1, 64), allow_none=True)] = None
    series: Annotated[str, fields.String(validate=validate.Length(1, _TEXT_LENGTH))]
    dossier: Annotated[str | None, fields.String(allow_none=True)] = None
    confidentiality: Annotated[str, fields.String(validate=validate.OneOf(_CONFIDENTIALITIES))]
    reply_by: Annotated[date | None, fields.Date(allow_none=True)] = None
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
        return str(uuid5(NAMESPACE_URL, f"urn:example.org:postregistratie:{self.kenmerk}"))

    @property
    def day(self) -> date:
        """Return the day it is filed under: of reception, or of registration for what we sent ourselves."""
        return self.received_on or self.registered_at.date()

    @property
    def is_confidential(self) -> bool:
        return self.confidentiality in CONFIDENTIAL


@dataclass(frozen=True)
class Project:
    """A project of the policy and the folder of its own in the library."""

    folder: str
    closed: bool = False


@dataclass(frozen=True)
class Destination:
    """A folder of the library; *project* is None in the folder for what has to be classified by a person."""

    folder: str
    project: str | None

    @property
    def is_unclassified(self) -> bool:
        return self.project is None


def destination(letter: Letter, projects: Mapping[str, Project], unclassified: str) -> Destination:
    """Return where *letter* belongs. A code that is unknown, closed or absent never leads to a folder of its own."""
    project = projects.get(letter.project) if letter.project else None
    if project is None or project.closed:
        return Destination(unclassified, None)
    return Destination(f"{project.folder}/Post/{letter.direction.capitalize()}/{letter.day.year}", letter.project)


def file_name(letter: Letter, position: int) -> str:
    """Return the name of file *position* (0: the main document), e.g. `2026-IN-001234_2026-11-18_Offerte.pdf`.

    It says nothing of the sender or subject, and no two files of any letters share one, however SharePoint compares.
    """
    reference = letter.kenmerk.replace("-", "--").replace("/", "-")
    attachment = f"_bijlage{position}" if position else ""
    stem = f"{reference}_{letter.day.isoformat()}_{_words(letter.document_type)}{attachment}"
    return stem + _extension(letter.files[position].name)


def is_allowed_name(name: str) -> bool:
    """Tell whether SharePoint takes *name* for a folder."""
    return 0 < len(name) <= _LONGEST_FOLDER_NAME and not _ILLEGAL.search(name)


def _words(document_type: str | None) -> str:
    composed = unicodedata.normalize("NFC", document_type or "")
    words = "-".join(re.findall(r"[^\W_]+", composed))[:_TYPE_LENGTH].strip("-")
    if words.casefold() in ("", "vti"):  # SharePoint refuses _vti_ anywhere
        return "Document"
    return unicodedata.normalize("NFC", words[0].upper() + words[1:])


def _extension(name: str) -> str:
    found = re.search(r"\.[a-z0-9]{1,10}\Z", name.lower())
    return found[0] if found else ""


def columns(letter: Letter, position: int) -> dict[str, str | None]:
    """Return the SharePoint columns of file *position*, by internal name. All are text or date columns.

    Citizens are not named: only an organisation is shown as sender. PostKenmerk is unique in the library, so the
    main document alone carries it.
    """
    is_main = position == 0
    return {
        "Title": letter.subject if is_main else f"Bijlage {position} bij {letter.kenmerk}",
        "PostKenmerk": letter.kenmerk if is_main else None,
        "Richting": letter.direction,
        "Kanaal": _text(letter.channel),
        "Documenttype": _text(letter.document_type),
        "DatumStuk": _noon(letter.document_date),
        "Ontvangstdatum": _noon(letter.received_on),
        "Registratiedatum": letter.registered_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Afzender": _text(letter.sender) if letter.sender_is_organisation else None,
        "Dienst": _text(letter.department),
        "Behandelaar": _text(letter.case_handler),
        "Projectcode": letter.project,
        "Serie": letter.series,
        "Dossier": _text(letter.dossier),
        "Vertrouwelijkheid": letter.confidentiality,
        "Antwoordtermijn": _noon(letter.reply_by),
        "HubId": letter.id,
        "HubVersie": str(letter.version),
        "Sha256": letter.files[position].sha256,
    }


_DAYS = frozenset({"DatumStuk", "Ontvangstdatum", "Antwoordtermijn"})
_MOMENTS = frozenset({"Registratiedatum"})


def differing(wanted: Mapping[str, str | None], found: Mapping[str, Any]) -> list[str]:
    """Return the columns that do not say what they should; SharePoint may write a day or moment in its own way."""
    return [name for name, value in wanted.items() if _comparable(name, value) != _comparable(name, found.get(name))]


def is_older_version(letter: Letter, found: Mapping[str, Any]) -> bool:
    """Tell whether a file with the columns *found* is ours, of an earlier version of *letter*."""
    version = str(found.get("HubVersie") or "")
    return found.get("HubId") == letter.id and version.isdecimal() and int(version) < letter.version


def _comparable(name: str, value: object) -> object:
    if value in (None, ""):
        return None
    if name in _DAYS:
        return _moment(str(value)).astimezone(_LOCAL).date()
    return _moment(str(value)) if name in _MOMENTS else str(value)


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(value: str | None) -> str | None:
    return value[:_TEXT_LENGTH] if value else None


def _noon(day: date | None) -> str | None:
    """Write a day so that it stays the same day in the site's own time zone, into which SharePoint converts it."""
    return f"{day.isoformat()}T12:00:00Z" if day else None
