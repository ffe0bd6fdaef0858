"""Where the export of projects is dropped, and whether there is anything new in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from services.mailroom.project_file.options import ProjectFileOptions
from services.mailroom.project_file.reading import Reading, read_projects
from shared.errors import Invalid, Transient

QUIET = timedelta(seconds=10)  # a file that is written to is waited for
LARGEST = 64 * 1024 * 1024  # bytes; all of it is held in memory


@dataclass(frozen=True)
class Seen:
    """The file as it was when we looked. *fingerprint* differs when it changed, or what its words mean."""

    path: Path
    fingerprint: str
    changed: datetime
    size: int

    def is_quiet(self, now: datetime) -> bool:
        return now - self.changed >= QUIET


@dataclass(frozen=True)
class ProjectFile:
    """The file of [mailroom.project_file]; *folder* is where its relative path starts."""

    options: ProjectFileOptions = field(default_factory=ProjectFileOptions)
    folder: Path = field(default_factory=Path)

    @property
    def path(self) -> Path | None:
        return self.folder / self.options.path if self.options.path else None

    def look(self, path: Path) -> Seen:
        """Return what stands at *path*. Raises: Transient when nothing does, or nothing that can be reached."""
        try:
            state = path.stat()
        except OSError as error:
            raise _unreadable(path, error) from error
        changed = datetime.fromtimestamp(state.st_mtime, UTC)
        meaning = sha256(repr(sorted(self.options.dump().items())).encode()).hexdigest()[:12]
        return Seen(path, f"{path.name}|{state.st_mtime_ns}|{state.st_size}|{meaning}", changed, state.st_size)

    def read(self, seen: Seen, known: Collection[str] = ()) -> Reading:
        """Return what the file says, as `read_projects` does.

        Raises: Invalid, too, when it is too large; Transient when it changed since we looked.
        """
        if seen.size > LARGEST:
            raise Invalid("file_too_large", f"{seen.path.name}: expected at most {LARGEST} bytes, it has {seen.size}")
        try:
            content = seen.path.read_bytes()
        except OSError as error:
            raise _unreadable(seen.path, error) from error
        if self.look(seen.path) != seen or len(content) != seen.size:
            raise Transient("project_file_changing", f"{seen.path.name} was written while it was read", QUIET)
        return read_projects(seen.path.name, content, self.options, known)


def _unreadable(path: Path, error: OSError) -> Transient:
    # Also what is refused: a share that lost its login or its mount says so, and comes back by itself.
    return Transient(
        "project_file_unreadable",
        f"{path}: expected a file that can be read ({type(error).__name__}); mend 'path' in [mailroom.project_file]",
    )
