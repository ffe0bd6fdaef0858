"""Graph is asked as it wants to be asked, and each of its answers decides what follows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from shared.circuit import FAILURES, Circuits
from shared.errors import HubError, Permanent, Transient, Unavailable
from shared.graph import batch as batch_module
from shared.graph import client as client_module
from shared.graph.batch import Coalescer
from shared.graph.client import GraphClient
from shared.graph.errors import Conflict, NotFound, Refused, Stale, Throttled, Unreachable
from shared.graph.protocol import Answer, Call, batch_answers, batch_body, call, parse_json, read, relative
from tests.unit.shared.builders import Hands
from tests.unit.shared.server import Asked, HangUp, Reply, Silence, Stub
from tests.waiting import eventually

BASE = "https://graph.example.org/v1.0"


@dataclass
class Keys:
    """Gives a new token after each `forget`."""

    given: int = 1
    asked: int = 0

    def token(self) -> str:
        self.asked += 1
        return f"token-{self.given}"

    def forget(self) -> None:
        self.given += 1


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def graph(server: Stub, keys: Keys) -> GraphClient:
    return GraphClient(f"{server.url}/v1.0", keys)


@pytest.fixture
def hands(graph: GraphClient) -> Hands:
    moved = Hands()
    graph._circuits = Circuits(moved.now)
    return moved


def error(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": "never read"}}


# -- one call ---------------------------------------------------------------------------------------------------


def test_every_request_asks_for_immutable_ids(server: Stub, graph: GraphClient) -> None:
    graph.get("/users/u1", params={"$select": "id"}, prefer=['outlook.timezone="Romance Standard Time"'])
    graph.post("/users", {"a": 1})
    graph.patch("/users/u1", {"a": 1}, etag='W/"1"')
    graph.put("/drives/d/root:/a:/content", b"x", params={"@microsoft.graph.conflictBehavior": "fail"})
    graph.delete("/users/u1")

    assert [asked.method for asked in server.asked] == ["GET", "POST", "PATCH", "PUT", "DELETE"]
    assert all(asked.headers["prefer"].startswith('IdType="ImmutableId"') for asked in server.asked)
    assert 'outlook.timezone="Romance Standard Time"' in server.asked[0].headers["prefer"]


def test_a_request_carries_its_token_and_an_id_for_support(server: Stub, graph: GraphClient) -> None:
    graph.get("/users/u1")
    graph.get("/users/u1")

    assert {asked.headers["authorization"] for asked in server.asked} == {"Bearer token-1"}
    assert len({asked.headers["client-request-id"] for asked in server.asked}) == 2
    assert all(asked.headers["user-agent"].startswith("NONISV|") for asked in server.asked)


def test_a_change_may_depend_on_an_etag(server: Stub, graph: GraphClient) -> None:
    graph.patch("/users/u1", {"a": 1}, etag='W/"1"')

    (asked,) = server.asked
    assert (asked.headers["if-match"], asked.json) == ('W/"1"', {"a": 1})


def test_a_file_is_put_as_it_is(server: Stub, graph: GraphClient) -> None:
    server.answers(Reply(201, {"id": "i1"}))

    assert graph.put("/drives/d/root:/a:/content", b"\x00\xff") == {"id": "i1"}

    (asked,) = server.asked
    assert (asked.body, asked.headers["content-type"]) == (b"\x00\xff", "application/octet-stream")


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_success_without_a_body_is_an_empty_object(server: Stub, graph: GraphClient, status: int) -> None:
    server.answers(Reply(status, b""))

    assert graph.post("/users/u1/sendMail", {}) == {}


@pytest.mark.parametrize("body", [b"<html>", b"[1]"], ids=["html", "list"])
def test_a_success_that_is_no_json_object_is_not_known_to_be_one(server: Stub, graph: GraphClient, body: bytes) -> None:
    server.answers(Reply(200, body))

    with pytest.raises(Unreachable):
        graph.get("/users/u1")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, Refused), (400, Refused), (403, Refused), (404, NotFound), (405, Refused), (408, Transient),
        (409, Conflict), (410, NotFound), (412, Stale), (413, Refused), (423, Transient), (429, Throttled),
        (500, Transient), (502, Transient), (503, Throttled), (504, Transient), (509, Throttled),
    ],
)  # fmt: skip
def test_a_status_decides_what_follows(server: Stub, graph: GraphClient, status: int, kind: type[HubError]) -> None:
    server.answers(Reply(status, error("someCode"), {"request-id": "r-1"}))

    with pytest.raises(HubError) as failure:
        graph.get("/users/u1", params={"$filter": "employeeId eq '000104'"})

    assert type(failure.value) is kind
    assert failure.value.reason == f"graph_{status}"
    assert str(failure.value) == f"GET /users/u1 answered {status} someCode, request-id r-1"


@pytest.mark.parametrize("body", [b"", b"busy", b'{"error": "text"}', b'{"error": {}}'])
def test_a_failure_without_a_code_is_told_all_the_same(server: Stub, graph: GraphClient, body: bytes) -> None:
    server.answers(Reply(400, body))

    with pytest.raises(Refused, match=r"answered 400 \(no code\), request-id \(none\)"):
        graph.get("/users/u1")


def test_the_wish_to_wait_is_passed_on(server: Stub, graph: GraphClient) -> None:
    server.answers(Reply(429, headers={"Retry-After": "17"}))

    with pytest.raises(Throttled) as failure:
        graph.get("/users/u1")

    assert failure.value.retry_after == timedelta(seconds=17)


def test_a_refused_token_is_renewed_once(server: Stub, graph: GraphClient, keys: Keys) -> None:
    server.answers(Reply(401), Reply(body={"id": "u1"}))

    assert graph.get("/users/u1") == {"id": "u1"}

    assert [asked.headers["authorization"] for asked in server.asked] == ["Bearer token-1", "Bearer token-2"]


def test_a_token_refused_twice_is_a_matter_for_a_person(server: Stub, graph: GraphClient) -> None:
    server.answers(Reply(401, error("InvalidAuthenticationToken")))

    with pytest.raises(Refused):
        graph.get("/users/u1")

    assert len(server.asked) == 2


def test_a_redirect_is_not_followed(server: Stub, graph: GraphClient) -> None:
    server.answers(Reply(302, headers={"Location": f"{server.url}/elsewhere"}))

    with pytest.raises(Refused):
        graph.get("/users/u1")

    assert len(server.asked) == 1


@pytest.mark.parametrize("reply", [Silence(), HangUp()], ids=["silence", "broken connection"])
def test_without_an_answer_the_outcome_is_unknown(
    server: Stub, graph: GraphClient, monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    monkeypatch.setattr(client_module, "DEADLINE", (0.3, 0.3))
    server.answers(reply)

    with pytest.raises(Unreachable) as failure:
        graph.post("/users/u1/events", {})

    assert failure.value.reason == "graph_unreachable"


@pytest.mark.parametrize("status", [204, 404, 410])
def test_deleting_what_is_gone_is_done(server: Stub, graph: GraphClient, status: int) -> None:
    server.answers(Reply(status))

    graph.delete("/users/u1/events/e1")


def test_a_deletion_that_is_refused_is_a_failure(server: Stub, graph: GraphClient) -> None:
    server.answers(Reply(403))

    with pytest.raises(Refused):
        graph.delete("/users/u1/events/e1")


# -- pages ------------------------------------------------------------------------------------------------------


def test_a_collection_is_read_to_its_last_page(server: Stub, graph: GraphClient) -> None:
    following = f"{server.url}/v1.0/users?$skiptoken=a%20"
    server.answers(
        Reply(body={"value": [{"id": "1"}], "@odata.nextLink": f"{following}b"}),
        Reply(body={"value": [], "@odata.nextLink": f"{following}c"}),
        Reply(body={"value": [{"id": "2"}]}),
    )

    found = [item["id"] for item in graph.pages("/users", params={"$top": "1"}, prefer=["x"])]

    assert found == ["1", "2"]
    assert [asked.path for asked in server.asked] == [
        "/v1.0/users?%24top=1",
        "/v1.0/users?$skiptoken=a%20b",
        "/v1.0/users?$skiptoken=a%20c",
    ]
    assert all("x" in asked.headers["prefer"] for asked in server.asked)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example.org/v1.0/users",
        "http://graph.example.org/v1.0/users",
        "https://graph.example.org@evil.example.org/v1.0/users",
        "https://graph.example.org:444/v1.0/users",
        "https://graph.example.org/beta/users",
        "https://graph.example.org/v1.0x/users",
        "/users",
        "",
    ],
)
def test_a_link_that_leads_elsewhere_is_refused(link: str) -> None:
    with pytest.raises(Permanent) as failure:
        relative(BASE, link)

    assert failure.value.reason == "foreign_link"


def test_a_collection_whose_pages_lead_back_is_not_read_for_ever(server: Stub, graph: GraphClient) -> None:
    there = {"value": [{"id": "a"}], "@odata.nextLink": f"{server.url}/v1.0/users?page=1"}
    back = {"value": [{"id": "b"}], "@odata.nextLink": f"{server.url}/v1.0/users?page=2"}
    server.answers(Reply(body=there), Reply(body=back), Reply(body=there), Reply(500))

    with pytest.raises(Unreachable) as failure:
        list(graph.pages("/users"))

    assert failure.value.reason == "graph_pages_repeat"


def test_no_token_is_sent_to_another_host(server: Stub, graph: GraphClient, keys: Keys) -> None:
    server.answers(Reply(body={"value": [], "@odata.nextLink": "http://localhost:1/v1.0/users"}))

    with pytest.raises(Permanent):
        list(graph.pages("/users"))

    assert keys.asked == 1


# -- uploads ----------------------------------------------------------------------------------------------------


def test_a_fragment_is_sent_without_a_token(server: Stub, graph: GraphClient, keys: Keys) -> None:
    server.answers(Reply(202, {"nextExpectedRanges": ["3-"]}))

    assert graph.upload(f"{server.url}/session", b"abc", first=0, total=6) == {"nextExpectedRanges": ["3-"]}

    (asked,) = server.asked
    assert asked.headers["content-range"] == "bytes 0-2/6"
    assert "authorization" not in asked.headers
    assert keys.asked == 0


def test_an_upload_that_breaks_is_unknown_and_tells_no_address(server: Stub, graph: GraphClient) -> None:
    server.answers(HangUp())

    with pytest.raises(Unreachable) as failure:
        graph.upload(f"{server.url}/secret", b"abc", first=0, total=3)

    assert "secret" not in str(failure.value)


def test_an_upload_is_not_redirected(server: Stub, graph: GraphClient) -> None:
    server.answers(Reply(307, headers={"Location": f"{server.url}/elsewhere"}))

    with pytest.raises(Refused):
        graph.upload(f"{server.url}/session", b"abc", first=0, total=3)

    assert len(server.asked) == 1


# -- circuits ---------------------------------------------------------------------------------------------------


def test_while_a_mailbox_asks_to_wait_nobody_calls_it(server: Stub, graph: GraphClient, hands: Hands) -> None:
    server.answers(Reply(429, headers={"Retry-After": "60"}), Reply())
    with pytest.raises(Throttled):
        graph.get("/users/u1/events")

    for work in (graph.get, graph.delete):
        with pytest.raises(Unavailable) as failure:
            work("/users/u1/mailboxSettings")
        assert failure.value.reason == "circuit_open"

    assert len(server.asked) == 1
    graph.get("/users/u2/events")
    hands.seconds += 61
    graph.get("/users/u1/events")
    assert len(server.asked) == 3


def test_a_mailbox_without_answers_is_left_alone_after_a_row_of_them(
    server: Stub, graph: GraphClient, hands: Hands
) -> None:
    server.answers(Reply(502))
    for _ in range(FAILURES):
        with pytest.raises(Transient):
            graph.get("/users/u1")

    with pytest.raises(Unavailable):
        graph.get("/users/u1")

    assert len(server.asked) == FAILURES


# -- batches ----------------------------------------------------------------------------------------------------


@pytest.fixture
def together(graph: GraphClient, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Run calls at once, so that they meet in one batch: the leader waits until all have come."""

    def run(*works: Callable[[], Any]) -> list[Any]:
        waiting = graph._coalescer._waiting

        def gather(_: float) -> None:
            eventually(lambda: len(graph._coalescer._waiting) >= len(works), what="everybody")

        monkeypatch.setattr(batch_module, "time", SimpleNamespace(sleep=gather))
        assert not waiting
        with ThreadPoolExecutor(len(works)) as pool:
            futures = [pool.submit(work) for work in works]
            return [future.exception() or future.result() for future in futures]

    return run


