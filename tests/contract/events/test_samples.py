"""Messages that an older release said are still understood: compatibility is shown, not promised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from shared.events import BY_TYPE, CATALOGUE
from shared.events.envelope import Envelope

SAMPLES = Path(__file__).parents[2] / "samples" / "events"
FILES = sorted(SAMPLES.glob("*.json"))


def told(data: Any) -> Any:
    """Leave out what is not told, at any depth: an optional field that is younger than the sample."""
    if isinstance(data, list):
        return [told(each) for each in data]
    if not isinstance(data, dict):
        return data
    return {name: told(value) for name, value in data.items() if value not in (None, False, [])}


def test_every_event_has_a_sample_and_every_sample_an_event() -> None:
    assert {file.stem for file in FILES} == set(BY_TYPE)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_old_message_stays_loadable_and_means_the_same(file: Path) -> None:
    raw = orjson.loads(file.read_bytes())

    envelope = Envelope.parse(file.read_bytes())
    event = envelope.open()

    assert told(event.dump()) == told(raw["data"])
    assert (event.TYPE, event.work_key) == (raw["type"], raw["partitionkey"])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_a_newer_release_adds_is_ignored(file: Path) -> None:
    raw = orjson.loads(file.read_bytes())
    newer = raw | {"newattribute": "x", "data": raw["data"] | {"added_later": {"deep": [1]}}}

    event = Envelope.parse(orjson.dumps(newer)).open()

    assert told(event.dump()) == told(raw["data"])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_message_travels_without_changing(file: Path) -> None:
    envelope = Envelope.parse(file.read_bytes())

    assert orjson.loads(envelope.to_json()) == orjson.loads(file.read_bytes())


def test_no_two_events_share_a_name() -> None:
    assert len(BY_TYPE) == len(CATALOGUE)


@pytest.mark.parametrize("contract", CATALOGUE, ids=lambda contract: contract.TYPE)
def test_an_event_is_named_area_happened_version(contract: type) -> None:
    area, happened, version = contract.TYPE.split(".")  # type: ignore[attr-defined]  # every one is an Event

    assert area
    assert happened
    assert version.removeprefix("v").isdigit()
