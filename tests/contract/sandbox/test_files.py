"""A document library behaves as SharePoint's: addresses, names, conflicts, versions, columns."""

from typing import Any
from urllib.parse import quote

import pytest

from sandbox.quickxorhash import quick_xor_hash
from sandbox.state import Tenant
from tests.contract.sandbox.client import Client, code

LOKET = "A40003 - Digitaal loket"
UNIT = 320 * 1024


@pytest.fixture
def drive(client: Client) -> str:
    site = client("GET", "/sites/example.sharepoint.com:/sites/projecten").json()
    return "/drives/" + str(client("GET", f"/sites/{site['id']}/drive").json()["id"])


@pytest.fixture
def folder(client: Client, drive: str) -> str:
    return f"{drive}/items/{client('GET', f'{drive}/root:/{quote(LOKET)}').json()['id']}"


def put(client: Client, folder: str, name: str, content: bytes = b"brief", **options: Any) -> Any:
    return client("PUT", f"{folder}:/{quote(name, safe='')}:/content", data=content, **options)


def test_a_site_leads_to_its_library_and_columns(client: Client) -> None:
    site = client("GET", "/sites/example.sharepoint.com:/sites/projecten").json()
    drive, _ = client("GET", f"/sites/{site['id']}/drives").json()["value"]
    columns = client("GET", f"/sites/{site['id']}/lists/Documenten/columns").json()["value"]

    assert drive["name"] == "Documenten"
    assert {column["name"] for column in columns if "dateTime" in column} == {
        "DatumStuk", "Ontvangstdatum", "Registratiedatum", "Antwoordtermijn",
    }  # fmt: skip


def test_a_file_is_found_by_path_and_by_id_and_downloaded(client: Client, drive: str, folder: str) -> None:
    made = put(client, folder, "één brief.pdf", b"%PDF")
    by_path = client("GET", f"{drive}/root:/{quote(LOKET)}/{quote('Één brief.PDF')}").json()

    assert made.status_code == 201
    assert by_path["id"] == made.json()["id"]
    assert by_path["file"]["hashes"]["quickXorHash"] == quick_xor_hash(b"%PDF")
    assert by_path["parentReference"]["id"] in folder
    assert client("GET", f"{drive}/items/{by_path['id']}/content").content == b"%PDF"


def test_children_are_listed_with_their_columns(client: Client, folder: str) -> None:
    put(client, folder, "a.pdf")
    client("PATCH", f"{folder}:/a.pdf:/listItem/fields", {"PostKenmerk": "2026/IN/001234"})

    children = client("GET", f"{folder}/children?$expand=listItem($expand=fields)").json()["value"]

    assert [child["listItem"]["fields"]["PostKenmerk"] for child in children] == ["2026/IN/001234"]


@pytest.mark.parametrize(
    ("conflict", "expected"),
    [(None, (409, None)), ("fail", (409, None)), ("rename", (201, f"{LOKET} 1")), ("replace", (201, LOKET))],
)
def test_a_second_folder_of_the_same_name(
    client: Client, drive: str, conflict: str | None, expected: tuple[int, str | None]
) -> None:
    behaviour = {} if conflict is None else {"@microsoft.graph.conflictBehavior": conflict}

    made = client("POST", f"{drive}/root/children", {"name": LOKET, "folder": {}} | behaviour)

    assert (made.status_code, made.json().get("name")) == expected


def test_a_small_upload_replaces_unless_it_is_told_to_fail(client: Client, folder: str, tenant: Tenant) -> None:
    first, second = put(client, folder, "a.pdf", b"1"), put(client, folder, "A.pdf", b"2")
    third = put(client, folder, "a.pdf", b"3", params={"@microsoft.graph.conflictBehavior": "fail"})

    assert (first.status_code, second.status_code, third.status_code) == (201, 200, 409)
    assert first.json()["id"] == second.json()["id"]
    assert first.json()["cTag"] != second.json()["cTag"]
    assert [effect.action for effect in tenant.effects("file", f"{LOKET}/a.pdf")] == ["created", "updated"]


@pytest.mark.parametrize(
    "name", ["a:b.pdf", "a*.pdf", 'a"b', "CON", "com1.txt", "~$a.docx", "a.", " a", "x_vti_y", "50%.pdf", "x" * 256]
)
def test_a_name_that_sharepoint_refuses_is_refused(client: Client, drive: str, name: str) -> None:
    assert client("POST", f"{drive}/root/children", {"name": name, "folder": {}}).status_code == 400


def test_columns_are_filled_without_touching_the_content(client: Client, folder: str, tenant: Tenant) -> None:
    before = put(client, folder, "a.pdf").json()
    fields = f"{folder}:/a.pdf:/listItem/fields"

    filled = client("PATCH", fields, {"PostKenmerk": "2026/IN/001234", "DatumStuk": "2026-11-20T00:00:00Z"})

    after = client("GET", f"{folder}:/a.pdf").json()
    assert (filled.status_code, filled.json()["PostKenmerk"]) == (200, "2026/IN/001234")
    assert (after["cTag"], after["eTag"] != before["eTag"]) == (before["cTag"], True)
    assert client("GET", fields).json()["DatumStuk"] == "2026-11-20T00:00:00Z"
    assert len(tenant.effects("fields", f"{LOKET}/a.pdf")) == 1


