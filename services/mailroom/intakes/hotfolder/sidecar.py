"""Reads the sidecar that says of which letter a file is: XML or JSON, read into the same record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from services.mailroom.domain.letter import Letter
from services.mailroom.intakes.hotfolder import sidecar_json, sidecar_xml
from services.mailroom.intakes.record import letter_of
from shared.errors import Invalid

_LARGEST = 1024 * 1024  # bytes; a real sidecar has a few thousand
_READERS: Mapping[str, Callable[[bytes], Mapping[str, Any]]] = {
    ".metadata.xml": sidecar_xml.record_in,
    ".metadata.json": sidecar_json.record_in,
}


def suffix_of(name: str) -> str | None:
    """Return the ending that makes *name* a sidecar, however it is capitalised; None when it is none."""
    return next((suffix for suffix in _READERS if name.lower().endswith(suffix)), None)


def described_by(name: str) -> str:
    """Return the name of the file that a sidecar is named after."""
    return name[: -len(suffix_of(name) or "")]


def read_sidecar(path: Path) -> Letter:
    """Return the letter that the sidecar at *path* describes.

    Raises: Invalid("unreadable_sidecar") when it is not of its kind, Invalid("invalid_letter") naming the fields.
    """
    return letter_of(record_at(path))


def record_at(path: Path) -> Mapping[str, Any]:
    """Return what the sidecar at *path* says, in record.py's shape. Raises: Invalid("unreadable_sidecar")."""
    with path.open("rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise Invalid("unreadable_sidecar", f"sidecar: expected at most {_LARGEST} bytes, came more")
    return _READERS[suffix_of(path.name) or ".metadata.xml"](content)


def names_in(record: Mapping[str, Any]) -> list[str]:
    """Return the files that *record* names, valid or not: what is refused is put aside whole."""
    files = record.get("bestanden")
    named = [file.get("naam") for file in files if isinstance(file, Mapping)] if isinstance(files, list) else []
    return [name for name in named if isinstance(name, str)]
