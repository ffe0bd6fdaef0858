"""A team tells where the files of its channels stand, and who reads along."""

from dataclasses import replace

import pytest

from sandbox.state import Tenant
from sandbox.teams import Channel
from sandbox.voorbeeldegem import CHANNEL_ID, TEAM_DRIVE_ID, TEAM_ID
from tests.contract.sandbox.client import Client, code

CHANNEL = f"/teams/{TEAM_ID}/channels/{CHANNEL_ID}"


def roles(client: Client, of: str = f"{CHANNEL}/members") -> list[list[str]]:
    return [member["roles"] for member in client("GET", of).json()["value"]]


def test_a_team_is_a_group_with_channels(client: Client) -> None:
    team = client("GET", f"/teams/{TEAM_ID}").json()
    group = client("GET", f"/groups/{TEAM_ID}?$select=visibility").json()
    (channel,) = client("GET", f"/teams/{TEAM_ID}/channels").json()["value"]

    assert (team["visibility"], group["visibility"]) == ("private", "Private")
    assert (channel["id"], channel["membershipType"]) == (CHANNEL_ID, "standard")
    assert client("GET", CHANNEL).json()["displayName"] == channel["displayName"]


def test_the_files_of_a_channel_stand_in_a_folder_of_the_teams_own_site(client: Client) -> None:
    folder = client("GET", f"{CHANNEL}/filesFolder").json()

    made = client("PUT", f"/drives/{TEAM_DRIVE_ID}/items/{folder['id']}:/a.pdf:/content", data=b"x")

    assert folder["parentReference"]["driveId"] == TEAM_DRIVE_ID
    assert made.json()["parentReference"]["path"].endswith("/root:/Algemeen")
    assert "/sites/digitaalloket/" in made.json()["webUrl"]


def test_a_channel_whose_files_nobody_opened_has_no_folder(client: Client, tenant: Tenant) -> None:
    tenant.teams[TEAM_ID].channels["19:new@thread.tacv2"] = Channel("19:new@thread.tacv2", "Nieuw")

    assert client("GET", f"/teams/{TEAM_ID}/channels/19:new@thread.tacv2/filesFolder").status_code == 404


def test_a_guest_of_the_team_reads_along(client: Client) -> None:
    before = roles(client)

    client("POST", f"{client.sandbox.url}/_sandbox/guests", {"team": TEAM_ID})

    assert before == [["owner"], []]
    assert roles(client) == roles(client, f"{CHANNEL}/allMembers") == [["owner"], [], ["guest"]]
    assert roles(client, f"/teams/{TEAM_ID}/members") == roles(client)


def test_somebody_of_elsewhere_reads_a_shared_channel_by_a_detour(client: Client, tenant: Tenant) -> None:
    team = tenant.teams[TEAM_ID]
    team.outside["6f1d2c3b-0000-4000-8000-0000000000aa"] = "6f1d2c3b-0000-4000-8000-0000000000bb"
    standard = roles(client, f"{CHANNEL}/allMembers")
    team.channels[CHANNEL_ID] = replace(team.channels[CHANNEL_ID], membership="shared")

    members = client("GET", f"{CHANNEL}/allMembers").json()["value"]

    assert standard == [["owner"], []]
    assert (members[-1]["roles"], members[-1]["tenantId"] != tenant.tenant_id) == (["owner"], True)
    assert len(roles(client)) == 2


@pytest.mark.parametrize(
    "path", ["/teams/nowhere", "/teams/nowhere/channels", f"/teams/{TEAM_ID}/channels/nowhere/filesFolder"]
)
def test_what_does_not_exist_is_not_found(client: Client, path: str) -> None:
    assert code(client("GET", path)) == (404, "NotFound")


def test_a_guest_is_invited_to_a_team_that_exists(client: Client) -> None:
    assert client("POST", f"{client.sandbox.url}/_sandbox/guests", {"team": "nowhere"}).status_code == 400
