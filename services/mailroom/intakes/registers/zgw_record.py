"""Turns an enkelvoudiginformatieobject of the ZGW Documenten API into the record of a letter.

https://github.com/VNG-Realisatie/documenten-api/blob/master/src/openapi.yaml
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar

from marshmallow import RAISE, fields, validate

from services.mailroom.domain.letter import CONFIDENTIAL, MAIN, OPENNESS, TEXT_LENGTH
from shared.clock import BRUSSELS
from shared.contracts import Contract
from shared.errors import Invalid

# Their eight levels, from open to secret, and our four. What only those of one case may see is not for a project.
LEVELS: Mapping[str, str] = {
    "openbaar": "openbaar",
    "beperkt_openbaar": "intern",
    "intern": "intern",
    "zaakvertrouwelijk": "vertrouwelijk",
    "vertrouwelijk": "vertrouwelijk",
    "confidentieel": "vertrouwelijk",
    "geheim": "geheim",
    "zeer_geheim": "geheim",
}
OURS = (*OPENNESS, *CONFIDENTIAL)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class TypePolicy(Contract):
    """What an informatieobjecttype is here: *serie* decides what is kept out of project folders."""

    UNKNOWN: ClassVar[str] = RAISE

    serie: Annotated[str, fields.String(validate=validate.Length(1, TEXT_LENGTH))]
    documenttype: Annotated[str | None, fields.String(validate=validate.Length(1, TEXT_LENGTH), allow_none=True)] = None


@dataclass(frozen=True)
class Mapped:
    """How this organisation reads its objects. *project* finds the code of a project in one, None when it has none."""

    types: Mapping[str, TypePolicy]
    levels: Mapping[str, str]
    project: Callable[[Mapping[str, Any]], str | None] = field(default=lambda _: None)

    def record(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """Return the record, but for its file. What *found* lacks is complained of when the letter is read.

        Raises: Invalid("unknown_document_type") when hub.toml does not say what the type is.
        """
        type_ = self.types.get(str(found.get("informatieobjecttype")))
        if type_ is None:
            raise Invalid(
                "unknown_document_type", "an informatieobjecttype that [mailroom.intakes.<name>.types] does not have"
            )
        return {
            "kenmerk": kenmerk_of(found),
            "versie": found.get("versie"),
            **_direction(found),
            "onderwerp": found.get("titel"),
            "documentdatum": found.get("creatiedatum"),
            "registratiedatum": found.get("beginRegistratie"),
            "afzender": {"naam": found.get("auteur")},
            "vertrouwelijkheid": self.levels.get(str(found.get("vertrouwelijkheidaanduiding"))),
            "status": found.get("status"),
            "documenttype": type_.documenttype,
            "serie": type_.serie,
            "projectcode": self.project(found),
        }


def kenmerk_of(found: Mapping[str, Any]) -> str:
    """Return the identificatie as a kenmerk: in capitals, with - for a blank and _.

    Raises: Invalid("invalid_kenmerk") when other signs are in it: two letters must not become one.
    """
    made = re.sub(r"[\s_]+", "-", str(found.get("identificatie") or "").strip()).upper()
    if not re.fullmatch(r"[A-Z0-9]+([/.-][A-Z0-9]+)*", made) or len(made) > 40:
        raise Invalid("invalid_kenmerk", "identificatie: expected letters and digits with single / . - _ between")
    return made


def claimed_hash(found: Mapping[str, Any]) -> str | None:
    """Return the SHA-256 that the register claims; another algorithm, or none, is no claim."""
    integrity = found.get("integriteit")
    said = integrity if isinstance(integrity, Mapping) else {}
    value = str(said.get("waarde")).lower()
    return value if said.get("algoritme") == "sha_256" and _SHA256.fullmatch(value) else None


def file_of(found: Mapping[str, Any], place: str, size: int, sha256: str) -> dict[str, Any]:
    """Return the only file of the object, which stands at *place*. Without a name it is called by its type."""
    media_type = found.get("formaat") or None
    name = found.get("bestandsnaam") or f"document{mimetypes.guess_extension(str(media_type)) or ''}"
    return {"rol": MAIN, "naam": name, "bytes": size, "sha256": sha256, "mediatype": media_type, "url": place}


def _direction(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return which way the letter went. Newer versions of the API keep these two days with its Verzending."""
    if received := found.get("ontvangstdatum"):
        return {"richting": "inkomend", "ontvangstdatum": received}
    if sent := found.get("verzenddatum"):
        return {"richting": "uitgaand", "verzenddatum": _moment(str(sent))}
    return {"richting": "intern"}


def _moment(day: str) -> str:
    try:
        return datetime.fromisoformat(day).replace(tzinfo=BRUSSELS).isoformat()
    except ValueError:
        return day  # the letter's own check says what was expected
