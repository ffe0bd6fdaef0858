"""Where the folder of a project is: found once, and followed by its id when people rename or move it."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Protocol

from services.mailroom.domain.letter import OPENNESS
from services.mailroom.domain.projects import Project
from services.mailroom.filing.library import Library, NoShelf, Shelf
from services.mailroom.readers import Readers
from services.mailroom.store.projects import FoundFolder, FoundFolders
from shared.errors import Permanent, Transient
from shared.graph.drives import Item
from shared.graph.errors import NotFound
from shared.graph.teams import ChannelFolder

MISSING, AMBIGUOUS, TOO_OPEN = NoShelf("folder_missing"), NoShelf("folder_ambiguous"), NoShelf("project_too_open")
_GONE = ("unknown_library", "unknown_team", "channel_folder_missing")  # the register names what is not there
_AFTER_CODE = ("", " ", "-", "_")  # what may follow the code in the name of a folder


class Shelves(Library, Protocol):
    """A library in which a project's folder can be looked for."""

    def find(self, path: str) -> Item | None: ...
    def children(self, folder_id: str) -> Iterator[Item]: ...


class Places(Protocol):
    """The libraries of the tenant.

    *named* raises NotFound for a site, and Permanent("unknown_library") for a library that is not there.
    """

    def main(self) -> Shelves: ...
    def named(self, site: str, name: str) -> Shelves: ...
    def of(self, drive_id: str) -> Shelves: ...


class Channels(Protocol):
    """Where the files of a channel stand; shared.graph.teams.Teams answers."""

    def files_folder(self, team_id: str, channel_id: str) -> ChannelFolder: ...


class ProjectFolders:
    """The folders of projects in the tenant. *site* and *library* are where a project is that names none."""

    def __init__(
        self, places: Places, channels: Channels, readers: Readers, found: FoundFolders, site: str, library: str
    ) -> None:
        self._places, self._channels, self._readers, self._found = places, channels, readers, found
        self._site, self._library = site, library

    def of(self, project: Project, confidentiality: str) -> Shelf | NoShelf:
        """Return the folder of *project*, or why letters of that *confidentiality* are not put there.

        Raises: Permanent("team_unreadable") when who reads along cannot be asked.
        """
        if confidentiality not in OPENNESS[: OPENNESS.index(project.openness) + 1]:
            return TOO_OPEN
        try:
            if project.team and project.channel and confidentiality != "openbaar":
                bar = self._readers.bar(project.team, project.channel)
                if bar:
                    return NoShelf(bar)
            return self._followed(project) or self._sought(project)
        except NotFound:  # a site that is not there
            return MISSING
        except Permanent as error:
            if error.reason in _GONE:
                return MISSING
            raise

    def below(self, shelf: Shelf, path: str) -> Shelf:
        try:
            return _shelf(shelf.library, shelf.library.folder_below(shelf.folder.id, path))
        except NotFound as gone:  # since `of` found it: what remains is for the next attempt to see
            raise Transient("folder_gone", f"folder {shelf.folder.id} is gone since it was found") from gone

    def _followed(self, project: Project) -> Shelf | None:
        """Return the folder that was found before, whatever it is called now; None: gone, or named elsewhere by now."""
        known = self._found.get(project.code)
        if known is None or known.found_by != _place_of(project):
            return None
        library = self._places.of(known.drive_id)
        try:
            return _shelf(library, library.folder_below(known.item_id, ""))
        except NotFound:
            return None

    def _sought(self, project: Project) -> Shelf | NoShelf:
        found = self._in_channel(project) if project.team and not project.folder else self._in_library(project)
        if isinstance(found, NoShelf):
            return found
        self._found.put(project.code, FoundFolder(found.library.id, found.folder.id, _place_of(project)))
        return found

    def _in_channel(self, project: Project) -> Shelf:
        folder = self._channels.files_folder(project.team or "", project.channel or "")
        return _shelf(self._places.of(folder.drive_id), folder.item)

    def _in_library(self, project: Project) -> Shelf | NoShelf:
        library = self._library_of(project)
        if project.folder:
            item = library.find(project.folder)
            return _shelf(library, item) if item and item.content is None else MISSING
        fitting = [item for item in library.children("root") if _is_called(item, project.code)]
        if len(fitting) > 1:
            return AMBIGUOUS
        return _shelf(library, fitting[0]) if fitting else MISSING

    def _library_of(self, project: Project) -> Shelves:
        if project.site or project.library:
            return self._places.named(project.site or self._site, project.library or self._library)
        return self._places.main()


def _shelf(library: Library, folder: Item) -> Shelf:
    return Shelf(library, folder, f"{folder.folder}/{folder.name}".lstrip("/"))


def _is_called(item: Item, code: str) -> bool:
    """Tell whether a folder's name is the code, or begins with it: `A40201 - Digitaal loket`, never `A402011`."""
    name = item.name.casefold()
    return item.content is None and name.startswith(code.casefold()) and name[len(code) :][:1] in _AFTER_CODE


def _place_of(project: Project) -> str:
    """Return what differs once the register names another place."""
    place = (project.site, project.library, project.folder, project.team, project.channel)
    return sha256("\n".join(each or "" for each in place).encode()).hexdigest()
