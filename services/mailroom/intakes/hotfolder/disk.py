"""A disk or share that may fail, and the folders of our own on it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.errors import Transient


@contextmanager
def on_disk() -> Iterator[None]:
    """Translate a disk or share that fails; which file it was stays out of the message."""
    try:
        yield
    except OSError as error:
        raise Transient("intake_unavailable", f"hot folder: {type(error).__name__} (errno {error.errno})") from error


def make_shelf(folder: Path) -> None:
    """Make one of our own folders, whose parent must be there. A link in its place would lead the letters away."""
    if folder.is_symlink():
        raise Transient("intake_unavailable", f"hot folder: {folder.name} is a link; make it a folder")
    folder.mkdir(exist_ok=True)


def is_folder(place: Path) -> bool:
    """Tell whether *place* is a folder itself, and no link to one."""
    return place.is_dir() and not place.is_symlink()


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
