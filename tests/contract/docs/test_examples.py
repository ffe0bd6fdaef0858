"""The example of hub.toml is complete and true: it loads, it names every key, and it names nothing else."""

from __future__ import annotations

import dataclasses
import importlib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast, get_args, get_origin, get_type_hints

import pytest

from services.__main__ import SERVICES
from services.timesync.policy import SystemPolicy, SystemTable, TimesyncPolicy
from services.timesync.systems import KINDS
from shared.config import Policy
from shared.contracts import Contract, schema_of

ROOT = Path(__file__).parents[3]
POLICY_FILE = ROOT / "hub.example.toml"
POLICIES: tuple[tuple[str, type[Contract]], ...] = tuple(
    importlib.import_module(f"services.{name}.wiring").POLICY for name in SERVICES
)

EVERY_SYSTEM = {field.name for field in dataclasses.fields(SystemPolicy)}


def _wiring_of(service: str) -> Any:
    return importlib.import_module(f"services.{service}.wiring")


def tables() -> dict[str, Any]:
    return tomllib.loads(POLICY_FILE.read_text(encoding="utf-8"))


def fields_of(contract: type[Contract]) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(cast("Any", contract))  # Contract itself is no dataclass, each of its kind is


def nested_contract(hint: object) -> type[Contract] | None:
    """Return the contract in *hint*: itself, or the values of a dictionary of them."""
    for each in (hint, *get_args(hint)):
        if isinstance(each, type) and issubclass(each, Contract):
            return each
    return None


def missing(contract: type[Contract], table: Mapping[str, Any], place: str) -> Iterator[str]:
    """Yield the fields of *contract*, at any depth, that no example shows."""
    hints = get_type_hints(contract)
    for field in fields_of(contract):
        key = schema_of(contract).fields[field.name].data_key or field.name
        here = f"{place}.{key}"
        if key not in table:
            yield here
            continue
        inner = nested_contract(hints[field.name])
        if inner is None:
            continue
        yield from missing(inner, merged(examples_in(table[key], get_origin(hints[field.name]))), here)


def examples_in(value: Any, kind: object) -> list[Mapping[str, Any]]:
    """Return the tables that *value* shows of one contract: one, or some by name, or a list."""
    if kind is dict:
        return list(value.values())
    return value if kind is list else [value]


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
    entries = {name for service in SERVICES for name in getattr(_wiring_of(service), "ENTRIES", ())}
    assert set(tables()) == {name for name, _ in POLICIES} | entries


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_kind_of_absence_system_has_an_example_with_all_its_keys_and_no_other(kind: Any) -> None:
    examples = [table for table in tables()["timesync"]["systems"].values() if table["kind"] == kind.name]
    shown = merged(examples)
    options = {field.name for field in fields_of(kind.options)}

    assert set(shown) - options <= EVERY_SYSTEM
    assert options <= set(shown)
    for example in examples:
        SystemTable().deserialize(example)


def test_each_key_of_every_absence_system_has_an_example() -> None:
    assert set(merged(list(tables()["timesync"]["systems"].values()))) >= EVERY_SYSTEM


def test_the_front_door_speaks_for_systems_that_are_there() -> None:
    sources = tables()["webhooks"]["sources"].values()
    assert {source["absences"] for source in sources if "absences" in source} <= set(tables()["timesync"]["systems"])


def test_the_optional_keys_of_one_system_show_their_default() -> None:
    """What the comments call the default is what an absent key gives."""
    shown = tables()["timesync"]["systems"]
    for kind in KINDS:
        (example,) = [table for table in shown.values() if table["kind"] == kind.name]
        for field in fields_of(kind.options):
            if field.default is not dataclasses.MISSING:
                assert example[field.name] == field.default, field.name


@pytest.mark.parametrize("required", ["people", "organisation"])
def test_what_is_called_required_is_required(required: str) -> None:
    field = next(field for field in fields_of(TimesyncPolicy) if field.name == required)
    assert field.default is dataclasses.MISSING
