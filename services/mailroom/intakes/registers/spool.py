"""Where the files of a letter stand from when they were fetched until the letter is settled: numbered, not named.

Layout::

    spool/<intake>/2026_IN_001235@2/0     the main document
    spool/<intake>/2026_IN_001235@2/1     the first attachment
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from services.mailroom.domain.letter import Letter, LetterFile
from services.mailroom.intakes.registers.fetching import Files
from shared.errors import Invalid, Transient

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*@[0-9]{1,16}")
_KENMERK = re.compile(r"[A-Za-z0-9][A-Za-z0-9/.-]*")
_LONGEST = 200  # characters; an event and a table hold no more


def reference_of(kenmerk: str, version: int) -> str:
    """Return where a letter is found: two letters never share a place, for no kenmerk has a _.

    Raises: Invalid("invalid_kenmerk") when it cannot be the name of a folder.
    """
    made = f"{kenmerk.replace('/', '_')}@{version}"
    if not _KENMERK.fullmatch(kenmerk) or len(made) > _LONGEST:
        raise Invalid("invalid_kenmerk", "register: expected a kenmerk of letters, digits, / . and -")
    return made


class Spool:
    """The files of one intake below *folder*. *original* finds an e-mail that the register knows by its digest only."""

    def __init__(self, folder: Path, original: Callable[[str, Path], bool]) -> None:
        self._folder, self._original = folder, original

    def take(self, reference: str, letter: Letter, files: Files) -> tuple[Path, ...]:
        """Return the files of *letter*, each fetched once and equal to what the register says.

        Raises: Invalid("incomplete_set"), Invalid("sha256_mismatch"), and what *files* raises.
        """
        with on_disk():
            folder = self._made(reference)
            return tuple(self._one(folder / str(number), file, files) for number, file in enumerate(letter.files))

    def measure(self, reference: str, place: str, files: Files, most: int) -> tuple[int, str]:
        """Fetch a main document of which the register says too little; return its length in bytes and its SHA-256."""
        with on_disk():
            path = self._made(reference) / "0"
            files.fetch(place, path, most)
            return path.stat().st_size, sha256_of(path)

    def drop(self, reference: str) -> None:
        """Remove the files of a letter. Safe to repeat; what is no reference of ours has none."""
        if not _REFERENCE.fullmatch(reference):
            return
        with on_disk():
            place = self._folder / reference
            if place.exists():
                shutil.rmtree(place)

    def _made(self, reference: str) -> Path:
        place = self._folder / reference
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return place

    def _one(self, path: Path, file: LetterFile, files: Files) -> Path:
        if path.exists() and path.stat().st_size == file.size and sha256_of(path) == file.sha256:
            return path
        if file.url:
            files.fetch(file.url, path, file.size)
        elif not self._original(file.sha256, path):
            raise Invalid("file_gone", f"register: says not where {file.role} is, and no shared mailbox has it")
        if path.stat().st_size != file.size:
            raise Invalid("incomplete_set", f"register: {file.role} has another length than {file.size}")
        if sha256_of(path) != file.sha256:
            raise Invalid("sha256_mismatch", f"register: {file.role} is not what it hashed")
        return path


@contextmanager
def on_disk() -> Iterator[None]:
    """Translate a disk or share that fails; which file it was stays out of the message."""
    try:
        yield
    except OSError as error:
        raise Transient("intake_unavailable", f"spool: {type(error).__name__} (errno {error.errno})") from error


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
