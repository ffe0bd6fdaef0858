"""Subscribers are asked first, told at least once, and forgotten in time."""

from typing import Any

import pytest
from flask import Response

from sandbox.state import Tenant
from tests.contract.sandbox.client import FIEN, Client, absence, code
from tests.contract.sandbox.conformance import violations
from tests.contract.sandbox.conftest import Clock, Listener

POST = "post@example.org"
IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}


def wish(listener: Listener, **changes: Any) -> dict[str, Any]:
    body = {
        "changeType": "updated",
        "notificationUrl": f"{listener.url}/hook",
        "lifecycleNotificationUrl": f"{listener.url}/lifecycle",
        "resource": "users",
        "expirationDateTime": "2027-05-20T00:00:00Z",
        "clientState": "c" * 128,
    }
    return body | changes


def test_both_addresses_are_asked_before_a_subscription_exists(client: Client, listener: Listener) -> None:
    made = client("POST", "/subscriptions", wish(listener))

    assert made.status_code == 201
    assert listener.handshakes == ["/hook", "/lifecycle"]
    assert client("GET", "/subscriptions").json()["value"][0]["id"] == made.json()["id"]


@pytest.mark.parametrize(
    "echo",
    [
        pytest.param(lambda _: Response("no", mimetype="text/plain"), id="something else"),
        pytest.param(lambda token: Response(token, mimetype="text/html"), id="as html"),
        pytest.param(lambda token: Response(token, 202, mimetype="text/plain"), id="not 200"),
        pytest.param(lambda token: Response(token.replace(" ", "%20"), mimetype="text/plain"), id="still encoded"),
    ],
)
def test_an_endpoint_that_does_not_repeat_the_token_gets_nothing(client: Client, listener: Listener, echo: Any) -> None:
    listener.echo = echo

    assert code(client("POST", "/subscriptions", wish(listener))) == (400, "ValidationError")
    assert client("GET", "/subscriptions").json()["value"] == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        pytest.param({"expirationDateTime": "2027-06-06T00:00:00Z"}, 400, id="longer than 29 days"),
        pytest.param({"changeType": "created,updated"}, 400, id="created is not said of users"),
        pytest.param({"resource": "drives/x/items/y"}, 400, id="not the root"),
        pytest.param({"resource": "communications/presences/x"}, 403, id="presence"),
        pytest.param({"notificationUrl": "http://hub.example.org/hook"}, 400, id="plain http elsewhere"),
        pytest.param({"clientState": "c" * 129}, 400, id="long client state"),
        pytest.param({"resource": f"users/{FIEN}/events"}, 400, id="mailbox longer than a week"),
        pytest.param({"resource": "users/post@example.org/messages"}, 400, id="mail longer than a week"),
        pytest.param({"resource": "drives/{drive}/root", "changeType": "created"}, 400, id="created in a drive"),
        pytest.param(
            {"resource": "drives/{drive}/root", "expirationDateTime": "2027-06-06T00:00:00Z"},
            400,
            id="drive longer than 42,300 minutes",
        ),
        pytest.param({"resource": "drives/nowhere/root"}, 404, id="no such drive"),
        pytest.param(
            {
                "resource": "users/post@example.org/mailFolders('nowhere')/messages",
                "expirationDateTime": "2027-05-13T00:00:00Z",
            },
            404,
            id="no such mail folder",
        ),
    ],
)
def test_a_wish_beyond_the_rules_is_refused(
    client: Client, listener: Listener, tenant: Tenant, changes: dict[str, Any], status: int
) -> None:
    drive, *_ = tenant.drives
    filled = {name: value.format(drive=drive) for name, value in changes.items()}

    assert client("POST", "/subscriptions", wish(listener, **filled)).status_code == status


def test_the_same_wish_twice_is_a_conflict(client: Client, listener: Listener) -> None:
    client("POST", "/subscriptions", wish(listener))

    assert client("POST", "/subscriptions", wish(listener)).status_code == 409


def test_a_subscription_lives_45_minutes_at_least_and_then_expires(
    client: Client, listener: Listener, clock: Clock
) -> None:
    made = client("POST", "/subscriptions", wish(listener, expirationDateTime="2027-05-07T10:01:00Z")).json()

    assert made["expirationDateTime"] == "2027-05-07T10:45:00Z"
    clock.advance(minutes=45)
    renewed = client("PATCH", f"/subscriptions/{made['id']}", {"expirationDateTime": "2027-05-08T00:00:00Z"})
    assert renewed.status_code == 404


