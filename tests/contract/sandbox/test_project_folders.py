"""The folders of projects are found in SharePoint and Teams as they are in the tests of mailroom."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.state import Tenant
from sandbox.voorbeeldegem import CHANNEL_ID, TEAM_DRIVE_ID, TEAM_ID
from services.mailroom.domain.projects import Project
from services.mailroom.filing.library import NoShelf, Shelf
from services.mailroom.folders import ProjectFolders
from services.mailroom.libraries import TenantLibraries
from services.mailroom.policy import MailroomPolicy
from services.mailroom.readers import ASKED_EVERY, Readers
from services.mailroom.store import Store, metadata
from shared.clock import FixedClock
from shared.graph.client import GraphClient
from shared.graph.teams import Teams
from shared.persistence.database import Database
from tests.contract.sandbox.conftest import Clock

SITE = "example.sharepoint.com:/sites/projecten"
LOKET = Project(code="A40003")
IN_TEAM = replace(LOKET, team=TEAM_ID, channel=CHANNEL_ID)


@pytest.fixture
def time(clock: Clock) -> FixedClock:
    return FixedClock(clock.time)


@pytest.fixture
def folders(graph: GraphClient, time: FixedClock, tmp_path: Path) -> Iterator[ProjectFolders]:
    database = Database(f"sqlite:///{tmp_path}/mailroom.db", "mailroom")
    metadata.create_all(database.engine)
    store, teams = Store.of(database, time, None), Teams(graph)
    policy = MailroomPolicy(site=SITE, library="Documenten")
    libraries = TenantLibraries(graph, policy, store.uploads)
    yield ProjectFolders(libraries, teams, Readers(teams, time), store.found_folders, policy.site, policy.library)
    database.close()


def shelf(found: Shelf | NoShelf) -> Shelf:
    assert isinstance(found, Shelf), found
    return found


def test_a_folder_is_found_by_its_code_and_followed_when_it_is_renamed(
    folders: ProjectFolders, graph: GraphClient
) -> None:
    found = shelf(folders.of(LOKET, "intern"))
    assert found.path == "A40003 - Digitaal loket"

    graph.patch(f"/drives/{found.library.id}/items/{found.folder.id}", {"name": "Het loket"})
    renamed = shelf(folders.of(LOKET, "intern"))

    assert (renamed.folder.id, renamed.path) == (found.folder.id, "Het loket")
    assert folders.below(renamed, "Post/Inkomend/2026").path == "Het loket/Post/Inkomend/2026"


def test_a_folder_is_found_by_its_path_or_not_at_all(folders: ProjectFolders) -> None:
    named = replace(LOKET, folder="A40201 - Moderne digitale werkplaats")

    assert shelf(folders.of(named, "intern")).path == "A40201 - Moderne digitale werkplaats"
    assert folders.of(replace(LOKET, folder="Nergens"), "intern") == NoShelf("folder_missing")
    assert folders.of(replace(LOKET, code="A40009"), "intern") == NoShelf("folder_missing")


@pytest.mark.parametrize(
    "wrong",
    [
        replace(LOKET, site="example.sharepoint.com:/sites/weg"),
        replace(LOKET, library="Weg"),
        replace(LOKET, team="weg", channel="19:weg"),
    ],
    ids=["site", "library", "team"],
)
def test_what_the_register_names_and_is_not_there_is_a_missing_folder(folders: ProjectFolders, wrong: Project) -> None:
    assert folders.of(wrong, "openbaar") == NoShelf("folder_missing")


def test_the_files_of_a_channel_are_the_folder_until_a_guest_reads_along(
    folders: ProjectFolders, tenant: Tenant, time: FixedClock
) -> None:
    found = shelf(folders.of(IN_TEAM, "intern"))
    assert (found.library.id, found.path) == (TEAM_DRIVE_ID, "Algemeen")

    tenant.add_guest(TEAM_ID)
    time.advance(ASKED_EVERY)

    assert folders.of(IN_TEAM, "intern") == NoShelf("guests_in_team")
    assert shelf(folders.of(IN_TEAM, "openbaar")).path == "Algemeen"
