"""Reads the XML sidecar that the register writes beside a scan, without DTDs or entities."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from services.mailroom.domain.letter import MAIN, Letter
from shared.errors import Invalid

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SUFFIX = ".metadata.xml"
_LARGEST = 1024 * 1024  # bytes; a real sidecar has a few thousand
_NAMESPACE = {"": "urn:example.org:postregistratie:1"}
_ROOT = "{urn:example.org:postregistratie:1}poststuk"

# Field of Letter -> where the sidecar says it.
_TEXTS = {
    "kenmerk": "registratie/kenmerk",
    "direction": "registratie/richting",
    "channel": "registratie/kanaal",
    "registered_at": "registratie/registratiedatum",
    "subject": "document/onderwerp",
    "document_type": "document/documenttype",
    "document_date": "document/documentdatum",
    "received_on": "document/ontvangstdatum",
    "sender": "partijen/afzender/naam",
    "department": "behandeling/dienst",
    "case_handler": "behandeling/dossierbehandelaar",
    "project": "ordening/projectcode",
    "dossier": "ordening/dossier",
    "confidentiality": "ordening/vertrouwelijkheid",
    "reply_by": "behandeling/antwoordtermijn",
}


def read_sidecar(path: Path) -> Letter:
    """Return the letter that the sidecar at *path* describes.

    Raises: Invalid("unreadable_sidecar") when it is no XML of this kind, Invalid("invalid_letter") naming the fields.
    """
    root = _parse(path)
    raw: dict[str, Any] = {field: _text(root, place) for field, place in _TEXTS.items()}
    raw["version"] = root.get("versie")
    raw["series"] = _attribute(root, "ordening/serie", "code") or _text(root, "ordening/serie")
    raw["sender_is_organisation"] = _attribute(root, "partijen/afzender", "soort") == "organisatie"
    raw["files"] = sorted(
        (_file(element) for element in root.iterfind("bestanden/bestand", _NAMESPACE)),
        key=lambda file: file["role"] != MAIN,
    )
    return Letter.load({field: value for field, value in raw.items() if value is not None})


def _parse(path: Path) -> Element:
    if path.stat().st_size > _LARGEST:
        raise Invalid("unreadable_sidecar", f"sidecar: expected at most {_LARGEST} bytes, came {path.stat().st_size}")
    try:
        root: Element = fromstring(path.read_bytes(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Invalid("unreadable_sidecar", f"sidecar: no XML without DTD: {type(error).__name__}") from error
    if root.tag != _ROOT:
        raise Invalid("unreadable_sidecar", f"sidecar: expected {_ROOT}, came {root.tag[:100]}")
    return root


def _text(root: Element, place: str) -> str | None:
    """Return the text at *place* on one line, as a column holds it; None when empty."""
    return " ".join((root.findtext(place, "", _NAMESPACE) or "").split()) or None


def _attribute(root: Element, place: str, name: str) -> str | None:
    element = root.find(place, _NAMESPACE)
    return None if element is None else element.get(name)


def _file(element: Element) -> dict[str, str]:
    return {
        "role": element.get("rol", ""),
        "name": element.get("naam", ""),
        "size": element.get("bytes", ""),
        "sha256": element.get("sha256", "").lower(),
    }
