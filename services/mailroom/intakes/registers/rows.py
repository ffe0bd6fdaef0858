"""Rows of a register's view, made into records of letters: one row for a letter, or one for each of its files.

Columns are named as the record's keys with _ for a point (`afzender_naam`), those of a file with `bestand_` before
(`bestand_sha256`). What the rows of one letter say differently stands in its record as a list, which fits no field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from shared.clock import BRUSSELS
from shared.errors import Invalid

# Column -> where the record has it.
_PLACES: Mapping[str, str] = {
    "kenmerk": "kenmerk",
    "versie": "versie",
    "richting": "richting",
    "kanaal": "kanaal",
    "verzendwijze": "verzendwijze",
    "onderwerp": "onderwerp",
    "documenttype": "documenttype",
    "documentdatum": "documentdatum",
    "ontvangstdatum": "ontvangstdatum",
    "verzenddatum": "verzenddatum",
    "registratiedatum": "registratiedatum",
    "afzender_naam": "afzender.naam",
    "afzender_soort": "afzender.soort",
    "afzender_email": "afzender.email",
    "uw_kenmerk": "uw_kenmerk",
    "dienst_naam": "dienst.naam",
    "dienst_code": "dienst.code",
    "dossierbehandelaar_naam": "dossierbehandelaar.naam",
    "dossierbehandelaar_upn": "dossierbehandelaar.upn",
    "projectcode": "projectcode",
    "serie": "serie",
    "dossier": "dossier",
    "vertrouwelijkheid": "vertrouwelijkheid",
    "bevat_persoonsgegevens": "bevat_persoonsgegevens",
    "antwoord_vereist": "antwoord_vereist",
    "antwoordtermijn": "antwoordtermijn",
    "in_antwoord_op": "in_antwoord_op",
    "status": "status",
    "scandatum": "digitalisering.scandatum",
    "kwaliteitscontrole": "digitalisering.kwaliteitscontrole",
    "papier_bewaren_tot": "papier_bewaren_tot",
}
# A file is at `bestand_pad`, in the folder `files`, or at `bestand_url`.
_FILE = {
    "bestand_rol": "rol",
    "bestand_naam": "naam",
    "bestand_bytes": "bytes",
    "bestand_sha256": "sha256",
    "bestand_mediatype": "mediatype",
    "bestand_pad": "url",
    "bestand_url": "url",
}
_DAYS = frozenset({"documentdatum", "ontvangstdatum", "antwoordtermijn", "papier_bewaren_tot"})
_MOMENTS = frozenset({"verzenddatum", "registratiedatum", "scandatum"})
_LISTS = frozenset({"in_antwoord_op"})
_COUNTED = frozenset({"versie", "bestand_bytes", "bevat_persoonsgegevens", "antwoord_vereist"})

COLUMNS = (*_PLACES, *_FILE)
REQUIRED = (
    "kenmerk", "versie", "richting", "onderwerp", "registratiedatum", "serie", "vertrouwelijkheid",
    "bestand_rol", "bestand_naam", "bestand_bytes", "bestand_sha256",
)  # fmt: skip

# What can be told of a letter that is held; any other kenmerk may hold more than a number.
_TELLABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9/.-]{0,63}")
_LARGEST = 2**63  # of a number, what databases count with
_VERSION = re.compile(r"[0-9]{1,10}")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """A version of a letter as its rows tell it, however wrong.

    *kenmerk* is that of the register, or a digest of a row without one; *version* is 0 when it is no number.
    """

    kenmerk: str
    version: int
    record: Mapping[str, Any]


def rows_of(header: Sequence[str], rows: Iterable[Sequence[object]], names: Mapping[str, str]) -> list[Row]:
    """Return each row by our names; *names* says which of them the view calls otherwise. Capitals make no difference.

    Raises: Invalid("unexpected_columns") naming those that are not there, or twice.
    """
    there = [" ".join(name.split()).casefold() for name in header]
    wanted = {ours: names.get(ours, ours) for ours in COLUMNS}
    must = {theirs for ours, theirs in wanted.items() if ours in REQUIRED or ours in names}
    wrong = sorted(name for name in set(wanted.values()) if there.count(name.casefold()) > 1)
    wrong += sorted(name for name in must if name.casefold() not in there)
    if wrong:
        raise Invalid("unexpected_columns", f"'query': missing or double: {', '.join(wrong)}; see 'columns'")
    at = {ours: there.index(theirs.casefold()) for ours, theirs in wanted.items() if theirs.casefold() in there}
    return [{ours: _plain(ours, cells[place]) for ours, place in at.items()} for cells in rows]


def told_by(rows: Iterable[Row]) -> list[Told]:
    """Return the letters of *rows*, in the order in which they come."""
    letters: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        letters.setdefault(_identity(row), []).append(row)
    return [Told(kenmerk, version, _record(own)) for (kenmerk, version), own in letters.items()]


def _identity(row: Row) -> tuple[str, int]:
    kenmerk, version = str(row["kenmerk"] or ""), str(row["versie"])
    if not _TELLABLE.fullmatch(kenmerk):
        return f"row-{sha256(repr(sorted(row.items())).encode()).hexdigest()[:16]}", 0
    return kenmerk, int(version) if _VERSION.fullmatch(version) else 0


def _record(rows: Sequence[Row]) -> dict[str, Any]:
    record: dict[str, Any] = {"bestanden": [_file(row) for row in rows if row.get("bestand_naam") is not None]}
    for column, place in _PLACES.items():
        said = list(dict.fromkeys(repr(row.get(column)) for row in rows))
        value = rows[0].get(column) if len(said) == 1 else said
        whole, _, part = place.partition(".")
        if value is not None and part:
            record.setdefault(whole, {})[part] = value
        elif value is not None:
            record[whole] = value
    return record


def _file(row: Row) -> dict[str, Any]:
    return {place: row[column] for column, place in _FILE.items() if row.get(column) is not None}


def _plain(column: str, cell: object) -> Any:
    """Return *cell* as JSON has it: what databases give as days, moments and numbers, and padded text."""
    if isinstance(cell, str):
        cell = cell.strip() or None
    if column in _LISTS and isinstance(cell, str):
        return [part.strip() for part in cell.split(",") if part.strip()]
    if column in _MOMENTS or column in _DAYS:
        cell = _written(cell, is_day=column in _DAYS)
    if isinstance(cell, Decimal | float):
        number = Decimal(cell)
        is_whole = number.is_finite() and abs(number) < _LARGEST and number == int(number)
        cell = int(number) if is_whole else str(cell)
    if isinstance(cell, int) and column not in _COUNTED:
        return str(cell)  # a kenmerk that is a number is a text all the same
    return cell if isinstance(cell, str | int | None) else str(cell)


def _written(cell: object, *, is_day: bool) -> object:
    """Return a day or a moment in ISO 8601, a moment without a zone as one in Brussels."""
    if isinstance(cell, str):
        try:
            cell = datetime.fromisoformat(cell)
        except ValueError:
            return cell  # the letter's own check says what was expected
    if not isinstance(cell, datetime):
        return cell.isoformat() if isinstance(cell, date) else cell
    moment = cell if cell.tzinfo else cell.replace(tzinfo=BRUSSELS)
    try:
        return moment.astimezone(BRUSSELS).date().isoformat() if is_day else moment.isoformat()
    except OverflowError:  # the last day that there is, in UTC
        return cell.isoformat()
