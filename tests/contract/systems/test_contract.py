"""What every absence system promises, whatever it is read from."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest

from services.timesync.domain.profiles import NAMES
from services.timesync.domain.reasons import EXPLANATIONS
from services.timesync.systems import KINDS
from services.timesync.systems.base import Kind
from shared.errors import Invalid, Transient

from .kit import ABSENT, JUNK, OVER_HTTP, SAMPLE

SYSTEMS = sorted(SAMPLE)
# codes, descriptions and words of the samples that tell why somebody is away
REASONS = (
    "Ziekte",
    "Syndicaal",
    "Jaarlijkse",
    "Recuperatie",
    "Dienstvrijstelling",
    "Onbekende code",
    "'ZK'",
    "'SV'",
    "XQ",
    "attest",
    "b7c0c1aa-",
    "'JV'",
    "'RC'",
    "'DV'",
)


def test_every_kind_is_held_to_the_contract() -> None:
    assert sorted(kind.name for kind in KINDS) == SYSTEMS == sorted(JUNK) == sorted(ABSENT)


@pytest.mark.parametrize("name", SYSTEMS)
def test_it_accepts_its_sample(name: str, tmp_path: Path) -> None:
    specimen = SAMPLE[name](tmp_path)

    reading = specimen.system.read(None)

    assert len(reading.records) == specimen.records
    assert reading.complete
    assert {record.source for record in reading.records} == {specimen.system.name}
    assert {record.profile for record in reading.records} <= set(NAMES)
    assert {held.reason for held in reading.held} <= EXPLANATIONS.keys()


@pytest.mark.parametrize("name", SYSTEMS)
def test_reading_twice_gives_the_same(name: str, tmp_path: Path) -> None:
    system = SAMPLE[name](tmp_path).system

    assert system.read(None) == system.read(None)


@pytest.mark.parametrize("name", SYSTEMS)
def test_it_refuses_junk_and_names_what_it_expected(name: str, tmp_path: Path) -> None:
    specimen = JUNK[name](tmp_path)

    with pytest.raises(Invalid, match=r"expected") as refusal:
        specimen.system.read(None)

    assert specimen.expects in str(refusal.value)
    assert "Tuur" not in str(refusal.value)


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_source_that_is_away_can_be_read_later(name: str, tmp_path: Path) -> None:
    specimen = ABSENT[name](tmp_path)

    with pytest.raises(Transient) as failure:
        specimen.system.read(None)

    assert specimen.expects in str(failure.value)


@pytest.mark.parametrize("name", OVER_HTTP)
def test_a_throttled_source_says_how_long_to_wait(name: str, tmp_path: Path) -> None:
    with pytest.raises(Transient) as failure:
        ABSENT[name](tmp_path).system.read(None)

    assert failure.value.retry_after == timedelta(seconds=17)


@pytest.mark.parametrize("name", SYSTEMS)
def test_no_reason_of_an_absence_leaves_it(name: str, tmp_path: Path) -> None:
    reading = SAMPLE[name](tmp_path).system.read(None)

    told = repr(reading) + repr([asdict(record) for record in reading.records])
    assert not [reason for reason in REASONS if reason in told]


@pytest.mark.parametrize("name", SYSTEMS)
def test_it_does_not_show_its_secret(name: str, tmp_path: Path) -> None:
    shown = repr(SAMPLE[name](tmp_path).system)

    assert "secret of" not in shown
    assert "sqlite://" not in shown


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_table_without_what_it_needs_is_refused_by_name(kind: Kind) -> None:
    with pytest.raises(Invalid) as refusal:
        kind.options.load({})

    assert refusal.value.fields
