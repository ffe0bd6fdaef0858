"""A deployment starts with everything right, or says everything that is wrong."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import pytest
from marshmallow import RAISE, fields, validate

from shared.config import Policy, Settings
from shared.contracts import Contract, nested
from shared.errors import Invalid
from shared.lines import line_of
from tests.unit.shared.builders import ENVIRON


@dataclass(frozen=True, kw_only=True)
class Source(Contract):
    UNKNOWN = RAISE
    scheme: Annotated[str, fields.String(validate=validate.OneOf(("standard",)))]


@dataclass(frozen=True, kw_only=True)
class Desk(Contract):
    UNKNOWN = RAISE
    ict: Annotated[str, fields.String()]
    sources: Annotated[dict[str, Source], fields.Dict(fields.String(), nested(Source))] = field(default_factory=dict)


TOML = """\
# the policy
[desk]
colour = "red"

[desk.sources.protime]
scheme = "other"

[desk.sources."a-b"]
shceme = "standard"

[other]
ict = "x"
"""


def test_three_settings_are_enough() -> None:
    settings = Settings.load(ENVIRON)

    assert settings.graph_url == "https://graph.microsoft.com/v1.0"
    assert settings.database("timesync") == "sqlite:///.hub/timesync.db"
    assert (settings.worker_threads, settings.clock_tick_seconds, settings.log_level) == (4, 60.0, "info")


def test_every_faulty_setting_is_named_at_once() -> None:
    with pytest.raises(Invalid) as failure:
        Settings.load({"HUB_AMQP_URL": "http://x", "HUB_WORKER_THREADS": "many", "HUB_LOG_LEVEL": "loud"})

    expected = {"HUB_AMQP_URL", "HUB_TENANT_ID", "HUB_CLIENT_ID", "HUB_WORKER_THREADS", "HUB_LOG_LEVEL"}
    assert set(failure.value.fields) == expected
    assert all(name in str(failure.value) for name in expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUB_WORKER_THREADS", "0"),
        ("HUB_WORKER_THREADS", "65"),
        ("HUB_CLOCK_TICK_SECONDS", "0"),
        ("HUB_TENANT_ID", ""),
        ("HUB_AMQP_URL", ""),
    ],
    ids=["no threads", "too many threads", "no tick", "empty tenant", "empty broker"],
)
def test_a_setting_out_of_bounds_is_refused(name: str, value: str) -> None:
    with pytest.raises(Invalid) as failure:
        Settings.load({**ENVIRON, name: value})

    assert list(failure.value.fields) == [name]


def test_settings_are_read_from_what_is_given_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_WORKER_THREADS", "9")
    before = dict(os.environ)

    settings = Settings.load(ENVIRON)

    assert settings.worker_threads == 4
    assert dict(os.environ) == before


def test_the_environment_is_given_back_after_a_fault() -> None:
    before = dict(os.environ)

    with pytest.raises(Invalid):
        Settings.load({})

    assert dict(os.environ) == before


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("opens nothing\n", encoding="utf-8")

    settings = Settings.load({**ENVIRON, "HUB_CLIENT_SECRET_FILE": str(tmp_path / "secret")})

    assert settings.client_secret == "opens nothing"


def test_a_secret_that_is_set_wins_over_its_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from the file", encoding="utf-8")

    settings = Settings.load(
        {**ENVIRON, "HUB_CLIENT_SECRET": "set", "HUB_CLIENT_SECRET_FILE": str(tmp_path / "secret")}
    )

    assert settings.client_secret == "set"


def test_a_secret_file_that_is_not_there_is_named_with_the_other_faults(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone")

    with pytest.raises(Invalid) as failure:
        Settings.load({**ENVIRON, "HUB_CLIENT_SECRET_FILE": gone, "HUB_LOG_LEVEL": "loud"})

    assert set(failure.value.fields) == {"HUB_CLIENT_SECRET_FILE", "HUB_LOG_LEVEL"}


@pytest.mark.parametrize("content", [None, b"\xff"], ids=["a folder", "no UTF-8"])
def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path if content is None else tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(Invalid, match="HUB_CLIENT_SECRET_FILE"):
        Settings.load({**ENVIRON, "HUB_CLIENT_SECRET_FILE": str(path)})


def test_a_secret_file_that_is_named_by_nothing_is_not_asked_for() -> None:
    """Docker Compose writes an unset variable as an empty one."""
    assert Settings.load({**ENVIRON, "HUB_CLIENT_SECRET_FILE": ""}).client_secret is None


def test_a_secret_that_the_policy_names_is_found_under_its_name_or_in_its_file(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("two", encoding="utf-8")
    settings = Settings.load({**ENVIRON, "HUB_HOOK_A": "one", "HUB_HOOK_B_FILE": str(tmp_path / "b")})

    assert (settings.secret("HUB_HOOK_A"), settings.secret("HUB_HOOK_B")) == ("one", "two")


def test_a_secret_that_is_missing_is_named_with_both_ways_to_give_it() -> None:
    with pytest.raises(Invalid, match=r"HUB_HOOK_A is not set.*HUB_HOOK_A_FILE") as failure:
        Settings.load(ENVIRON).secret("HUB_HOOK_A")

    assert failure.value.reason == "missing_secret"


def test_no_secret_shows_when_settings_are_printed() -> None:
    settings = Settings.load({**ENVIRON, "HUB_CLIENT_SECRET": "opens nothing"})

    assert "opens nothing" not in repr(settings)


@pytest.mark.parametrize(
    ("bind", "address"),
    [
        ("127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("0.0.0.0:9000", "http://127.0.0.1:9000"),
        ("[::]:9000", "http://127.0.0.1:9000"),
        (":9000", "http://127.0.0.1:9000"),
        ("hub.example.org:9000", "http://hub.example.org:9000"),
    ],
)
def test_a_service_that_listens_everywhere_is_reached_here(bind: str, address: str) -> None:
    assert Settings.load({**ENVIRON, "HUB_CONSOLE_BIND": bind}).address("console") == address


def test_one_database_address_serves_every_service() -> None:
    settings = Settings.load({**ENVIRON, "HUB_DATABASE_URL": "postgresql://db/hub"})

    assert settings.database("timesync") == settings.database("mailroom") == "postgresql://db/hub"


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    (tmp_path / "hub.toml").write_text(TOML, encoding="utf-8")
    return Policy.read(tmp_path / "hub.toml")


def test_each_fault_of_the_policy_is_named_with_its_line(policy: Policy) -> None:
    with pytest.raises(Invalid) as failure:
        policy.section("desk", Desk)

    message = str(failure.value)
    assert "hub.toml:2 desk.ict:" in message
    assert "hub.toml:3 desk.colour:" in message
    assert "hub.toml:6 desk.sources.protime.scheme:" in message
    assert "hub.toml:9 desk.sources.a-b.shceme:" in message


def test_a_table_that_is_absent_is_an_empty_one(policy: Policy) -> None:
    with pytest.raises(Invalid, match=r"hub\.toml:1 nowhere\.ict"):
        policy.section("nowhere", Desk)


def test_a_table_that_is_right_is_loaded(policy: Policy) -> None:
    assert policy.section("other", Desk) == Desk(ict="x")


ENTRIES = """\
[[source]]
scheme = "standard"

