"""Who asks what changed is told all of it, in pages, more than once now and then, and when to start over."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from sandbox.state import Tenant
from tests.contract.sandbox.client import FIEN, Client, code
from tests.contract.sandbox.conftest import Clock

Json = dict[str, Any]
POST = "post@example.org"
LETTER = b"From: Jan <jan@example.org>\r\nTo: post@example.org\r\nSubject: Aanvraag\r\n\r\nGeachte\r\n"
FOLDERS = ["root", "A40201 - Moderne digitale werkplaats", "A40003 - Digitaal loket", "Te klasseren"]


def pages(client: Client, address: str, **options: Any) -> Iterator[Json]:
    while True:
        answer = client("GET", address, **options)
        assert answer.status_code == 200, answer.text
        page: Json = answer.json()
        assert ("@odata.nextLink" in page) != ("@odata.deltaLink" in page)
        yield page
        if "@odata.deltaLink" in page:
            return
        address = page["@odata.nextLink"]
        options.pop("params", None)


def told(client: Client, address: str, **options: Any) -> tuple[list[Json], str]:
    """Return what a whole round tells, and where the next one begins."""
    read = list(pages(client, address, **options))
    return [each for page in read for each in page["value"]], read[-1]["@odata.deltaLink"]


def drive_delta(tenant: Tenant) -> str:
    drive, *_ = tenant.drives
    return f"/drives/{drive}/root/delta"


INBOX = f"/users/{POST}/mailFolders/inbox/messages/delta"


# all of them


def test_the_first_round_tells_everything_and_the_next_one_nothing(client: Client, tenant: Tenant) -> None:
    tenant.deliver(POST, LETTER)

    for address, count in (("/users/delta", len(tenant.users)), (drive_delta(tenant), 4), (INBOX, 1)):
        everything, link = told(client, address)
        assert len(everything) == count
        assert told(client, link)[0] == []


def test_now_and_then_a_page_is_empty_and_yet_not_the_last(client: Client) -> None:
    rounds = [list(pages(client, "/users/delta")) for _ in range(3)]

    assert [[len(page["value"]) for page in each] for each in rounds] == [[7], [7], [0, 7]]


def test_now_and_then_a_change_is_told_again(client: Client) -> None:
    _, link = told(client, "/users/delta")
    read = []
    for department in ("Omgeving", None, "Onthaal", None, None):
        if department:
            client("PATCH", f"/users/{FIEN}", {"jobTitle": department})
        changed, link = told(client, link)
        read.append([each["jobTitle"] for each in changed])

    assert read == [["Omgeving"], [], ["Onthaal"], ["Onthaal"], []]


def test_large_answers_come_in_pages_of_the_size_that_is_preferred(client: Client) -> None:
    read = list(pages(client, "/users/delta", headers={"Prefer": "odata.maxpagesize=3"}))

    assert [len(page["value"]) for page in read] == [3, 3, 1]
    assert len({user["id"] for page in read for user in page["value"]}) == 7


def test_a_link_says_nothing_but_a_token(client: Client, tenant: Tenant) -> None:
    _, people = told(client, "/users/delta", params={"$select": "employeeId"})
    _, items = told(client, drive_delta(tenant))

    assert parse_qs(urlsplit(people).query).keys() == {"$deltatoken"}
    assert parse_qs(urlsplit(items).query).keys() == {"token"}


@pytest.mark.parametrize(
    ("address", "options"),
    [
        ("/users/delta", {"$top": "5"}),
        ("/users/delta", {"$expand": "manager"}),
        ("/users/delta", {"$orderby": "displayName"}),
        ("/users/delta", {"$filter": "employeeId eq '000101'"}),
        ("/users/delta", {"$select": "unheardOf"}),
        ("/drives/{drive}/root/delta", {"$filter": "name eq 'x'"}),
        ("/drives/{drive}/root/delta", {"$select": "unheardOf"}),
        (INBOX, {"$filter": "isRead eq false"}),
        (INBOX, {"$orderby": "subject"}),
        (INBOX, {"changeType": "moved"}),
    ],
)
def test_options_that_a_delta_does_not_know_are_refused(
    client: Client, tenant: Tenant, address: str, options: dict[str, str]
) -> None:
    drive, *_ = tenant.drives

    assert client("GET", address.format(drive=drive), params=options).status_code == 400


def test_options_belong_to_the_first_request_only(client: Client) -> None:
    _, link = told(client, "/users/delta")

    assert client("GET", f"{link}&$select=mail").status_code == 400


def test_a_token_is_good_for_its_own_collection_only(client: Client, tenant: Tenant) -> None:
    _, link = told(client, INBOX)
    elsewhere = link.replace("inbox", "archive")

    assert client("GET", elsewhere).status_code == 400


# tokens that are lost


def test_expired_tokens_of_the_directory_and_a_drive_name_a_fresh_start(client: Client, tenant: Tenant) -> None:
    _, people = told(client, "/users/delta", params={"$select": "employeeId,department"})
    _, items = told(client, drive_delta(tenant))

    assert client("POST", f"{client.sandbox.url}/_sandbox/delta/expire").json()["expired"] > 0

    for link, reason, count in ((people, "syncStateNotFound", 7), (items, "resyncChangesApplyDifferences", 4)):
        answer = client("GET", link, allow_redirects=False)
        assert code(answer) == (410, reason)
        everything, _ = told(client, answer.headers["Location"])
        assert len(everything) == count
    assert "$select=employeeId,department" in unquote(client("GET", people).headers["Location"])


def test_an_expired_token_of_a_mail_folder_just_is_no_more(client: Client) -> None:
    _, link = told(client, INBOX)
    client("POST", f"{client.sandbox.url}/_sandbox/delta/expire")

    answer = client("GET", link)

    assert code(answer) == (410, "syncStateNotFound")
    assert "Location" not in answer.headers


def test_a_token_of_the_directory_lives_seven_days(client: Client, clock: Clock, tenant: Tenant) -> None:
    (_, people), (_, items) = told(client, "/users/delta"), told(client, drive_delta(tenant))

    clock.advance(days=7)

    assert client("GET", people).status_code == 410
    assert client("GET", items).status_code == 200


# people


def test_from_now_on_only_what_is_new_is_told(client: Client) -> None:
    nothing, link = told(client, "/users/delta", params={"$deltatoken": "latest", "$select": "department"})
    client("PATCH", f"/users/{FIEN}", {"department": "Omgeving"})

    (changed,), _ = told(client, link)

    assert nothing == []
    assert changed["department"] == "Omgeving"
    assert changed.keys() == {"id", "department"}


def test_a_change_in_what_was_not_selected_is_no_change(client: Client) -> None:
    _, link = told(client, "/users/delta", params={"$select": "employeeId"})
    client("PATCH", f"/users/{FIEN}", {"department": "Omgeving"})

    assert told(client, link)[0] == []


def test_what_was_never_set_is_left_out_and_what_was_emptied_is_not(client: Client) -> None:
    everyone, link = told(client, "/users/delta", params={"$select": "jobTitle,employeeId"})
    client("PATCH", f"/users/{FIEN}", {"employeeId": None})

    (changed,), _ = told(client, link)

    assert all("jobTitle" not in user for user in everyone)
    assert changed["employeeId"] is None
    assert "jobTitle" not in changed


def test_a_deleted_account_is_removed_twice(client: Client, tenant: Tenant) -> None:
    id_ = tenant.user(FIEN)["id"]
    _, link = told(client, "/users/delta")

    assert client("DELETE", f"/users/{FIEN}").status_code == 204
    restorable, link = told(client, link)
    assert client("DELETE", f"/directory/deletedItems/{id_}").status_code == 204
    final, _ = told(client, link)

    assert restorable == [{"id": id_, "@removed": {"reason": "changed"}}]
    assert [each for each in final if each["@removed"]["reason"] == "deleted"] == [
        {"id": id_, "@removed": {"reason": "deleted"}}
    ]
    assert id_ not in {user["id"] for user in told(client, "/users/delta")[0]}


def test_one_person_is_followed_by_id(client: Client, tenant: Tenant) -> None:
    id_ = tenant.user(FIEN)["id"]
    (one,), link = told(client, "/users/delta", params={"$filter": f"id eq '{id_}'"})
    client("PATCH", "/users/joris.fictief@example.org", {"jobTitle": "x"})

    assert one["id"] == id_
    assert told(client, link)[0] == []


# libraries


def test_a_library_is_told_from_its_root_without_paths_and_content_tags(client: Client, tenant: Tenant) -> None:
    drive, *_ = tenant.drives
    client("PUT", f"/drives/{drive}/root:/Te klasseren/a.pdf:/content", data=b"x")

    everything, _ = told(client, drive_delta(tenant))

    assert [item["name"] for item in everything] == [*FOLDERS, "a.pdf"]
    assert "root" in everything[0]
    assert not any("cTag" in item or "path" in item["parentReference"] for item in everything)


def test_a_file_written_twice_is_told_once_after_the_folders_above_it(client: Client, tenant: Tenant) -> None:
    drive, *_ = tenant.drives
    _, link = told(client, drive_delta(tenant), params={"token": "latest"})
    for content in (b"x", b"xyz"):
        client("PUT", f"/drives/{drive}/root:/Te klasseren/a.pdf:/content", data=content)

    changed, _ = told(client, link)

    assert [(item["name"], item["size"]) for item in changed] == [("root", 0), ("Te klasseren", 0), ("a.pdf", 3)]


def test_the_folders_above_are_left_out_when_asked(client: Client, tenant: Tenant) -> None:
    drive, *_ = tenant.drives
    _, link = told(client, drive_delta(tenant), params={"token": "latest"})
    client("PUT", f"/drives/{drive}/root:/Te klasseren/a.pdf:/content", data=b"x")

    changed, _ = told(client, link, headers={"deltaExcludeParent": "true"})

    assert [item["name"] for item in changed] == ["a.pdf"]


def test_filled_columns_are_a_change(client: Client, tenant: Tenant) -> None:
    drive, *_ = tenant.drives
    client("PUT", f"/drives/{drive}/root:/a.pdf:/content", data=b"x")
    _, link = told(client, drive_delta(tenant))
    client("PATCH", f"/drives/{drive}/root:/a.pdf:/listItem/fields", {"PostKenmerk": "x"})

    changed, _ = told(client, link)

    assert [item["name"] for item in changed] == ["root", "a.pdf"]


def test_a_deleted_file_has_lost_its_name_and_its_folder(client: Client, tenant: Tenant) -> None:
    drive, *_ = tenant.drives
    made = client("PUT", f"/drives/{drive}/root:/Te klasseren/a.pdf:/content", data=b"x").json()
    _, link = told(client, drive_delta(tenant))
    client("DELETE", f"/drives/{drive}/items/{made['id']}")

    changed, _ = told(client, link)

    (gone,) = [item for item in changed if "deleted" in item]
    assert gone["id"] == made["id"]
    assert "file" in gone
    assert "name" not in gone
    assert gone["parentReference"]["id"] == tenant.drives[drive].root.id


def test_a_library_is_told_with_what_was_selected_only(client: Client, tenant: Tenant) -> None:
    everything, _ = told(client, drive_delta(tenant), params={"$select": "id,name,file"})

    assert [item.keys() for item in everything] == [{"id", "name"}] * 4


def test_a_library_that_is_not_there_has_no_delta(client: Client) -> None:
    assert client("GET", "/drives/nowhere/root/delta").status_code == 404


# mail


@pytest.mark.parametrize("form", ["/inbox", "/Inbox", "('inbox')", "/{id}"])
def test_a_mail_folder_goes_by_its_name_or_id(client: Client, tenant: Tenant, form: str) -> None:
    message = tenant.deliver(POST, LETTER)
    folder = form.format(id=message.folder)

    everything, _ = told(client, f"/users/{POST}/mailFolders{folder}/messages/delta", params={"$select": "subject"})

    assert [(each["id"], each["subject"]) for each in everything] == [(message.public_id(immutable=False), "Aanvraag")]


@pytest.mark.parametrize("immutable", [True, False], ids=["immutable ids", "ids that change"])
def test_a_message_that_moved_away_is_removed_by_the_id_it_had(client: Client, tenant: Tenant, immutable: bool) -> None:
    prefer = {"Prefer": 'IdType="ImmutableId"'} if immutable else {}
    tenant.deliver(POST, LETTER)
    (message,), link = told(client, INBOX, headers=prefer)
    client("POST", f"/users/{POST}/messages/{message['id']}/move", {"destinationId": "archive"})

    (gone,), _ = told(client, link, headers=prefer)

    assert (gone["id"], gone["@removed"]) == (message["id"], {"reason": "deleted"})


@pytest.mark.parametrize(("kind", "expected"), [("created", ["Nieuw"]), ("updated", ["Aanvraag"]), ("deleted", [None])])
def test_after_the_first_round_one_kind_of_change_is_told_if_asked(
    client: Client, tenant: Tenant, kind: str, expected: list[str | None]
) -> None:
    kept, moved = (tenant.deliver(POST, LETTER).public_id(immutable=True) for _ in range(2))
    everything, link = told(client, INBOX, params={"changeType": kind})
    tenant.deliver(POST, LETTER.replace(b"Aanvraag", b"Nieuw"))
    client("PATCH", f"/users/{POST}/messages/{kept}", {"isRead": True})
    client("POST", f"/users/{POST}/messages/{moved}/move", {"destinationId": "archive"})

    changed, _ = told(client, link)

    assert len(everything) == 2
    assert [each.get("subject") for each in changed] == expected


def test_messages_before_a_moment_are_left_out(client: Client, tenant: Tenant, clock: Clock) -> None:
    tenant.deliver(POST, LETTER)
    clock.advance(hours=2)
    tenant.deliver(POST, LETTER.replace(b"Aanvraag", b"Nieuw"))

    found, _ = told(client, INBOX, params={"$filter": "receivedDateTime ge 2027-05-07T11:00:00Z"})

    assert [each["subject"] for each in found] == ["Nieuw"]


def test_mail_does_not_know_from_now_on(client: Client) -> None:
    assert client("GET", INBOX, params={"$deltatoken": "latest"}).status_code == 410
