"""Presence, as Graph writes it and as we mean it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.graph.client import GraphClient
from shared.graph.errors import Refused, Throttled
from shared.graph.presence import MOST_AT_ONCE, Presence, Shown, StatusMessage
from tests.unit.shared.server import Reply, Stub
from tests.unit.shared.test_graph_client import Keys

RAW: dict[str, Any] = {
    "id": "u1",
    "availability": "DoNotDisturb",
    "activity": "presenting",
    "outOfOfficeSettings": {"isOutOfOffice": True, "message": "…"},
    "statusMessage": {
        "message": {"content": "Terug op 10 mei", "contentType": "text"},
        "expiryDateTime": {"dateTime": "2027-05-10T06:00:00.0000000", "timeZone": "UTC"},
    },
}


@pytest.fixture
def presence(server: Stub) -> Iterator[Presence]:
    graph = GraphClient(f"{server.url}/v1.0", Keys())
    yield Presence(graph)
    graph._session.close()


def test_what_is_shown_is_read_in_either_spelling(server: Stub, presence: Presence) -> None:
    server.answers(Reply(body=RAW))

    status = StatusMessage("Terug op 10 mei", datetime.fromisoformat("2027-05-10T08:00:00"))
    assert presence.read("u1") == Shown("u1", "donotdisturb", "presenting", is_out_of_office=True, status=status)


@pytest.mark.parametrize(
    "status", [None, {}, {"message": None}, {"message": {"content": ""}}], ids=["none", "bare", "no text", "empty text"]
)
def test_a_presence_with_little_in_it_is_read_too(server: Stub, presence: Presence, status: Any) -> None:
    server.answers(Reply(body={"id": "u1", "availability": None, "outOfOfficeSettings": None, "statusMessage": status}))

    assert presence.read("u1") == Shown("u1", "", "", is_out_of_office=False)


def test_more_people_than_one_request_takes_are_asked_in_several(server: Stub, presence: Presence) -> None:
    server.answers(Reply(body={"value": [RAW]}))
    ids = [str(number) for number in range(MOST_AT_ONCE + 1)]

    found = list(presence.read_many(ids))

    assert [len(asked.json["ids"]) for asked in server.asked] == [MOST_AT_ONCE, 1]
    assert [shown.user_id for shown in found] == ["u1", "u1"]


def test_nobody_is_asked_about_nobody(server: Stub, presence: Presence) -> None:
    assert list(presence.read_many([])) == []
    assert server.asked == []


def test_a_status_message_ends_in_the_zone_of_the_municipality(server: Stub, presence: Presence) -> None:
    presence.set_status_message("u/1", "Terug", datetime.fromisoformat("2027-05-10T08:00"))

    (asked,) = server.asked
    assert asked.path == "/v1.0/users/u%2F1/presence/setStatusMessage"
    assert asked.json == {
        "statusMessage": {
            "message": {"content": "Terug", "contentType": "text"},
            "expiryDateTime": {"dateTime": "2027-05-10T08:00:00", "timeZone": "Romance Standard Time"},
        }
    }


def test_clearing_a_status_message_leaves_no_end_behind(server: Stub, presence: Presence) -> None:
    presence.clear_status_message("u1")

    assert server.asked[0].json == {"statusMessage": {"message": {"content": "", "contentType": "text"}}}


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (timedelta(minutes=5), "PT5M"),
        (timedelta(days=1, hours=2), "PT1560M"),
        (timedelta(minutes=5, microseconds=1), "PT6M"),
    ],
    ids=["minutes", "days", "rounded up"],
)
def test_a_preference_lasts_no_shorter_than_asked(
    server: Stub, presence: Presence, duration: timedelta, expected: str
) -> None:
    presence.prefer("u1", "Offline", "OffWork", duration)

    (asked,) = server.asked
    assert asked.path == "/v1.0/users/u1/presence/setUserPreferredPresence"
    assert asked.json == {"availability": "Offline", "activity": "OffWork", "expirationDuration": expected}


def test_a_preference_is_cleared(server: Stub, presence: Presence) -> None:
    presence.clear_preference("u1")

    (asked,) = server.asked
    assert (asked.path, asked.json) == ("/v1.0/users/u1/presence/clearUserPreferredPresence", {})


@pytest.mark.parametrize(("status", "kind"), [(429, Throttled), (403, Refused)], ids=["throttled", "no permission"])
def test_a_failure_is_a_failure(server: Stub, presence: Presence, status: int, kind: type[Exception]) -> None:
    server.answers(Reply(status))

    with pytest.raises(kind):
        presence.read("u1")
