"""Of a team the hub knows where its files are and who may look, and in doubt it takes the open side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.errors import Permanent
from shared.graph.client import GraphClient
from shared.graph.teams import Teams
from tests.unit.shared.server import Reply, Stub
from tests.unit.shared.test_graph_client import Keys

CHANNEL = "19:x@thread.tacv2"
FOLDER = {"id": "f1", "name": "Algemeen", "folder": {}, "parentReference": {"driveId": "b!1"}}


@pytest.fixture
def teams(server: Stub) -> Iterator[Teams]:
    graph = GraphClient(f"{server.url}/v1.0", Keys())
    yield Teams(graph)
    graph._session.close()


def test_the_folder_of_a_channel_says_in_which_library_it_stands(server: Stub, teams: Teams) -> None:
    server.answers(Reply(body=FOLDER))

    found = teams.files_folder("t1", CHANNEL)

    assert (found.drive_id, found.item.id, found.item.content) == ("b!1", "f1", None)
    assert server.asked[0].path == "/v1.0/teams/t1/channels/19%3Ax%40thread.tacv2/filesFolder"


def test_a_channel_whose_files_nobody_opened_yet_is_a_matter_for_a_person(server: Stub, teams: Teams) -> None:
    server.answers(Reply(404))

    with pytest.raises(Permanent, match="Files tab") as missing:
        teams.files_folder("t1", CHANNEL)

    assert missing.value.reason == "channel_folder_missing"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Private", "private"),
        ("HiddenMembership", "hiddenMembership"),
        ("Public", "public"),
        ("private", "private"),
        (None, "public"),
        ("SomethingNew", "public"),
    ],
)
def test_a_team_is_as_open_as_it_says_and_open_when_it_says_nothing(
    server: Stub, teams: Teams, written: str | None, meant: str
) -> None:
    server.answers(Reply(body={"id": "t1", "visibility": written}))

    assert teams.visibility("t1") == meant


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([], False),
        ([{"roles": ["owner"], "tenantId": "ours"}, {"roles": [], "tenantId": "ours"}], False),
        ([{"roles": [], "tenantId": "ours"}, {"roles": ["guest"], "tenantId": "ours"}], True),
        ([{"roles": ["Guest"]}], True),
        ([{"roles": ["owner"], "tenantId": "theirs"}], True),
        ([{"roles": None}], False),
    ],
    ids=["nobody", "own people", "a guest", "a guest by another spelling", "somebody of elsewhere", "no roles told"],
)
def test_anybody_from_outside_is_a_guest(
    server: Stub, teams: Teams, members: list[dict[str, Any]], expected: bool
) -> None:
    server.answers(Reply(body={"id": CHANNEL, "tenantId": "ours"}), Reply(body={"value": members}))

    assert teams.has_guests("t1", CHANNEL) is expected


@pytest.mark.parametrize("ask", [lambda teams: teams.visibility("t1"), lambda teams: teams.has_guests("t1", CHANNEL)])
def test_a_team_that_does_not_exist_is_named(server: Stub, teams: Teams, ask: Callable[[Teams], object]) -> None:
    server.answers(Reply(404))

    with pytest.raises(Permanent, match="t1") as unknown:
        ask(teams)

    assert unknown.value.reason == "unknown_team"
