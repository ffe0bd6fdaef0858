"""Microsoft's limits hold, alone and in a batch; and who measures can slow Graph down and count."""

from typing import Any

import pytest

from sandbox.state import Tenant
from tests.contract.sandbox.client import FIEN, Client, absence, code
from tests.contract.sandbox.conftest import Clock

EVENTS, JORIS = f"/users/{FIEN}/events", "joris.fictief@example.org"


def events(count: int, user: str = FIEN, **changes: Any) -> list[dict[str, Any]]:
    head = {"method": "POST", "url": f"/users/{user}/events", "headers": {"Content-Type": "application/json"}}
    ids = [f"{user}-{number}" for number in range(count)]
    return [head | {"id": id_, "body": absence(transactionId=id_)} | changes for id_ in ids]


def run(client: Client, *items: dict[str, Any]) -> list[int]:
    """Return the statuses in the order of the requests."""
    answers = client("POST", "/$batch", {"requests": list(items)}).json()["responses"]
    statuses = {answer["id"]: answer["status"] for answer in answers}
    return [statuses[item["id"]] for item in items]


def occupy(tenant: Tenant, count: int) -> str:
    mailbox = str(tenant.user(FIEN)["id"])
    for _ in range(count):
        tenant.limits.enter(mailbox)
    return mailbox


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Wait in name only."""
    waited: list[float] = []
    monkeypatch.setattr("sandbox.graph.pace.sleep", waited.append)
    return waited


def test_a_fifth_request_to_one_mailbox_at_the_same_time_must_wait(client: Client, tenant: Tenant) -> None:
    mailbox = occupy(tenant, 4)

    refused = client("GET", EVENTS)

    assert code(refused) == (429, "ApplicationThrottled")
    assert int(refused.headers["Retry-After"]) > 0
    assert client("GET", f"/users/{JORIS}/events").status_code == 200
    tenant.limits.leave(mailbox)
    assert [client("GET", EVENTS).status_code for _ in range(2)] == [200, 200]


def test_mail_and_settings_of_a_mailbox_count_with_its_calendar(client: Client, tenant: Tenant) -> None:
    mailbox = occupy(tenant, 4)

    for path in ("messages", "mailboxSettings", "calendarView", "mailFolders/inbox/messages/delta"):
        assert client("GET", f"/users/{mailbox}/{path}").status_code == 429


def test_a_batch_alone_never_has_too_much_under_way(client: Client) -> None:
    assert run(client, *events(20)) == [201] * 20
    assert run(client, *events(20, JORIS)) == [201] * 20


def test_requests_of_a_batch_that_find_no_place_are_throttled_one_by_one(client: Client, tenant: Tenant) -> None:
    occupy(tenant, 2)

    statuses = run(client, *events(8), *events(2, JORIS))

    assert statuses == [201, 201, 429, 429] * 2 + [201, 201]
    assert client("GET", EVENTS).status_code == 200


def test_requests_in_order_take_one_place(client: Client, tenant: Tenant) -> None:
    occupy(tenant, 3)
    first, second = events(2)

    assert run(client, first, second | {"dependsOn": [first["id"]]}) == [201, 201]


def test_places_are_held_until_the_batch_is_answered(
    client: Client, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[bool] = []
    tenant.latency_seconds = 1
    mailbox = str(tenant.user(FIEN)["id"])
    monkeypatch.setattr("sandbox.graph.pace.sleep", lambda _: found.append(tenant.limits.enter(mailbox)))

    run(client, *events(4))

    assert found == [False]


def test_a_mailbox_is_asked_10000_times_in_ten_minutes_at_most(client: Client, tenant: Tenant, clock: Clock) -> None:
    mailbox = str(tenant.user(FIEN)["id"])
    for _ in range(9_999):
        tenant.limits.spend_on_mailbox(mailbox)

    assert run(client, *events(2), *events(1, JORIS)) == [201, 429, 201]
    clock.advance(minutes=10)
    assert client("GET", EVENTS).status_code == 200


def test_a_batch_takes_its_time_once(client: Client, waited: list[float]) -> None:
    client("POST", f"{client.sandbox.url}/_sandbox/latency", {"milliseconds": 40})

    run(client, *events(20))
    client("GET", EVENTS)

    assert len(waited) == 2
    assert all(0 <= seconds <= 0.04 for seconds in waited)  # what the sandbox itself took is part of it


@pytest.mark.parametrize("wished", [-1, "40", None, True])
def test_a_latency_that_is_no_time_is_refused(client: Client, wished: object) -> None:
    answer = client("POST", f"{client.sandbox.url}/_sandbox/latency", {"milliseconds": wished})

    assert answer.status_code == 400


def test_requests_are_counted_by_what_they_ask_and_where_they_came(client: Client) -> None:
    control = f"{client.sandbox.url}/_sandbox"
    client("GET", EVENTS)
    client("DELETE", f"{control}/requests")

    run(client, *events(3))
    client("GET", EVENTS)

    counted = client("GET", f"{control}/counts").json()
    assert {(one["method"], one["address"], one["status"], one["batched"]): one["count"] for one in counted} == {
        ("POST", "/v1.0/users/{key}/events", 201, True): 3,
        ("POST", "/v1.0/$batch", 200, False): 1,
        ("GET", "/v1.0/users/{key}/events", 200, False): 1,
    }
    assert len(client("GET", f"{control}/requests").json()) == 5