@pytest.mark.parametrize(
    "values", [{"Onbekend": "x"}, {"DatumStuk": "gisteren"}, {"Behandelaar": 7}], ids=["unknown", "no date", "no text"]
)
def test_columns_that_do_not_fit_are_refused_as_a_whole(client: Client, folder: str, values: dict[str, Any]) -> None:
    put(client, folder, "a.pdf")
    fields = f"{folder}:/a.pdf:/listItem/fields"

    assert code(client("PATCH", fields, {"Title": "ok"} | values)) == (400, "invalidRequest")
    assert "Title" not in client("GET", fields).json()


def test_an_outdated_version_is_refused(client: Client, folder: str) -> None:
    old = put(client, folder, "a.pdf").json()["eTag"]
    put(client, folder, "a.pdf", b"new")

    assert code(put(client, folder, "a.pdf", b"newer", headers={"If-Match": old})) == (412, "resourceModified")
    refused = client("PATCH", f"{folder}:/a.pdf:/listItem/fields", {"Title": "x"}, headers={"If-Match": old})
    assert refused.status_code == 412


def session(client: Client, folder: str, name: str = "groot.pdf", conflict: str | None = None) -> Any:
    item = {} if conflict is None else {"item": {"@microsoft.graph.conflictBehavior": conflict}}
    return client("POST", f"{folder}:/{name}:/createUploadSession", item)


def send(client: Client, url: str, content: bytes, first: int, total: int, **headers: str) -> Any:
    headers |= {"Content-Range": f"bytes {first}-{first + len(content) - 1}/{total}"}
    return client.session.put(url, data=content, headers=headers, timeout=10)


def test_a_large_file_comes_in_fragments(client: Client, folder: str, tenant: Tenant) -> None:
    content = bytes(range(256)) * 2560  # two units
    made = session(client, folder).json()
    url = made["uploadUrl"]

    first = send(client, url, content[:UNIT], 0, len(content) + 5)
    asked = client.session.get(url, timeout=5)
    repeated = send(client, url, content[:UNIT], 0, len(content) + 5)
    send(client, url, content[UNIT:], UNIT, len(content) + 5)
    last = send(client, url, b"12345", 2 * UNIT, len(content) + 5)

    assert (first.status_code, first.json()["nextExpectedRanges"]) == (202, [f"{UNIT}-"])
    assert asked.json()["nextExpectedRanges"] == [f"{UNIT}-"]
    assert code(repeated) == (416, "invalidRange")
    assert last.status_code == 201
    assert last.json()["file"]["hashes"]["quickXorHash"] == quick_xor_hash(content + b"12345")
    assert len(tenant.effects("file")) == 1
    assert client.session.get(url, timeout=5).status_code == 404


def test_an_upload_url_refuses_a_token(client: Client, folder: str) -> None:
    url = session(client, folder).json()["uploadUrl"]

    assert send(client, url, b"x", 0, 1, Authorization=f"Bearer {client.token}").status_code == 401


@pytest.mark.parametrize(
    ("size", "content_range"),
    [(1000, "bytes 0-999/2000"), (10, "bytes 0-10/10"), (10, "bytes 0-9/5"), (10, "")],
    ids=["no multiple of 320 KiB", "beyond the fragment", "beyond the total", "no range"],
)
def test_a_fragment_that_breaks_the_rules_is_refused(
    client: Client, folder: str, size: int, content_range: str
) -> None:
    url = session(client, folder).json()["uploadUrl"]

    refused = client.session.put(url, data=b"x" * size, headers={"Content-Range": content_range}, timeout=5)

    assert refused.status_code == 400
    assert client.session.get(url, timeout=5).json()["nextExpectedRanges"] == ["0-"]


def test_a_session_fails_on_a_taken_name_unless_it_may_replace(client: Client, folder: str) -> None:
    put(client, folder, "groot.pdf")

    assert code(session(client, folder)) == (409, "nameAlreadyExists")
    url = session(client, folder, conflict="replace").json()["uploadUrl"]
    assert send(client, url, b"new", 0, 3).status_code == 200


def test_a_name_taken_meanwhile_fails_at_the_end(client: Client, folder: str) -> None:
    url = session(client, folder).json()["uploadUrl"]
    put(client, folder, "groot.pdf")

    assert code(send(client, url, b"new", 0, 3)) == (409, "nameAlreadyExists")


def test_a_cancelled_session_is_gone(client: Client, folder: str) -> None:
    url = session(client, folder).json()["uploadUrl"]

    assert client.session.delete(url, timeout=5).status_code == 204
    assert send(client, url, b"x", 0, 1).status_code == 404
