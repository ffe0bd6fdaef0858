"""The folder of a project is found by its place or its code, followed when people move it, and never made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.mailroom.filing.library import NoShelf, Shelf
from services.mailroom.folders import ProjectFolders
from shared.errors import Transient
from shared.graph.drives import fingerprint

from .builders import FakeMailroom
from .tenants import A40201, ELSEWHERE, IN_TEAM, Tenant, made, place


@pytest.fixture
def tenant() -> Tenant:
    made = Tenant()
    made.channel_folder = made.team.add("Algemeen")
    return made


@pytest.fixture
def folders(tenant: Tenant, room: FakeMailroom) -> ProjectFolders:
    return made(tenant, room)


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


def test_a_folder_that_is_deleted_since_it_was_found_is_sought_by_the_next_attempt(
    tenant: Tenant, folders: ProjectFolders
) -> None:
    tenant.projects.add("A40201 - Loket")
    shelf = folders.of(A40201, "intern")
    assert isinstance(shelf, Shelf)
    tenant.projects.recycle(shelf.folder.id)

    with pytest.raises(Transient):
        folders.below(shelf, "Post/Inkomend/2026")
    assert folders.of(A40201, "intern") == NoShelf("folder_missing")
