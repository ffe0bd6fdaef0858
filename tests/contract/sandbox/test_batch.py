"""Twenty requests in one, each with its own fate."""

from typing import Any

import pytest

from sandbox.faults import Fault
from sandbox.state import Tenant
from tests.contract.sandbox.client import FIEN, Client, absence

JSON = {"Content-Type": "application/json"}


def post(id_: str, **changes: Any) -> dict[str, Any]:
    item = {"id": id_, "method": "POST", "url": f"/users/{FIEN}/events", "headers": JSON}
    return item | {"body": absence(transactionId=id_)} | changes


def run(client: Client, *requests: dict[str, Any]) -> dict[str, dict[str, Any]]:
    answer = client("POST", "/$batch", {"requests": list(requests)})
    assert answer.status_code == 200
    return {each["id"]: each for each in answer.json()["responses"]}


def test_each_request_has_its_own_answer_in_any_order(client: Client, tenant: Tenant) -> None:
    answers = run(
        client,
        post("1"),
        {"id": "2", "method": "GET", "url": "/users/nobody"},
        {"id": "3", "method": "GET", "url": f"/users/{FIEN}?$select=employeeId"},
    )

    assert {key: answer["status"] for key, answer in answers.items()} == {"1": 201, "2": 404, "3": 200}
    assert answers["3"]["body"]["employeeId"] == "000101"
    assert [call.batched for call in tenant.requests if call.path.startswith("/v1.0/users")] == [True] * 3


def test_one_throttled_request_does_not_touch_the_others(client: Client, tenant: Tenant) -> None:
    tenant.faults.add(Fault(path="/events$", status=429, retry_after=7, times=1))

    answers = run(client, *(post(str(number)) for number in range(20)))

    throttled = [answer for answer in answers.values() if answer["status"] == 429]
    assert [answer["headers"]["Retry-After"] for answer in throttled] == ["7"]
    assert len(tenant.effects("event")) == 19


def test_what_depends_on_a_failure_fails_too(client: Client) -> None:
    answers = run(client, post("a", body={}), post("b", dependsOn=["a"]), post("c", dependsOn=["b"]))

    assert [answers[key]["status"] for key in "abc"] == [400, 424, 424]


def test_requests_in_a_chain_run_one_after_the_other(client: Client, tenant: Tenant) -> None:
    run(client, post("a"), post("b", dependsOn=["a"]), post("c", dependsOn=["b"]))

    assert [effect.extra["transactionId"] for effect in tenant.effects("event")] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "requests",
    [
        pytest.param([post(str(number)) for number in range(21)], id="too many"),
        pytest.param([], id="none"),
        pytest.param([post("a"), post("A")], id="the same id twice"),
        pytest.param([post("a", headers={})], id="body without type"),
        pytest.param([post("a", dependsOn=["z"])], id="depends on nothing"),
        pytest.param([post("a", dependsOn=["b"]), post("b", dependsOn=["a"])], id="circle"),
    ],
)
def test_a_malformed_batch_is_refused_as_a_whole(client: Client, tenant: Tenant, requests: list[Any]) -> None:
    assert client("POST", "/$batch", {"requests": requests}).status_code == 400
    assert tenant.effects("event") == []
