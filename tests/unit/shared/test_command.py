"""What ICT asks from a shell is answered in a sentence, and a program can rely on the exit code."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from sandbox.stage import Stage
from services.__main__ import SERVICES, main
from shared.clock import SystemClock
from shared.config import Settings
from shared.events import Attempt, MessageUnparked
from shared.events.envelope import Envelope
from shared.persistence.database import Database
from shared.persistence.ledger import SqlLedger
from shared.persistence.migrate import migrate
from tests.unit.shared.builders import ENVIRON, NOW, environ, letter
from tests.unit.shared.server import Reply, Stub


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Settings of a deployment with a right policy and tables in SQLite."""
    stage = Stage(tmp_path / "stage", ENVIRON["HUB_AMQP_URL"])
    stage.prepare(NOW.date())
    for name in ("hub.toml", "people.json"):
        shutil.copy(stage.folder / name, tmp_path / name)
    return {**stage.environment(), **environ(tmp_path)}


@pytest.fixture
def ledgers(settings: dict[str, str], tmp_path: Path) -> Iterator[dict[str, SqlLedger]]:
    """The ledgers of all services; timesync has parked the message `m-1`."""
    (tmp_path / "none").mkdir()
    loaded = Settings.load(settings)
    databases = {}
    for name in SERVICES:
        migrate(loaded.database(name), name, tmp_path / "none")
        databases[name] = Database(loaded.database(name), name)
    made = {name: SqlLedger(database, SystemClock(), "test") for name, database in databases.items()}
    made["timesync"].accept([letter("k1", "m-1")])
    task = made["timesync"].claim()
    assert task is not None
    made["timesync"].park(task, Attempt(at=NOW, reason="graph_403", error="GET /users answered 403"))
    yield made
    for database in databases.values():
        database.close()


def hub(settings: dict[str, str], *arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=answer, env={**dict.fromkeys(ENVIRON), **settings})


def said(ledger: SqlLedger) -> list[Any]:
    return [Envelope.parse(row.body).open() for row in ledger.unsent(100)]


@pytest.mark.usefixtures("ledgers")
def test_what_is_parked_is_listed(settings: dict[str, str]) -> None:
    result = hub(settings, "failed", "list")

    assert result.exit_code == 0
    assert "timesync  m-1  mail.arrived.v1  graph_403  (1 attempts)" in result.stdout
    assert result.stdout.endswith("1 parked\n")


@pytest.mark.usefixtures("ledgers")
def test_a_program_can_read_what_is_parked(settings: dict[str, str]) -> None:
    (row,) = orjson.loads(hub(settings, "failed", "list", "--json").stdout)

    assert (row["service"], row["id"], row["reason"]) == ("timesync", "m-1", "graph_403")


@pytest.mark.usefixtures("ledgers")
def test_a_parked_message_is_shown_with_its_attempts(settings: dict[str, str]) -> None:
    row = orjson.loads(hub(settings, "failed", "show", "timesync", "m-1").stdout)

    assert [one["error"] for one in row["errors"]] == ["GET /users answered 403"]


def test_a_retry_is_done_and_told(settings: dict[str, str], ledgers: dict[str, SqlLedger]) -> None:
    result = hub(settings, "failed", "retry", "timesync", "m-1")

    assert (result.exit_code, result.stdout) == (0, "retried\n")
    assert ledgers["timesync"].balance().pending == 1
    assert said(ledgers["timesync"])[-1] == MessageUnparked(
        service="timesync", message_id="m-1", outcome="retried", by="hub"
    )


def test_a_discard_is_done_when_it_is_meant(settings: dict[str, str], ledgers: dict[str, SqlLedger]) -> None:
    refused = hub(settings, "failed", "discard", "timesync", "m-1", answer="n\n")
    parked = ledgers["timesync"].balance().parked

    result = hub(settings, "failed", "discard", "timesync", "m-1", "--yes")

    assert (refused.exit_code, parked) == (1, 1)
    assert (result.exit_code, result.stdout) == (0, "discarded\n")
    assert ledgers["timesync"].balance().discarded == 1