def in_batch(*statuses: int, headers: dict[str, str] | None = None) -> Callable[[Asked], Reply]:
    """Answer a batch in reverse order: by the user's number in its address."""

    def reply(asked: Asked) -> Reply:
        responses = []
        for item in asked.json["requests"]:
            number = int(item["url"].removeprefix("/users/u").split("?")[0])
            body = {"id": f"u{number}"} if statuses[number] < 300 else error("code")
            responses.append({"id": item["id"], "status": statuses[number], "headers": headers or {}, "body": body})
        return Reply(body={"responses": responses[::-1]})

    return reply


def test_calls_that_come_together_travel_together(
    server: Stub, graph: GraphClient, together: Callable[..., list[Any]]
) -> None:
    server.answers(in_batch(200, 200, 200))

    answers = together(*(lambda n=n: graph.get(f"/users/u{n}", params={"$select": "id"}) for n in range(3)))

    (asked,) = server.asked
    assert answers == [{"id": "u0"}, {"id": "u1"}, {"id": "u2"}]
    assert (asked.method, asked.path) == ("POST", "/v1.0/$batch")
    assert all(item["headers"]["Prefer"] == 'IdType="ImmutableId"' for item in asked.json["requests"])
    assert all(item["url"].endswith("?%24select=id") for item in asked.json["requests"])


