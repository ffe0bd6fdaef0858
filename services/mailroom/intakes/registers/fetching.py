"""Where the files of registers come from: below an address, or in a folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any, Protocol

from services.mailroom.intakes.base import RegisterHttp
from services.mailroom.intakes.registers.addresses import below
from shared.errors import Invalid, Permanent

_GONE = ("http_404", "http_410")
_NOT_A_FILE = "files: a file of the register is absent, or no file below this folder"


class Files(Protocol):
    """A place with files of letters."""

    def fetch(self, place: str, target: Path, most: int) -> None:
        """Write the file at *place* to *target*, whole or not at all. Safe to repeat.

        Raises: Invalid("file_gone"); Invalid("outside_register"); Invalid("incomplete_set") when it is longer than
        *most* bytes; Transient when the place does not answer; Permanent when it refuses us.
        """
        ...


@dataclass(frozen=True)
class Web:
    """A register at *base_url*. *headers* prove who asks, anew for each request."""

    base_url: str
    http: RegisterHttp
    headers: Callable[[], Mapping[str, str]]

    def read(self, url: str) -> Mapping[str, Any]:
        """Return the JSON object at *url*. Raises: Invalid("record_gone"), Invalid("unreadable_record")."""
        try:
            found = self.http.get_json(below(self.base_url, url), headers=self.headers())
        except Permanent as refusal:
            raise _gone(refusal, "record_gone") from refusal
        if not isinstance(found, dict):
            raise Invalid("unreadable_record", f"register: expected a JSON object, came {type(found).__name__}")
        return found

    def fetch(self, place: str, target: Path, most: int) -> None:
        try:
            self.http.download(below(self.base_url, place), target, headers=self.headers(), most=most)
        except Permanent as refusal:
            if refusal.reason == "http_too_large":
                raise Invalid("incomplete_set", f"register: a file is longer than {most} bytes") from refusal
            raise _gone(refusal, "file_gone") from refusal


@dataclass(frozen=True)
class Folder:
    """Files below *root*, by their path from there; no link leads out of it."""

    root: Path

    def fetch(self, place: str, target: Path, most: int) -> None:
        with os.fdopen(self._opened(place), "rb") as source:
            if os.fstat(source.fileno()).st_size > most:
                raise Invalid("incomplete_set", f"files: a file is longer than {most} bytes")
            part = target.with_name(f".{target.name}.part")
            with part.open("wb") as copy:
                shutil.copyfileobj(source, copy)
        part.replace(target)

    def _opened(self, place: str) -> int:
        root = self.root.resolve(strict=True)  # a share that is not mounted is waited for
        path = (root / place.replace("\\", "/")).resolve()
        if PureWindowsPath(place).is_absolute() or not path.is_relative_to(root):
            raise Invalid("outside_register", _NOT_A_FILE)
        if not path.is_file():
            raise Invalid("file_gone", _NOT_A_FILE)
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)  # a link that is put there since is refused


def _gone(refusal: Permanent, reason: str) -> Permanent:
    return Invalid(reason, f"register: {refusal}") if refusal.reason in _GONE else refusal