@pytest.mark.usefixtures("ledgers")
@pytest.mark.parametrize("command", [["show"], ["retry"], ["discard", "--yes"]], ids=lambda one: one[0])
def test_a_message_that_is_not_parked_is_not_well(settings: dict[str, str], command: list[str]) -> None:
    result = hub(settings, "failed", command[0], "timesync", "m-9", *command[1:])

    assert result.exit_code == 1
    assert "timesync has no parked message m-9" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [["failed", "retry", "kitchen", "m-1"], ["failed", "show", "timesync"], ["service", "kitchen"], ["dance"]],
    ids=["unknown service", "no id", "unknown service to run", "unknown command"],
)
def test_wrong_use_is_told_apart(settings: dict[str, str], arguments: list[str]) -> None:
    assert hub(settings, *arguments).exit_code == 2


@pytest.mark.parametrize("arguments", [["failed", "list"], ["service", "timesync"], ["subscriptions"]], ids=" ".join)
def test_without_settings_every_missing_one_is_named(arguments: list[str]) -> None:
    result = hub({}, *arguments)

    assert result.exit_code == 2
    assert all(name in result.stderr for name in ENVIRON)


@pytest.mark.parametrize("arguments", [["failed", "list"], ["subscriptions"]], ids=" ".join)
def test_a_failure_of_ours_is_a_sentence_and_no_trace(settings: dict[str, str], arguments: list[str]) -> None:
    """The services never ran: there are no tables, and nobody answers."""
    result = hub(settings | {"HUB_WEBHOOKS_BIND": "127.0.0.1:1"}, *arguments)

    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert result.stderr.startswith("Error: ")


def test_check_names_every_fault_of_the_settings() -> None:
    result = hub({"HUB_WORKER_THREADS": "many"}, "check")

    assert result.exit_code == 1
    assert all(name in result.stderr for name in (*ENVIRON, "HUB_WORKER_THREADS"))


def test_check_names_every_fault_of_the_policy_with_its_line(settings: dict[str, str], tmp_path: Path) -> None:
    text = "[webhooks]\ncolour = 1\n\n[timesync]\n\n[kitchen]\n"
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")

    result = hub(settings, "check")

    assert result.exit_code == 1
    assert "hub.toml:2 webhooks.colour:" in result.stderr
    assert "hub.toml:4 timesync." in result.stderr
    assert "hub.toml: [kitchen] is no table of the hub" in result.stderr
    assert "[mailroom] is not usable" in result.stderr


def test_check_names_a_mistake_in_the_rules_of_absences_with_what_was_meant(
    settings: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('JV = "afwezig"', 'JV = "afwezg"'), encoding="utf-8")

    result = hub(settings, "check")

    assert result.exit_code == 1
    assert "Unknown profile 'afwezg'; did you mean 'afwezig'?" in result.stderr


def test_check_names_a_mistake_in_the_people_file_with_its_line(settings: dict[str, str], tmp_path: Path) -> None:
    rows = '{"people": [\n{"employee_number": "1"},\n{"employee_number": "2", "delegate": "3"}\n]}'
    (tmp_path / "people.json").write_text(rows, encoding="utf-8")

    result = hub(settings, "check")

    assert result.exit_code == 1
    assert "people.json:3 people.1.delegate: expected the employee_number" in result.stderr


def test_check_builds_every_service_and_names_what_keeps_one_from_starting(
    settings: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "people.json").unlink()
    del settings["HUB_CHANNEL_ICT_MELDINGEN"]

    result = hub(settings, "check")

    assert result.exit_code == 1
    assert "people.json" in result.stderr
    assert "HUB_CHANNEL_ICT_MELDINGEN is not set" in result.stderr


