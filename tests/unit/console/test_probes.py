"""What the console makes of the answers of the services and of the broker, and of their silence."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from services.console.domain.post import MailroomView, Seen
from services.console.domain.sighting import Queue, Sighting, Stopped
from services.console.probes import AbsenceProbe, BrokerProbe, HealthProbe, Lookout, MailroomProbe
from services.console.probes.mailroom import WHOLE
from shared.errors import Permanent, Transient

ACCOUNTS = {
    "accepted": 3,
    "done": 2,
    "superseded": 0,
    "parked": 1,
    "discarded": 0,
    "pending": 0,
    "balanced": True,
    "oldest_pending_seconds": None,
    "unsent": 0,
}
READY = {"service": "timesync", "ready": True, "instance": "a", "books": ACCOUNTS, "checks": {"consumer": True}}
STOPPED = {"halted": {"by": "beheer", "at": "2026-11-23T13:00:00+00:00"}, "sources": []}
BROKER = "http://127.0.0.1:15672/api/queues/%2F"
CONSUMERS = "http://127.0.0.1:15672/api/consumers/%2F"


@dataclass
class FakeClient:
    """Answers per address; an exception is raised, a missing address is unreachable."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, tuple[str, str] | None]] = field(default_factory=list)
    hang: threading.Event | None = None

    def get_json(self, url: str, *, auth: tuple[str, str] | None = None) -> Any:
        self.asked.append((url, auth))
        return self._answer(url)

    def get_status_json(self, url: str) -> tuple[int, Any]:
        if self.hang:
            self.hang.wait()
        return 200, self._answer(url)

    def _answer(self, url: str) -> Any:
        answer = self.answers.get(url, Transient("http_unreachable", url))
        if isinstance(answer, Exception):
            raise answer
        return answer


def health(answer: Any) -> HealthProbe:
    return HealthProbe(FakeClient({"http://t/health/ready": answer}), "timesync", "http://t")


def test_a_service_tells_its_books_and_checks() -> None:
    state = health(READY).look()

    assert state.readiness is not None
    assert (state.readiness.ready, state.readiness.failing) == (True, ())
    assert (state.books.accepted, state.books.difference) == (3, 0) if state.books else False


def test_a_service_that_is_not_ready_still_tells_its_books() -> None:
    state = health(READY | {"ready": False, "checks": {"consumer": False}}).look()

    assert state.readiness is not None
    assert state.readiness.failing == ("consumer",)
    assert state.books is not None


@pytest.mark.parametrize(
    "answer",
    [Transient("http_unreachable", "gone"), Permanent("http_404", "no"), [], {}, {"ready": True}, READY | {"books": 3}],
    ids=["silent", "refuses", "a list", "empty", "half", "other books"],
)
def test_an_answer_that_we_do_not_understand_is_no_answer(answer: Any) -> None:
    assert health(answer).look().readiness is None


def test_the_broker_is_asked_at_the_bus_s_host_as_the_bus_s_user() -> None:
    addresses = [f"http://mq.example.org:15672/api/{kind}/hub%2Ftest" for kind in ("consumers", "queues")]
    client = FakeClient({address: [] for address in addresses})
    probe = BrokerProbe.of(client, "amqps://hub:p%40ss@mq.example.org:5671/hub%2Ftest", None)

    assert probe.look() == []
    assert client.asked == [(address, ("hub", "p@ss")) for address in addresses]


@pytest.mark.parametrize("path", ["", "/", "/%2F"])
def test_without_a_name_the_virtual_host_is_the_default_one(path: str) -> None:
    assert BrokerProbe.of(FakeClient(), f"amqp://127.0.0.1{path}", None).vhost == "/"


def test_the_policy_may_name_another_management_address() -> None:
    assert BrokerProbe.of(FakeClient(), "amqp://127.0.0.1", "https://mq.example.org/").url == "https://mq.example.org"


def test_queues_are_read_whatever_rabbitmq_leaves_out() -> None:
    full = {
        "name": "hub.timesync",
        "messages_ready": 4,
        "messages_unacknowledged": 1,
        "head_message_timestamp": 1795442400,
        "message_stats": {"publish_details": {"rate": 2.5}, "deliver_get_details": {"rate": 2.0}},
    }
    client = FakeClient({BROKER: [full, {"name": "hub.dead"}], CONSUMERS: [{"queue": {"name": "hub.timesync"}}]})

    assert BrokerProbe.of(client, "amqp://127.0.0.1", None).look() == [
        Queue("hub.dead", 0, 0, 0),
        Queue("hub.timesync", 4, 1, 1, 2.5, 2.0, datetime.fromtimestamp(1795442400, UTC)),
    ]


