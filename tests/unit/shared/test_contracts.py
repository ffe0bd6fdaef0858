"""What is declared once is held everywhere: nothing faulty is built, and every fault is named at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Annotated, Any

import pytest
from marshmallow import RAISE, fields, validate

from shared.contracts import Contract, flatten, nested, schema_of
from shared.errors import Invalid, Permanent


@dataclass(frozen=True, kw_only=True)
class Page(Contract):
    number: Annotated[int, fields.Integer(validate=validate.Range(min=1))]


@dataclass(frozen=True, kw_only=True)
class Letter(Contract):
    kenmerk: Annotated[str, fields.String(validate=validate.Length(1, 10))]
    at: Annotated[datetime, fields.AwareDateTime()]
    pages: Annotated[list[Page], fields.List(nested(Page))]
    reply_by: Annotated[date | None, fields.Date(allow_none=True)] = None


@dataclass(frozen=True, kw_only=True)
class StrictLetter(Contract):
    UNKNOWN = RAISE
    kenmerk: Annotated[str, fields.String()]


RAW = {"kenmerk": "k1", "at": "2026-11-18T09:00:00+00:00", "pages": [{"number": 1}], "reply_by": "2026-12-01"}
LETTER = Letter(
    kenmerk="k1", at=datetime(2026, 11, 18, 9, 0, tzinfo=UTC), pages=[Page(number=1)], reply_by=date(2026, 12, 1)
)


def test_a_value_and_its_json_shape_say_the_same() -> None:
    assert Letter.load(RAW) == LETTER
    assert LETTER.dump() == RAW


def test_every_fault_is_named_at_once_and_where_it_is() -> None:
    with pytest.raises(Invalid) as failure:
        Letter.load({"kenmerk": "", "pages": [{"number": 1}, {"number": 0}, {}], "reply_by": "soon"})

    assert set(failure.value.fields) == {"kenmerk", "at", "pages.1.number", "pages.2.number", "reply_by"}
    assert all(place in str(failure.value) for place in failure.value.fields)


def test_a_faulty_value_is_a_matter_for_a_person() -> None:
    with pytest.raises(Permanent) as failure:
        Letter.load({})

    assert failure.value.reason == "invalid_letter"


def test_a_reason_of_two_words_is_a_slug() -> None:
    with pytest.raises(Invalid) as failure:
        StrictLetter.load({})

    assert failure.value.reason == "invalid_strict_letter"


def test_what_is_not_known_is_ignored() -> None:
    assert Letter.load(RAW | {"colour": "red"}) == LETTER


def test_a_contract_may_refuse_what_it_does_not_know() -> None:
    with pytest.raises(Invalid) as failure:
        StrictLetter.load({"kenmerk": "k1", "kenmrek": "k1"})

    assert list(failure.value.fields) == ["kenmrek"]


@pytest.mark.parametrize(
    "changes",
    [{"kenmerk": ""}, {"kenmerk": None}, {"at": datetime(2026, 11, 18)}, {"kenmerk": "k" * 11}],  # noqa: DTZ001 - the fault
    ids=["empty", "none", "naive moment", "too long"],
)
def test_an_invalid_instance_cannot_be_built(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        replace(LETTER, **changes)


@pytest.mark.parametrize("value", ["many", object()], ids=["word", "object"])
def test_a_value_of_another_type_cannot_be_built_either(value: Any) -> None:
    with pytest.raises((Invalid, ValueError, TypeError)):
        Page(number=value)


@pytest.mark.parametrize("raw", [[], "letter", None, 5], ids=["list", "text", "null", "number"])
def test_something_that_is_no_object_is_invalid(raw: Any) -> None:
    with pytest.raises(Invalid):
        Letter.load(raw)


def test_a_field_with_a_default_may_be_absent() -> None:
    raw = {name: value for name, value in RAW.items() if name != "reply_by"}

    assert Letter.load(raw).reply_by is None


def test_the_schema_of_a_contract_is_made_once() -> None:
    assert schema_of(Letter) is schema_of(Letter)


def test_a_field_without_a_declaration_is_told_to_the_developer() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Bare(Contract):
        name: str

    with pytest.raises(TypeError, match=r"Bare\.name carries no marshmallow field"):
        schema_of(Bare)


def test_nested_messages_become_dotted_places() -> None:
    assert flatten({"a": {0: {"b": ["x"]}}, "c": ["y", "z"]}) == [("a.0.b", ["x"]), ("c", ["y", "z"])]
