"""The two example files are complete and true: they load, they name every key, and they name nothing else."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from services.__main__ import SERVICES
from services.timesync.systems import KINDS
from services.timesync.wiring import SystemPolicy, TimesyncPolicy
from shared.config import DEFAULT_PORTS, Policy, Settings
from shared.contracts import Contract

ROOT = Path(__file__).parents[3]
POLICY_FILE = ROOT / "hub.example.toml"
ENVIRONMENT_FILE = ROOT / ".env.example"
POLICIES: tuple[tuple[str, type[Contract]], ...] = tuple(
    importlib.import_module(f"services.{name}.wiring").POLICY for name in SERVICES
)
ONLY_FOR_TESTS = {"HUB_CRASH"}
SETTING = re.compile(r"HUB_[A-Z0-9_]*[A-Z0-9]")


def tables() -> dict[str, Any]:
    return tomllib.loads(POLICY_FILE.read_text(encoding="utf-8"))


def nested_contract(hint: object) -> type[Contract] | None:
    """Return the contract in *hint*: itself, or the values of a dictionary of them."""
    for each in (hint, *get_args(hint)):
        if isinstance(each, type) and issubclass(each, Contract):
            return each
    return None


def missing(contract: type[Contract], table: Mapping[str, Any], place: str) -> Iterator[str]:
    """Yield the fields of *contract*, at any depth, that no example shows."""
    hints = get_type_hints(contract)
    for field in dataclasses.fields(contract):
        here = f"{place}.{field.name}"
        if field.name not in table:
            yield here
            continue
        inner = nested_contract(hints[field.name])
        if inner is None:
            continue
        is_named = hints[field.name] is not inner
        examples = list(table[field.name].values()) if is_named else [table[field.name]]
        yield from missing(inner, merged(examples), here)


def merged(examples: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Return all keys that any of several tables of the same kind shows."""
    return {key: value for example in reversed(examples) for key, value in example.items()}


@pytest.mark.parametrize(("name", "contract"), POLICIES, ids=SERVICES)
def test_each_table_of_the_example_loads(name: str, contract: type[Contract]) -> None:
    assert isinstance(Policy.read(POLICY_FILE).section(name, contract), contract)


@pytest.mark.parametrize(("name", "contract"), POLICIES, ids=SERVICES)
def test_each_key_of_a_policy_is_in_the_example(name: str, contract: type[Contract]) -> None:
    assert list(missing(contract, tables()[name], name)) == []


def test_the_example_has_no_table_that_no_service_reads() -> None:
    assert set(tables()) == {name for name, _ in POLICIES}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_kind_of_absence_system_has_an_example_with_all_its_keys_and_no_other(kind: Any) -> None:
    examples = [table for table in tables()["timesync"]["systems"].values() if table["kind"] == kind.name]
    shown = merged(examples)
    options = {field.name for contract in (SystemPolicy, kind.options) for field in dataclasses.fields(contract)}

    assert set(shown) == options
    for example in examples:
        SystemPolicy.load(example)
        kind.options.load(example)


def test_the_front_door_speaks_for_systems_that_are_there() -> None:
    sources = tables()["webhooks"]["sources"].values()
    assert {source["absences"] for source in sources} <= set(tables()["timesync"]["systems"])


def test_the_optional_keys_of_one_system_show_their_default() -> None:
    """What the comments call the default is what an absent key gives."""
    shown = tables()["timesync"]["systems"]
    for kind in KINDS:
        (example,) = [table for table in shown.values() if table["kind"] == kind.name]
        for field in dataclasses.fields(kind.options):
            if field.default is not dataclasses.MISSING:
                assert example[field.name] == field.default, field.name


@pytest.mark.parametrize("required", ["people", "organisation"])
def test_what_is_called_required_is_required(required: str) -> None:
    field = next(field for field in dataclasses.fields(TimesyncPolicy) if field.name == required)
    assert field.default is dataclasses.MISSING


# -- .env.example -----------------------------------------------------------------------------------------------------


def documented() -> dict[str, str]:
    """Return the settings of the example file with the values it shows, those behind a `#` included."""
    lines = re.findall(r"^#?(HUB_[A-Z0-9_]+)=(.*)$", ENVIRONMENT_FILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) == len(dict(lines)), "a setting stands there twice"
    return dict(lines)


def read_by_config() -> set[str]:
    """Return what `shared/config.py` reads, by its calls `env.<type>("NAME", …)`."""
    tree = ast.parse((ROOT / "shared" / "config.py").read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "env":
            match node.args[0]:
                case ast.Constant(value=str(name)):
                    found.add(f"HUB_{name}")
                case ast.JoinedStr():  # the one address per service
                    found |= {f"HUB_{service.upper()}_BIND" for service in DEFAULT_PORTS}
    return found


def named_in_code() -> set[str]:
    """Return the settings that any module names in a text of its own."""
    found: set[str] = set()
    for path in [*(ROOT / "services").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {name for name in SETTING.findall(node.value) if name in node.value.split()}
    return found


def secrets_of_the_policy_example() -> set[str]:
    values = re.findall(r'"(HUB_[A-Z0-9_]+)"', POLICY_FILE.read_text(encoding="utf-8"))
    return set(values)


def test_every_setting_that_the_code_reads_is_explained() -> None:
    assert (read_by_config() | named_in_code()) - ONLY_FOR_TESTS <= set(documented())


def test_nothing_is_explained_that_nobody_reads() -> None:
    assert set(documented()) <= read_by_config() | named_in_code() | secrets_of_the_policy_example()


def test_a_setting_for_tests_is_not_offered() -> None:
    assert not ONLY_FOR_TESTS & set(documented())


def test_the_secrets_of_the_policy_example_are_among_the_settings() -> None:
    assert secrets_of_the_policy_example() <= set(documented())


def test_each_setting_has_words_above_it() -> None:
    """A block of settings begins below a comment, never below another block or an empty line."""
    lines = ENVIRONMENT_FILE.read_text(encoding="utf-8").splitlines()
    bare = [
        line
        for above, line in zip(["", *lines], lines, strict=False)
        if re.match(r"#?HUB_", line) and not above.startswith(("#", "HUB_"))
    ]
    assert bare == []


def test_the_required_lines_alone_make_settings_and_the_others_show_the_defaults() -> None:
    lines = ENVIRONMENT_FILE.read_text(encoding="utf-8").splitlines()
    required = dict(line.split("=", 1) for line in lines if line.startswith("HUB_"))
    settings = Settings.load(required)
    shown = documented()

    assert settings.amqp_url == required["HUB_AMQP_URL"]
    assert str(settings.config) == shown["HUB_CONFIG"]
    assert str(settings.data_dir) == shown["HUB_DATA_DIR"]
    assert settings.public_url == shown["HUB_PUBLIC_URL"]
    assert settings.graph_url == shown["HUB_GRAPH_URL"]
    assert settings.authority_url == shown["HUB_AUTHORITY_URL"]
    assert settings.clock_tick_seconds == float(shown["HUB_CLOCK_TICK_SECONDS"])
    assert settings.worker_threads == int(shown["HUB_WORKER_THREADS"])
    assert settings.log_level == shown["HUB_LOG_LEVEL"]
    assert {name: shown[f"HUB_{name.upper()}_BIND"] for name in DEFAULT_PORTS} == dict(settings.binds)