def test_in_a_batch_only_the_throttled_one_waits(
    server: Stub, graph: GraphClient, together: Callable[..., list[Any]]
) -> None:
    server.answers(in_batch(200, 429, 404, headers={"Retry-After": "30", "request-id": "r-2"}))

    well, throttled, gone = together(*(lambda n=n: graph.get(f"/users/u{n}") for n in range(3)))

    assert well == {"id": "u0"}
    assert isinstance(throttled, Throttled)
    assert throttled.retry_after == timedelta(seconds=30)
    assert isinstance(gone, NotFound)
    with pytest.raises(Unavailable):
        graph.get("/users/u1")
    assert len(server.asked) == 1


def test_a_batch_that_fails_fails_for_everybody(
    server: Stub, graph: GraphClient, together: Callable[..., list[Any]]
) -> None:
    server.answers(Reply(429, headers={"Retry-After": "30"}))

    answers = together(*(lambda n=n: graph.get(f"/users/u{n}") for n in range(2)))

    assert all(isinstance(answer, Throttled) for answer in answers)


def test_many_calls_of_one_worker_travel_together_and_are_answered_in_order(server: Stub, graph: GraphClient) -> None:
    server.answers(in_batch(*[200] * 20))

    answers = graph.many([call("GET", f"/users/u{n}") for n in range(20)])

    assert answers == [{"id": f"u{n}"} for n in range(20)]
    assert [asked.path for asked in server.asked] == ["/v1.0/$batch"]


