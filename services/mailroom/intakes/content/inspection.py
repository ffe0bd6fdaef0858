"""Looks whether a file is what its name says, and nothing that acts: the first bytes, and into a PDF."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePath

from services.mailroom.intakes.content.pdf import inspect_pdf
from services.mailroom.intakes.content.programs import FORBIDDEN, is_archive, is_program
from shared.errors import Invalid

_HEAD = 8192  # bytes that tell of what kind a file is

_TIFF = rb"II[\x2a\x2b]\x00|MM\x00[\x2a\x2b]"  # also the big ones

# What a file of each kind begins with. An .eml has no mark of its own: it is text, and begins with a header.
_BEGINNINGS: Mapping[str, re.Pattern[bytes]] = {
    ".pdf": re.compile(rb"(\xef\xbb\xbf)?\s*%PDF-"),
    ".eml": re.compile(rb"(\xef\xbb\xbf)?(From [^\r\n\x00]*\r?\n)?[A-Za-z0-9_.-]{1,100}[ \t]*:[^\x00]*\Z"),
    ".tif": re.compile(_TIFF),
    ".tiff": re.compile(_TIFF),
    ".jpg": re.compile(rb"\xff\xd8\xff"),
    ".jpeg": re.compile(rb"\xff\xd8\xff"),
    ".png": re.compile(rb"\x89PNG\r\n\x1a\n"),
}


def inspect(path: Path, name: str) -> None:
    """Pass a file that is what *name* says, and harmless as far as can be seen.

    Raises: Invalid with `forbidden_type`, `content_differs_from_type`, or what a PDF hides (see pdf.py). No message
    says what the file is called or holds.
    """
    kind = PurePath(name).suffix.lower()
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if kind in FORBIDDEN or is_program(head) or (kind in _BEGINNINGS and is_archive(head)):
        raise Invalid("forbidden_type", f"a {_kind(kind)} file: a program, script or archive is no letter")
    if kind in _BEGINNINGS and not _BEGINNINGS[kind].match(head):
        raise Invalid("content_differs_from_type", f"a {kind} file: its first bytes are of another kind")
    if kind == ".pdf":
        inspect_pdf(path)


def _kind(extension: str) -> str:
    known = extension in FORBIDDEN or extension in _BEGINNINGS
    return extension if known else "nameless"
