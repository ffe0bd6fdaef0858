"""How events, replies and accounts are written to and read from Graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import pytest

from services.timesync.effects.calendar import TAG
from shared.errors import HubError
from shared.graph.calendar import Appointment, Calendar, Creation, Found, Removal, Reshaping, local_moment
from shared.graph.client import GraphClient
from shared.graph.directory import Directory, User
from shared.graph.errors import NotFound
from shared.graph.mailbox import AutomaticReply, Mailbox
from shared.graph.protocol import Call

from .builders import at

AWAY = Appointment("Afwezig", at("2026-11-16"), at("2026-11-21"), all_day=True, show_as="oof")
RAW = AWAY.as_json() | {"id": "e/1=", "@odata.etag": 'W/"1"'}


class Recorder:
    """Answers with what the test gives and remembers what was asked."""

    def __init__(self, *answers: dict[str, Any] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, Any]] = []
        self.preferred: list[str] = []
        self.called: list[Call] = []

    def get(self, path: str, *, params: Mapping[str, str] | None = None, prefer: Sequence[str] = ()) -> dict[str, Any]:
        return self._answer("GET", path, params, prefer)

    def pages(self, path: str, *, params: Mapping[str, str] | None = None, prefer: Sequence[str] = ()) -> Iterator[Any]:
        yield from self._answer("GET", path, params, prefer)["value"]

    def post(self, path: str, body: Mapping[str, Any], *, prefer: Sequence[str] = ()) -> dict[str, Any]:
        return self._answer("POST", path, body, prefer)

    def patch(
        self, path: str, body: Mapping[str, Any], *, etag: str | None = None, prefer: Sequence[str] = ()
    ) -> dict[str, Any]:
        return self._answer("PATCH", path, body, prefer)

    def many(self, calls: Sequence[Call]) -> list[dict[str, Any] | HubError]:
        self.called += calls
        return [_given(self.answers.pop(0)) for _ in calls]

    def _answer(self, method: str, path: str, sent: Any, prefer: Sequence[str]) -> dict[str, Any]:
        self.asked.append((method, path, sent))
        self.preferred += prefer
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self) -> GraphClient:
        return cast("GraphClient", self)


def _given(answer: dict[str, Any] | Exception) -> dict[str, Any] | HubError:
    if isinstance(answer, dict | HubError):
        return answer
    raise answer


def test_an_event_is_made_with_our_tag_and_a_transaction_in_local_time() -> None:
    graph = Recorder(RAW)

    (found,) = Calendar(graph.client(), TAG).apply([Creation("u/1", AWAY, "k-0", "t")])

    (made,) = graph.called
    assert (made.method, made.path) == ("POST", "/users/u%2F1/events")
    body = made.body or {}
    assert body["start"] == {"dateTime": "2026-11-16T00:00:00", "timeZone": "Romance Standard Time"}
    assert body["transactionId"] == "t"
    assert body["singleValueExtendedProperties"] == [{"id": TAG, "value": "k-0"}]
    assert (body["isReminderOn"], body["responseRequested"], body["sensitivity"]) == (False, False, "private")
    assert found == Found("e/1=", 'W/"1"', AWAY)


def test_an_event_is_found_again_by_its_tag() -> None:
    graph = Recorder({"value": [RAW]})

    found = Calendar(graph.client(), TAG).find("u", "k-0")

    assert found is not None
    assert graph.asked[0][2] == {
        "$filter": f"singleValueExtendedProperties/Any(ep: ep/id eq '{TAG}' and ep/value eq 'k-0')"
    }


def test_a_change_is_conditional_and_quotes_the_id() -> None:
    graph = Recorder(RAW)

    Calendar(graph.client(), TAG).apply([Reshaping("u", "e/1=", AWAY, 'W/"1"')])

    (changed,) = graph.called
    assert (changed.method, changed.path) == ("PATCH", "/users/u/events/e%2F1%3D")
    assert changed.headers["If-Match"] == 'W/"1"'


def test_changes_of_several_mailboxes_each_have_an_answer_of_their_own() -> None:
    gone = NotFound("graph_404", "gone", "ErrorItemNotFound")
    graph = Recorder(RAW, gone, {})

    answers = Calendar(graph.client(), TAG).apply(
        [Creation("u", AWAY, "k-0", "t"), Reshaping("v", "e", AWAY, "1"), Removal("w", "e/1=")]
    )

    assert answers == [Found("e/1=", 'W/"1"', AWAY), gone, None]
    assert (graph.called[2].method, graph.called[2].path) == ("DELETE", "/users/w/events/e%2F1%3D")


def test_an_event_that_is_gone_reads_as_none() -> None:
    assert Calendar(Recorder(NotFound("graph_404", "gone", "x")).client(), TAG).read("u", "e") is None


@pytest.mark.parametrize(
    ("raw", "local"),
    [
        ({"dateTime": "2026-11-15T23:00:00.0000000", "timeZone": "UTC"}, "2026-11-16T00:00"),
        ({"dateTime": "2026-07-15T22:00:00.0000000", "timeZone": "UTC"}, "2026-07-16T00:00"),
        ({"dateTime": "2026-11-16T00:00:00.0000000", "timeZone": "Romance Standard Time"}, "2026-11-16T00:00"),
    ],
    ids=["winter", "summer", "our zone"],
)
def test_r1_times_are_read_as_local_wall_clock(raw: dict[str, str], local: str) -> None:
    assert local_moment(raw) == at(local)


def test_a_reply_is_written_whole_and_read_back() -> None:
    reply = AutomaticReply("scheduled", at("2026-11-16"), at("2026-11-21"), "in", "ex")
    graph = Recorder({"automaticRepliesSetting": reply.as_json() | {"internalReplyMessage": "<p>in</p>"}})

    made = Mailbox(graph.client()).set_reply("u", reply)

    assert graph.asked == [("PATCH", "/users/u/mailboxSettings", {"automaticRepliesSetting": reply.as_json()})]
    assert made.internal == "<p>in</p>"


def test_a_mailbox_that_answers_nothing_is_asked_what_it_holds() -> None:
    reply = AutomaticReply("scheduled", at("2026-11-16"), at("2026-11-21"), "in", "ex")
    graph = Recorder({}, {"automaticRepliesSetting": reply.as_json()})

    assert Mailbox(graph.client()).set_reply("u", reply) == reply


def test_an_account_is_found_by_its_personnel_number() -> None:
    graph = Recorder({"value": [{"id": "1", "userPrincipalName": "a@example.org", "employeeId": "0'1", "mail": None}]})

    assert Directory(graph.client()).with_employee_id("0'1") == [User("1", "a@example.org", "0'1", None)]
    assert graph.asked[0][2]["$filter"] == "employeeId eq '0''1'"
    assert "employeeId" in graph.asked[0][2]["$select"]


def test_an_account_that_is_gone_reads_as_none() -> None:
    assert Directory(Recorder(NotFound("graph_404", "gone", "x")).client()).user("a@example.org") is None
