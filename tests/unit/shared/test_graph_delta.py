"""Delta queries: what changed is found page by page, and a link that Graph forgot costs only a reading of everything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from shared.errors import Permanent, Transient
from shared.graph.client import GraphClient
from shared.graph.delta import ITEMS_A_RUN, PAGES_A_RUN, Change, Deltas, Walk, follows
from shared.graph.errors import NotFound, Refused
from tests.unit.shared.server import Asked, Reply, Stub
from tests.unit.shared.test_graph_client import Keys

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
MAIL = "users/u1/mailFolders('inbox')/messages"


@pytest.fixture
def deltas(server: Stub) -> Iterator[Deltas]:
    graph = GraphClient(f"{server.url}/v1.0", Keys())
    yield Deltas(graph, f"{server.url}/v1.0")
    graph._session.close()


def page(server: Stub, *items: dict[str, Any], following: str = "", settled: str = "") -> Reply:
    body: dict[str, Any] = {"value": list(items)}
    for name, link in (("@odata.nextLink", following), ("@odata.deltaLink", settled)):
        if link:
            body[name] = f"{server.url}/v1.0{link}"
    return Reply(body=body)


def asked(one: Asked) -> tuple[str, dict[str, str]]:
    parts = urlsplit(one.path)
    return parts.path.removeprefix("/v1.0"), dict(parse_qsl(parts.query, keep_blank_values=True))


def link(server: Stub, path: str) -> str:
    return f"{server.url}/v1.0{path}"


def error(status: int, code: str) -> Reply:
    return Reply(status, {"error": {"code": code, "message": "…"}})


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("users", True),
        ("/Users", True),
        ("groups", True),
        (MAIL, True),
        ("users/u1/mailFolders/inbox/messages?$select=id", True),
        ("drives/d1/root", True),
        ("users/u1", False),
        ("users/u1/messages", False),
        ("groups/g1/members", False),
        ("sites/s1/lists/l1", False),
        ("drives/d1/items/i1", False),
    ],
)
def test_what_graph_tracks_changes_of_is_known(resource: str, expected: bool) -> None:
    assert follows(resource) is expected


@pytest.mark.parametrize(
    ("resource", "path", "query"),
    [
        ("users", "/users/delta", {"$deltatoken": "latest"}),
        ("groups", "/groups/delta", {"$deltatoken": "latest"}),
        ("drives/b!d1/root", "/drives/b%21d1/root/delta", {"token": "latest"}),
        (MAIL, "/users/u1/mailFolders/inbox/messages/delta", {"$filter": "receivedDateTime ge 2026-11-17T09:00:00Z"}),
    ],
    ids=["accounts", "groups", "drive", "mail"],
)
def test_the_first_walk_begins_now(
    server: Stub, deltas: Deltas, resource: str, path: str, query: dict[str, str]
) -> None:
    server.answers(page(server, settled="/next?token=1"))

    walk = deltas.walk(resource, None, NOW)

    ((given_path, given_query),) = [asked(one) for one in server.asked]
    assert walk == Walk([], link(server, "/next?token=1"), is_over=True)
    assert given_path == path
    assert given_query.items() >= query.items()


def test_an_account_is_tracked_by_what_a_rename_or_a_leaver_touches(server: Stub, deltas: Deltas) -> None:
    """With $select nothing else counts as a change, and no name is read."""
    server.answers(page(server, settled="/next"))

    deltas.walk("users", None, NOW)

    selected = asked(server.asked[0])[1]["$select"].split(",")
    assert {"id", "userPrincipalName", "mail", "employeeId", "accountEnabled"} == set(selected)


def test_pages_are_followed_also_when_one_is_empty(server: Stub, deltas: Deltas) -> None:
    server.answers(
        page(server, {"id": "u1"}, following="/users/delta?$skiptoken=1"),
        page(server, following="/users/delta?$skiptoken=2"),
        page(server, {"id": "u2", "@odata.etag": 'W/"2"'}, settled="/users/delta?$deltatoken=3"),
    )

    walk = deltas.walk("users", link(server, "/users/delta?$deltatoken=0"), NOW)

    assert walk.changes == [Change("users/u1"), Change("users/u2", 'W/"2"')]
    assert (walk.link, walk.is_over) == (link(server, "/users/delta?$deltatoken=3"), True)
    assert [one.path for one in server.asked] == [
        "/v1.0/users/delta?$deltatoken=0",
        "/v1.0/users/delta?$skiptoken=1",
        "/v1.0/users/delta?$skiptoken=2",
    ]


def test_the_link_is_asked_as_it_was_given(server: Stub, deltas: Deltas) -> None:
    server.answers(page(server, settled="/next"))

    deltas.walk("users", link(server, "/users/delta?$deltatoken=a%2Bb%3D%3D&x=%20"), NOW)

    assert server.asked[0].path == "/v1.0/users/delta?$deltatoken=a%2Bb%3D%3D&x=%20"


def test_the_last_word_about_a_thing_counts(server: Stub, deltas: Deltas) -> None:
    server.answers(
        page(server, {"id": "u1", "@odata.etag": "1"}, {"id": "u2"}, following="/users/delta?2"),
        page(server, {"id": "u1", "@removed": {"reason": "deleted"}}, settled="/next"),
    )

    walk = deltas.walk("users", link(server, "/users/delta?1"), NOW)

    assert walk.changes == [Change("users/u1", None, is_gone=True), Change("users/u2")]


def test_mail_is_named_as_its_notification_names_it(server: Stub, deltas: Deltas) -> None:
    """A mailbox that is subscribed to by its address is told of by its id; asked once."""
    answers = {"/users/post%40example.org": Reply(body={"id": "u1"})}
    delta = page(server, {"id": "m1", "@odata.etag": 'W/"1"'}, settled="/next")
    server.answers(lambda one: answers.get(asked(one)[0], delta))
    resource = "users/post@example.org/mailFolders('inbox')/messages"

    walks = [deltas.walk(resource, known, NOW) for known in (None, link(server, "/next"))]

    assert [walk.changes for walk in walks] == [[Change("users/u1/messages/m1", 'W/"1"')]] * 2
    assert sum(asked(one)[0] in answers for one in server.asked) == 1


def test_a_drive_says_only_that_something_changed(server: Stub, deltas: Deltas) -> None:
    """As its notifications do."""
    server.answers(page(server, {"id": "i1", "name": "a"}, {"id": "i2", "deleted": {}}, settled="/next"))

    walk = deltas.walk("drives/d1/root", link(server, "/drives/d1/root/delta?token=1"), NOW)

    assert walk.changes == [Change("drives/d1/root")]


@pytest.mark.parametrize(
    "answer",
    [
        error(410, "syncStateNotFound"),
        error(410, ""),
        error(400, "syncStateNotFound"),
        error(404, "SyncStateNotFound"),
        error(400, "resyncRequired"),
        error(410, "resyncChangesApplyDifferences"),
    ],
    ids=lambda answer: f"{answer.status} {answer.body['error']['code']}",
)
def test_a_link_that_graph_forgot_costs_a_reading_of_everything(server: Stub, deltas: Deltas, answer: Reply) -> None:
    server.answers(answer, page(server, {"id": "u1"}, settled="/next"))

    walk = deltas.walk("users", link(server, "/users/delta?$deltatoken=old"), NOW)

    path, query = asked(server.asked[1])
    assert walk.changes == [Change("users/u1")]
    assert (path, set(query)) == ("/users/delta", {"$select"})


def test_a_link_that_is_forgotten_on_the_way_is_begun_anew(server: Stub, deltas: Deltas) -> None:
    server.answers(
        page(server, {"id": "u1"}, following="/users/delta?2"),
        error(410, "syncStateNotFound"),
        page(server, {"id": "u2"}, settled="/next"),
    )

    walk = deltas.walk("users", link(server, "/users/delta?1"), NOW)

    assert walk.changes == [Change("users/u1"), Change("users/u2")]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error(404, "ErrorItemNotFound"), NotFound),
        (error(403, "Authorization_RequestDenied"), Refused),
        (error(503, ""), Transient),
        (Reply(body={"value": []}), Transient),
    ],
    ids=["the folder is gone", "no permission", "not now", "no link at all"],
)
def test_any_other_failure_is_a_failure(server: Stub, deltas: Deltas, answer: Reply, kind: type[Exception]) -> None:
    server.answers(answer)

    with pytest.raises(kind):
        deltas.walk("users", link(server, "/users/delta?1"), NOW)


def test_a_run_ends_after_so_many_things(server: Stub, deltas: Deltas) -> None:
    many = [{"id": f"u{number}"} for number in range(ITEMS_A_RUN)]
    server.answers(page(server, *many, following="/users/delta?2"))

    walk = deltas.walk("users", link(server, "/users/delta?1"), NOW)

    assert (len(walk.changes), walk.link, walk.is_over) == (ITEMS_A_RUN, link(server, "/users/delta?2"), False)
    assert len(server.asked) == 1


def test_a_run_ends_after_so_many_pages(server: Stub, deltas: Deltas) -> None:
    server.answers(lambda _: page(server, following=f"/users/delta?{len(server.asked) + 1}"))

    walk = deltas.walk("users", link(server, "/users/delta?0"), NOW)

    assert (walk.is_over, len(server.asked)) == (False, PAGES_A_RUN)


def test_pages_that_lead_back_are_not_walked_for_ever(server: Stub, deltas: Deltas) -> None:
    server.answers(page(server, following="/users/delta?2"), page(server, following="/users/delta?1"), Reply(500))

    with pytest.raises(Transient) as failure:
        deltas.walk("users", link(server, "/users/delta?1"), NOW)

    assert failure.value.reason == "graph_pages_repeat"


def test_a_throttled_walk_keeps_what_it_found_and_goes_on_there(server: Stub, deltas: Deltas) -> None:
    """Begun anew each time, a long walk would never come to its end."""
    server.answers(page(server, {"id": "u1"}, following="/users/delta?2"), error(503, ""))

    walk = deltas.walk("users", link(server, "/users/delta?1"), NOW)

    assert walk == Walk([Change("users/u1")], link(server, "/users/delta?2"), is_over=False)


def test_a_last_link_that_leads_elsewhere_is_not_remembered(server: Stub, deltas: Deltas) -> None:
    server.answers(Reply(body={"value": [], "@odata.deltaLink": "https://elsewhere.example.org/v1.0/users/delta?1"}))

    with pytest.raises(Permanent) as failure:
        deltas.walk("users", link(server, "/users/delta?1"), NOW)

    assert failure.value.reason == "foreign_link"


def test_a_link_from_before_graph_had_another_address_costs_a_reading_of_everything(
    server: Stub, deltas: Deltas
) -> None:
    server.answers(page(server, {"id": "u1"}, settled="/next"))

    walk = deltas.walk("users", "https://graph.example.org/v1.0/users/delta?1", NOW)

    path, query = asked(server.asked[0])
    assert walk.changes == [Change("users/u1")]
    assert (path, set(query)) == ("/users/delta", {"$select"})


def test_a_link_that_leads_elsewhere_is_not_followed(server: Stub, deltas: Deltas) -> None:
    """The token would go along."""
    server.answers(Reply(body={"value": [], "@odata.nextLink": "https://elsewhere.example.org/v1.0/users/delta?1"}))

    with pytest.raises(Permanent) as failure:
        deltas.walk("users", link(server, "/users/delta?1"), NOW)

    assert failure.value.reason == "foreign_link"
    assert len(server.asked) == 1


def test_what_is_not_tracked_is_a_mistake_of_ours(deltas: Deltas) -> None:
    with pytest.raises(ValueError, match="no delta query"):
        deltas.walk("sites/s1/lists/l1", None, NOW)
