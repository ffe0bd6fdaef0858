"""Who stands in for whoever is away all day, as it is told with the day of his service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from services.timesync.domain.records import Part, State
from services.timesync.domain.roster import Roster
from shared.events import ClockStruck, Event, TeamDay

from .builders import person, record, roster
from .conftest import Town


def tick(town: Town) -> list[Event]:
    return town.hear(ClockStruck(at=town.clock.now(), period="tick"))


def delegates(said: Sequence[Event], service: str = "ICT") -> list[str | None]:
    """Return who stands in, by entry of the day of *service*."""
    (told,) = (each for each in said if isinstance(each, TeamDay) and each.service == service)
    return [entry.delegate for entry in told.entries]


@pytest.fixture
def standing_in(town: Town) -> Town:
    """Voorbeeldegem on a Monday at 7.45, where 000101 of Burgerzaken stands in for 000104 of ICT."""
    for number in ("000101", "000102", "000103", "000104"):
        town.outlook.add(number)
    town.read()
    people = {**roster().people, "000104": replace(person(), delegate="000101")}
    town.rulebook.change(digest_at=time(7, 45), roster=Roster(people))
    town.move_to("2026-11-16T07:45")
    return town


def test_the_delegate_who_is_there_is_told_by_account(standing_in: Town) -> None:
    standing_in.read(record("2026-11-16", "2026-11-20"))

    assert delegates(tick(standing_in)) == ["user-1"]


@pytest.mark.parametrize(
    ("theirs", "is_there"),
    [
        pytest.param({"first": "2026-11-16"}, False, id="away all day"),
        pytest.param({"first": "2026-11-10", "last": "2026-11-20"}, False, id="away for longer"),
        pytest.param({"first": "2026-11-16", "part": Part.MORNING}, True, id="away in the morning"),
        pytest.param({"first": "2026-11-16", "profile": "telewerk"}, True, id="teleworking"),
        pytest.param({"first": "2026-11-17"}, True, id="away tomorrow"),
        pytest.param({"first": "2026-11-16", "state": State.REQUESTED}, True, id="asked to be away"),
    ],
)
def test_a_delegate_who_is_away_all_day_stands_in_for_nobody(standing_in: Town, theirs: Any, *, is_there: bool) -> None:
    standing_in.read(record("2026-11-16"), record(**theirs, source_id="2", employee="000101"))

    assert delegates(tick(standing_in)) == ["user-1" if is_there else None]


def test_a_delegate_stands_in_for_nobody_on_a_day_on_which_he_does_not_work(standing_in: Town) -> None:  # R6
    people = standing_in.rulebook.rules.roster.people
    free = replace(person("000101"), week=((),) * 7)
    standing_in.rulebook.change(roster=Roster({**people, "000101": free}))
    standing_in.read(record("2026-11-16"))

    assert delegates(tick(standing_in)) == [None]


@pytest.mark.parametrize("trouble", ["no account", "a disabled account", "nobody of that number"])
def test_a_delegate_without_an_account_is_nobody(standing_in: Town, trouble: str) -> None:
    people = dict(standing_in.rulebook.rules.roster.people)
    if trouble == "nobody of that number":
        people["000104"] = replace(person(), delegate="999999")
    elif trouble == "no account":
        people["000104"] = replace(person(), delegate="000107")
    else:
        standing_in.move_to("2026-11-16T06:00")
        standing_in.outlook.change("user-1", enabled=False)
        standing_in.hour()
        standing_in.move_to("2026-11-16T07:45")
    standing_in.rulebook.change(roster=Roster(people))
    standing_in.read(record("2026-11-16"))

    assert delegates(tick(standing_in)) == [None]


def test_two_who_stand_in_for_each_other_and_are_both_away_have_nobody(standing_in: Town) -> None:
    people = standing_in.rulebook.rules.roster.people
    mutual = replace(person("000101"), delegate="000104")
    standing_in.rulebook.change(roster=Roster({**people, "000101": mutual}))
    standing_in.read(record("2026-11-16"), record("2026-11-16", source_id="2", employee="000101"))

    said = tick(standing_in)

    assert (delegates(said), delegates(said, "Burgerzaken")) == ([None], [None])


def test_nobody_stands_in_for_who_is_there_for_a_part_of_the_day(standing_in: Town) -> None:
    standing_in.read(record("2026-11-16", part=Part.MORNING))

    assert delegates(tick(standing_in)) == [None]