def test_more_calls_than_one_batch_takes_go_in_several(server: Stub, graph: GraphClient) -> None:
    server.answers(in_batch(*[200] * 45))

    answers = graph.many([call("GET", f"/users/u{n}") for n in range(45)])

    assert answers == [{"id": f"u{n}"} for n in range(45)]
    assert sorted(len(asked.json["requests"]) for asked in server.asked) == [5, 20, 20]


def test_of_many_calls_each_fails_by_itself(server: Stub, graph: GraphClient) -> None:
    server.answers(in_batch(200, 404, 409, 412, 200))

    answers = graph.many([call("GET", f"/users/u{n}") for n in range(5)])

    assert [type(answer) for answer in answers] == [dict, NotFound, Conflict, Stale, dict]


def test_no_calls_ask_nothing(server: Stub, graph: GraphClient) -> None:
    assert graph.many([]) == []
    assert server.asked == []


def test_of_many_calls_only_those_to_a_throttled_mailbox_wait(server: Stub, graph: GraphClient, hands: Hands) -> None:
    server.answers(in_batch(200, 429, 200, headers={"Retry-After": "60"}))
    three = [call("GET", f"/users/u{n}") for n in range(3)]
    graph.many(three)

    well, kept_away, other = graph.many(three)

    assert (well, other) == ({"id": "u0"}, {"id": "u2"})
    assert isinstance(kept_away, Unavailable)
    assert kept_away.reason == "circuit_open"
    assert [item["url"] for item in server.asked[1].json["requests"]] == ["/users/u0", "/users/u2"]
    hands.seconds += 61
    server.answers(in_batch(200, 200, 200))
    assert graph.many(three) == [{"id": "u0"}, {"id": "u1"}, {"id": "u2"}]


