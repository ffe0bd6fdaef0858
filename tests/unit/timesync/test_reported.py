"""What becomes of an absence that a system reports, by its outcome in Outlook."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.timesync.domain.reasons import EXPLANATIONS
from shared.events import (
    AbsenceHeld,
    AbsenceReleased,
    AbsenceReported,
    AbsencesChanged,
    AbsencesHinted,
    ClockStruck,
)

from .builders import day, record
from .conftest import Town

CHANGED = AbsencesChanged(employee="000104")
REPORTED = AbsenceReported(
    source="personeel",
    rule="verlof",
    absence_id="v-17",
    employee="000104",
    first=day("2026-11-18"),
    last=day("2026-11-20"),
    profile="afwezig",
    version="2",
)
HOURS = replace(REPORTED, last=REPORTED.first, starts="10:00", ends="11:30")
SHOWN = [("2026-11-18T00:00", "2026-11-21T00:00", "oof")]
HELD = AbsenceHeld(source="personeel", place="v-17", reason="unknown_profile", employee="000104")


@pytest.fixture
def user(town: Town) -> str:
    return town.outlook.add("000104")


def settle(town: Town, *events: AbsenceReported) -> None:
    for event in events:
        town.settle(event)


def test_a_reported_absence_shows_in_outlook(town: Town, user: str) -> None:
    said = town.settle(REPORTED)

    assert said[0] == CHANGED
    assert town.outlook.shown(user) == SHOWN


def test_whoever_is_reported_by_address_is_known_by_number(town: Town, user: str) -> None:
    upn = town.world.rules.roster.person("000104").upn or ""

    said = town.settle(replace(REPORTED, employee=upn.upper()))

    assert said[0] == CHANGED
    assert town.outlook.shown(user) == SHOWN


@pytest.mark.parametrize(
    ("part", "hours"),
    [("morning", ("08:30", "12:00")), ("afternoon", ("12:30", "16:36"))],
    ids=["morning", "afternoon"],
)
def test_half_a_day_takes_half_a_day(town: Town, user: str, part: str, hours: tuple[str, str]) -> None:
    settle(town, replace(REPORTED, last=REPORTED.first, part=part))

    assert [(start[11:], end[11:]) for start, end, _ in town.outlook.shown(user)] == [hours]


def test_hours_take_their_hours(town: Town, user: str) -> None:
    settle(town, HOURS)

    assert town.outlook.shown(user) == [("2026-11-18T10:00", "2026-11-18T11:30", "oof")]


def test_hours_that_become_a_whole_day_take_it(town: Town, user: str) -> None:
    settle(town, HOURS, replace(HOURS, starts=None, ends=None, version="3"))

    assert town.outlook.shown(user) == [("2026-11-18T00:00", "2026-11-19T00:00", "oof")]


def test_an_absence_without_an_end_runs_to_the_end_of_the_week(town: Town, user: str) -> None:
    settle(town, replace(REPORTED, last=None))

    assert town.outlook.shown(user) == [("2026-11-18T00:00", "2026-11-23T00:00", "oof")]


@pytest.mark.parametrize("state", ["cancelled", "deleted", "rejected", "requested"])
@pytest.mark.parametrize("version", ["3", ""], ids=["versioned", "no version"])
@pytest.mark.parametrize("profile", ["afwezig", "onbekend"])
def test_an_absence_that_no_longer_counts_disappears(
    town: Town, user: str, state: str, version: str, profile: str
) -> None:
    settle(town, REPORTED, replace(REPORTED, state=state, version=version, profile=profile))

    assert town.outlook.shown(user) == []
    assert town.store.held.all() == []


@pytest.mark.parametrize("order", [(1, 2), (2, 1), (2, 1, 2)], ids=["in order", "newer first", "newer first and again"])
def test_an_older_version_never_replaces_a_newer_one(town: Town, user: str, order: tuple[int, ...]) -> None:
    versions = {1: replace(REPORTED, version="1", last=day("2026-11-27")), 2: REPORTED}

    settle(town, *(versions[number] for number in order))

    assert town.outlook.shown(user) == SHOWN


def test_what_was_deleted_does_not_come_back_with_an_older_version(town: Town, user: str) -> None:
    settle(town, replace(REPORTED, state="deleted", version="3"), REPORTED)

    assert town.outlook.shown(user) == []


def test_of_a_source_without_versions_what_comes_last_counts(town: Town, user: str) -> None:
    settle(town, replace(REPORTED, version="", last=day("2026-11-27")), replace(REPORTED, version=""))

    assert town.outlook.shown(user) == SHOWN


def test_a_repeated_report_is_told_until_the_change_was_heard_and_no_more(town: Town, user: str) -> None:
    first = town.lose(REPORTED)
    second = town.hear(REPORTED)
    town.hear(CHANGED)

    assert first == second == [CHANGED]
    assert town.hear(REPORTED) == []
    assert town.outlook.shown(user) == SHOWN


def test_a_report_tells_of_nobody_else(town: Town) -> None:
    town.hear(replace(REPORTED, absence_id="v-18", employee="000105"))

    assert town.hear(REPORTED) == [CHANGED]


def test_an_absence_that_was_somebody_else_s_moves_to_its_owner(town: Town, user: str) -> None:
    other = town.outlook.add("000105")
    settle(town, replace(REPORTED, employee="000105", version="1"), REPORTED)

    assert (town.outlook.shown(user), town.outlook.shown(other)) == (SHOWN, [])


# --- held


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"profile": "onbekend"}, "unknown_profile"),
        ({"last": day("2026-11-17")}, "impossible_date"),
        ({"starts": "10:00", "ends": "11:30"}, "impossible_date"),
        ({"last": day("2026-11-18"), "starts": "22:00", "ends": "06:00"}, "impossible_date"),
        ({"last": day("2026-11-18"), "starts": "10:00"}, "impossible_date"),
    ],
    ids=["profile", "dates", "hours of days", "past midnight", "no end"],
)
def test_what_cannot_be_shown_is_held_and_never_guessed(
    town: Town, user: str, change: dict[str, object], reason: str
) -> None:
    said = town.settle(replace(REPORTED, **change))  # type: ignore[arg-type]  # the test says which

    assert replace(HELD, reason=reason) in said
    assert town.outlook.shown(user) == []
    assert [(row.place, row.reason) for row in town.store.held.all()] == [("v-17", reason)]
    assert reason in EXPLANATIONS


def test_what_is_held_leaves_what_was_shown(town: Town, user: str) -> None:
    settle(town, REPORTED, replace(REPORTED, version="3", profile="onbekend"))

    assert town.outlook.shown(user) == SHOWN


def test_a_held_report_is_said_until_it_is_heard_back(town: Town) -> None:
    unknown = replace(REPORTED, profile="onbekend")

    assert HELD in town.hear(unknown)
    assert HELD in town.hear(unknown)
    town.hear(HELD)
    assert HELD not in town.hear(unknown)


def test_a_mended_report_is_shown_and_no_longer_held(town: Town, user: str) -> None:
    settle(town, replace(REPORTED, profile="onbekend"))

    said = town.settle(REPORTED)

    assert AbsenceReleased(source="personeel", place="v-17", reason="unknown_profile") in said
    assert town.outlook.shown(user) == SHOWN
    assert town.store.held.all() == []


def test_an_older_report_does_not_come_in_the_place_of_a_held_one(town: Town, user: str) -> None:
    settle(town, replace(REPORTED, version="3", profile="onbekend"), REPORTED)

    assert town.outlook.shown(user) == []
    assert [row.reason for row in town.store.held.all()] == ["unknown_profile"]


def test_an_absence_whose_own_name_looks_like_ours_is_held_once(town: Town) -> None:
    settle(town, *[replace(REPORTED, absence_id="person:17", profile="onbekend")] * 2)

    assert [row.place for row in town.store.held.all()] == ["person:17"]


# --- beside what is read


def test_what_is_reported_stays_when_another_source_is_read_whole(town: Town, user: str) -> None:
    settle(town, REPORTED)
    town.read(record("2026-11-16", source_id="v-17"))

    town.read()

    assert SHOWN[0] in town.outlook.shown(user)


def test_a_source_that_can_be_read_is_read(town: Town) -> None:
    assert town.hear(replace(REPORTED, source="file")) == [AbsencesHinted(source="file")]
    assert town.store.records.all() == []


def test_a_reported_absence_is_forgotten_a_month_after_its_end(town: Town, user: str) -> None:
    settle(town, REPORTED)
    town.move_to("2026-12-21T00:00")

    town.hear(ClockStruck(at=town.clock.now(), period="day"))

    assert town.store.records.all() == []


def test_the_past_is_not_rewritten(town: Town, user: str) -> None:
    settle(town, replace(REPORTED, first=day("2026-09-01"), last=day("2026-09-02")))

    assert town.outlook.shown(user) == []
