"""A mail that is written in a mailbox here, and sent."""

from typing import Any

import pytest

from sandbox.state import Tenant
from tests.contract.sandbox.client import TAG, Client, code
from tests.contract.sandbox.test_messages import IMMUTABLE, POST, folder_of

FIEN = "fien.verzonnen@example.org"
ADDRESS = f"/users/{POST}/messages"


def letter(**changes: Any) -> dict[str, Any]:
    return {
        "subject": "Poststuk verplaatst",
        "body": {"contentType": "html", "content": "<p>2026/IN/001234</p>"},
        "toRecipients": [{"emailAddress": {"address": FIEN}}],
        "internetMessageHeaders": [{"name": "x-hub-notice", "value": "n-1"}],
        "singleValueExtendedProperties": [{"id": TAG, "value": "n-1"}],
    } | changes


def with_tag(client: Client, value: str) -> list[dict[str, Any]]:
    wanted = f"singleValueExtendedProperties/Any(ep: ep/id eq '{TAG}' and ep/value eq '{value}')"
    found: list[dict[str, Any]] = client("GET", ADDRESS, params={"$filter": wanted}, headers=IMMUTABLE).json()["value"]
    return found


def test_what_is_written_stands_among_the_drafts_until_it_is_sent(client: Client, tenant: Tenant) -> None:
    made = client("POST", ADDRESS, letter(), headers=IMMUTABLE)

    assert (made.status_code, made.json()["isDraft"], made.json()["subject"]) == (201, True, "Poststuk verplaatst")
    assert folder_of(client, made.json()["id"]) == "Concepten"
    assert tenant.mailbox(FIEN).mail.messages == {}


def test_what_is_sent_is_with_its_reader_and_among_the_sent_items(client: Client, tenant: Tenant) -> None:
    made = client("POST", ADDRESS, letter(), headers=IMMUTABLE).json()

    sent = client("POST", f"{ADDRESS}/{made['id']}/send")

    (received,) = tenant.mailbox(FIEN).mail.messages.values()
    (kept,) = with_tag(client, "n-1")
    assert (sent.status_code, sent.content) == (202, b"")
    assert received.parsed["x-hub-notice"] == "n-1"
    assert received.parsed["from"] == POST
    assert (kept["id"], kept["isDraft"], folder_of(client, kept["id"])) == (made["id"], False, "Verzonden items")


def test_a_tag_finds_its_message_and_no_other(client: Client) -> None:
    client("POST", ADDRESS, letter())
    client("POST", ADDRESS, letter(singleValueExtendedProperties=[]))

    assert len(with_tag(client, "n-1")) == 1
    assert with_tag(client, "n-2") == []


def test_a_mail_is_sent_once(client: Client, tenant: Tenant) -> None:
    made = client("POST", ADDRESS, letter(), headers=IMMUTABLE).json()
    client("POST", f"{ADDRESS}/{made['id']}/send")

    assert code(client("POST", f"{ADDRESS}/{made['id']}/send")) == (404, "ErrorItemNotFound")
    assert len(tenant.mailbox(FIEN).mail.messages) == 1


def test_a_reader_outside_has_no_mailbox_here(client: Client) -> None:
    outside = letter(toRecipients=[{"emailAddress": {"address": "jan@example.net"}}])
    made = client("POST", ADDRESS, outside, headers=IMMUTABLE).json()

    assert client("POST", f"{ADDRESS}/{made['id']}/send").status_code == 202


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"internetMessageHeaders": [{"name": "Auto-Submitted", "value": "auto-generated"}]},
            "InvalidInternetMessageHeader",
        ),
        (
            {"internetMessageHeaders": [{"name": f"x-{n}", "value": "1"} for n in range(6)]},
            "InvalidInternetMessageHeaderCollection",
        ),
        ({"internetMessageHeaders": []}, "InvalidInternetMessageHeaderCollection"),
        ({"subject": 7}, "RequestBodyRead"),
        ({"body": {"contentType": "markdown", "content": "x"}}, "RequestBodyRead"),
        ({"toRecipients": [{"address": FIEN}]}, "RequestBodyRead"),
        ({"isDraft": False}, "RequestBodyRead"),
        ({"singleValueExtendedProperties": [{"id": TAG}]}, "ErrorInvalidRequest"),
    ],
)
def test_what_exchange_does_not_take_is_refused(client: Client, changes: dict[str, Any], reason: str) -> None:
    assert code(client("POST", ADDRESS, letter(**changes))) == (400, reason)
    assert client("GET", ADDRESS).json()["value"] == []


def test_a_mail_to_nobody_is_not_sent(client: Client) -> None:
    made = client("POST", ADDRESS, letter(toRecipients=[]), headers=IMMUTABLE).json()

    assert code(client("POST", f"{ADDRESS}/{made['id']}/send")) == (400, "ErrorInvalidRecipients")
    assert folder_of(client, made["id"]) == "Concepten"
