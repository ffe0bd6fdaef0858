"""Which SharePoint columns tell of a letter, and whether they do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.mailroom.domain.letter import TEXT_LENGTH, Letter

_LOCAL = ZoneInfo("Europe/Brussels")
_DAYS = frozenset({"DatumStuk", "Ontvangstdatum", "Antwoordtermijn"})
_MOMENTS = frozenset({"Registratiedatum"})


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
    return value[:TEXT_LENGTH] if value else None


def _noon(day: date | None) -> str | None:
    """Write a day so that it stays the same day in the site's own time zone, into which SharePoint converts it."""
    return f"{day.isoformat()}T12:00:00Z" if day else None
