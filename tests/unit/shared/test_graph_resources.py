"""Calendars, replies, accounts, folders and subscriptions, as Graph writes them and as we mean them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.errors import Permanent, Transient
from shared.graph.calendar import Appointment, Calendar, Creation, Found, Removal, Reshaping, local_moment
from shared.graph.client import GraphClient
from shared.graph.directory import Directory, User
from shared.graph.drives import Drive, Fingerprint
from shared.graph.errors import Conflict, NotFound, Refused
from shared.graph.mailbox import AutomaticReply, Mailbox
from shared.graph.subscriptions import Subscription, Subscriptions
from tests.unit.shared.server import Reply, Stub
from tests.unit.shared.test_graph_client import Keys

TAG = "String {00000000-0000-0000-0000-000000000001} Name hub"
ZONE = "Romance Standard Time"
SHOWN = Appointment(
    subject="Afwezig",
    start=datetime(2026, 11, 18),  # noqa: DTZ001 - wall clock
    end=datetime(2026, 11, 19),  # noqa: DTZ001 - wall clock
    all_day=True,
    show_as="oof",
    location="Thuis",
)
EVENT: dict[str, Any] = {
    "id": "e1",
    "@odata.etag": 'W/"1"',
    "subject": "Afwezig",
    "start": {"dateTime": "2026-11-18T00:00:00.0000000", "timeZone": ZONE},
    "end": {"dateTime": "2026-11-19T00:00:00.0000000", "timeZone": ZONE},
    "isAllDay": True,
    "showAs": "oof",
    "location": {"displayName": "Thuis"},
}
REPLY = AutomaticReply(
    status="scheduled",
    start=datetime(2026, 11, 18, 8),  # noqa: DTZ001 - wall clock
    end=datetime(2026, 11, 20, 17),  # noqa: DTZ001 - wall clock
    internal="Ik ben er niet.",
    external="Ik ben er niet.",
)


@pytest.fixture
def graph(server: Stub) -> Iterator[GraphClient]:
    made = GraphClient(f"{server.url}/v1.0", Keys())
    yield made
    made._session.close()


@pytest.fixture
def calendar(graph: GraphClient) -> Calendar:
    return Calendar(graph, TAG)


def test_an_event_is_made_with_its_tag_and_its_transaction(server: Stub, calendar: Calendar) -> None:
    server.answers(Reply(201, EVENT))

    (found,) = calendar.apply([Creation("u1", SHOWN, "k", "t")])

    (asked,) = server.asked
    assert found == Found("e1", 'W/"1"', SHOWN)
    assert asked.json["transactionId"] == "t"
    assert asked.json["singleValueExtendedProperties"] == [{"id": TAG, "value": "k"}]
    assert asked.json["start"] == {"dateTime": "2026-11-18T00:00:00", "timeZone": ZONE}


def test_an_event_tells_nobody_why(server: Stub, calendar: Calendar) -> None:
    server.answers(Reply(201, EVENT))

    calendar.apply([Creation("u1", SHOWN, "k", "t")])

    (asked,) = server.asked
    assert (asked.json["sensitivity"], asked.json["isReminderOn"]) == ("private", False)
    assert not {"attendees", "body"} & set(asked.json)


def test_an_event_is_found_by_its_tag(server: Stub, calendar: Calendar) -> None:
    server.answers(Reply(body={"value": [EVENT]}), Reply(body={"value": []}))

    assert calendar.find("u1", "k") == Found("e1", 'W/"1"', SHOWN)
    assert calendar.find("u1", "k") is None


def test_an_event_that_its_owner_deleted_is_none(server: Stub, calendar: Calendar) -> None:
    server.answers(Reply(body=EVENT), Reply(404))

    assert calendar.read("u1", "e1") == Found("e1", 'W/"1"', SHOWN)
    assert calendar.read("u1", "e1") is None


def test_an_event_is_changed_only_as_it_was_known(server: Stub, calendar: Calendar) -> None:
    server.answers(Reply(body=EVENT))

    calendar.apply([Reshaping("u1", "e/1", SHOWN, 'W/"1"')])

    (asked,) = server.asked
    assert (asked.path, asked.headers["if-match"]) == ("/v1.0/users/u1/events/e%2F1", 'W/"1"')


def test_removing_an_event_that_is_gone_says_so(server: Stub, calendar: Calendar) -> None:
    server.answers(Reply(204), Reply(404))

    (first,), (second,) = calendar.apply([Removal("u1", "e1")]), calendar.apply([Removal("u1", "e1")])

    assert first is None
    assert isinstance(second, NotFound)
    assert [asked.method for asked in server.asked] == ["DELETE", "DELETE"]


def test_an_event_with_little_in_it_is_read_too(server: Stub, calendar: Calendar) -> None:
    bare = {name: EVENT[name] for name in ("id", "start", "end")} | {"subject": None, "location": None}
    server.answers(Reply(body=bare))

    found = calendar.read("u1", "e1")

    assert found is not None
    assert (found.etag, found.shown.subject, found.shown.show_as, found.shown.location) == ("", "", "unknown", "")


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        ("2026-11-18T08:00:00.0000000", ZONE, "2026-11-18T08:00:00"),
        ("2026-11-18T08:00:00", "Europe/Brussels", "2026-11-18T08:00:00"),
        ("2026-11-18T08:00:00.0000000", "UTC", "2026-11-18T09:00:00"),
        ("2026-07-18T08:00:00.0000000", "UTC", "2026-07-18T10:00:00"),
    ],
    ids=["windows name", "iana name", "utc in winter", "utc in summer"],
)
def test_a_moment_is_read_as_local_wall_clock(moment: str, zone: str, expected: str) -> None:
    assert local_moment({"dateTime": moment, "timeZone": zone}).isoformat() == expected


def test_an_automatic_reply_is_read_and_replaced_whole(server: Stub, graph: GraphClient) -> None:
    answer = {"automaticRepliesSetting": REPLY.as_json()}
    server.answers(Reply(body=answer))

    assert Mailbox(graph).reply("u1") == REPLY
    assert Mailbox(graph).set_reply("u1", REPLY) == REPLY

    assert server.asked[1].json == answer


def test_a_reply_whose_answer_is_bare_is_read_again(server: Stub, graph: GraphClient) -> None:
    server.answers(Reply(body={}), Reply(body={"automaticRepliesSetting": REPLY.as_json()}))

    assert Mailbox(graph).set_reply("u1", REPLY) == REPLY

    assert [asked.method for asked in server.asked] == ["PATCH", "GET"]


@pytest.mark.parametrize(
    ("status", "after_end", "expected"),
    [
        ("disabled", False, False),
        ("alwaysEnabled", True, True),
        ("scheduled", False, True),
        ("scheduled", True, False),
    ],
)
def test_a_reply_that_is_over_is_not_on(status: str, after_end: bool, expected: bool) -> None:
    reply = AutomaticReply(status, REPLY.start, REPLY.end, "", "")
    now = REPLY.end + timedelta(seconds=1) if after_end else REPLY.start - timedelta(days=9)

    assert reply.is_on(now) is expected


def test_an_account_is_found_or_none(server: Stub, graph: GraphClient) -> None:
    raw = {"id": "u1", "userPrincipalName": "u1@example.org", "employeeId": "000104"}
    server.answers(Reply(body=raw), Reply(404), Reply(body={"value": [raw]}))
    directory = Directory(graph)

    assert directory.user("u1@example.org") == User("u1", "u1@example.org", "000104", None)
    assert directory.user("gone") is None
    assert directory.with_employee_id("O'1") == [User("u1", "u1@example.org", "000104", None)]
    assert "O%27%271" in server.asked[2].path


@pytest.fixture
def subscriptions(graph: GraphClient) -> Subscriptions:
    return Subscriptions(graph, "https://hub.example.org/hooks/graph", "https://hub.example.org/hooks/graph/lifecycle")


SUBSCRIPTION = {
    "id": "s1",
    "resource": "users",
    "changeType": "updated",
    "notificationUrl": "https://hub.example.org/hooks/graph",
    "expirationDateTime": "2026-12-01T01:00:00.1234567+01:00",
}
PARSED = Subscription(
    "s1", "users", "updated", "https://hub.example.org/hooks/graph", datetime(2026, 12, 1, 0, 0, 0, 123456, tzinfo=UTC)
)


def test_a_subscription_is_made_with_both_addresses(server: Stub, subscriptions: Subscriptions) -> None:
    server.answers(Reply(201, SUBSCRIPTION))

    made = subscriptions.create("users", "updated", "state", datetime(2026, 12, 1, tzinfo=UTC))

    assert made == PARSED
    assert server.asked[0].json == {
        "changeType": "updated",
        "notificationUrl": "https://hub.example.org/hooks/graph",
        "lifecycleNotificationUrl": "https://hub.example.org/hooks/graph/lifecycle",
        "resource": "users",
        "expirationDateTime": "2026-12-01T00:00:00Z",
        "clientState": "state",
    }


@pytest.mark.parametrize(("status", "kind"), [(409, Conflict), (400, Refused)])
def test_a_subscription_that_is_refused_says_why(
    server: Stub, subscriptions: Subscriptions, status: int, kind: type[Exception]
) -> None:
    server.answers(Reply(status))

    with pytest.raises(kind):
        subscriptions.create("users", "updated", "state", datetime(2026, 12, 1, tzinfo=UTC))


def test_a_subscription_is_renewed_and_deleted(server: Stub, subscriptions: Subscriptions) -> None:
    server.answers(Reply(body=SUBSCRIPTION), Reply(204))

    assert subscriptions.renew("s1", datetime(2026, 12, 1, tzinfo=UTC)) == PARSED
    subscriptions.delete("s1")

    assert [(asked.method, asked.path) for asked in server.asked] == [
        ("PATCH", "/v1.0/subscriptions/s1"),
        ("DELETE", "/v1.0/subscriptions/s1"),
    ]


def test_only_our_own_subscriptions_are_listed(server: Stub, subscriptions: Subscriptions) -> None:
    other = SUBSCRIPTION | {"id": "s2", "notificationUrl": "https://other.example.org/hooks/graph"}
    server.answers(Reply(body={"value": [SUBSCRIPTION, other]}))

    assert subscriptions.list_own() == [PARSED]


def test_a_subscription_of_another_kind_does_not_hide_ours(server: Stub, subscriptions: Subscriptions) -> None:
    """One that another program made for Event Hubs has no address."""
    server.answers(Reply(body={"value": [{"id": "s2", "notificationUrl": None}, {"id": "s3"}, SUBSCRIPTION]}))

    assert subscriptions.list_own() == [PARSED]


@pytest.mark.parametrize(
    "change",
    [{"id": None}, {"expirationDateTime": None}, {"expirationDateTime": "soon"}, {"resource": None}],
    ids=["no id", "no end", "no moment", "no resource"],
)
def test_a_subscription_that_is_not_understood_is_no_answer(
    server: Stub, subscriptions: Subscriptions, change: dict[str, Any]
) -> None:
    """A tick that many share must not break on it."""
    server.answers(Reply(body={"value": [SUBSCRIPTION | change]}))

    with pytest.raises(Transient):
        subscriptions.list_own()


FOLDER = {"id": "f1", "name": "Post", "folder": {}, "parentReference": {"id": "root", "path": "/drives/d/root:/A%20B"}}
FILE = FOLDER | {"id": "i1", "name": "brief.pdf", "size": 3, "file": {"hashes": {"quickXorHash": "x"}}}


@pytest.fixture
def drive(graph: GraphClient) -> Drive:
    return Drive(graph, "d")


def test_a_folder_that_is_there_is_not_made(server: Stub, drive: Drive) -> None:
    server.answers(Reply(body=FOLDER))

    found = drive.ensure_folder("A B/Post")

    assert (found.id, found.folder, found.content) == ("f1", "A B", None)
    assert [(asked.method, asked.path) for asked in server.asked] == [("GET", "/v1.0/drives/d/root:/A%20B/Post")]


def test_a_folder_is_made_with_the_parents_it_lacks(server: Stub, drive: Drive) -> None:
    parent = FOLDER | {"id": "p1", "name": "A B"}
    server.answers(Reply(404), Reply(404), Reply(201, parent), Reply(201, FOLDER))

    assert drive.ensure_folder("A B/Post").id == "f1"

    made = [(asked.path, asked.json["name"]) for asked in server.asked if asked.method == "POST"]
    assert made == [("/v1.0/drives/d/items/root/children", "A B"), ("/v1.0/drives/d/items/p1/children", "Post")]


def test_a_folder_that_somebody_made_meanwhile_is_taken(server: Stub, drive: Drive) -> None:
    server.answers(Reply(404), Reply(409), Reply(body=FOLDER))

    assert drive.ensure_folder("Post").id == "f1"


def test_a_folder_that_is_neither_there_nor_not_is_tried_again(server: Stub, drive: Drive) -> None:
    server.answers(Reply(404), Reply(409), Reply(404))

    with pytest.raises(Transient) as failure:
        drive.ensure_folder("Post")

    assert failure.value.reason == "folder_in_motion"


def test_a_file_in_the_place_of_a_folder_is_a_matter_for_a_person(server: Stub, drive: Drive) -> None:
    server.answers(Reply(body=FILE))

    with pytest.raises(Permanent) as failure:
        drive.ensure_folder("Post")

    assert failure.value.reason == "not_a_folder"


def test_an_item_is_moved_and_its_columns_are_filled(server: Stub, drive: Drive) -> None:
    server.answers(Reply(body=FILE), Reply(body={}), Reply(body={"PostKenmerk": "k1"}), Reply(404))

    assert drive.move("i1", "f1", "brief.pdf").content == Fingerprint(3, "x")
    drive.set_fields("i1", {"PostKenmerk": "k1"})
    assert drive.fields("i1") == {"PostKenmerk": "k1"}
    assert drive.item("i1") is None

    assert server.asked[0].json == {"parentReference": {"id": "f1"}, "name": "brief.pdf"}
    assert server.asked[1].json == {"PostKenmerk": "k1"}
