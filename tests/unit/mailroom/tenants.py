"""A tenant in memory, in which the folders of projects are looked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from services.mailroom.domain.projects import Project
from services.mailroom.filing.library import NoShelf, Shelf
from services.mailroom.folders import ProjectFolders
from services.mailroom.readers import Readers
from shared.errors import Permanent
from shared.graph.drives import Item
from shared.graph.errors import NotFound
from shared.graph.teams import ChannelFolder

from .builders import FakeLibrary, FakeMailroom

SITE, LIBRARY = "example.sharepoint.com:/sites/projecten", "Documenten"
ELSEWHERE = "example.sharepoint.com:/sites/ict"
TEAM, CHANNEL = "team-1", "19:a@thread.tacv2"
A40201 = Project(code="A40201")
IN_TEAM = replace(A40201, team=TEAM, channel=CHANNEL)


class Searchable(FakeLibrary):
    """A library in which a folder can be looked for."""

    def find(self, path: str) -> Item | None:
        found = (item for item in self.items.values() if self.path(item).casefold() == path.casefold())
        return next((self.item(item.id) for item in found), None)

    def children(self, folder_id: str) -> Iterator[Item]:
        inside = [item.id for item in self.items.values() if item.parent == folder_id]
        return (item for id_ in inside if (item := self.item(id_)))

    def add(self, path: str) -> Item:
        return self.ensure_folder(path)


@dataclass
class Tenant:
    """The libraries and the team of a tenant; *refusal* is what asking who is in a team comes to."""

    projects: Searchable = field(default_factory=Searchable)
    ict: Searchable = field(default_factory=lambda: Searchable("drive-2"))
    team: Searchable = field(default_factory=lambda: Searchable("drive-3"))
    channel_folder: Item | None = None
    seen: str = "private"
    guests: bool = False
    refusal: Exception | None = None
    asked: int = 0

    def main(self) -> Searchable:
        return self.projects

    def named(self, site: str, name: str) -> Searchable:
        if site not in (SITE, ELSEWHERE):
            raise NotFound("graph_404", "GET /sites answered 404", "itemNotFound")
        if name != LIBRARY:
            raise Permanent("unknown_library", f"site {site} has no library {name!r}")
        return self.projects if site == SITE else self.ict

    def of(self, drive_id: str) -> Searchable:
        return next(each for each in (self.projects, self.ict, self.team) if each.id == drive_id)

    def files_folder(self, team_id: str, channel_id: str) -> ChannelFolder:
        assert (team_id, channel_id) == (TEAM, CHANNEL)
        if self.channel_folder is None:
            raise Permanent("channel_folder_missing", "open the channel's Files tab once")
        return ChannelFolder(self.team.id, self.channel_folder)

    def visibility(self, team_id: str) -> str:
        self.asked += 1
        if self.refusal:
            raise self.refusal
        return self.seen

    def has_guests(self, team_id: str, channel_id: str) -> bool:
        return self.guests


def made(tenant: Tenant, room: FakeMailroom) -> ProjectFolders:
    return ProjectFolders(tenant, tenant, Readers(tenant, room.clock), room.store.found_folders, SITE, LIBRARY)


def place(found: Shelf | NoShelf) -> tuple[str, str]:
    assert isinstance(found, Shelf), found
    return found.library.id, found.path