@pytest.mark.parametrize(
    "answer",
    [Transient("http_unreachable", "gone"), Permanent("http_401", "no"), {"error": "x"}, [{}], None],
    ids=["silent", "refuses", "an object", "no name", "nothing"],
)
def test_a_broker_without_a_usable_answer_is_unseen(answer: Any) -> None:
    assert BrokerProbe.of(FakeClient({BROKER: answer, CONSUMERS: []}), "amqp://127.0.0.1", None).look() is None


@pytest.fixture
def hanging() -> Iterator[FakeClient]:
    client = FakeClient({BROKER: [], CONSUMERS: []}, hang=threading.Event())
    yield client
    assert client.hang
    client.hang.set()


def test_a_service_that_hangs_is_unreachable_and_holds_up_nobody(hanging: FakeClient) -> None:
    quick = FakeClient({"http://t/health/ready": READY})
    services = [HealthProbe(hanging, "mailroom", "http://m"), HealthProbe(quick, "timesync", "http://t")]
    absences = AbsenceProbe(FakeClient({"http://t/state": STOPPED}), "http://t")
    lookout = Lookout(services, BrokerProbe.of(hanging, "amqp://127.0.0.1", None), absences, mailroom({}), deadline=0.2)

    sighting: Sighting = lookout.look()
    lookout.close()

    assert [(state.name, state.readiness is not None) for state in sighting.services] == [
        ("mailroom", False),
        ("timesync", True),
    ]
    assert sighting.queues == []
    assert sighting.stopped is not None


def absences(answer: Any) -> AbsenceProbe:
    return AbsenceProbe(FakeClient({"http://t/state": answer}), "http://t")


def test_timesync_tells_who_stopped_it_and_when() -> None:
    assert absences(STOPPED).look() == Stopped(by="beheer", at=datetime(2026, 11, 23, 13, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    "answer",
    [{"halted": None}, Transient("http_unreachable", "gone"), Permanent("http_404", "no"), [], {}, {"halted": 3}],
    ids=["nobody", "silent", "an older one", "a list", "empty", "other"],
)
def test_a_timesync_that_nobody_stopped_or_that_does_not_say_so_is_not_stopped(answer: Any) -> None:
    assert absences(answer).look() is None


def mailroom(answers: dict[str, Any]) -> MailroomProbe:
    return MailroomProbe(FakeClient({f"http://m/{what}": answer for what, answer in answers.items()}), "http://m")


ROOM = {
    "tray": {"letters": [], "projects": [{"code": "A40201", "title": "Digitaal", "owner": "x"}, {"code": "A40203"}]},
    "messages": {
        "messages": [
            {
                "key": "3f5a",
                "web_url": "https://outlook.example.org/1",
                "references": [{"value": "K/1", "confidence": "low"}],
            },
            {"key": "b", "web_url": ""},
        ]
    },
    "due": {"letters": [{"kenmerk": "2026/IN/001234", "is_away": True}, {"kenmerk": "2026/IN/001235"}]},
}


def looked(answers: dict[str, Any]) -> MailroomView:
    none = FakeClient()
    lookout = Lookout([], BrokerProbe.of(none, "amqp://127.0.0.1", None), absences({}), mailroom(answers))
    view = lookout.look_in_mailroom()
    lookout.close()
    return view


def test_mailroom_tells_its_projects_where_e_mails_open_and_what_is_still_due() -> None:
    assert looked(ROOM) == MailroomView(
        {"A40201": "Digitaal", "A40203": ""},
        {"3f5a": Seen("https://outlook.example.org/1", {"K/1": "low"}), "b": Seen()},
        {"2026/IN/001234": True, "2026/IN/001235": False},
    )


@pytest.mark.parametrize(
    "answer",
    [Transient("http_unreachable", "gone"), Permanent("http_404", "no"), [], {}, {"projects": 3}],
    ids=["silent", "an older one", "a list", "empty", "other"],
)
def test_a_mailroom_that_says_nothing_usable_is_done_without(answer: Any) -> None:
    assert looked(dict.fromkeys(("tray", "messages", "due"), answer)) == MailroomView()


def test_one_question_that_is_not_answered_does_not_spoil_the_others() -> None:
    assert looked(ROOM | {"messages": Transient("http_503", "later")}).codes == {"A40201": "Digitaal", "A40203": ""}


def test_only_addresses_that_a_browser_may_open_become_links() -> None:
    messages = [
        {"key": key, "web_url": url} for key, url in (("a", "javascript:alert(1)"), ("b", "http://mail.example"))
    ]

    assert looked(ROOM | {"messages": {"messages": messages}}).mails == {"a": Seen(), "b": Seen()}


def test_a_list_of_open_letters_that_may_be_cut_off_closes_nothing() -> None:
    letters = [{"kenmerk": f"2026/IN/{number:06}"} for number in range(WHOLE)]

    assert looked(ROOM | {"due": {"letters": letters}}).due is None
