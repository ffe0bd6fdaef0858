"""Each kind of intake stands in the example of hub.toml with all its keys, and what is called the default is it."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any, cast

import pytest

from services.mailroom.intakes import KINDS
from services.mailroom.intakes.base import Kind

EXAMPLE = Path(__file__).parents[3] / "hub.example.toml"


def examples(kind: Kind) -> list[dict[str, Any]]:
    tables = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))["mailroom"]["intakes"].values()
    found = [{key: value for key, value in one.items() if key != "kind"} for one in tables if one["kind"] == kind.name]
    assert found
    return found


def declared(kind: Kind) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(cast("Any", kind.options))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_kind_has_an_example_with_all_its_keys_and_no_other(kind: Kind) -> None:
    shown = {key for one in examples(kind) for key in one}

    assert shown == {field.name for field in declared(kind)}
    for one in examples(kind):
        kind.options.load(one)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_may_be_left_out_shows_its_default(kind: Kind) -> None:
    for field in declared(kind):
        if field.default not in (dataclasses.MISSING, None):
            assert {one[field.name] for one in examples(kind) if field.name in one} == {field.default}, field.name