[[source]]
shceme = "standard"

[[source]]
scheme = "other"
"""


def written(folder: Path, text: str) -> Policy:
    (folder / "hub.toml").write_text(text, encoding="utf-8")
    return Policy.read(folder / "hub.toml")


def test_the_entries_of_an_array_of_tables_are_loaded_in_their_order(tmp_path: Path) -> None:
    policy = written(tmp_path, '[[desk]]\nict = "a"\n[[desk]]\nict = "b"\n')

    assert policy.entries("desk", Desk.load) == [Desk(ict="a"), Desk(ict="b")]


def test_an_array_of_tables_that_is_absent_has_no_entries(policy: Policy) -> None:
    assert policy.entries("nowhere", Desk.load) == []


def test_each_fault_of_each_entry_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as failure:
        written(tmp_path, ENTRIES).entries("source", Source.load)

    places = [line.split(":", 2)[1] for line in str(failure.value).splitlines()[1:]]
    assert places == ["4 source.1.scheme", "5 source.1.shceme", "8 source.2.scheme"]


def test_one_table_where_entries_are_expected_is_named_with_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"hub\.toml:2 desk: expected \[\[desk\]\]"):
        written(tmp_path, '\n[desk]\nict = "a"\n').entries("desk", Desk.load)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "missing_policy"), (b"a = ", "invalid_policy"), (b"a = '\xff'", "invalid_policy")],
    ids=["missing", "no TOML", "no UTF-8"],
)
def test_a_policy_that_cannot_be_read_says_what_to_do(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "hub.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(Invalid) as failure:
        Policy.read(path)

    assert failure.value.reason == reason
    assert str(path) in str(failure.value)


@pytest.mark.parametrize(
    ("text", "place", "line"),
    [
        ("", "a.b", 1),
        ("a = 1\nb = 2", "b", 2),
        ("[a]\nb = 1", "a.b", 2),
        ("[a]\nb = 1", "a.c", 1),
        ("x = 1\n[a.b]\nc = 1\n[a.d]\nc = 2", "a.d.c", 5),
        ("[a]\n[a.b]\nc = 1", "a.b.d", 2),
        ("[a]\nb.c = 1", "a.b.c", 2),
        ("[a]\n'b' = 1", "a.b", 2),
        ('[a."b"]\nc = 1', "a.b.c", 2),
        ("# a = 1\n\n[a]\n  b = 1", "a.b", 4),
        ("[[a]]\nb = 1", "a.0.b", 2),
        ("[[a]]\nb = 1\n[[a]]\nb = 2", "a.1.b", 4),
        ("[[a]]\nb = 1\n[[a]]\nb = 2", "a.1.c", 3),
        ("[[a]]\n[a.b]\nc = 1\n[[a]]\n[a.b]\nc = 2", "a.1.b.c", 6),
        ("[[a]]\n[[a.b]]\nc = 1\n[[a.b]]\nc = 2\n[[a]]\n[[a.b]]\nc = 3", "a.0.b.1.c", 5),
        ("[a]\nb = [1, 2]", "a.b.1", 2),
        ("[a]\nb = { c = 1 }", "a.b.c", 2),
        ("[a.7]\nb = 1", "a.7.b", 2),
        ("[a.value]\nb = 1", "a.value.value.b", 2),
    ],
    ids=[
        "empty file",
        "top level",
        "in a table",
        "missing key: its table",
        "the right one of two tables",
        "missing key: the deepest table",
        "dotted key",
        "quoted key",
        "quoted table",
        "comment and indent",
        "array of tables",
        "the right one of two entries",
        "missing key: its entry",
        "a table within an entry",
        "entries within an entry",
        "a place in a list",
        "inline table",
        "a name of digits",
        "a name that marshmallow uses too",
    ],
)
def test_the_line_to_mend_is_found(text: str, place: str, line: int) -> None:
    assert line_of(text, place) == line
