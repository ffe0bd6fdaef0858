"""The mail of a shared mailbox: delivered, read as it came, marked, and moved to a folder."""

from email.message import EmailMessage
from typing import Any

import pytest

from sandbox.state import Tenant
from tests.contract.sandbox.client import Client, code
from tests.contract.sandbox.conftest import Clock

POST = "post@example.org"
IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}


def letter(subject: str = "Aanvraag", **headers: str) -> bytes:
    """Return an .eml with a text in two forms and one attachment."""
    mail = EmailMessage()
    lines = {
        "From": "Jan Testburger <jan@example.org>",
        "To": "Post Voorbeeldegem <post@example.org>, onthaal@example.org",
        "Date": "Fri, 07 May 2027 11:58:00 +0200",
        "Message-ID": f"<{subject}@example.org>",
        "Subject": subject,
    } | headers
    for name, value in lines.items():
        mail[name] = value
    mail.set_content("Geachte,\n\néén vraag.\n")
    mail.add_alternative("<p>Geachte,</p><p>één vraag.</p>", subtype="html")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="plan.pdf")
    return mail.as_bytes()


def deliver(client: Client, eml: bytes, mailbox: str = POST) -> str:
    """Deliver by the control, as the demo does; return the lasting id."""
    address = f"{client.sandbox.url}/_sandbox/mail"
    answer = client.session.post(address, params={"mailbox": mailbox}, data=eml, timeout=10)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def folder_of(client: Client, message_id: str) -> str:
    parent = client("GET", f"/users/{POST}/messages/{message_id}").json()["parentFolderId"]
    return str(client("GET", f"/users/{POST}/mailFolders/{parent}").json()["displayName"])


def test_a_delivered_letter_is_unread_in_the_inbox(client: Client) -> None:
    id_ = deliver(client, letter())

    (message,) = client("GET", f"/users/{POST}/mailFolders/inbox/messages", headers=IMMUTABLE).json()["value"]

    assert message["id"] == id_
    assert not message["isRead"]
    assert message["hasAttachments"]
    assert message["from"] == {"emailAddress": {"name": "Jan Testburger", "address": "jan@example.org"}}
    assert [each["emailAddress"]["address"] for each in message["toRecipients"]] == [POST, "onthaal@example.org"]
    assert (message["sentDateTime"], message["receivedDateTime"]) == ("2027-05-07T09:58:00Z", "2027-05-07T10:00:00Z")
    assert message["body"]["contentType"] == "html"
    assert "één vraag." in message["bodyPreview"]


def test_the_mime_is_as_it_came(client: Client) -> None:
    eml = letter()
    id_ = deliver(client, eml)

    answer = client("GET", f"/users/{POST}/messages/{id_}/$value")

    assert answer.content == eml


@pytest.mark.parametrize(
    ("eml", "text"),
    [
        pytest.param(b"no mail at all", "no mail at all", id="no headers"),
        pytest.param(
            b"Subject: x\r\nContent-Type: text/plain; charset=x-none\r\n\r\nd\xe9", "dé", id="no such charset"
        ),
        pytest.param(b"Subject: x\r\nContent-Type: application/pdf\r\n\r\n%PDF", "", id="no text"),
        pytest.param(b"Date: soon\r\nFrom: ;;\r\n\r\nx", "x", id="junk in the headers"),
    ],
)
def test_odd_mail_is_mail(client: Client, eml: bytes, text: str) -> None:
    id_ = deliver(client, eml)

    message = client("GET", f"/users/{POST}/messages/{id_}").json()

    assert message["body"]["content"].strip() == text


def test_header_lines_are_told_to_who_selects_them(client: Client) -> None:
    id_ = deliver(client, letter(**{"X-Hub-Id": "42"}))
    address = f"/users/{POST}/messages/{id_}"

    plain = client("GET", address).json()
    asked = client("GET", address, params={"$select": "internetMessageHeaders"}).json()

    assert "internetMessageHeaders" not in plain
    assert {"name": "X-Hub-Id", "value": "42"} in asked["internetMessageHeaders"]


def test_messages_are_found_by_filter_newest_first(client: Client, clock: Clock) -> None:
    for subject in ("een", "twee", "drie"):
        deliver(client, letter(subject))
        clock.advance(minutes=1)
    address = f"/users/{POST}/messages"

    def subjects(**options: str) -> list[str]:
        found = client("GET", address, params={f"${name}": value for name, value in options.items()})
        return [message["subject"] for message in found.json()["value"]]

    assert subjects(select="subject") == ["drie", "twee", "een"]
    assert subjects(top="1") == ["drie"]
    assert subjects(filter="internetMessageId eq '<twee@example.org>'") == ["twee"]
    assert subjects(filter="isRead eq false and receivedDateTime gt 2027-05-07T10:01:00Z") == ["drie"]


def test_a_filter_that_the_sandbox_does_not_know_is_refused(client: Client) -> None:
    answer = client("GET", f"/users/{POST}/messages", params={"$filter": "contains(subject, 'x')"})

    assert code(answer) == (400, "ErrorInvalidUrlQueryFilter")


