"""The stand-in can be made to fail in every way that Graph can, and says what it has done."""

import time
from typing import Any

import pytest
import requests

from sandbox.state import Tenant
from tests.contract.sandbox.client import FIEN, Client, absence, code

EVENTS = f"/users/{FIEN}/events"


def switch(client: Client, **fault: Any) -> requests.Response:
    return client("POST", f"{client.sandbox.url}/_sandbox/faults", [{"path": "/events$"} | fault])


def test_throttling_says_how_long_to_wait_and_ends_after_its_count(client: Client, tenant: Tenant) -> None:
    switch(client, method="POST", status=429, retry_after=2, times=2)

    answers = [client("POST", EVENTS, absence()) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 201]
    assert (code(answers[0]), answers[0].headers["Retry-After"]) == ((429, "TooManyRequests"), "2")
    assert len(tenant.effects("event")) == 1


def test_another_method_and_another_path_are_left_alone(client: Client) -> None:
    switch(client, method="POST", status=503)

    assert client("GET", EVENTS).status_code == 200
    assert client("GET", "/users").status_code == 200


@pytest.mark.parametrize(("drop", "effects"), [("before", 0), ("after", 1)])
def test_an_answer_gets_lost_before_or_after_the_effect(
    client: Client, tenant: Tenant, drop: str, effects: int
) -> None:
    switch(client, method="POST", drop=drop, times=1)

    with pytest.raises(requests.ConnectionError):
        client("POST", EVENTS, absence())

    assert len(tenant.effects("event")) == effects


def test_a_slow_answer_takes_its_time(client: Client) -> None:
    switch(client, latency=0.2, times=1)
    client("GET", "/users")

    started = time.monotonic()
    client("GET", EVENTS)

    assert time.monotonic() - started >= 0.2


def test_switches_are_turned_off(client: Client) -> None:
    switch(client, status=503)

    client("DELETE", f"{client.sandbox.url}/_sandbox/faults")

    assert client("GET", EVENTS).status_code == 200


@pytest.mark.parametrize("fault", [{"path": "("}, {"drop": "now"}, {"colour": "red"}], ids=["path", "drop", "unknown"])
def test_a_switch_that_is_not_understood_is_refused(client: Client, fault: dict[str, str]) -> None:
    assert switch(client, **fault).status_code == 400


def test_the_control_pages_tell_what_was_asked_and_done(client: Client, tenant: Tenant) -> None:
    client("POST", EVENTS, absence())
    control = f"{client.sandbox.url}/_sandbox"

    (effect,) = client("GET", f"{control}/ledger?kind=event").json()
    calls = client("GET", f"{control}/requests").json()
    state = client("GET", f"{control}/state").json()

    assert (effect["key"], effect["extra"]["user"]) == ("A-2027-000123", FIEN)
    assert [(call["method"], call["status"], call["body"]) for call in calls][-1] == ("POST", 201, absence())
    fien = next(person for person in state["people"] if person["userPrincipalName"] == FIEN)
    assert (len(fien["events"]), fien["presence"]["activity"]) == (1, "OutOfOffice")
    assert [item["name"] for item in state["drives"][0]["items"]][-1] == "Te klasseren"
    assert client("GET", f"{control}/ready").json()["tenant_id"] == tenant.tenant_id
