"""Where the folder of a project is: found once, and followed by its id when people rename or move it."""

from __future__ import annotations

from services.mailroom.domain.projects import Project
from services.mailroom.filing.library import NoShelf, Shelf
from services.mailroom.libraries import TenantLibraries


class ProjectFolders:
    """The folders of projects in the tenant."""

    def __init__(self, libraries: TenantLibraries) -> None:
        self._libraries = libraries

    def of(self, project: Project, confidentiality: str) -> Shelf | NoShelf:
        library = self._libraries.main()
        found = library.find(project.folder) if project.folder else None
        if found is None:
            return NoShelf("folder_missing")
        return Shelf(library, found, project.folder or "")

    def below(self, shelf: Shelf, path: str) -> Shelf:
        return Shelf(shelf.library, shelf.library.folder_below(shelf.folder.id, path), f"{shelf.path}/{path}")
