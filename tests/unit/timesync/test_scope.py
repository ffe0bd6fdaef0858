"""R29: a pilot group says who takes part, and what is not known of it takes nothing away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.timesync.domain.rules import Scope
from shared.errors import Transient
from shared.events import AbsenceRulesRefused, ClockStruck, ComparisonWanted, Event

from .builders import record
from .conftest import Town

DAY = [("2026-11-16T00:00", "2026-11-17T00:00", "oof")]


def tick(town: Town) -> list[Event]:
    return town.hear(ClockStruck(at=town.clock.now(), period="tick"))


@pytest.fixture
def pair(town: Town) -> tuple[str, str]:
    """Return the mailboxes of two colleagues whose absence is shown."""
    users = (town.outlook.add("000104"), town.outlook.add("000105"))
    town.read(record("2026-11-16"), record("2026-11-16", employee="000105", source_id="2"))
    tick(town)
    town.outlook.calls.clear()
    return users


def test_a_group_that_is_named_while_the_hub_runs_takes_nothing_from_its_members(
    town: Town, pair: tuple[str, str]
) -> None:
    inside, outside = pair
    town.outlook.groups["pilot"] = [inside]
    town.rulebook.change(scope=Scope(group="pilot"))

    town.settle(ClockStruck(at=town.clock.now(), period="tick"))

    assert (town.outlook.shown(inside), town.outlook.shown(outside)) == (DAY, [])
    assert town.outlook.calls == ["remove", "reply"]  # of the one who is not in it


def test_another_group_is_read_before_anybody_is_judged_by_it(town: Town, pair: tuple[str, str]) -> None:
    first, second = pair
    town.outlook.groups |= {"pilot": [first], "everybody": [first, second]}
    town.rulebook.change(scope=Scope(group="pilot"))
    town.settle(ClockStruck(at=town.clock.now(), period="tick"))
    town.outlook.calls.clear()
    town.rulebook.change(scope=Scope(group="everybody"))

    town.show("000104")
    town.show("000105")

    assert town.outlook.calls == ["create", "reply"]  # of the one who came in
    assert (town.outlook.shown(first), town.outlook.shown(second)) == (DAY, DAY)


def test_a_group_that_is_not_there_takes_nothing_from_anybody_and_stops_no_tick(
    town: Town, pair: tuple[str, str]
) -> None:
    town.rulebook.change(scope=Scope(group="nowhere"))

    town.clock.advance(timedelta(hours=1))
    said = tick(town)

    refused = [each for each in said if isinstance(each, AbsenceRulesRefused)]
    assert [(each.file, each.faults[0].expected[:20]) for each in refused] == [("hub.toml", "timesync.scope.group")]
    with pytest.raises(Transient, match="group"):
        town.hear(ComparisonWanted(run="rules"))
    with pytest.raises(Transient, match="group"):
        town.show("000104")
    assert town.outlook.calls == []
    assert [town.outlook.shown(user) for user in pair] == [DAY, DAY]
