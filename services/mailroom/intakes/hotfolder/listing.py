"""What lies in a hot folder. A name that a sidecar says is looked up here and never opened.

So no such name leads outside the folder, whatever it says (`..`, `/etc/passwd`, `a:b`, a link).
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from services.mailroom.intakes.hotfolder.sidecar import suffix_of

REASON_FILE = "reden.txt"  # our own; people put it back together with the set

_LEFT_ALONE = frozenset({"thumbs.db", "desktop.ini", REASON_FILE})
_UNFINISHED = (
    ".tmp",
    ".part",
    ".partial",
    ".filepart",
    ".crdownload",
)  # a program still writes it


@dataclass(frozen=True)
class File:
    """A file as it lay in the folder. *modified* in seconds since 1970, as the share says it."""

    path: Path
    size: int
    modified: float

    @property
    def is_sidecar(self) -> bool:
        return suffix_of(self.path.name) is not None


class Listing:
    """The files of one folder at one moment, in the order of their names."""

    def __init__(self, files: Iterable[File]) -> None:
        self.files = sorted(files, key=lambda file: file.path.name)
        self.sidecars = [file for file in self.files if file.is_sidecar]
        self._documents = {file.path.name: file for file in self.files if not file.is_sidecar}
        self._alike: dict[str, list[File]] = {}
        for name, file in self._documents.items():
            self._alike.setdefault(_alike(name), []).append(file)

    @property
    def documents(self) -> Iterable[File]:
        return self._documents.values()

    def find(self, name: str) -> File | None:
        """Return the file that a sidecar calls *name*: that very name, or the only one that a share takes for the same.

        A sidecar is nobody's file: no set can take that of another.
        """
        if name in self._documents:
            return self._documents[name]
        alike = self._alike.get(_alike(name), [])
        return alike[0] if len(alike) == 1 else None


def listed(folder: Path) -> Listing:
    """Return the plain files of *folder*; what is hidden, unfinished, a link or a folder is left alone."""
    with os.scandir(folder) as entries:
        found = [_file(entry) for entry in entries if not _is_left_alone(entry.name)]
    return Listing(file for file in found if file is not None)


@dataclass
class Watch:
    """Knows since when this process sees each file as it is.

    The moment in a file is not enough: who copies or moves files brings an old one along while the rest of the set is
    still on its way, and the clock of a share may run ahead of ours.
    """

    _since: dict[File, float] = field(default_factory=dict)

    def look(self, listing: Listing, now: datetime) -> None:
        """Take note of what lies there, and forget what changed or has gone."""
        self._since = {file: self._since.get(file, now.timestamp()) for file in listing.files}

    def is_quiet(self, file: File, now: datetime, time: timedelta) -> bool:
        """Tell whether *file* has not changed for *time*, by the share's word or by what was seen."""
        return now.timestamp() - min(file.modified, self._since[file]) >= time.total_seconds()

    def is_here(self, file: File, now: datetime, time: timedelta) -> bool:
        """Tell whether *file* has been seen as it is for *time*. A restart begins anew."""
        return now.timestamp() - self._since[file] >= time.total_seconds()


def _file(entry: os.DirEntry[str]) -> File | None:
    try:
        told = entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # taken away since
        return None
    return File(Path(entry.path), told.st_size, told.st_mtime) if stat.S_ISREG(told.st_mode) else None


def _is_left_alone(name: str) -> bool:
    lower = name.lower()
    return name.startswith((".", "~$")) or lower.endswith(_UNFINISHED) or lower in _LEFT_ALONE


def _alike(name: str) -> str:
    """Return what two names share when a share may take them for one: case, and how accents are composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
