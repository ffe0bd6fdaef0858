"""Every intake keeps the same promises: it hands over its sample whole, refuses junk, and settles for good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.mailroom.intakes.base import Intake
from services.mailroom.intakes.hotfolder.folder import PATIENCE, HotFolder
from shared.clock import FixedClock
from shared.errors import Invalid
from tests.unit.mailroom.builders import (
    ATTACHMENT,
    LIMITS,
    MAIN,
    NOW,
    SAMPLES,
    SIDECAR,
    STABLE,
    deliver,
    sample_letter,
    touch,
)


@dataclass(frozen=True)
class Case:
    """An intake at a fresh place, and how sets get into it: the sample, and junk by the reason to refuse it.

    *wait* lets pass what an intake gives a set to become complete.
    """

    intake: Intake
    place: Path
    sample: Callable[[], None]
    junk: dict[str, Callable[[], None]]
    wait: Callable[[], None]


def hotfolder(place: Path) -> Case:
    def spoilt(old: str, new: str) -> Callable[[], None]:
        return lambda: deliver(place, {old: new})

    def with_sidecar(content: bytes) -> Callable[[], None]:
        def drop() -> None:
            deliver(place)
            (place / SIDECAR).write_bytes(content)
            touch(place / SIDECAR, NOW - 2 * STABLE)

        return drop

    sidecar = (SAMPLES / SIDECAR).read_bytes()
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><poststuk>&a;</poststuk>'
    file_line = next(line for line in sidecar.splitlines() if b"bijlage1" in line)
    junk = {
        "no xml": with_sidecar(b"\x00\xff not xml"),
        "entities": with_sidecar(bomb),
        "external entity": with_sidecar(b'<!DOCTYPE x SYSTEM "file:///etc/hostname"><x/>'),
        "harmless dtd": with_sidecar(sidecar.replace(b"<poststuk ", b"<!DOCTYPE poststuk>\n<poststuk ", 1)),
        "other xml": with_sidecar(b"<poststuk/>"),
        "too long a sidecar": with_sidecar(b"<x>" + b" " * 2_000_000 + b"</x>"),
        "no kenmerk": spoilt("<kenmerk>2026/IN/001234</kenmerk>", ""),
        "bad version": spoilt('versie="1"', 'versie="eerste"'),
        "unknown direction": spoilt(">inkomend<", ">binnen<"),
        "impossible day": spoilt(">2026-11-18<", ">2026-02-30<"),
        "path in name": spoilt(f'naam="{MAIN}"', f'naam="../{MAIN}"'),
        "other digest": spoilt("357947b8", "00000000"),
        "a program": spoilt(f'naam="{ATTACHMENT}"', 'naam="factuur.pdf.exe"'),
        "another kind": lambda: deliver(place, main=b"<html>"),
        "broken pdf": lambda: deliver(place, main=b"%PDF-1.7"),
        "empty sidecar": with_sidecar(b""),
        "extension": spoilt(f'naam="{ATTACHMENT}"', 'naam="macro.docm"'),
        "too large": spoilt('bytes="744"', 'bytes="744000000"'),
        "too many": with_sidecar(sidecar.replace(file_line, b"".join(_numbered(file_line)))),
    }
    clock = FixedClock(NOW)
    intake = HotFolder(place, STABLE, LIMITS, clock)

    def wait() -> None:
        intake.scan()
        clock.advance(PATIENCE)

    return Case(intake, place, lambda: deliver(place), junk, wait)


def _numbered(line: bytes) -> list[bytes]:
    return [line.replace(b"bijlage1", b"bijlage%d" % number) for number in range(1, 4)]


INTAKES = (hotfolder,)
JUNK = [
    "no xml", "entities", "external entity", "harmless dtd", "other xml", "too long a sidecar", "no kenmerk", "bad version",
    "unknown direction", "impossible day", "path in name", "other digest", "extension", "too large", "too many",
    "a program", "another kind", "broken pdf", "empty sidecar",
]  # fmt: skip


@pytest.fixture(params=INTAKES, ids=[make.__name__ for make in INTAKES])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    made: Case = request.param(tmp_path)
    return made


def claimed(case: Case) -> str:
    (reference,) = case.intake.scan()
    return reference


def test_the_sample_is_handed_over_as_the_register_described_it(case: Case) -> None:
    case.sample()
    reference = claimed(case)

    delivery = case.intake.open(reference)

    assert delivery is not None
    assert delivery.letter == case.intake.read(reference) == sample_letter()
    assert [path.read_bytes() for path in delivery.files] == [
        (SAMPLES / name).read_bytes() for name in (MAIN, ATTACHMENT)
    ]


def test_a_reference_fits_in_an_event(case: Case) -> None:
    case.sample()

    assert 0 < len(claimed(case)) <= 200


def test_a_set_is_settled_once_and_for_all(case: Case) -> None:
    case.sample()
    reference = claimed(case)

    case.intake.settle(reference)
    case.intake.settle(reference)

    assert case.intake.open(reference) is None
    assert case.intake.scan() == []


def test_a_refused_set_is_taken_up_no_more(case: Case) -> None:
    case.sample()
    reference = claimed(case)

    case.intake.refuse(reference, "confidential")
    case.intake.refuse(reference, "confidential")

    assert case.intake.open(reference) is None
    assert case.intake.scan() == []


@pytest.mark.parametrize("kind", JUNK)
def test_junk_is_never_opened_and_can_be_refused(case: Case, kind: str) -> None:
    case.junk[kind]()
    case.wait()  # what will never be complete is refused in the end
    reference = claimed(case)

    with pytest.raises(Invalid):
        case.intake.open(reference)
    case.intake.refuse(reference, "invalid_letter")

    assert case.intake.scan() == []
