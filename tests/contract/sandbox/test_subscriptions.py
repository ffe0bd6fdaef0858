"""Subscribers are asked first, told at least once, and forgotten in time."""

from typing import Any

import pytest
from flask import Response

from sandbox.state import Tenant
from tests.contract.sandbox.client import FIEN, Client, absence, code
from tests.contract.sandbox.conformance import violations
from tests.contract.sandbox.conftest import Clock, Listener


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
    ],
)
def test_a_wish_beyond_the_rules_is_refused(
    client: Client, listener: Listener, changes: dict[str, Any], status: int
) -> None:
    assert client("POST", "/subscriptions", wish(listener, **changes)).status_code == status


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
    (drive,) = tenant.drives
    client("POST", "/subscriptions", wish(listener, resource=f"drives/{drive}/root"))

    client("POST", f"/drives/{drive}/root/children", {"name": "Nieuw", "folder": {}})

    assert tenant.courier.wait_until_idle()
    assert [item["resource"] for item in listener.items] == [f"drives/{drive}/root"]


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
