"""Groups, and the groups in them: who is in, also by a detour, is told once."""

import pytest

from sandbox.state import Tenant
from sandbox.voorbeeldegem import OTHER_GROUP_ID, PILOT_GROUP_ID
from tests.contract.sandbox.client import Client, code

MEMBERS = f"/groups/{PILOT_GROUP_ID}/transitiveMembers"
EVENTUAL = {"ConsistencyLevel": "eventual"}


def test_members_of_a_group_in_the_group_are_members_too(client: Client, tenant: Tenant) -> None:
    people = list(tenant.users)[:3]

    members = client("GET", f"{MEMBERS}?$select=id").json()["value"]

    assert members == [
        {"@odata.type": "#microsoft.graph.user", "id": people[0]},
        {"@odata.type": "#microsoft.graph.user", "id": people[1]},
        {"@odata.type": "#microsoft.graph.group", "id": OTHER_GROUP_ID},
        {"@odata.type": "#microsoft.graph.user", "id": people[2]},
    ]


def test_groups_that_are_in_each_other_end(client: Client, tenant: Tenant) -> None:
    tenant.groups[OTHER_GROUP_ID].members.append(PILOT_GROUP_ID)

    ids = [each["id"] for each in client("GET", MEMBERS).json()["value"]]

    assert len(ids) == len(set(ids)) == 5


def test_only_people_are_told_when_that_is_asked_in_the_way_of_entra(client: Client) -> None:
    path = f"{MEMBERS}/microsoft.graph.user?$select=id"

    told = client("GET", f"{path}&$count=true", headers=EVENTUAL).json()

    assert (len(told["value"]), told["@odata.count"]) == (3, 3)
    assert code(client("GET", f"{path}&$count=true")) == (400, "Request_UnsupportedQuery")
    assert code(client("GET", path, headers=EVENTUAL)) == (400, "Request_UnsupportedQuery")


def test_members_come_in_pages(client: Client) -> None:
    first = client("GET", f"{MEMBERS}?$top=3").json()
    second = client("GET", first["@odata.nextLink"]).json()

    assert (len(first["value"]), len(second["value"])) == (3, 1)
    assert client("GET", f"{MEMBERS}?$top=1000").status_code == 400


def test_who_was_deleted_is_in_no_group(client: Client, tenant: Tenant) -> None:
    tenant.delete_user(next(iter(tenant.users)))

    assert len(client("GET", MEMBERS).json()["value"]) == 3


def test_a_group_is_made_and_found_by_its_name(client: Client, tenant: Tenant) -> None:
    body = {"name": "Onthaal", "members": list(tenant.users)[:1]}
    made = client("POST", f"{client.sandbox.url}/_sandbox/groups", body).json()["id"]

    (found,) = client("GET", "/groups", params={"$filter": "displayName eq 'Onthaal'"}).json()["value"]

    assert found["id"] == made
    assert client("GET", f"/groups/{made}").json()["displayName"] == "Onthaal"
    assert len(client("GET", f"/groups/{made}/transitiveMembers").json()["value"]) == 1


@pytest.mark.parametrize("path", ["", "/transitiveMembers"])
def test_an_unknown_group_is_not_found(client: Client, path: str) -> None:
    assert code(client("GET", f"/groups/nowhere{path}")) == (404, "Request_ResourceNotFound")
