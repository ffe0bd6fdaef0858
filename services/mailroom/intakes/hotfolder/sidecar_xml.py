"""Reads the XML sidecar of a scan into a record, without DTDs or entities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from shared.errors import Invalid

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NAMESPACE = {"": "urn:example.org:postregistratie:1"}
_ROOT = "{urn:example.org:postregistratie:1}poststuk"

# Key of the record -> where the sidecar says it; after @ the attribute. A dot makes an object of it.
_PLACES = {
    "versie": "@versie",
    "kenmerk": "registratie/kenmerk",
    "richting": "registratie/richting",
    "kanaal": "registratie/kanaal",
    "verzendwijze": "registratie/verzendwijze",
    "registratiedatum": "registratie/registratiedatum",
    "status": "registratie/status",
    "onderwerp": "document/onderwerp",
    "documenttype": "document/documenttype",
    "documentdatum": "document/documentdatum",
    "ontvangstdatum": "document/ontvangstdatum",
    "verzenddatum": "document/verzenddatum",
    "uw_kenmerk": "document/uwKenmerk",
    "afzender.soort": "partijen/afzender@soort",
    "afzender.naam": "partijen/afzender/naam",
    "afzender.email": "partijen/afzender/email",
    "dienst.code": "behandeling/dienst@code",
    "dienst.naam": "behandeling/dienst",
    "dossierbehandelaar.upn": "behandeling/dossierbehandelaar@upn",
    "dossierbehandelaar.naam": "behandeling/dossierbehandelaar",
    "antwoord_vereist": "behandeling/antwoordVereist",
    "antwoordtermijn": "behandeling/antwoordtermijn",
    "projectcode": "ordening/projectcode",
    "serie.code": "ordening/serie@code",
    "serie.naam": "ordening/serie",
    "dossier": "ordening/dossier",
    "vertrouwelijkheid": "ordening/vertrouwelijkheid",
    "bevat_persoonsgegevens": "ordening/bevatPersoonsgegevens",
    "digitalisering.scandatum": "digitalisering/scandatum",
    "digitalisering.scanner": "digitalisering/scanner",
    "digitalisering.kwaliteitscontrole": "digitalisering/kwaliteitscontrole",
    "papier_bewaren_tot": "digitalisering/papierBewarenTot",
}


def record_in(content: bytes) -> dict[str, Any]:
    """Return the record, in the shape that record.py reads. Raises: Invalid("unreadable_sidecar")."""
    root = _parse(content)
    record: dict[str, Any] = {}
    for key, place in _PLACES.items():
        whole, _, part = key.partition(".")
        if part:
            record.setdefault(whole, {})[part] = _told(root, place)
        else:
            record[whole] = _told(root, place)
    record["relaties"] = [element.text for element in root.iterfind("relaties/inAntwoordOp", _NAMESPACE)]
    record["bestanden"] = [dict(element.attrib) for element in root.iterfind("bestanden/bestand", _NAMESPACE)]
    return record


def _parse(content: bytes) -> Element:
    try:
        root: Element = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Invalid("unreadable_sidecar", f"sidecar: no XML without DTD: {type(error).__name__}") from error
    if root.tag != _ROOT:
        raise Invalid("unreadable_sidecar", f"sidecar: expected {_ROOT}, came {root.tag[:100]}")
    return root


def _told(root: Element, place: str) -> str | None:
    path, _, attribute = place.partition("@")
    element = root.find(path, _NAMESPACE) if path else root
    if element is None:
        return None
    return element.get(attribute) if attribute else element.text
