"""What is asked of a document library, and of the tenant's libraries together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from services.mailroom.domain.columns import Value
from services.mailroom.domain.projects import Project
from shared.graph.drives import Fingerprint, Item


class Library(Protocol):
    """One document library; shared.graph.drives.Drive answers."""

    id: str

    def item(self, item_id: str) -> Item | None: ...
    def item_and_fields(self, item_id: str) -> tuple[Item, dict[str, Any]] | None: ...
    def child(self, folder_id: str, name: str) -> Item | None: ...
    def ensure_folder(self, path: str) -> Item: ...
    def folder_below(self, folder_id: str, path: str) -> Item: ...
    def upload(self, folder_id: str, name: str, source: Path, content: Fingerprint) -> Item: ...
    def replace(self, item_id: str, source: Path, content: Fingerprint) -> Item: ...
    def move(self, item_id: str, folder_id: str, name: str) -> Item: ...
    def download(self, item_id: str, target: Path) -> None: ...
    def recycle(self, item_id: str) -> None: ...
    def set_dates(self, item_id: str, created: datetime, modified: datetime) -> None: ...
    def fields(self, item_id: str) -> dict[str, Any]: ...
    def set_fields(self, item_id: str, values: Mapping[str, Value]) -> None: ...


class Libraries(Protocol):
    """The libraries that letters stand in; each has its columns when it is handed out.

    Raises: Permanent when one of hub.toml is not there.
    """

    def main(self) -> Library:
        """Return the library of projects, of the tray and of what was set aside."""
        ...

    def protected(self) -> Library | None:
        """Return the library of what few may see, None when the organisation has none."""
        ...

    def of(self, drive_id: str) -> Library: ...


@dataclass(frozen=True)
class Shelf:
    """A folder in which letters are put. *path* is what people see of it."""

    library: Library
    folder: Item
    path: str


@dataclass(frozen=True)
class NoShelf:
    """Why nothing can be put in a project's folder: `folder_missing`, `guests_in_team`, `public_team`, …"""

    reason: str


class Folders(Protocol):
    """The folders of projects."""

    def of(self, project: Project, confidentiality: str) -> Shelf | NoShelf:
        """Return the folder of *project*, which is never made unasked.

        A letter that is not public finds none where guests or everybody can read along.
        """
        ...

    def below(self, shelf: Shelf, path: str) -> Shelf:
        """Return the folder at *path* below *shelf*, made where it was missing."""
        ...
