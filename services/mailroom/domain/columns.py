"""Which SharePoint columns tell of a letter, of what type they are, and whether they say what they should."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from services.mailroom.domain.letter import TEXT_LENGTH, Letter

_LOCAL = ZoneInfo("Europe/Brussels")


@dataclass(frozen=True)
class ColumnType:
    """A column as it is made when the library has none of its *name*. *kind*: text, date, moment or boolean."""

    name: str
    label: str
    kind: Literal["text", "date", "moment", "boolean"] = "text"
    indexed: bool = False
    unique: bool = False


# What changes when a letter is moved, answered or set aside.
KENMERK, STATUS, PROJECT = "PostKenmerk", "Poststatus", "Projectcode"

# In the order in which the register shows them. Title is always there.
COLUMNS = (
    ColumnType(KENMERK, "Kenmerk", indexed=True, unique=True),
    ColumnType("Richting", "Richting"),
    ColumnType("Kanaal", "Kanaal"),
    ColumnType("Verzendwijze", "Verzendwijze"),
    ColumnType("Documenttype", "Documenttype"),
    ColumnType("DatumStuk", "Datum stuk", "date"),
    ColumnType("Ontvangstdatum", "Ontvangen op", "date"),
    ColumnType("Verzenddatum", "Verzonden op", "moment"),
    ColumnType("Registratiedatum", "Geregistreerd op", "moment"),
    ColumnType("Afzender", "Afzender"),
    ColumnType("UwKenmerk", "Uw kenmerk"),
    ColumnType("Dienst", "Dienst"),
    ColumnType("Behandelaar", "Behandelaar"),
    ColumnType(PROJECT, "Projectcode", indexed=True),
    ColumnType("Serie", "Serie"),
    ColumnType("Dossier", "Dossier"),
    ColumnType("Vertrouwelijkheid", "Vertrouwelijkheid"),
    ColumnType("Persoonsgegevens", "Bevat persoonsgegevens", "boolean"),
    ColumnType("Antwoordtermijn", "Antwoord tegen", "date", indexed=True),
    ColumnType(STATUS, "Status"),
    ColumnType("Scandatum", "Scandatum", "moment"),
    ColumnType("Kwaliteitscontrole", "Kwaliteitscontrole"),
    ColumnType("PapierTot", "Papier bewaren tot", "date"),
    ColumnType("HubId", "Hub-id"),
    ColumnType("HubVersie", "Hub-versie"),
    ColumnType("Sha256", "SHA-256"),
)
_DAYS = frozenset(column.name for column in COLUMNS if column.kind == "date")
_MOMENTS = frozenset(column.name for column in COLUMNS if column.kind == "moment")

Value = str | bool | None


def columns(letter: Letter, position: int, *, project: str | None, due: date | None) -> dict[str, Value]:
    """Return the SharePoint columns of file *position*, by internal name.

    *project* is where it is filed, *due* by when it must be answered. Citizens are not named: only an organisation is
    shown as sender. PostKenmerk is unique in the library, so the main document alone carries it.
    """
    is_main = position == 0
    return {
        "Title": letter.subject if is_main else f"Bijlage {position} bij {letter.kenmerk}",
        KENMERK: letter.kenmerk if is_main else None,
        "Richting": letter.direction,
        "Kanaal": _text(letter.channel),
        "Verzendwijze": _text(letter.send_mode),
        "Documenttype": _text(letter.document_type),
        "DatumStuk": _noon(letter.document_date),
        "Ontvangstdatum": _noon(letter.received_on),
        "Verzenddatum": _utc(letter.sent_at),
        "Registratiedatum": _utc(letter.registered_at),
        "Afzender": _text(letter.sender) if letter.sender_is_organisation else None,
        "UwKenmerk": _text(letter.your_reference) if letter.sender_is_organisation else None,
        "Dienst": _text(letter.department),
        "Behandelaar": _text(letter.case_handler),
        PROJECT: project,
        "Serie": letter.series,
        "Dossier": _text(letter.dossier),
        "Vertrouwelijkheid": letter.confidentiality,
        "Persoonsgegevens": letter.holds_personal_data,
        "Antwoordtermijn": _noon(due),
        STATUS: letter.status,
        "Scandatum": _utc(letter.scanned_at),
        "Kwaliteitscontrole": _text(letter.quality_check),
        "PapierTot": _noon(letter.paper_until),
        "HubId": letter.id,
        "HubVersie": str(letter.version),
        "Sha256": letter.files[position].sha256,
    }


def differing(wanted: Mapping[str, Value], found: Mapping[str, Any]) -> list[str]:
    """Return the columns that do not say what they should; SharePoint may write a day or moment in its own way."""
    return [name for name, value in wanted.items() if _comparable(name, value) != _comparable(name, found.get(name))]


def belongs_to(letter_id: str, found: Mapping[str, Any]) -> bool:
    """Tell whether a file with the columns *found* is one of the letter with the hub's id *letter_id*."""
    return found.get("HubId") == letter_id


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
    return value[:TEXT_LENGTH] if value else None


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _noon(day: date | None) -> str | None:
    """Write a day so that it stays the same day in the site's own time zone, into which SharePoint converts it."""
    return f"{day.isoformat()}T12:00:00Z" if day else None