def test_check_says_which_services_do_not_answer(settings: dict[str, str], server: Stub) -> None:
    host = server.url.removeprefix("http://")
    binds = {f"HUB_{name.upper()}_BIND": host for name in SERVICES}
    server.answers(
        Reply(200, {"ready": True, "checks": {"consumer": True}}),
        Reply(503, {"ready": False, "checks": {"consumer": False, "publisher": True}}),
        Reply(200, {"ready": True, "checks": {"consumer": True}}),
    )

    result = hub(settings | binds | {"HUB_CONSOLE_BIND": "127.0.0.1:1"}, "check")

    assert result.exit_code == 1
    assert "✓ webhooks: ready" in result.stdout
    assert "✗ timesync: not ready: consumer" in result.stdout
    assert "✗ console: GET http://127.0.0.1:1:" in result.stdout
    assert "✓ settings and hub.toml" in result.stdout


def test_check_is_well_when_everything_is(settings: dict[str, str], server: Stub) -> None:
    host = server.url.removeprefix("http://")
    server.answers(Reply(200, {"ready": True, "checks": {"consumer": True}}))

    result = hub(settings | {f"HUB_{name.upper()}_BIND": host for name in SERVICES}, "check", "--json")

    assert result.exit_code == 0
    report = orjson.loads(result.stdout)
    assert report["faults"] == []
    assert set(report["services"]) == set(SERVICES)


MOMENTS = ("made_at", "renewed_at", "expires_at", "last_notified_at", "repaired_at")


def subscription(**changes: str | None) -> dict[str, str | None]:
    """Return a row as the front door lists it; its moments are unknown unless they are given."""
    row: dict[str, str | None] = {"name": "people", "resource": "users", "failure": None, "state": "well"}
    return row | dict.fromkeys(MOMENTS) | changes


def test_the_subscriptions_of_the_front_door_are_listed(settings: dict[str, str], server: Stub) -> None:
    now = datetime.now(UTC)
    row = subscription(
        made_at=(now - timedelta(days=3, minutes=1)).isoformat(), expires_at=(now + timedelta(hours=5.5)).isoformat()
    )
    server.answers(Reply(body=[row]))
    bound = settings | {"HUB_WEBHOOKS_BIND": server.url.removeprefix("http://"), "COLUMNS": "200"}

    listed = hub(bound, "subscriptions")
    assert listed.exit_code == 0
    assert all(words in listed.stdout for words in ("people", "3 d", "in 5 h", "never", "well"))
    assert orjson.loads(hub(bound, "subscriptions", "--json").stdout) == [row]


@pytest.mark.parametrize("flags", [[], ["--json"]], ids=["table", "json"])
@pytest.mark.parametrize("state", ["missing", "expiring", "unwanted"])
def test_a_subscription_that_is_not_well_is_told_by_the_exit_code(
    settings: dict[str, str], server: Stub, state: str, flags: list[str]
) -> None:
    server.answers(Reply(body=[subscription(), subscription(name="post", state=state, failure="graph_403")]))
    bound = settings | {"HUB_WEBHOOKS_BIND": server.url.removeprefix("http://"), "COLUMNS": "200"}

    result = hub(bound, "subscriptions", *flags)

    assert result.exit_code == 1
    assert state in result.stdout
    assert "graph_403" in result.stdout


@pytest.mark.parametrize("arguments", [[], ["service"], ["run"], ["demo"]], ids=["hub", "service", "run", "demo"])
def test_help_has_an_example(arguments: list[str]) -> None:
    command = main.commands[arguments[0]] if arguments else main  # not by --help: `demo` hands that on to the sandbox

    assert re.search(r"Examples?:.*\bhub ", str(command.help), re.DOTALL)


def test_help_tells_the_exit_codes() -> None:
    text = " ".join(hub({}, "--help").stdout.split())

    assert re.search(r"Exit codes?: 0 .*1 .*2 wrong use", text)
