"""Accounts page by page, and the people in a group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from shared.errors import Permanent, Transient
from shared.graph.client import GraphClient
from shared.graph.directory import Accounts, Directory, User
from tests.unit.shared.server import Reply, Stub
from tests.unit.shared.test_graph_client import Keys

ANN: dict[str, Any] = {"id": "u1", "userPrincipalName": "ann@example.org", "employeeId": "1", "accountEnabled": True}


@pytest.fixture
def directory(server: Stub) -> Iterator[Directory]:
    graph = GraphClient(f"{server.url}/v1.0", Keys())
    yield Directory(graph)
    graph._session.close()


def page(server: Stub, *items: dict[str, Any], name: str = "nextLink") -> Reply:
    return Reply(body={"value": list(items), f"@odata.{name}": f"{server.url}/v1.0/users/delta?$skiptoken=2"})


def lost(code: str = "syncStateNotFound", status: int = 410) -> Reply:
    return Reply(status, {"error": {"code": code, "message": "…"}})


def test_one_page_is_one_request(server: Stub, directory: Directory) -> None:
    bob = {"id": "u2", "userPrincipalName": "bob@example.org", "mail": "bob@example.org", "accountEnabled": False}
    gone = {"id": "u3", "@removed": {"reason": "changed"}}
    server.answers(page(server, ANN, gone, bob))

    told = directory.delta(None)

    (asked,) = server.asked
    assert asked.path.startswith("/v1.0/users/delta?%24select=")
    assert "accountEnabled" in asked.path
    assert told == Accounts(
        users=[
            User("u1", "ann@example.org", "1", None, enabled=True),
            User("u2", "bob@example.org", None, "bob@example.org", enabled=False),
        ],
        removed=["u3"],
        link=f"{server.url}/v1.0/users/delta?$skiptoken=2",
        is_over=False,
        is_start=True,
    )


def test_a_link_is_gone_on_with_as_it_is(server: Stub, directory: Directory) -> None:
    server.answers(page(server, name="deltaLink"))

    told = directory.delta(f"{server.url}/v1.0/users/delta?$skiptoken=a%2Bb")

    assert server.asked[0].path == "/v1.0/users/delta?$skiptoken=a%2Bb"
    assert (told.users, told.is_over, told.is_start) == ([], True, False)


@pytest.mark.parametrize(
    "answer",
    [lost(), lost("", 410), lost("resyncRequired", 400)],
    ids=lambda answer: f"{answer.status} {answer.body['error']['code']}",
)
def test_a_link_that_graph_forgot_starts_everybody_again(server: Stub, directory: Directory, answer: Reply) -> None:
    server.answers(answer, page(server, ANN))

    told = directory.delta(f"{server.url}/v1.0/users/delta?$deltatoken=old")

    assert (len(told.users), told.is_start) == (1, True)
    assert server.asked[1].path.startswith("/v1.0/users/delta?%24select=")


def test_a_link_that_leads_elsewhere_is_not_followed(server: Stub, directory: Directory) -> None:
    server.answers(page(server, ANN))

    told = directory.delta("https://elsewhere.example.org/v1.0/users/delta?$deltatoken=1")

    assert told.is_start
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(Reply(503), Transient), (Reply(403), Permanent), (Reply(body={"value": []}), Transient)],
    ids=["not now", "no permission", "no link at all"],
)
def test_any_other_failure_is_a_failure(
    server: Stub, directory: Directory, answer: Reply, kind: type[Exception]
) -> None:
    server.answers(answer)

    with pytest.raises(kind):
        directory.delta(f"{server.url}/v1.0/users/delta?1")


def test_an_account_of_which_little_is_told_is_told(server: Stub, directory: Directory) -> None:
    """One account must not hold up all that come after it."""
    server.answers(page(server, {"id": "u1", "accountEnabled": None}))

    assert directory.delta(None).users == [User("u1", "", None, None, enabled=True)]


def test_members_are_the_people_on_all_pages(server: Stub, directory: Directory) -> None:
    first = {
        "value": [{"@odata.type": "#microsoft.graph.user", "id": "u1"}, {"@odata.type": "#microsoft.graph.group"}],
        "@odata.nextLink": f"{server.url}/v1.0/groups/g/transitiveMembers?$skiptoken=2",
    }
    second = {"value": [{"@odata.type": "#microsoft.graph.user", "id": "u2"}]}
    server.answers(Reply(body=first), Reply(body=second))

    assert list(directory.members("g/1")) == ["u1", "u2"]
    assert server.asked[0].path.startswith("/v1.0/groups/g%2F1/transitiveMembers?")
