"""Turns a register's record of a letter into a Letter; every way in brings its letters to this one shape.

Shape (what is not required may be absent, null or empty)::

    {"kenmerk": "2026/IN/001235", "versie": 1, "richting": "inkomend", "onderwerp": "Offerte",
     "registratiedatum": "2026-11-18T10:05:00+01:00", "ontvangstdatum": "2026-11-18",
     "afzender": {"soort": "burger", "naam": "Piet Proefburger", "email": "piet@burger.example.org"},
     "dienst": {"code": "TD", "naam": "Technische dienst"}, "dossierbehandelaar": {"upn": "stan@example.org"},
     "serie": "ALG.MELDING", "vertrouwelijkheid": "intern", "relaties": ["2026/UIT/000012"],
     "bestanden": [{"rol": "hoofddocument", "naam": "a.pdf", "bytes": 2048, "sha256": "50f5…"}]}

`dienst`, `dossierbehandelaar` and `serie` may also be a plain text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from services.mailroom.domain.letter import MAIN, Letter
from shared.errors import Invalid

# Field of Letter -> where a record says it, the best place first. The last one is its name in complaints.
_PLACES: Mapping[str, tuple[str, ...]] = {
    "kenmerk": ("kenmerk",),
    "version": ("versie",),
    "direction": ("richting",),
    "channel": ("kanaal",),
    "send_mode": ("verzendwijze",),
    "subject": ("onderwerp",),
    "document_type": ("documenttype",),
    "document_date": ("documentdatum",),
    "received_on": ("ontvangstdatum",),
    "sent_at": ("verzenddatum",),
    "registered_at": ("registratiedatum",),
    "sender": ("afzender.naam",),
    "sender_is_organisation": ("afzender.soort",),
    "sender_mail": ("afzender.email",),
    "your_reference": ("uw_kenmerk",),
    "department": ("dienst.naam", "dienst"),
    "department_code": ("dienst.code",),
    "case_handler": ("dossierbehandelaar.naam", "dossierbehandelaar"),
    "handler": ("dossierbehandelaar.upn",),
    "project": ("projectcode",),
    "series": ("serie.code", "serie.naam", "serie"),
    "dossier": ("dossier",),
    "confidentiality": ("vertrouwelijkheid",),
    "holds_personal_data": ("bevat_persoonsgegevens",),
    "needs_reply": ("antwoord_vereist",),
    "reply_by": ("antwoordtermijn",),
    "in_reply_to": ("in_antwoord_op", "relaties"),
    "status": ("status",),
    "scanned_at": ("digitalisering.scandatum",),
    "quality_check": ("digitalisering.kwaliteitscontrole",),
    "paper_until": ("papier_bewaren_tot",),
    "files": ("bestanden",),
}
_PLAIN = frozenset(place for places in _PLACES.values() for place in places if "." not in place)
_FILE = {
    "role": "rol",
    "name": "naam",
    "size": "bytes",
    "sha256": "sha256",
    "media_type": "mediatype",
    "url": "url",
}
_ORGANISATION = "organisatie"
_NEWEST_VERSION = 2**31 - 1  # what an integer column holds
_LARGEST_FILE = 2**63 - 1

_UNUSABLE = ()  # fits no field, so that the field itself complains of it
# C0 and DEL mean nothing in a text, and a lone surrogate (JSON can hold one) cannot be written as UTF-8.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def letter_of(record: Mapping[str, Any]) -> Letter:
    """Return the letter that *record* describes, its main document first.

    Raises: Invalid("invalid_letter") whose fields have the record's own names, such as `bestanden.0.sha256`.
    """
    raw = {field: _value(record, field) for field in _PLACES}
    raw["version"] = _number(raw["version"], _NEWEST_VERSION)
    raw["sender_is_organisation"] = raw["sender_is_organisation"] == _ORGANISATION
    files, order = _main_first(raw["files"])
    raw["files"] = files
    try:
        return Letter.load({field: value for field, value in raw.items() if value is not None})
    except Invalid as error:
        faults = {_dutch(place, order): wrong for place, wrong in error.fields.items()}
        listed = "; ".join(f"{place}: {' '.join(wrong)}" for place, wrong in sorted(faults.items()))
        raise Invalid("invalid_letter", f"record of a letter: {listed}", faults) from error


def _value(record: Mapping[str, Any], field: str) -> Any:
    found = (_usable(_at(record, place)) for place in _PLACES[field])
    return next((value for value in found if value is not None), None)


def _at(record: Mapping[str, Any], place: str) -> Any:
    """Return what stands at *place*; None when a text stands where the record could have an object, or the reverse."""
    whole, _, part = place.partition(".")
    value = record.get(whole)
    if not part:
        return None if isinstance(value, Mapping) else value
    if isinstance(value, Mapping):
        return value.get(part)
    return None if value in (None, "") or whole in _PLAIN else _UNUSABLE


def _usable(value: Any) -> Any:
    """Return a text on one line, as a column holds it, and None when it is empty; anything else as it came."""
    if isinstance(value, str):
        line = " ".join(value.split()) or None
        return _UNUSABLE if line and _UNPRINTABLE.search(line) else line
    if isinstance(value, list):
        return [_usable(item) for item in value]
    return value


def _number(value: Any, most: int) -> Any:
    """Return a whole number; what Python would also take for one (True, 1.5, "1_0") fits no field."""
    if isinstance(value, str) and re.fullmatch("[0-9]{1,19}", value):
        value = int(value)
    if value is None or (type(value) is int and value <= most):
        return value
    return _UNUSABLE


def _main_first(files: Any) -> tuple[Any, Sequence[int]]:
    """Return *files* with our keys, the main document first, and where each of them stood in the record."""
    if not isinstance(files, list):
        return files, ()
    order = sorted(range(len(files)), key=lambda at: not _is_main(files[at]))
    return [_file(files[at]) for at in order], order


def _is_main(file: Any) -> bool:
    return isinstance(file, Mapping) and file.get("rol") == MAIN


def _file(file: Any) -> Any:
    if not isinstance(file, Mapping):
        return file
    told = {ours: file.get(theirs) for ours, theirs in _FILE.items()}
    told["size"] = _number(told["size"], _LARGEST_FILE)
    for ours, value in told.items():
        if isinstance(value, str) and _UNPRINTABLE.search(value):  # a name keeps its spaces: the file has them too
            told[ours] = _UNUSABLE
    if isinstance(told["sha256"], str):
        told["sha256"] = told["sha256"].lower()
    return {ours: value for ours, value in told.items() if value not in (None, "")}


def _dutch(place: str, order: Sequence[int]) -> str:
    """Return the record's own name of a faulty place, e.g. `files.0.size` -> `bestanden.1.bytes`."""
    field, *inner = place.split(".")
    name = _PLACES[field][-1] if field in _PLACES else field
    if field == "files" and inner and inner[0].isdecimal() and int(inner[0]) < len(order):
        inner = [str(order[int(inner[0])]), *(_FILE.get(part, part) for part in inner[1:])]
    return ".".join([name, *inner])