def test_a_message_is_marked(client: Client) -> None:
    address = f"/users/{POST}/messages/{deliver(client, letter())}"

    marked = client("PATCH", address, {"categories": ["Geregistreerd"], "isRead": True}).json()

    assert (marked["categories"], marked["isRead"]) == (["Geregistreerd"], True)
    assert client("GET", address).json()["categories"] == ["Geregistreerd"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"subject": "Anders"}, "ErrorInvalidPropertySet"),
        ({"isRead": "true"}, "RequestBodyRead"),
        ({"categories": "Geregistreerd"}, "RequestBodyRead"),
    ],
)
def test_what_the_sender_wrote_cannot_be_changed(client: Client, body: dict[str, Any], reason: str) -> None:
    address = f"/users/{POST}/messages/{deliver(client, letter())}"

    assert code(client("PATCH", address, body)) == (400, reason)
    assert client("GET", address).json()["subject"] == "Aanvraag"


def test_a_mark_on_an_older_version_is_refused(client: Client) -> None:
    address = f"/users/{POST}/messages/{deliver(client, letter())}"
    before = client("GET", address).headers["ETag"]
    client("PATCH", address, {"isRead": True})

    assert client("PATCH", address, {"isRead": False}, headers={"If-Match": before}).status_code == 412


def test_an_immutable_id_survives_a_move_and_the_other_does_not(client: Client) -> None:
    lasting = deliver(client, letter())
    passing = client("GET", f"/users/{POST}/messages/{lasting}").json()["id"]

    moved = client("POST", f"/users/{POST}/messages/{passing}/move", {"destinationId": "archive"})

    assert moved.status_code == 201
    assert moved.json()["id"] not in (passing, lasting)
    assert code(client("GET", f"/users/{POST}/messages/{passing}")) == (404, "ErrorItemNotFound")
    assert folder_of(client, lasting) == "Archief"
    assert client("GET", f"/users/{POST}/mailFolders/inbox/messages").json()["value"] == []


def test_a_message_moves_to_a_folder_of_ones_own(client: Client) -> None:
    id_ = deliver(client, letter())
    done = client("POST", f"/users/{POST}/mailFolders/inbox/childFolders", {"displayName": "Geregistreerd"}).json()

    client("POST", f"/users/{POST}/messages/{id_}/move", {"destinationId": done["id"]})

    (listed,) = client("GET", f"/users/{POST}/mailFolders/inbox/childFolders").json()["value"]
    assert (listed["displayName"], listed["totalItemCount"], listed["unreadItemCount"]) == ("Geregistreerd", 1, 1)
    assert folder_of(client, id_) == "Geregistreerd"


def test_the_folders_of_a_mailbox_are_listed_in_pages(client: Client) -> None:
    client("POST", f"/users/{POST}/mailFolders", {"displayName": "Dossiers"})

    first = client("GET", f"/users/{POST}/mailFolders", params={"$top": "5"}).json()
    second = client("GET", first["@odata.nextLink"]).json()

    names = [folder["displayName"] for folder in first["value"] + second["value"]]
    assert names[0] == "Postvak IN"
    assert names[-1] == "Dossiers"
    assert "@odata.nextLink" not in second


def test_a_folder_is_made_once(client: Client) -> None:
    body = {"displayName": "Dossiers"}

    assert client("POST", f"/users/{POST}/mailFolders", body).status_code == 201
    assert code(client("POST", f"/users/{POST}/mailFolders", body)) == (409, "ErrorFolderExists")


@pytest.mark.parametrize(
    "path",
    ["/users/post@example.org/mailFolders/nowhere", "/users/post@example.org/messages/AAMkAD", "/users/x/messages"],
)
def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    assert client("GET", path).status_code == 404


def test_a_move_to_nowhere_leaves_the_message_where_it_is(client: Client) -> None:
    id_ = deliver(client, letter())

    answer = client("POST", f"/users/{POST}/messages/{id_}/move", {"destinationId": "nowhere"})

    assert answer.status_code == 404
    assert folder_of(client, id_) == "Postvak IN"


def test_mail_is_in_the_ledger_and_the_state_of_the_sandbox(client: Client, tenant: Tenant) -> None:
    id_ = deliver(client, letter())
    client("PATCH", f"/users/{POST}/messages/{id_}", {"isRead": True})
    client("POST", f"/users/{POST}/messages/{id_}/move", {"destinationId": "archive"})

    state = client("GET", f"{client.sandbox.url}/_sandbox/state").json()

    assert [each.action for each in tenant.effects("message", "<Aanvraag@example.org>")] == [
        "created", "updated", "moved",
    ]  # fmt: skip
    (post,) = [person for person in state["people"] if person["userPrincipalName"] == POST]
    assert [(each["subject"], each["folder"], each["isRead"]) for each in post["messages"]] == [
        ("Aanvraag", "Archief", True)
    ]


@pytest.mark.parametrize(("mailbox", "eml", "status"), [("x@example.org", b"x", 404), (POST, b"", 400)])
def test_mail_for_nobody_and_mail_that_is_none_are_refused(
    client: Client, mailbox: str, eml: bytes, status: int
) -> None:
    address = f"{client.sandbox.url}/_sandbox/mail"

    assert client.session.post(address, params={"mailbox": mailbox}, data=eml, timeout=10).status_code == status


def test_the_shared_mailbox_is_nobody(tenant: Tenant) -> None:
    assert tenant.user(POST)["employeeId"] is None
    assert tenant.mailbox(POST).purpose == "shared"
    assert not tenant.user(POST)["accountEnabled"]
