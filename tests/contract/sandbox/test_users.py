"""The directory: who has an account, and what is said about it."""

import pytest

from sandbox.state import Tenant
from tests.contract.sandbox.client import FIEN, Client, code

ZITA = {
    "accountEnabled": True,
    "displayName": "Zita Zondermail",
    "mailNickname": "zita.zondermail",
    "userPrincipalName": "zita.zondermail@example.org",
    "employeeId": "000107",
    "passwordProfile": {"password": "not-kept-1!"},
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("employeeId eq '000102'", ["000102"]),
        ("userPrincipalName eq 'Fien.Verzonnen@example.org'", ["000101"]),
        ("employeeId in ('000103', '000104')", ["000103", "000104"]),
        ("employeeId eq '000105' or employeeId eq '000106'", ["000105", "000106"]),
        ("employeeId eq '000107'", []),
    ],
)
def test_people_are_found_by_filter(client: Client, expression: str, expected: list[str]) -> None:
    found = client("GET", "/users", params={"$filter": expression, "$select": "id,employeeId"}).json()["value"]

    assert [user["employeeId"] for user in found] == expected


def test_without_select_the_employee_id_is_not_said(client: Client) -> None:
    user = client("GET", f"/users/{FIEN}").json()

    assert "employeeId" not in user


def test_a_filter_that_entra_does_not_know_is_refused(client: Client) -> None:
    refused = client("GET", "/users", params={"$filter": "substringof('x', mail)"})

    assert code(refused) == (400, "Request_UnsupportedQuery")


def test_pages_follow_each_other_to_the_end(client: Client) -> None:
    page, seen = client("GET", "/users?$top=3&$select=id").json(), []
    while True:
        seen += [user["id"] for user in page["value"]]
        if "@odata.nextLink" not in page:
            break
        page = client("GET", page["@odata.nextLink"]).json()

    assert len(seen) == len(set(seen)) == 7


def test_a_new_account_gets_a_mailbox_and_its_password_is_not_kept(client: Client, tenant: Tenant) -> None:
    made = client("POST", "/users", ZITA)

    assert made.status_code == 201
    assert client("GET", f"/users/{made.json()['id']}/events").json()["value"] == []
    assert "passwordProfile" not in tenant.user(ZITA["userPrincipalName"])  # type: ignore[arg-type]  # a str in ZITA
    assert code(client("POST", "/users", ZITA)) == (400, "Request_BadRequest")


def test_an_account_changes(client: Client) -> None:
    assert client("PATCH", f"/users/{FIEN}", {"department": "Omgeving"}).status_code == 204
    assert client("GET", f"/users/{FIEN}?$select=department").json()["department"] == "Omgeving"
    assert client("PATCH", f"/users/{FIEN}", {"departement": "x"}).status_code == 400


def test_an_unknown_person_is_not_found_in_graphs_words(client: Client) -> None:
    answer = client("GET", "/users/nobody@example.org", headers={"client-request-id": "mine"})

    assert code(answer) == (404, "Request_ResourceNotFound")
    assert answer.headers["client-request-id"] == "mine"
    assert answer.json()["error"]["innerError"]["request-id"] == answer.headers["request-id"]
