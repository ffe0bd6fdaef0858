"""Microsoft's own library moves files, makes columns and finds the files of a team in the sandbox."""

from datetime import UTC, datetime

import pytest
from msgraph.generated.models.column_definition import ColumnDefinition
from msgraph.generated.models.drive_item import DriveItem
from msgraph.generated.models.field_value_set import FieldValueSet
from msgraph.generated.models.file_system_info import FileSystemInfo
from msgraph.generated.models.item_reference import ItemReference
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.text_column import TextColumn

from sandbox.server import Sandbox
from sandbox.state import Tenant
from sandbox.voorbeeldegem import CHANNEL_ID, CONFIDENTIAL_DRIVE_ID, TEAM_DRIVE_ID, TEAM_ID
from tests.contract.sandbox.sdk import Graph, code, converse


def test_a_file_is_moved_dated_and_has_versions(sandbox: Sandbox) -> None:
    async def conversation(client: Graph) -> None:
        items = client.drives.by_drive_id(CONFIDENTIAL_DRIVE_ID).items
        file = await items.by_drive_item_id("root:/a.pdf:").content.put(b"1")
        await items.by_drive_item_id(file.id).content.put(b"22")
        written = datetime(2026, 1, 2, tzinfo=UTC)
        root = (await items.by_drive_item_id("root").get()).id
        wish = DriveItem(
            name="b.pdf",
            parent_reference=ItemReference(id=root),
            file_system_info=FileSystemInfo(created_date_time=written, last_modified_date_time=written),
        )
        moved = await items.by_drive_item_id(file.id).patch(wish)
        versions = await items.by_drive_item_id(file.id).versions.get()

        assert (moved.id, moved.name) == (file.id, "b.pdf")
        assert moved.file_system_info.last_modified_date_time == written
        assert [version.size for version in versions.value] == [2, 1]

    converse(sandbox, conversation)


def test_a_column_is_made_that_takes_a_value_once(sandbox: Sandbox) -> None:
    async def conversation(client: Graph) -> None:
        drive = client.drives.by_drive_id(CONFIDENTIAL_DRIVE_ID)
        behind = await drive.list_.get()
        library = client.sites.by_site_id(behind.parent_reference.site_id).lists.by_list_id(behind.id)
        wish = ColumnDefinition(name="Kenmerk", text=TextColumn(), indexed=True, enforce_unique_values=True)
        made = await library.columns.post(wish)
        with pytest.raises(ODataError) as taken:
            await library.columns.post(wish)
        value = FieldValueSet(additional_data={"Kenmerk": "2026/IN/1"})
        fields = []
        for name in ("a.pdf", "b.pdf"):
            file = await drive.items.by_drive_item_id(f"root:/{name}:").content.put(b"x")
            row = await drive.items.by_drive_item_id(file.id).list_item.get()
            fields.append(library.items.by_list_item_id(row.id).fields)
        await fields[0].patch(value)
        with pytest.raises(ODataError) as twice:
            await fields[1].patch(value)

        assert (made.name, made.enforce_unique_values) == ("Kenmerk", True)
        assert code(taken.value) == (409, "nameAlreadyExists")
        assert code(twice.value) == (400, "invalidRequest")

    converse(sandbox, conversation)


def test_a_team_leads_to_its_files_and_its_guests(sandbox: Sandbox, tenant: Tenant) -> None:
    guest = tenant.add_guest(TEAM_ID)

    async def conversation(client: Graph) -> None:
        team = client.teams.by_team_id(TEAM_ID)
        channel = team.channels.by_channel_id(CHANNEL_ID)
        folder = await channel.files_folder.get()
        members = (await channel.all_members.get()).value

        assert (await team.get()).visibility.value == "private"
        assert [each.id for each in (await team.channels.get()).value] == [CHANNEL_ID]
        assert (folder.name, folder.parent_reference.drive_id) == ("Algemeen", TEAM_DRIVE_ID)
        assert [(each.user_id, each.roles) for each in members][-1] == (guest, ["guest"])
        assert len((await channel.members.get()).value) == len(members)

    converse(sandbox, conversation)
