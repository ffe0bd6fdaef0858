"""The folder of a project is found by its place or its code, followed when people move it, and never made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from services.mailroom.domain.projects import Project
from services.mailroom.filing.library import NoShelf, Shelf
from services.mailroom.folders import ProjectFolders
from services.mailroom.readers import ASKED_EVERY, Readers
from shared.clock import FixedClock
from shared.errors import Permanent
from shared.graph.drives import Item, fingerprint
from shared.graph.errors import NotFound, Refused
from shared.graph.teams import ChannelFolder

from .builders import NOW, FakeLibrary, FakeMailroom

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


@pytest.fixture
def tenant() -> Tenant:
    made = Tenant()
    made.channel_folder = made.team.add("Algemeen")
    return made


@pytest.fixture
def folders(tenant: Tenant, room: FakeMailroom) -> ProjectFolders:
    return made(tenant, room)


def made(tenant: Tenant, room: FakeMailroom) -> ProjectFolders:
    return ProjectFolders(tenant, tenant, Readers(tenant, room.clock), room.store.found_folders, SITE, LIBRARY)


def place(found: Shelf | NoShelf) -> tuple[str, str]:
    assert isinstance(found, Shelf), found
    return found.library.id, found.path


@pytest.mark.parametrize("name", ["A40201", "A40201 - Digitaal loket", "A40201_loket", "a40201-loket"])
def test_a_folder_that_begins_with_the_code_is_the_projects(tenant: Tenant, folders: ProjectFolders, name: str) -> None:
    tenant.projects.add("A402011 - Iets anders")
    tenant.projects.add(f"Archief/{A40201.code}")
    tenant.projects.add(name)

    assert place(folders.of(A40201, "intern")) == ("drive-1", name)


def test_two_folders_with_the_code_are_for_a_person_to_choose(tenant: Tenant, folders: ProjectFolders) -> None:
    tenant.projects.add("A40201 - Loket")
    tenant.projects.add("A40201 - Loket oud")

    assert folders.of(A40201, "intern") == NoShelf("folder_ambiguous")


def test_a_folder_is_never_made(tenant: Tenant, folders: ProjectFolders) -> None:
    before = [*tenant.projects.items]
    named = replace(A40201, folder="Plan/A40201")

    assert folders.of(A40201, "intern") == folders.of(named, "intern") == NoShelf("folder_missing")
    assert [*tenant.projects.items] == before


def test_a_file_with_the_code_is_no_folder(tenant: Tenant, folders: ProjectFolders, room: FakeMailroom) -> None:
    path = room.folder / "brief.pdf"
    path.write_bytes(b"%PDF")
    tenant.projects.upload("root", "A40201 - brief.pdf", path, fingerprint(path))

    assert folders.of(A40201, "intern") == NoShelf("folder_missing")
    assert folders.of(replace(A40201, folder="A40201 - brief.pdf"), "intern") == NoShelf("folder_missing")


def test_a_folder_is_found_by_the_path_that_the_register_says(tenant: Tenant, folders: ProjectFolders) -> None:
    tenant.projects.add("Plan/2026/Loket")
    assert place(folders.of(replace(A40201, folder="Plan/2026/Loket"), "intern")) == ("drive-1", "Plan/2026/Loket")


def test_a_project_may_have_a_site_of_its_own(tenant: Tenant, folders: ProjectFolders) -> None:
    tenant.ict.add("A40201 - Loket")
    assert place(folders.of(replace(A40201, site=ELSEWHERE), "intern")) == ("drive-2", "A40201 - Loket")


@pytest.mark.parametrize("wrong", [{"site": "example.sharepoint.com:/sites/weg"}, {"library": "Weg"}])
def test_a_site_or_library_that_is_not_there_is_a_missing_folder(
    folders: ProjectFolders, wrong: dict[str, Any]
) -> None:
    assert folders.of(replace(A40201, **wrong), "intern") == NoShelf("folder_missing")


def test_the_files_of_a_channel_are_the_folder(folders: ProjectFolders) -> None:
    assert place(folders.of(IN_TEAM, "intern")) == ("drive-3", "Algemeen")


def test_a_channel_whose_files_nobody_opened_has_no_folder_yet(tenant: Tenant, folders: ProjectFolders) -> None:
    tenant.channel_folder = None
    assert folders.of(IN_TEAM, "intern") == NoShelf("folder_missing")


# --- followed


def test_a_folder_that_people_renamed_and_moved_is_followed(tenant: Tenant, room: FakeMailroom) -> None:
    item, archive = tenant.projects.add("A40201 - Loket"), tenant.projects.add("Lopend")
    made(tenant, room).of(A40201, "intern")
    tenant.projects.move(item.id, archive.id, "Het nieuwe loket")

    assert place(made(tenant, room).of(A40201, "intern")) == ("drive-1", "Lopend/Het nieuwe loket")


def test_another_place_in_the_register_is_found_anew(tenant: Tenant, folders: ProjectFolders) -> None:
    tenant.projects.add("A40201 - Loket")
    tenant.projects.add("Plan/Loket")
    folders.of(A40201, "intern")

    assert place(folders.of(replace(A40201, folder="Plan/Loket"), "intern")) == ("drive-1", "Plan/Loket")


def test_a_folder_that_was_deleted_and_made_again_is_found_again(tenant: Tenant, folders: ProjectFolders) -> None:
    tenant.projects.recycle(tenant.projects.add("A40201 - Loket").id)
    first = tenant.projects.add("A40201 - Loket")
    folders.of(A40201, "intern")
    tenant.projects.recycle(first.id)
    assert folders.of(A40201, "intern") == NoShelf("folder_missing")

    tenant.projects.add("A40201 - Loket")
    assert place(folders.of(A40201, "intern")) == ("drive-1", "A40201 - Loket")


def test_the_way_below_a_folder_is_told_as_people_see_it(tenant: Tenant, folders: ProjectFolders) -> None:
    tenant.projects.add("Lopend/A40201 - Loket")
    shelf = folders.of(replace(A40201, folder="Lopend/A40201 - Loket"), "intern")
    assert isinstance(shelf, Shelf)

    assert place(folders.below(shelf, "Post/Inkomend/2026"))[1] == "Lopend/A40201 - Loket/Post/Inkomend/2026"


# --- who reads along


@pytest.mark.parametrize(
    ("openness", "confidentiality", "is_taken"),
    [
        ("openbaar", "openbaar", True),
        ("openbaar", "intern", False),
        ("intern", "openbaar", True),
        ("intern", "intern", True),
        ("intern", "vertrouwelijk", False),
        ("intern", "geheim", False),
    ],
)
def test_a_folder_takes_nothing_more_secret_than_it_may_hold(
    tenant: Tenant, folders: ProjectFolders, openness: str, confidentiality: str, is_taken: bool
) -> None:
    tenant.projects.add("A40201")
    found = folders.of(replace(A40201, openness=openness), confidentiality)

    assert isinstance(found, Shelf) if is_taken else found == NoShelf("project_too_open")


@pytest.mark.parametrize(
    ("seen", "guests", "reason"),
    [
        ("public", False, "public_team"),
        ("private", True, "guests_in_team"),
        ("hiddenMembership", True, "guests_in_team"),
    ],
)
def test_what_is_not_public_stays_out_of_a_team_where_others_read_along(
    tenant: Tenant, folders: ProjectFolders, seen: str, guests: bool, reason: str
) -> None:
    folders.of(IN_TEAM, "openbaar")  # the folder is known already
    tenant.seen, tenant.guests = seen, guests

    assert folders.of(IN_TEAM, "intern") == NoShelf(reason)
    assert place(folders.of(IN_TEAM, "openbaar")) == ("drive-3", "Algemeen")


def test_guests_count_too_when_the_team_is_named_beside_a_path(tenant: Tenant, folders: ProjectFolders) -> None:
    tenant.projects.add("A40201")
    tenant.guests = True
    assert folders.of(replace(IN_TEAM, folder="A40201"), "intern") == NoShelf("guests_in_team")


def test_who_is_in_a_team_is_asked_once_in_ten_minutes(
    tenant: Tenant, folders: ProjectFolders, room: FakeMailroom
) -> None:
    for _ in range(3):
        folders.of(IN_TEAM, "intern")
    assert tenant.asked == 1

    tenant.guests = True
    room.clock.advance(ASKED_EVERY)
    assert folders.of(IN_TEAM, "intern") == NoShelf("guests_in_team")


def test_a_team_that_may_not_be_asked_stops_the_letter_and_names_the_permission(
    tenant: Tenant, folders: ProjectFolders
) -> None:
    tenant.refusal = Refused("graph_403", "GET answered 403", "Forbidden")
    with pytest.raises(Permanent, match=r"ChannelMember\.Read\.All") as failure:
        folders.of(IN_TEAM, "intern")
    assert failure.value.reason == "team_unreadable"


def test_a_team_that_is_not_there_is_a_missing_folder(tenant: Tenant, folders: ProjectFolders) -> None:
    tenant.refusal = Permanent("unknown_team", "no team team-1")
    assert folders.of(IN_TEAM, "intern") == NoShelf("folder_missing")


def test_what_failed_is_asked_again_at_once(tenant: Tenant) -> None:
    readers, tenant.refusal = Readers(tenant, FixedClock(NOW)), Permanent("unknown_team", "no team team-1")
    with pytest.raises(Permanent):
        readers.bar(TEAM, CHANNEL)
    tenant.refusal = None

    assert readers.bar(TEAM, CHANNEL) is None
