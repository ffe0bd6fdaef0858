"""A file keeps its id, its versions and its author's dates wherever it is moved."""

from typing import Any
from urllib.parse import quote

import pytest

from sandbox.state import Tenant
from tests.contract.sandbox.client import Client, code

LOKET, OTHER = "A40003 - Digitaal loket", "Te klasseren"
REFUSED, TAKEN = (400, "invalidRequest"), (409, "nameAlreadyExists")


@pytest.fixture
def drive(tenant: Tenant) -> str:
    return f"/drives/{next(iter(tenant.drives))}"


def put(client: Client, drive: str, path: str, content: bytes = b"brief") -> dict[str, Any]:
    made: dict[str, Any] = client("PUT", f"{drive}/root:/{quote(path)}:/content", data=content).json()
    return made


def folder(client: Client, drive: str, path: str) -> str:
    return str(client("GET", f"{drive}/root:/{quote(path)}").json()["id"])


def test_a_moved_and_renamed_file_is_the_same_file(client: Client, drive: str, tenant: Tenant) -> None:
    file = put(client, drive, f"{LOKET}/a.pdf")
    goal = folder(client, drive, OTHER)

    moved = client("PATCH", f"{drive}/items/{file['id']}", {"name": "b.pdf", "parentReference": {"id": goal}})

    found = client("GET", f"{drive}/root:/{quote(OTHER)}/b.pdf").json()
    assert (moved.status_code, found["id"]) == (200, file["id"])
    assert (found["eTag"] != file["eTag"], found["cTag"]) == (True, file["cTag"])
    assert client("GET", f"{drive}/root:/{quote(LOKET)}/a.pdf").status_code == 404
    assert tenant.effects("file", f"{OTHER}/b.pdf")[-1].action == "moved"


def test_another_case_of_the_same_name_is_a_rename(client: Client, drive: str) -> None:
    file = put(client, drive, "a.pdf")

    assert client("PATCH", f"{drive}/items/{file['id']}", {"name": "A.pdf"}).json()["name"] == "A.pdf"


def test_what_cannot_be_moved_stays(client: Client, drive: str) -> None:
    file, taken = put(client, drive, f"{LOKET}/a.pdf"), put(client, drive, f"{OTHER}/A.PDF")
    loket, goal = folder(client, drive, LOKET), folder(client, drive, OTHER)
    inner = client("POST", f"{drive}/items/{loket}/children", {"name": "Post", "folder": {}}).json()["id"]

    def answer(item: str, **body: object) -> tuple[int, str]:
        return code(client("PATCH", f"{drive}/items/{item}", body))

    assert answer(file["id"], parentReference={"id": goal}) == TAKEN
    assert answer(file["id"], parentReference={"id": taken["id"]}) == REFUSED
    assert answer(loket, parentReference={"id": inner}) == REFUSED
    assert answer("root", name="x") == REFUSED
    assert answer(file["id"], name="a:b.pdf") == REFUSED
    assert answer(file["id"], parentReference={"driveId": "other", "id": goal}) == REFUSED
    assert answer(file["id"], parentReference={"id": "nowhere"}) == (404, "itemNotFound")
    assert answer(file["id"], size=3) == REFUSED
    assert client("GET", f"{drive}/root:/{quote(LOKET)}/a.pdf").json()["eTag"] == file["eTag"]


def test_an_outdated_version_is_not_moved(client: Client, drive: str) -> None:
    file = put(client, drive, "a.pdf")
    put(client, drive, "a.pdf", b"new")

    refused = client("PATCH", f"{drive}/items/{file['id']}", {"name": "b.pdf"}, headers={"If-Match": file["eTag"]})

    assert code(refused) == (412, "resourceModified")


def test_the_dates_of_the_author_stay_until_the_content_changes(client: Client, drive: str) -> None:
    file = put(client, drive, "a.pdf")
    dates = {"createdDateTime": "2026-01-02T03:04:05Z", "lastModifiedDateTime": "2026-02-03T04:05:06Z"}

    dated = client("PATCH", f"{drive}/items/{file['id']}", {"fileSystemInfo": dates}).json()
    client("PATCH", f"{drive}/items/{file['id']}", {"name": "b.pdf"})
    renamed = client("GET", f"{drive}/items/{file['id']}").json()
    written = put(client, drive, "b.pdf", b"new")

    assert dated["fileSystemInfo"] == renamed["fileSystemInfo"] == dates
    assert dated["createdDateTime"] == file["createdDateTime"]
    assert written["fileSystemInfo"]["createdDateTime"] == dates["createdDateTime"]
    assert written["fileSystemInfo"]["lastModifiedDateTime"] == written["lastModifiedDateTime"]


def test_a_date_that_is_none_is_refused(client: Client, drive: str) -> None:
    file = put(client, drive, "a.pdf")

    refused = client(
        "PATCH", f"{drive}/items/{file['id']}", {"fileSystemInfo": {"createdDateTime": "2026-99-01T00:00:00Z"}}
    )

    assert refused.status_code == 400


def test_every_content_is_a_version_and_a_new_name_is_none(client: Client, drive: str) -> None:
    file = put(client, drive, "a.pdf", b"1")
    put(client, drive, "a.pdf", b"22")
    client("PATCH", f"{drive}/items/{file['id']}", {"name": "b.pdf"})

    versions = client("GET", f"{drive}/items/{file['id']}/versions").json()["value"]

    assert [(each["id"], each["size"]) for each in versions] == [("2.0", 2), ("1.0", 1)]


def test_a_moved_folder_takes_along_what_is_in_it(client: Client, drive: str) -> None:
    file = put(client, drive, f"{LOKET}/a.pdf")
    client(
        "PATCH",
        f"{drive}/items/{folder(client, drive, LOKET)}",
        {"parentReference": {"id": folder(client, drive, OTHER)}},
    )

    assert client("GET", f"{drive}/root:/{quote(f'{OTHER}/{LOKET}')}/a.pdf").json()["id"] == file["id"]
