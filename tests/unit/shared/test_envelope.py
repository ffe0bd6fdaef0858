"""A message says where it came from, and doing a step again says the same."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.events import AbsencesChanged
from shared.events.envelope import Envelope, first, outcomes, stable_id
from tests.unit.shared.builders import NOW, hint, letter, shown

RAW = orjson.loads(letter("k1", "a").to_json())


def test_a_message_comes_back_as_it_was_sent() -> None:
    cause = first(AbsencesChanged(employee="000101"), "timesync", NOW, traceparent="00-1-2-01")
    (sent,) = outcomes([shown()], cause, "timesync", NOW)

    assert Envelope.parse(sent.to_json()) == sent


def test_a_message_is_a_cloud_event() -> None:
    raw = orjson.loads(letter("k1", "a").to_json())

    assert (raw["specversion"], raw["datacontenttype"]) == ("1.0", "application/json")
    assert (raw["type"], raw["source"], raw["partitionkey"]) == ("mail.arrived.v1", "hub/mailroom", "kenmerk:k1")
    assert all(name.islower() and name.isalnum() for name in raw)


def test_the_first_of_a_chain_gives_its_id_to_the_chain() -> None:
    begun = first(shown(), "timesync", NOW)

    assert begun.correlation_id == begun.id
    assert begun.causation_id is None


def test_an_outcome_names_its_cause_and_its_chain() -> None:
    cause = Envelope.parse(orjson.dumps(RAW | {"correlationid": "chain", "traceparent": "00-1-2-01"}))

    (outcome,) = outcomes([shown()], cause, "timesync", NOW)

    assert (outcome.causation_id, outcome.correlation_id, outcome.traceparent) == ("a", "chain", "00-1-2-01")


def test_doing_a_step_again_says_the_same_ids() -> None:
    events = [shown("000101"), shown("000102")]
    once = outcomes(events, letter("k1", "a"), "timesync", NOW)

    again = outcomes(events, letter("k1", "a"), "timesync", NOW + timedelta(hours=1))

    assert [one.id for one in once] == [one.id for one in again]
    assert len({one.id for one in once}) == 2


@pytest.mark.parametrize(
    ("cause", "source"), [("b", "timesync"), ("a", "mailroom")], ids=["another cause", "another service"]
)
def test_another_step_says_other_ids(cause: str, source: str) -> None:
    (here,) = outcomes([shown()], letter("k1", "a"), "timesync", NOW)
    (there,) = outcomes([shown()], letter("k1", cause), source, NOW)

    assert here.id != there.id


def test_a_stable_id_depends_on_its_parts_only() -> None:
    assert stable_id("a", "b") == stable_id("a", "b")
    assert stable_id("a", "b") != stable_id("b", "a")


def test_only_hints_may_be_superseded() -> None:
    assert hint("000101", "a").hint
    assert not letter("k1", "a").hint
    assert not Envelope.parse(orjson.dumps(RAW | {"type": "mail.burnt.v1"})).hint


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b'"text"', b"5", b"{}", b"\xff\xfe", b'{"id": "\\ud800"}'],
    ids=["empty", "cut", "null", "list", "text", "number", "no attributes", "no UTF-8", "half a character"],
)
def test_junk_is_unreadable(body: bytes) -> None:
    with pytest.raises(Invalid) as failure:
        Envelope.parse(body)

    assert failure.value.reason == "unreadable_message"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, None) for name in ("id", "type", "source", "time", "partitionkey", "correlationid", "data")),
        *((name, "") for name in ("id", "type", "source", "partitionkey", "correlationid")),
        ("id", 5),
        ("data", []),
        ("time", "yesterday"),
        ("causationid", {"a": 1}),
        ("traceparent", 7),
    ],
    ids=lambda value: repr(value) if not isinstance(value, str) else value or "empty",
)
def test_an_attribute_that_is_missing_or_of_another_kind_is_unreadable(name: str, value: Any) -> None:
    with pytest.raises(Invalid) as failure:
        Envelope.parse(orjson.dumps(RAW | {name: value}))

    assert failure.value.reason == "unreadable_message"


@pytest.mark.parametrize(
    ("name", "length"),
    [("id", 65), ("correlationid", 65), ("causationid", 65), ("type", 129), ("source", 65), ("partitionkey", 1201)],
)
def test_an_attribute_longer_than_the_ledger_keeps_is_unreadable(name: str, length: int) -> None:
    """Such a message could neither be stored by PostgreSQL nor be told of when it is parked."""
    with pytest.raises(Invalid):
        Envelope.parse(orjson.dumps(RAW | {name: "x" * length}))


def test_the_reason_names_what_is_missing() -> None:
    with pytest.raises(Invalid, match="missing id, time"):
        Envelope.parse(orjson.dumps(RAW | {"id": None, "time": None}))


def test_attributes_of_others_are_ignored() -> None:
    assert Envelope.parse(orjson.dumps(RAW | {"dataschema": "x", "tracestate": "y"})) == letter("k1", "a")


@pytest.mark.parametrize("type_", ["mail.arrived.v2", "mail.burnt.v1"], ids=["another major version", "another event"])
def test_an_event_of_another_release_is_not_opened(type_: str) -> None:
    envelope = Envelope.parse(orjson.dumps(RAW | {"type": type_}))

    with pytest.raises(Invalid) as failure:
        envelope.open()

    assert failure.value.reason == "unknown_event"


def test_a_known_event_with_faulty_data_is_not_opened() -> None:
    envelope = Envelope.parse(orjson.dumps(RAW | {"data": {"kenmerk": ""}}))

    with pytest.raises(Invalid) as failure:
        envelope.open()

    assert "kenmerk" in failure.value.fields


@given(st.binary(max_size=200))
def test_no_bytes_do_more_harm_than_being_unreadable(body: bytes) -> None:
    with contextlib.suppress(Invalid):
        Envelope.parse(body)


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(RAW)), _json)
def test_no_attribute_does_more_harm_than_being_unreadable(name: str, value: Any) -> None:
    with contextlib.suppress(Invalid):
        Envelope.parse(orjson.dumps(RAW | {name: value}))
