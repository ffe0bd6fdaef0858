"""The hub's own clients of Graph and the sandbox mean the same: files, columns and teams."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.faults import Fault
from sandbox.state import Tenant
from sandbox.teams import Channel
from sandbox.voorbeeldegem import CHANNEL_ID, CONFIDENTIAL_DRIVE_ID, TEAM_DRIVE_ID, TEAM_ID
from shared.errors import Permanent
from shared.graph.client import GraphClient
from shared.graph.drives import SMALL, ColumnDefinition, Drive, fingerprint, library
from shared.graph.errors import Conflict, NotFound, Refused, Throttled, Unreachable
from shared.graph.teams import Teams
from tests.contract.sandbox.conftest import Clock
from tests.unit.shared.upload_fake import Notebook

KENMERK = ColumnDefinition("Kenmerk", "Kenmerk", "text", unique=True)
COLUMNS = (
    KENMERK,
    ColumnDefinition("Samenvatting", "Samenvatting", "note"),
    ColumnDefinition("Ontvangen", "Ontvangen op", "date"),
    ColumnDefinition("Geregistreerd", "Geregistreerd om", "moment"),
    ColumnDefinition("Kanaal", "Kanaal", "choice", ("brief", "e-mail")),
    ColumnDefinition("Dringend", "Dringend", "boolean"),
)


@pytest.fixture
def drive(graph: GraphClient) -> Drive:
    return Drive(graph, CONFIDENTIAL_DRIVE_ID)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "small.pdf").write_bytes(b"%PDF")
    return tmp_path / "small.pdf"


@pytest.fixture
def large(tmp_path: Path) -> Path:
    (tmp_path / "large.pdf").write_bytes(os.urandom(SMALL + 12_345))
    return tmp_path / "large.pdf"


# files


def test_a_second_library_of_a_site_is_found_by_its_name(graph: GraphClient) -> None:
    assert library(graph, "example.sharepoint.com:/sites/projecten", "Vertrouwelijk").id == CONFIDENTIAL_DRIVE_ID


def test_folders_are_made_below_a_folder_and_its_children_told(drive: Drive) -> None:
    post = drive.ensure_folder("Post")

    first, again = drive.folder_below(post.id, "Inkomend/2026"), drive.folder_below(post.id, "Inkomend/2026")

    assert (first.id, first.folder) == (again.id, "Post/Inkomend")
    assert [item.name for item in drive.children(post.id)] == ["Inkomend"]
    assert [item.name for item in drive.children("root")] == ["Post"]
    assert drive.folder_below(post.id, "") == drive.item(post.id)


def test_a_folder_that_is_gone_gets_no_folders(drive: Drive) -> None:
    post = drive.ensure_folder("Post")
    drive.recycle(post.id)
    drive.recycle(post.id)

    with pytest.raises(NotFound):
        drive.folder_below(post.id, "Inkomend/2026")
    assert list(drive.children("root")) == []


def test_a_file_comes_back_as_it_went_after_a_move(drive: Drive, small: Path, tmp_path: Path) -> None:
    file = drive.upload("root", "één brief.pdf", small)
    moved = drive.move(file.id, drive.ensure_folder("Post").id, "brief.pdf")

    drive.download(file.id, tmp_path / "back.pdf")

    assert (moved.id, moved.folder, moved.content) == (file.id, "Post", fingerprint(small))
    assert moved.etag != file.etag
    assert (tmp_path / "back.pdf").read_bytes() == b"%PDF"
    with pytest.raises(Conflict):
        drive.upload(moved.parent_id, "brief.pdf", small)


def test_the_dates_of_the_author_are_kept(drive: Drive, small: Path, tenant: Tenant) -> None:
    file = drive.upload("root", "brief.pdf", small)
    created, modified = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)

    drive.set_dates(file.id, created, modified)

    assert tenant.drives[drive.id].item(file.id).dates == (created, modified)


def test_an_upload_over_a_bad_line_arrives_once(drive: Drive, large: Path, tenant: Tenant) -> None:
    tenant.faults.add(*[Fault("/upload/", "PUT", drop=when, times=1) for when in ("after", "before", "after")])

    file = drive.upload("root", "large.pdf", large)

    assert file.content == fingerprint(large)
    assert [effect.action for effect in tenant.effects("file")] == ["created"]


def test_a_last_answer_that_is_lost_makes_no_second_version(drive: Drive, large: Path, tenant: Tenant) -> None:
    file = drive.upload("root", "large.pdf", large)
    large.write_bytes(os.urandom(SMALL + 12_345))
    fragments = [call for call in tenant.requests if call.method == "PUT"]
    tenant.faults.add(*[Fault("/upload/", "PUT", latency=0, times=1) for _ in fragments[1:]])
    tenant.faults.add(Fault("/upload/", "PUT", drop="after", times=1))

    replaced = drive.replace(file.id, large)

    assert (replaced.id, replaced.content) == (file.id, fingerprint(large))
    assert len(tenant.drives[drive.id].item(file.id).versions) == 2


def test_another_process_goes_on_where_one_died(graph: GraphClient, large: Path, tenant: Tenant) -> None:
    sessions = Notebook()
    tenant.faults.add(Fault("/upload/", "PUT", latency=0, times=1), Fault("/upload/", drop="before", times=9))
    with pytest.raises(Unreachable):
        Drive(graph, CONFIDENTIAL_DRIVE_ID, sessions).upload("root", "large.pdf", large)
    tenant.faults.clear()
    tenant.requests.clear()

    file = Drive(graph, CONFIDENTIAL_DRIVE_ID, sessions).upload("root", "large.pdf", large)

    assert file.content == fingerprint(large)
    assert [call.method for call in tenant.requests] == ["GET", "PUT", "PUT"]
    assert sessions == {}


def test_a_session_that_timed_out_begins_anew(graph: GraphClient, large: Path, tenant: Tenant, clock: Clock) -> None:
    sessions = Notebook()
    tenant.faults.add(Fault("/upload/", "PUT", latency=0, times=1), Fault("/upload/", status=429, retry_after=60))
    with pytest.raises(Throttled):
        Drive(graph, CONFIDENTIAL_DRIVE_ID, sessions).upload("root", "large.pdf", large)
    tenant.faults.clear()
    clock.advance(minutes=16)

    assert Drive(graph, CONFIDENTIAL_DRIVE_ID, sessions).upload("root", "large.pdf", large).content == fingerprint(
        large
    )


# columns


def test_a_bare_library_gets_the_columns_of_the_register_once(drive: Drive, small: Path) -> None:
    made, again = drive.ensure_columns(COLUMNS), drive.ensure_columns(COLUMNS)

    values: dict[str, str | bool | None] = {
        "Kenmerk": "2026/IN/1",
        "Dringend": True,
        "Ontvangen": "2026-11-23T00:00:00Z",
        "Kanaal": "brief",
    }
    file = drive.upload("root", "a.pdf", small)
    drive.set_fields(file.id, values)
    assert (made, again) == ([column.name for column in COLUMNS], [])
    assert {name: drive.fields(file.id)[name] for name in values} == values


def test_a_kenmerk_that_stands_elsewhere_is_refused(drive: Drive, small: Path) -> None:
    drive.ensure_columns([KENMERK])
    first, second = drive.upload("root", "a.pdf", small), drive.upload("root", "b.pdf", small)
    drive.set_fields(first.id, {"Kenmerk": "2026/IN/1"})

    with pytest.raises(Refused):
        drive.set_fields(second.id, {"Kenmerk": "2026/IN/1"})


# teams


def test_the_files_of_a_channel_are_where_the_team_says(graph: GraphClient, small: Path, tenant: Tenant) -> None:
    found = Teams(graph).files_folder(TEAM_ID, CHANNEL_ID)

    year = Drive(graph, found.drive_id).folder_below(found.item.id, "Post/2026")
    Drive(graph, found.drive_id).upload(year.id, "a.pdf", small)

    assert (found.drive_id, year.folder) == (TEAM_DRIVE_ID, "Algemeen/Post")
    assert tenant.effects("file", "Algemeen/Post/2026/a.pdf")


def test_a_channel_without_a_folder_is_a_matter_for_a_person(graph: GraphClient, tenant: Tenant) -> None:
    tenant.teams[TEAM_ID].channels["19:new@thread.tacv2"] = Channel("19:new@thread.tacv2", "Nieuw")

    with pytest.raises(Permanent, match="Files tab"):
        Teams(graph).files_folder(TEAM_ID, "19:new@thread.tacv2")


def test_who_may_look_into_a_team_is_known(graph: GraphClient, tenant: Tenant) -> None:
    teams, team = Teams(graph), tenant.teams[TEAM_ID]
    alone = teams.has_guests(TEAM_ID, CHANNEL_ID)
    team.channels[CHANNEL_ID] = replace(team.channels[CHANNEL_ID], membership="shared")
    team.outside["6f1d2c3b-0000-4000-8000-0000000000aa"] = "6f1d2c3b-0000-4000-8000-0000000000bb"
    shared = teams.has_guests(TEAM_ID, CHANNEL_ID)
    team.outside.clear()
    tenant.add_guest(TEAM_ID)

    assert (alone, shared, teams.has_guests(TEAM_ID, CHANNEL_ID)) == (False, True, True)
    assert teams.visibility(TEAM_ID) == "private"
    with pytest.raises(Permanent, match="nowhere"):
        teams.visibility("nowhere")
