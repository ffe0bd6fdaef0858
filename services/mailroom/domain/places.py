"""Where a letter belongs, and what its files are called there."""

from __future__ import annotations

import re
import unicodedata

from services.mailroom.domain.letter import Letter

_TYPE_LENGTH = 40  # characters of the document type in a file name
_LINK = ".url"

# https://support.microsoft.com/office/restrictions-and-limitations-in-onedrive-and-sharepoint
_ILLEGAL = re.compile(
    r'["*:<>?/\\|#%\x00-\x1f\x7f]|^[ ~]|[ .]$|_vti_'
    r"|^\.lock$|^desktop\.ini$|^forms$|^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$",
    re.IGNORECASE,
)
_LONGEST_FOLDER_NAME = 128  # characters; with our own part every path stays below SharePoint's 400


def subfolder(letter: Letter) -> str:
    """Return where in the folder of its project a letter stands, e.g. `Post/Inkomend/2026`."""
    return f"Post/{letter.direction.capitalize()}/{letter.day.year}"


def file_name(letter: Letter, position: int) -> str:
    """Return the name of file *position* (0: the main document), e.g. `2026-IN-001234_2026-11-18_Offerte.pdf`.

    It says nothing of the sender or subject, and no two files of any letters share one, however SharePoint compares.
    """
    reference = letter.kenmerk.replace("-", "--").replace("/", "-")
    attachment = f"_bijlage{position}" if position else ""
    stem = f"{reference}_{letter.day.isoformat()}_{_words(letter.document_type)}{attachment}"
    return stem + _extension(letter.files[position].name)


def link_name(letter: Letter) -> str:
    """Return the name of a link that stands in the place of the main document."""
    return file_name(letter, 0).removesuffix(_extension(letter.files[0].name)) + _LINK


def is_link(name: str) -> bool:
    """Tell whether the file *name* is a link; no letter's own file has that extension."""
    return name.casefold().endswith(_LINK)


def numbered(name: str, number: int) -> str:
    """Return the name of the *number*-th file that would be called *name*: `brief.pdf`, `brief (2).pdf`, …"""
    if number == 1:
        return name
    stem, dot, extension = name.rpartition(".")
    return f"{stem} ({number}){dot}{extension}" if dot else f"{name} ({number})"


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