def test_many_calls_to_mailboxes_that_all_wait_ask_nothing(server: Stub, graph: GraphClient, hands: Hands) -> None:
    server.answers(in_batch(429, 429, headers={"Retry-After": "60"}))
    two = [call("GET", f"/users/u{n}") for n in range(2)]
    graph.many(two)

    answers = graph.many(two)

    assert all(isinstance(answer, Unavailable) for answer in answers)
    assert len(server.asked) == 1


def test_when_a_wait_is_over_one_of_many_calls_to_a_mailbox_goes_first(
    server: Stub, graph: GraphClient, hands: Hands
) -> None:
    server.answers(in_batch(429, 200, headers={"Retry-After": "60"}), Reply(body={"id": "u0"}), in_batch(200, 200))
    graph.many([call("GET", "/users/u0"), call("GET", "/users/u1")])
    hands.seconds += 61

    first, second = graph.many([call("GET", "/users/u0"), call("GET", "/users/u0?x=y")])
    afterwards = graph.many([call("GET", "/users/u0"), call("GET", "/users/u1")])

    assert first == {"id": "u0"}
    assert isinstance(second, Unavailable)
    assert afterwards == [{"id": "u0"}, {"id": "u1"}]


def test_when_a_batch_fails_all_of_its_calls_do_and_those_of_the_next_do_not(server: Stub, graph: GraphClient) -> None:
    well = in_batch(*[200] * 25)
    server.answers(lambda asked: Reply(502) if len(asked.json["requests"]) == 20 else well(asked))

    answers = graph.many([call("GET", f"/users/u{n}") for n in range(25)])

    assert all(isinstance(answer, Transient) for answer in answers[:20])
    assert answers[20:] == [{"id": f"u{n}"} for n in range(20, 25)]


def test_a_batch_carries_bodies_and_etags() -> None:
    calls = [call("PATCH", "/users/u1", body={"a": 1}, etag="e"), call("DELETE", "/users/u2")]

    first, second = batch_body(calls)["requests"]

    assert (first["body"], first["headers"]["If-Match"]) == ({"a": 1}, "e")
    assert first["headers"]["Content-Type"] == "application/json"
    assert "body" not in second
    assert first["id"] != second["id"]


@pytest.mark.parametrize(
    "responses",
    [
        [],
        [{"id": "0", "status": 200}],
        [{"id": "0", "status": 200}, {"id": "0", "status": 200}],
        [{"id": "7", "status": 200}, {"id": "8", "status": 200}],
        [{"id": "0", "status": 200}, {"id": "1"}],
        [{"id": "0", "status": 200}, None],
        None,
    ],
    ids=["none", "one missing", "one twice", "ids of nobody", "no status", "no answer", "no list"],
)
def test_a_batch_with_an_answer_missing_is_not_understood(responses: Any) -> None:
    with pytest.raises(Unreachable):
        batch_answers({"responses": responses}, 2)


