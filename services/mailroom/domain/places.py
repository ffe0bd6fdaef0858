"""Where a letter belongs, and what its files are called there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from services.mailroom.domain.letter import Letter

_TYPE_LENGTH = 40  # characters of the document type in a file name

# https://support.microsoft.com/office/restrictions-and-limitations-in-onedrive-and-sharepoint
_ILLEGAL = re.compile(
    r'["*:<>?/\\|#%\x00-\x1f\x7f]|^[ ~]|[ .]$|_vti_'
    r"|^\.lock$|^desktop\.ini$|^forms$|^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$",
    re.IGNORECASE,
)
_LONGEST_FOLDER_NAME = 128  # characters; with our own part every path stays below SharePoint's 400


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
