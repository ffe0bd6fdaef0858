"""The columns of a library are made and filled by SharePoint's rules."""

from typing import Any

import pytest

from sandbox.state import Tenant
from sandbox.voorbeeldegem import CONFIDENTIAL_DRIVE_ID
from tests.contract.sandbox.client import Client, code

DRIVE = f"/drives/{CONFIDENTIAL_DRIVE_ID}"
KENMERK = {"name": "Kenmerk", "displayName": "Kenmerk", "text": {}}
UNIQUE = KENMERK | {"indexed": True, "enforceUniqueValues": True}
TWICE = (400, "invalidRequest")


@pytest.fixture
def columns(client: Client) -> str:
    found = client("GET", f"{DRIVE}/list?$select=id,parentReference").json()
    return f"/sites/{found['parentReference']['siteId']}/lists/{found['id']}/columns"


def file(client: Client, name: str) -> str:
    return f"{DRIVE}/items/{client('PUT', f'{DRIVE}/root:/{name}:/content', data=b'x').json()['id']}/listItem/fields"


@pytest.mark.parametrize(
    "facet",
    [
        {"text": {"allowMultipleLines": False, "maxLength": 255}},
        {"text": {"allowMultipleLines": True, "textType": "plain"}},
        {"dateTime": {"displayAs": "default", "format": "dateOnly"}},
        {"dateTime": {"displayAs": "default", "format": "dateTime"}},
        {"choice": {"allowTextEntry": True, "choices": ["a", "b"], "displayAs": "dropDownMenu"}},
        {"boolean": {}},
    ],
    ids=["text", "note", "day", "moment", "choice", "yes or no"],
)
def test_a_column_is_made_as_it_was_described(client: Client, columns: str, facet: dict[str, Any]) -> None:
    made = client("POST", columns, {"name": "Nieuw", "displayName": "Nieuwe kolom"} | facet)

    (listed,) = (each for each in client("GET", columns).json()["value"] if each["name"] == "Nieuw")
    assert made.status_code == 201
    assert {name: listed[name] for name in ("displayName", *facet)} == {"displayName": "Nieuwe kolom"} | facet


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (KENMERK | {"name": "title"}, (409, "nameAlreadyExists")),
        ({"name": "Kenmerk"}, TWICE),
        (KENMERK | {"boolean": {}}, TWICE),
        ({"displayName": "Kenmerk", "text": {}}, TWICE),
        (KENMERK | {"name": "Ken merk"}, TWICE),
        (UNIQUE | {"indexed": False}, TWICE),
        (UNIQUE | {"text": {"allowMultipleLines": True}}, TWICE),
    ],
    ids=["name taken", "no type", "two types", "no name", "a space", "unique, not indexed", "unique note"],
)
def test_a_column_against_the_rules_is_refused(
    client: Client, columns: str, column: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert code(client("POST", columns, column)) == expected


def test_a_value_that_may_stand_once_stands_once(client: Client, columns: str) -> None:
    client("POST", columns, UNIQUE)
    first, second = file(client, "a.pdf"), file(client, "b.pdf")
    client("PATCH", first, {"Kenmerk": "2026/In/1"})

    assert code(client("PATCH", second, {"Kenmerk": "2026/iN/1"})) == TWICE
    assert client("PATCH", first, {"Kenmerk": "2026/IN/1"}).status_code == 200
    assert client("PATCH", second, {"Kenmerk": "2026/IN/2"}).status_code == 200
    for fields in (first, second):
        assert client("PATCH", fields, {"Kenmerk": None}).status_code == 200


@pytest.mark.parametrize(
    ("facet", "value", "status"),
    [
        ({"boolean": {}}, True, 200),
        ({"boolean": {}}, "ja", 400),
        ({"text": {"allowMultipleLines": True}}, "x" * 1000, 200),
        ({"text": {}}, "x" * 256, 400),
    ],
    ids=["yes", "a word for yes", "much text", "too much text"],
)
def test_a_value_fits_its_column(
    client: Client, columns: str, facet: dict[str, Any], value: object, status: int
) -> None:
    client("POST", columns, {"name": "Kolom"} | facet)

    assert client("PATCH", file(client, "a.pdf"), {"Kolom": value}).status_code == status


def test_the_confidential_library_begins_without_the_register(client: Client, columns: str, tenant: Tenant) -> None:
    assert [each["name"] for each in client("GET", columns).json()["value"]] == ["Title"]
    assert tenant.drives[CONFIDENTIAL_DRIVE_ID].name == "Vertrouwelijk"


def test_a_drive_that_does_not_exist_has_no_list(client: Client) -> None:
    assert code(client("GET", "/drives/nowhere/list")) == (404, "itemNotFound")