def test_a_mailbox_is_never_asked_more_than_four_things_at_once() -> None:
    groups: list[list[Call]] = []
    coalescer = Coalescer(lambda calls: groups.append(list(calls)) or [Answer(200, {}, {}) for _ in calls])  # type: ignore[func-returns-value]  # append, then answer
    calls = [call("GET", f"/users/u1/events/{n}") for n in range(6)]
    calls += [call("GET", f"/users/x{n}") for n in range(30)]
    all_here = threading.Barrier(len(calls))

    def ask(one: Call) -> Answer:
        all_here.wait(10)
        return coalescer.ask(one)

    with ThreadPoolExecutor(len(calls)) as pool:
        answers = list(pool.map(ask, calls))

    assert [answer.status for answer in answers] == [200] * 36
    assert sum(len(group) for group in groups) == 36
    assert all(len(group) <= 20 for group in groups)
    assert all(sum(one.target == "/users/u1" for one in group) <= 4 for group in groups)


@dataclass
class Graphs:
    """Answers batches when it is told to, and knows what it was asked at a time."""

    go: threading.Semaphore
    under_way: list[Sequence[Call]]
    most: list[list[Call]]

    def send(self, calls: Sequence[Call]) -> list[Answer]:
        self.under_way.append(calls)
        self.most.append([one for batch in self.under_way for one in batch])
        self.go.acquire(timeout=10)
        self.under_way.remove(calls)
        return [Answer(200, {}, {}) for _ in calls]


def test_four_batches_are_under_way_at_a_time_and_one_mailbox_is_in_them_four_times_at_most() -> None:
    graphs = Graphs(threading.Semaphore(0), [], [])
    coalescer = Coalescer(graphs.send)
    calls = [call("GET", "/users/shared/events/1") for _ in range(10)] + [
        call("GET", f"/users/u{n}") for n in range(100)
    ]

    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(coalescer.ask_all, some) for some in (calls[::2], calls[1::2])]
        eventually(lambda: len(graphs.under_way) == 4, what="four batches under way")
        graphs.go.release(len(calls))
        answers = [answer for each in asked for answer in each.result()]

    assert [isinstance(answer, Answer) for answer in answers] == [True] * 110
    assert max(len(batches) for batches in graphs.most) <= 80
    assert max(sum(one.target == "/users/shared" for one in batches) for batches in graphs.most) == 4


def test_nobody_waits_for_ever_when_sending_fails() -> None:
    def fail(_: object) -> list[Answer]:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        Coalescer(fail).ask(call("GET", "/users/u1"))


# -- values -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/users/u1/events/e1?x=y", "/users/u1"),
        ("/drives/d/root:/a", "/drives/d"),
        ("/users", "/users"),
        ("/users?$top=1", "/users"),
        ("/$batch", "/$batch"),
    ],
)
def test_what_is_throttled_together_is_one_target(path: str, target: str) -> None:
    assert call("GET", path).target == target


def test_what_is_logged_of_a_call_holds_no_values() -> None:
    assert call("GET", "/users?$filter=employeeId", params={"a": "b"}).what == "GET /users"
    assert "secret" not in repr(call("PUT", "/x", content=b"secret"))


def test_a_body_that_is_no_json_stays_bytes() -> None:
    assert parse_json(b"<x>") == b"<x>"
    assert parse_json(b"") is None
    assert parse_json(b'{"a":1}') == {"a": 1}


def test_the_names_of_headers_are_read_in_any_case() -> None:
    with pytest.raises(Throttled) as failure:
        read(Answer(429, {"retry-after": "5"}, None), "GET /x")

    assert failure.value.retry_after == timedelta(seconds=5)


@pytest.fixture(autouse=True)
def _no_leftovers(graph: GraphClient) -> Iterator[None]:
    yield
    graph._session.close()
