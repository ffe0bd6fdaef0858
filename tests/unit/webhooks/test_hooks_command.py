"""`hub hooks send` knocks as each source would, at a front door that is really served."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from services.__main__ import main
from services.webhooks.wiring import build
from shared.config import Settings
from shared.persistence.migrate import migrate
from shared.run import base_of
from tests.contract.sources.kit import OLD_SECRET, SECRET, SIGNINGS
from tests.unit.shared.builders import ENVIRON, environ
from tests.unit.shared.server import Reply, serving
from tests.unit.webhooks.conftest import MIGRATIONS

DESCRIBED = """\
prefix = "sha256="
signed = "{id}.{timestamp}.{body}"
headers = {signature = "X-Post-Signature", timestamp = "X-Post-Timestamp", id = "X-Post-Id"}
"""
POLICY = "".join(
    f'[webhooks.sources.{name}]\nscheme = "{name}"\nsecrets = ["HUB_HOOK_SECRET"]\nabsences = "protime"\n'
    f"{DESCRIBED if name == 'hmac' else ''}\n"
    for name in SIGNINGS
)


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "hub.toml").write_text(POLICY, encoding="utf-8")
    return environ(tmp_path, HUB_HOOK_SECRET=SECRET)


@pytest.fixture
def door(settings: dict[str, str]) -> Iterator[str]:
    """The address of a front door with every scheme."""
    loaded = Settings.load(settings)
    migrate(loaded.database("webhooks"), "webhooks", MIGRATIONS)
    base = base_of("webhooks", loaded)
    server = make_server("127.0.0.1", 0, build(base).app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    base.database.close()


def send(settings: dict[str, str], *arguments: str, standard_input: bytes | None = None) -> Result:
    environment = {**dict.fromkeys(ENVIRON), **settings}
    return CliRunner().invoke(main, ["hooks", "send", *arguments], input=standard_input, env=environment)


@pytest.fixture
def sample(tmp_path: Path) -> str:
    path = tmp_path / "delivery.json"
    path.write_bytes(SIGNINGS["standard"].sample)
    return str(path)


@pytest.mark.parametrize("name", list(SIGNINGS))
def test_the_front_door_takes_what_is_sent_as_any_source(settings: dict[str, str], door: str, name: str) -> None:
    result = send(settings, name, "-", "--url", door, "--json", standard_input=SIGNINGS[name].sample)

    told = orjson.loads(result.stdout)
    assert (result.exit_code, told["status"], told["outcome"], told["events"]) == (0, 202, "accepted", 1)
    assert told["correlation_id"]


def test_a_person_reads_the_outcome_and_where_to_look_it_up(settings: dict[str, str], door: str, sample: str) -> None:
    result = send({**settings, "HUB_WEBHOOKS_BIND": door.removeprefix("http://")}, "standard", sample)

    first, second = result.stdout.splitlines()
    assert first == "202 accepted, events: 1"
    assert second.startswith("correlation id: ")


def test_the_same_file_of_a_source_without_a_time_is_a_repeat(settings: dict[str, str], door: str, sample: str) -> None:
    answers = [orjson.loads(send(settings, "frappe", sample, "--url", door, "--json").stdout) for _ in range(2)]

    assert [answer["outcome"] for answer in answers] == ["accepted", "duplicate"]


def test_a_refusal_says_which_fields_and_ends_in_one(settings: dict[str, str], door: str) -> None:
    result = send(settings, "standard", "-", "--url", door, standard_input=b"{")

    assert result.exit_code == 1
    assert result.stdout.startswith("400 refused: malformed\n  body: expected JSON\ncorrelation id: ")


def test_another_secret_than_that_of_the_front_door_is_refused(
    settings: dict[str, str], door: str, sample: str
) -> None:
    result = send({**settings, "HUB_HOOK_SECRET": OLD_SECRET}, "standard", sample, "--url", door, "--json")

    told = orjson.loads(result.stdout)
    assert (result.exit_code, told["status"], told["error"]) == (1, 401, "not authentic")


def test_a_front_door_that_is_not_there_is_named(settings: dict[str, str], sample: str) -> None:
    result = send(settings, "standard", sample, "--url", "http://127.0.0.1:1")

    assert result.exit_code == 1
    assert "http://127.0.0.1:1" in result.output


def test_what_is_no_front_door_is_not_taken_for_one(settings: dict[str, str], sample: str) -> None:
    with serving() as proxy:
        proxy.answers(Reply(502, b"<html>Bad gateway</html>"))

        result = send(settings, "standard", sample, "--url", proxy.url)

    assert result.exit_code == 1
    assert result.stdout == "502 refused\ncorrelation id: none: was that the front door?\n"


@pytest.mark.parametrize(
    "arguments", [["nobody", "-"], ["graph", "-"], ["standard", "/nowhere"], ["standard"]], ids=str
)
def test_wrong_use_ends_in_two(settings: dict[str, str], arguments: list[str]) -> None:
    assert send(settings, *arguments, standard_input=b"{}").exit_code == 2


def test_an_unknown_source_is_told_which_there_are(settings: dict[str, str]) -> None:
    result = send(settings, "nobody", "-", standard_input=b"{}")

    assert "there are: bamboohr, cloudevents, frappe" in " ".join(result.output.split())


def test_no_secret_is_ever_shown(settings: dict[str, str], door: str, sample: str) -> None:
    for name in SIGNINGS:
        assert SECRET not in send(settings, name, sample, "--url", door).output


def test_the_help_has_examples(settings: dict[str, str]) -> None:
    result = send(settings, "--help")

    assert "hub hooks send protime notice.json" in result.output
    assert "Exit codes: 0" in result.output
