"""The stand-in keeps webhooks as Protime does, and delivers what changes to whoever asked, proven by the key."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.protime import hooks_of, protime_of
from sandbox.protime_hooks import LIFETIME, SIGNATURE
from sandbox.state import Tenant
from tests.contract.sandbox_systems.outside import Clock
from tests.contract.sandbox_systems.test_protime import AGENT, API, _token
from tests.unit.shared.server import Reply, Stub, serving
from tests.waiting import eventually

HOOKS = f"{API}/webhooks"
CHANGE = {"changeType": "Delete", "data": {"id": 5003, "changeVersion": "0000090200000000044C"}}


@pytest.fixture
def headers(client: FlaskClient) -> dict[str, str]:
    return AGENT | {"Authorization": f"Bearer {_token(client).get_json()['access_token']}"}


@pytest.fixture
def receiver() -> Iterator[Stub]:
    with serving() as stub:
        yield stub


def make(client: FlaskClient, headers: dict[str, str], address: str = "https://hub.example.org/hooks/protime") -> Any:
    body = {"destinationUrl": address, "collectionName": "absences"}
    return client.post(HOOKS, json=body, headers=headers)


def listed(client: FlaskClient, headers: dict[str, str], wanted: str = "") -> list[Any]:
    value: list[Any] = client.get(HOOKS, query_string={"filter": wanted}, headers=headers).get_json()["value"]
    return value


def test_a_webhook_is_made_and_its_key_is_told_once(client: FlaskClient, headers: dict[str, str], clock: Clock) -> None:
    answer = make(client, headers)

    assert answer.status_code == 201
    (row,) = listed(client, headers)
    assert answer.headers["Location"].endswith(f"/webhooks/{row['id']}")
    assert datetime.fromisoformat(row["validUntil"]) == clock.now + LIFETIME
    assert (row["status"], row["collectionName"]) == ("Enabled", "absences")
    assert answer.get_json()["privateKey"] not in json.dumps(row)
    assert client.get(f"{HOOKS}/{row['id']}", headers=headers).get_json() == row


@pytest.mark.parametrize(
    "change",
    [{"destinationUrl": "http://hub.example.org"}, {"destinationUrl": ""}, {"collectionName": "mail"}],
    ids=str,
)
def test_a_wrong_webhook_is_refused(client: FlaskClient, headers: dict[str, str], change: dict[str, str]) -> None:
    body = {"destinationUrl": "https://hub.example.org/x", "collectionName": "absences"} | change

    assert client.post(HOOKS, json=body, headers=headers).status_code == 400


@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_without_a_token_there_are_no_webhooks(client: FlaskClient, method: str) -> None:
    path = HOOKS if method != "delete" else f"{HOOKS}/x"

    assert getattr(client, method)(path, headers=AGENT).status_code == 401


def test_what_is_removed_is_listed_no_more_and_what_expired_is_disabled(
    client: FlaskClient, headers: dict[str, str], clock: Clock
) -> None:
    gone, left = (make(client, headers).headers["Location"].rpartition("/")[2] for _ in range(2))

    assert client.delete(f"{HOOKS}/{gone}", headers=headers).status_code == 204
    assert client.delete(f"{HOOKS}/{gone}", headers=headers).status_code == 404
    clock.advance(LIFETIME)

    fresh = AGENT | {"Authorization": f"Bearer {_token(client).get_json()['access_token']}"}
    assert [(row["id"], row["status"]) for row in listed(client, fresh)] == [(left, "Disabled")]
    assert listed(client, fresh, "status eq 'Enabled'") == []
    assert client.get(HOOKS, query_string={"filter": "id gt 5"}, headers=fresh).status_code == 400


def test_a_change_is_delivered_with_its_proof(
    client: FlaskClient, headers: dict[str, str], tenant: Tenant, receiver: Stub
) -> None:
    key = make(client, headers, f"{receiver.url}/hooks/protime").get_json()["privateKey"]

    protime_of(tenant).apply([CHANGE, CHANGE | {"changeType": "Delete"}])

    eventually(lambda: len(receiver.asked) == 2, what="both deliveries")
    asked = receiver.asked[0]
    expected = base64.b64encode(hmac.new(key.encode(), asked.body, hashlib.sha256).digest()).decode()
    assert asked.headers[SIGNATURE.lower()] == expected
    assert asked.headers["content-type"] == "application/json"
    assert asked.json == CHANGE


def test_a_delivery_that_is_not_taken_comes_again(
    client: FlaskClient, headers: dict[str, str], tenant: Tenant, receiver: Stub
) -> None:
    receiver.answers(Reply(503), Reply(202))
    make(client, headers, receiver.url)

    protime_of(tenant).apply([CHANGE])

    eventually(lambda: len(receiver.asked) == 2, what="the second attempt")
    assert receiver.asked[0].body == receiver.asked[1].body


@pytest.mark.parametrize("fate", ["disabled", "removed", "expired"])
def test_one_that_is_no_more_is_told_nothing(
    client: FlaskClient, headers: dict[str, str], tenant: Tenant, receiver: Stub, clock: Clock, fate: str
) -> None:
    id_ = make(client, headers, receiver.url).headers["Location"].rpartition("/")[2]
    hook = hooks_of(tenant).made[id_]
    if fate == "disabled":
        hook.is_disabled = True
    elif fate == "removed":
        hook.is_deleted = True
    else:
        clock.advance(LIFETIME + timedelta(seconds=1))

    protime_of(tenant).apply([CHANGE])

    assert tenant.courier.undelivered == 0
    assert receiver.asked == []
