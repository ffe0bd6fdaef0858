"""ICT sees the truth, and no person's name."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import pytest
import structlog
from flask import Flask
from openapi_spec_validator import validate
from prometheus_client import CollectorRegistry, generate_latest

from shared.clock import FixedClock
from shared.errors import Transient
from shared.observability import logs
from shared.observability.health import Health, add_routes
from shared.observability.metrics import BooksCollector, register
from shared.observability.openapi import describe
from shared.persistence.ledger import Books
from shared.persistence.memory import MemoryLedger
from tests.unit.shared.builders import letter, shown

Checks = Mapping[str, Callable[[], bool]]


def app_of(ledger: MemoryLedger, clock: FixedClock, **checks: bool) -> Flask:
    app = Flask("timesync")
    asked: Checks = {name: (lambda well=well: well) for name, well in checks.items()}  # type: ignore[misc]  # bound early
    add_routes(app, Health("timesync", "here", ledger, clock, asked))
    return app


class Away(MemoryLedger):
    """A ledger whose storage is away."""

    def balance(self) -> Books:
        raise Transient("storage_unavailable", "no")


def test_a_process_that_answers_is_live(ledger: MemoryLedger, clock: FixedClock) -> None:
    answer = app_of(ledger, clock, consumer=False).test_client().get("/health/live")

    assert (answer.status_code, answer.get_json()) == (200, {"service": "timesync", "live": True})


@pytest.mark.parametrize(("consumer", "status"), [(True, 200), (False, 503)], ids=["well", "not consuming"])
def test_readiness_tells_the_truth_with_the_same_body(
    ledger: MemoryLedger, clock: FixedClock, consumer: bool, status: int
) -> None:
    ledger.accept([letter("k1", "a")])
    ledger.say([shown()])
    clock.advance(timedelta(seconds=30))

    answer = app_of(ledger, clock, consumer=consumer).test_client().get("/health/ready")

    report = answer.get_json()
    assert answer.status_code == status
    assert (report["service"], report["instance"], report["ready"]) == ("timesync", "here", consumer)
    assert report["checks"] == {"consumer": consumer, "database": True}
    assert report["books"] == {
        "accepted": 1, "done": 0, "superseded": 0, "parked": 0, "discarded": 0, "pending": 1,
        "balanced": True, "unsent": 1, "oldest_pending_seconds": 30.0,
    }  # fmt: skip


def test_without_its_storage_a_service_is_not_ready(clock: FixedClock) -> None:
    answer = app_of(Away("timesync", clock), clock, consumer=True).test_client().get("/health/ready")

    assert answer.status_code == 503
    assert answer.get_json()["checks"] == {"consumer": True, "database": False}
    assert "books" not in answer.get_json()


def test_nothing_pending_has_no_age(ledger: MemoryLedger, clock: FixedClock) -> None:
    report = app_of(ledger, clock).test_client().get("/health/ready").get_json()

    assert report["books"]["oldest_pending_seconds"] is None


def test_metrics_are_in_the_format_of_prometheus(ledger: MemoryLedger, clock: FixedClock) -> None:
    answer = app_of(ledger, clock).test_client().get("/metrics")

    assert answer.content_type.startswith("text/plain; version=")
    assert b"# TYPE hub_messages_handled_total counter" in answer.data


def collected(ledger: MemoryLedger, clock: FixedClock) -> str:
    registry = CollectorRegistry()
    registry.register(BooksCollector(ledger, lambda: clock.now().timestamp()))
    return generate_latest(registry).decode()


def test_the_books_can_be_watched(ledger: MemoryLedger, clock: FixedClock) -> None:
    ledger.accept([letter("k1", "a")])
    clock.advance(timedelta(seconds=30))

    text = collected(ledger, clock)

    assert 'hub_ledger_messages{service="timesync",state="pending"} 1.0' in text
    assert 'hub_ledger_unbalanced{service="timesync"} 0.0' in text
    assert 'hub_ledger_oldest_pending_seconds{service="timesync"} 30.0' in text


def test_books_that_do_not_balance_raise_an_alarm(ledger: MemoryLedger, clock: FixedClock) -> None:
    ledger.accept([letter("k1", "a")])
    ledger._rows.clear()

    text = collected(ledger, clock)

    assert 'hub_ledger_unbalanced{service="timesync"} 1.0' in text
    assert 'hub_ledger_oldest_pending_seconds{service="timesync"} 0.0' in text


def test_the_other_metrics_are_read_even_when_storage_is_away(clock: FixedClock) -> None:
    ledger = Away("away", clock)
    register(BooksCollector(ledger, lambda: 0.0))

    answer = app_of(ledger, clock).test_client().get("/metrics")

    assert answer.status_code == 200
    assert b"hub_messages_handled_total" in answer.data


def test_a_service_that_is_built_twice_is_counted_once(clock: FixedClock) -> None:
    once, again = MemoryLedger("twice", clock), MemoryLedger("twice", clock)
    again.accept([letter("k1", "a")])

    for ledger in (once, again):
        register(BooksCollector(ledger, lambda: 0.0))

    lines = [line for line in generate_latest().decode().splitlines() if 'service="twice",state="pending"' in line]
    assert lines == ['hub_ledger_messages{service="twice",state="pending"} 1.0']


def test_the_description_of_the_routes_is_valid_openapi(ledger: MemoryLedger, clock: FixedClock) -> None:
    app = app_of(ledger, clock)

    @app.get("/things/<int:number>/<name>")
    def thing(number: int, name: str) -> str:
        """Show a thing.

        Answers: 200 the thing; 404 there is
        none.
        """
        return f"{number} {name}"

    @app.get("/bare")
    def bare() -> str:
        return ""

    document = app.test_client().get("/openapi.json").get_json()

    validate(document)
    shown_ = document["paths"]["/things/{number}/{name}"]["get"]
    assert shown_["summary"] == "Show a thing."
    assert shown_["responses"] == {"200": {"description": "the thing"}, "404": {"description": "there is none"}}
    assert [(one["name"], one["schema"]["type"]) for one in shown_["parameters"]] == [
        ("number", "integer"),
        ("name", "string"),
    ]
    assert document["paths"]["/bare"]["get"]["responses"] == {"200": {"description": "OK"}}
    assert not any("static" in path for path in document["paths"])


def test_the_routes_of_every_service_are_described(ledger: MemoryLedger, clock: FixedClock) -> None:
    document = describe(app_of(ledger, clock), "timesync")

    assert set(document["paths"]) == {"/health/live", "/health/ready", "/metrics", "/openapi.json"}


LOGS = """
import logging, structlog
from shared.observability import logs
logs.configure("{level}")
structlog.contextvars.bind_contextvars(id="m1")
log = structlog.get_logger()
log.info("message_handled", service="timesync", at_='a "quoted" word')
log.warning("not_confirmed")
logging.getLogger("urllib3").warning("a \\"line\\" of Jan's\\nlibrary")
logging.getLogger("pika").error("a trace")
"""


def lines(level: str) -> list[dict[str, object]]:
    ended = subprocess.run([sys.executable, "-c", LOGS.format(level=level)], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_a_log_is_one_json_object_a_line() -> None:
    first, *_ = lines("info")

    assert first.pop("timestamp")
    expected = {"event": "message_handled", "level": "info", "service": "timesync", "id": "m1"}
    assert first == expected | {"at_": 'a "quoted" word'}


def test_a_library_is_named_and_not_quoted() -> None:
    *_, last = lines("info")

    assert last == {"event": "library", "logger": "urllib3", "level": "WARNING"}


def test_a_level_leaves_out_what_is_below_it() -> None:
    assert [line["event"] for line in lines("warning")] == ["not_confirmed", "library"]


@pytest.fixture
def _own_logs() -> Iterator[None]:
    kept = structlog.get_config()
    yield
    structlog.configure(**kept)


@pytest.mark.usefixtures("_own_logs")
@pytest.mark.parametrize(("terminal", "is_json"), [(False, True), (True, False)], ids=["a pipe", "a terminal"])
def test_a_log_is_for_a_program_unless_a_person_reads_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, terminal: bool, is_json: bool
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    logs.configure("info")

    structlog.get_logger().info("message_handled", id="m1")

    line = capsys.readouterr().out
    assert line.startswith("{") is is_json
    assert "message_handled" in line
