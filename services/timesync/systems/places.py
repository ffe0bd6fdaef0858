"""Where an export is dropped: a folder of this machine, a share that is mounted, or an SFTP server."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Protocol

from marshmallow import RAISE, ValidationError, fields, validate

from shared.contracts import Contract, schema_of
from shared.errors import Invalid, Transient

LARGEST = 64 * 1024 * 1024  # bytes; a whole export is held in memory
# How programs name what they are still writing, and what Office keeps beside a file that somebody has open.
_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload")
_HIDDEN = (".", "~$")


@dataclass(frozen=True)
class File:
    """A file as it was when we looked: *changed* is a moment by the clock of its place, in the unit of that place."""

    name: str
    changed: int
    size: int


class Place(Protocol):
    def newest(self) -> File:
        """Return the newest complete file.

        Raises: Transient when there is none yet, or when the place does not answer; Permanent when it refuses us.
        """
        ...

    def read(self, file: File) -> bytes:
        """Return what *file* holds. Raises: Transient when it changed since we looked; as `newest` otherwise."""
        ...


def newest_of(files: Iterable[File], pattern: str, place: str) -> File:
    """Return the newest finished file whose name matches *pattern*.

    Raises: Transient when there is none.
    """
    fitting = [file for file in files if _is_finished(file.name) and fnmatchcase(file.name, pattern)]
    if not fitting:
        raise Transient("source_missing", f"expected {pattern} at {place}, found none")
    return max(fitting, key=lambda file: (file.changed, file.name))


def _is_finished(name: str) -> bool:
    return not name.lower().endswith(_UNFINISHED) and not name.startswith(_HIDDEN)


def unchanged(file: File, now: File, content: bytes, place: str) -> bytes:
    """Return *content* if nobody wrote in the file while it was read. Raises: Transient if somebody did."""
    if file != now or len(content) != file.size:
        raise Transient("source_changing", f"{place}: {file.name} was written while it was read", timedelta(seconds=30))
    return content


def checked_size(file: File, place: str) -> File:
    """Return *file* if it is no larger than an export can be. Raises: Invalid otherwise."""
    if file.size > LARGEST:
        raise Invalid(
            "source_too_large", f"{place}: expected {file.name} of at most {LARGEST} bytes, it has {file.size}"
        )
    return file


@dataclass(frozen=True)
class Folder:
    """A folder or a mounted share; *path* may be the file itself."""

    path: Path
    pattern: str

    def newest(self) -> File:
        try:
            if self.path.is_dir():
                inside = [each for each in self.path.iterdir() if each.is_file()]
                return checked_size(newest_of(map(_seen, inside), self.pattern, str(self.path)), str(self.path))
            if self.path.is_file():
                return checked_size(_seen(self.path), str(self.path))
        except OSError as error:
            raise self._unreadable(error) from error
        raise Transient("source_missing", f"expected {self.pattern} at {self.path}, found none")

    def read(self, file: File) -> bytes:
        try:
            path = self.path / file.name if self.path.is_dir() else self.path
            content = path.read_bytes()
            return unchanged(file, _seen(path), content, str(self.path))
        except OSError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: OSError) -> Transient:
        # Also what is refused: a share that lost its login or its mount says so, and comes back by itself.
        return Transient("source_unreadable", f"{self.path} ({type(error).__name__})")


def _seen(path: Path) -> File:
    state = path.stat()
    return File(path.name, state.st_mtime_ns, state.st_size)


def fingerprint_of(host_key: str) -> str:
    """Return the fingerprint of a line of ssh-keyscan; one that is given already stays as it is.

    Raises: ValueError when it is neither.
    """
    if re.fullmatch(r"SHA256:[A-Za-z0-9+/]{43}", host_key):
        return host_key
    match = re.fullmatch(r"(?:\S+ )?(?:ssh|ecdsa)-\S+ (\S+)(?: .*)?", host_key)
    if match is None:
        raise ValueError("neither a fingerprint nor a line of ssh-keyscan")
    return "SHA256:" + b64encode(sha256(b64decode(match[1], validate=True)).digest()).decode().rstrip("=")


def _host_key(value: str) -> None:
    try:
        fingerprint_of(value)
    except ValueError as error:
        raise ValidationError("Expected 'SHA256:…' (ssh-keygen -lf) or a line of ssh-keyscan.") from error


@dataclass(frozen=True, kw_only=True)
class SftpOptions(Contract):
    """`[timesync.systems.<name>.sftp]`: the server on which `path` is. *password* and *key* are names of settings."""

    UNKNOWN = RAISE
    host: Annotated[str, fields.String(validate=validate.Length(min=1))]
    port: Annotated[int, fields.Integer(validate=validate.Range(1, 65535))] = 22
    user: Annotated[str, fields.String(validate=validate.Length(min=1))]
    password: Annotated[str, fields.String()] = ""
    key: Annotated[str, fields.String()] = ""
    host_key: Annotated[str, fields.String(validate=_host_key)]
    stable_seconds: Annotated[float, fields.Float(validate=validate.Range(0, 3600))] = 30.0


def _one_proof(server: SftpOptions) -> None:
    if bool(server.password) == bool(server.key):
        raise ValidationError("Expected one of 'password' and 'key': the name of a setting.")


SFTP = fields.Nested(lambda: schema_of(SftpOptions), allow_none=True, validate=_one_proof)