def test_a_subscription_is_renewed_reauthorized_and_ended(client: Client, listener: Listener) -> None:
    address = f"/subscriptions/{client('POST', '/subscriptions', wish(listener)).json()['id']}"

    renewed = client("PATCH", address, {"expirationDateTime": "2027-05-25T00:00:00Z"}).json()
    assert renewed["expirationDateTime"] == "2027-05-25T00:00:00Z"
    assert client("PATCH", address, {"lifecycleNotificationUrl": listener.url}).status_code == 400
    assert client("POST", f"{address}/reauthorize").status_code == 204
    assert client("DELETE", address).status_code == 204
    assert client("GET", address).status_code == 404


def test_a_changed_account_is_told(client: Client, listener: Listener, tenant: Tenant) -> None:
    made = client("POST", "/subscriptions", wish(listener)).json()

    client("PATCH", f"/users/{FIEN}", {"department": "Omgeving"})

    assert tenant.courier.wait_until_idle()
    assert violations("microsoft.graph.changeNotificationCollection", {"value": listener.items}) == []
    (item,) = listener.items
    assert (item["subscriptionId"], item["clientState"]) == (made["id"], "c" * 128)
    assert item["resourceData"]["id"] == tenant.user(FIEN)["id"]


@pytest.mark.parametrize("immutable", [True, False], ids=["immutable ids", "ids that change"])
def test_an_event_is_told_with_the_form_of_id_that_was_asked(
    client: Client, listener: Listener, tenant: Tenant, immutable: bool
) -> None:
    prefer = {"Prefer": 'IdType="ImmutableId"'} if immutable else {}
    body = wish(
        listener, resource=f"/users/{FIEN}/events", changeType="created,updated,deleted",
        expirationDateTime="2027-05-13T00:00:00Z",
    )  # fmt: skip
    client("POST", "/subscriptions", body, headers=prefer)

    event = client("POST", f"/users/{FIEN}/events", absence(), headers=prefer).json()
    client("PATCH", f"/users/{FIEN}/events/{event['id']}", {"showAs": "free"})
    client("DELETE", f"/users/{FIEN}/events/{event['id']}")

    assert tenant.courier.wait_until_idle()
    assert [item["changeType"] for item in listener.items] == ["created", "updated", "deleted"]
    assert {item["resourceData"]["id"] for item in listener.items} == {event["id"]}


def test_a_change_in_a_library_is_told_without_saying_where(client: Client, listener: Listener, tenant: Tenant) -> None:
    drive, *_ = tenant.drives
    client("POST", "/subscriptions", wish(listener, resource=f"drives/{drive}/root"))

    client("POST", f"/drives/{drive}/root/children", {"name": "Nieuw", "folder": {}})

    assert tenant.courier.wait_until_idle()
    assert [item["resource"] for item in listener.items] == [f"drives/{drive}/root"]
    assert "id" not in listener.items[0]["resourceData"]


def test_a_refused_notification_comes_again(client: Client, listener: Listener, tenant: Tenant) -> None:
    client("POST", "/subscriptions", wish(listener))
    listener.statuses = [503, 500]

    client("PATCH", f"/users/{FIEN}", {"department": "Omgeving"})

    assert tenant.courier.wait_until_idle()
    assert len(listener.items) == 3


def test_a_lifecycle_notice_names_no_resource(client: Client, listener: Listener, tenant: Tenant) -> None:
    made = client("POST", "/subscriptions", wish(listener)).json()

    client(
        "POST", f"{client.sandbox.url}/_sandbox/lifecycle", {"subscription": made["id"], "event": "subscriptionRemoved"}
    )

    assert tenant.courier.wait_until_idle()
    (item,) = listener.items
    assert item["lifecycleEvent"] == "subscriptionRemoved"
    assert not {"changeType", "resource"} & item.keys()
    assert client("GET", f"/subscriptions/{made['id']}").status_code == 404


ADDRESSES = ["messages", "mailFolders('inbox')/messages", "mailFolders/inbox/messages", "mailFolders/{id}/messages"]


def mail_wish(listener: Listener, tenant: Tenant, address: str, **changes: Any) -> dict[str, Any]:
    place = address.format(id=tenant.mailbox(POST).mail.folder("inbox").id)
    body = {"resource": f"users/{POST}/{place}", "changeType": "created", "expirationDateTime": "2027-05-13T00:00:00Z"}
    return wish(listener, **(body | changes))


@pytest.mark.parametrize("address", ADDRESSES)
def test_new_mail_is_told_by_its_lasting_id(client: Client, listener: Listener, tenant: Tenant, address: str) -> None:
    made = client("POST", "/subscriptions", mail_wish(listener, tenant, address), headers=IMMUTABLE).json()

    message = tenant.deliver(POST, b"Subject: Aanvraag\r\n\r\nGeachte\r\n")

    assert tenant.courier.wait_until_idle()
    assert violations("microsoft.graph.changeNotificationCollection", {"value": listener.items}) == []
    (item,) = listener.items
    assert item["subscriptionId"] == made["id"]
    assert item["resourceData"]["@odata.type"] == "#Microsoft.Graph.Message"
    assert item["resourceData"]["id"] == message.public_id(immutable=True)
    until = {"expirationDateTime": "2027-05-14T00:00:00Z"}
    assert client("PATCH", f"/subscriptions/{made['id']}", until).status_code == 200


@pytest.mark.parametrize(
    ("address", "expected"),
    [("messages", ["updated", "deleted", "created"]), ("mailFolders('inbox')/messages", ["updated", "deleted"])],
)
def test_a_move_takes_from_one_folder_and_gives_to_the_other(
    client: Client, listener: Listener, tenant: Tenant, address: str, expected: list[str]
) -> None:
    id_ = tenant.deliver(POST, b"Subject: Aanvraag\r\n\r\n").public_id(immutable=True)
    client("POST", "/subscriptions", mail_wish(listener, tenant, address, changeType="created,updated,deleted"))

    client("PATCH", f"/users/{POST}/messages/{id_}", {"isRead": True})
    client("POST", f"/users/{POST}/messages/{id_}/move", {"destinationId": "archive"})

    assert tenant.courier.wait_until_idle()
    assert [item["changeType"] for item in listener.items] == expected


def test_a_deleted_account_is_told_when_it_is_gone_for_good(client: Client, listener: Listener, tenant: Tenant) -> None:
    id_ = tenant.user(FIEN)["id"]
    client("POST", "/subscriptions", wish(listener, changeType="updated,deleted"))

    client("DELETE", f"/users/{FIEN}")
    client("DELETE", f"/directory/deletedItems/{id_}")

    assert tenant.courier.wait_until_idle()
    assert [(item["changeType"], item["resourceData"]["id"]) for item in listener.items] == [
        ("updated", id_), ("deleted", id_),
    ]  # fmt: skip


def test_dropped_notifications_are_lost_until_they_are_delivered_again(
    client: Client, listener: Listener, tenant: Tenant
) -> None:
    control = f"{client.sandbox.url}/_sandbox/notifications"
    client("POST", "/subscriptions", wish(listener))

    assert client("POST", control, {"drop": True}).json() == {"drop": True}
    client("PATCH", f"/users/{FIEN}", {"department": "Omgeving"})
    assert tenant.courier.wait_until_idle()
    assert listener.items == []

    client("POST", control, {"drop": False})
    client("PATCH", f"/users/{FIEN}", {"department": "Onthaal"})
    assert tenant.courier.wait_until_idle()
    assert len(listener.items) == 1


def test_what_waits_is_dropped_too(client: Client, listener: Listener, tenant: Tenant) -> None:
    class DropsThenRefuses(list[int]):
        def pop(self, _: Any = -1) -> int:
            tenant.courier.drop(everything=True)
            return 503

    for change_type in ("updated", "updated,deleted"):
        client("POST", "/subscriptions", wish(listener, changeType=change_type))
    listener.statuses = DropsThenRefuses([503])

    client("PATCH", f"/users/{FIEN}", {"department": "Omgeving"})

    assert tenant.courier.wait_until_idle()
    assert len(listener.items) == 1


def test_drop_is_a_truth_value(client: Client) -> None:
    assert client("POST", f"{client.sandbox.url}/_sandbox/notifications", {"drop": "yes"}).status_code == 400


def test_forgotten_subscriptions_are_gone_without_a_word(client: Client, listener: Listener, tenant: Tenant) -> None:
    made = client("POST", "/subscriptions", wish(listener)).json()

    answer = client("POST", f"{client.sandbox.url}/_sandbox/subscriptions/forget")

    assert answer.json() == {"forgotten": 1}
    assert client("GET", f"/subscriptions/{made['id']}").status_code == 404
    assert tenant.courier.wait_until_idle()
    assert listener.items == []
