"""Who of a service is not there on a day, and the one time a day that this is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta
from random import Random

import pytest

from services.timesync.domain.records import AbsenceRecord, Part, State
from services.timesync.domain.roster import Person, Roster
from services.timesync.domain.rules import Scope
from services.timesync.domain.team import DayPart, Gap, Kind, is_working_day, team_day
from services.timesync.domain.timeline import Segment
from services.timesync.handlers import team
from services.timesync.handlers.mailboxes import look_at
from services.timesync.operations import resume, stop
from shared.events import ClockStruck, Event, TeamDay
from shared.events.absences import TeamEntry

from .builders import day, person, record, roster, segment
from .conftest import Town

MONDAY = day("2026-11-16")
MORNING = ("2026-11-16T08:30", "2026-11-16T12:00")
AFTERNOON = ("2026-11-16T12:30", "2026-11-16T16:36")
AWAY, BUSY, ELSEWHERE = Kind.AWAY, Kind.BUSY, Kind.ELSEWHERE
WHOLE = Gap(DayPart.WHOLE, AWAY)


def whole(profile: str = "afwezig") -> Segment:
    return segment("2026-11-16T00:00", "2026-11-17T00:00", profile=profile)


def part(hours: tuple[str, str], profile: str = "afwezig") -> Segment:
    return segment(*hours, profile=profile, whole=False)


# --- one person, one day


@pytest.mark.parametrize(
    ("segments", "gaps"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([whole()], [WHOLE], id="a whole day"),
        pytest.param([whole("afwezig_zonder_antwoord")], [WHOLE], id="what gets no reply looks the same"),
        pytest.param([part(MORNING)], [Gap(DayPart.MORNING, AWAY)], id="the morning"),
        pytest.param([part(AFTERNOON)], [Gap(DayPart.AFTERNOON, AWAY)], id="the afternoon"),
        pytest.param([part(MORNING), part(AFTERNOON)], [WHOLE], id="both halves"),
        pytest.param([part(("2026-11-16T09:00", "2026-11-16T10:00"))], [Gap(DayPart.PARTLY, AWAY)], id="an hour"),
        pytest.param(
            [part(("2026-11-16T08:30", "2026-11-16T14:00"))], [Gap(DayPart.PARTLY, AWAY)], id="more than the morning"
        ),
        pytest.param([whole("opleiding")], [Gap(DayPart.WHOLE, BUSY)], id="a training"),
        pytest.param([whole("telewerk")], [Gap(DayPart.WHOLE, ELSEWHERE)], id="telework"),
        pytest.param(
            [part(AFTERNOON, "telewerk"), part(MORNING)],
            [Gap(DayPart.MORNING, AWAY), Gap(DayPart.AFTERNOON, ELSEWHERE)],
            id="away, then elsewhere",
        ),
        pytest.param([whole("aangevraagd")], [], id="what is only asked for"),
        pytest.param([segment("2026-11-17T00:00", "2026-11-18T00:00")], [], id="the day after"),
        pytest.param([part(("2026-11-16T19:00", "2026-11-16T21:00"))], [], id="the evening, when he does not work"),
    ],
)
def test_a_day_tells_how_much_and_in_what_way(segments: Sequence[Segment], gaps: Sequence[Gap]) -> None:
    assert list(team_day(segments, person(), MONDAY)) == gaps


def test_who_does_not_work_that_day_is_not_away(town: Town) -> None:  # R6
    wednesday = day("2026-11-18")
    leave = segment("2026-11-16T00:00", "2026-11-21T00:00")

    assert team_day([leave], person("000102"), wednesday) == ()
    assert team_day([leave], person("000104"), wednesday) == (WHOLE,)


def test_on_a_closing_day_nobody_is_away() -> None:  # R10
    armistice, leave = day("2026-11-11"), segment("2026-11-09T00:00", "2026-11-14T00:00")

    assert team_day([leave], person(), armistice) == ()
    assert not is_working_day([person()], armistice)
    assert is_working_day([person()], day("2026-11-12"))


def test_who_only_works_mornings_is_away_for_the_whole_day() -> None:
    morning = segment("2026-11-16T08:30", "2026-11-16T12:18", whole=False)

    assert team_day([morning], person("000103"), MONDAY) == (WHOLE,)


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    nights = replace(person(), week=(((time(22), time(6)),),) * 7)
    night = segment("2026-11-16T22:00", "2026-11-17T06:00", whole=False)
    end_of_it = segment("2026-11-17T02:00", "2026-11-17T06:00", whole=False)

    assert team_day([night], nights, MONDAY) == (WHOLE,)
    assert team_day([night], nights, day("2026-11-17")) == ()
    assert team_day([end_of_it], nights, day("2026-11-17")) == ()
    assert team_day([segment("2026-11-17T00:00", "2026-11-18T00:00")], nights, MONDAY) == ()


def test_a_day_looks_the_same_whatever_is_known_of_other_days(town: Town) -> None:
    """What is read of the books for one day is enough: all of them together say nothing else of it."""
    chance = Random(2026)
    people = [person(employee) for employee in ("000101", "000102", "000103", "000104")]
    for each in people:
        town.outlook.add(each.employee)
    town.read(*(_any_record(chance, number, people) for number in range(400)))
    cases = {case.employee: case for case in look_at([each.employee for each in people], town.world)}

    for number in range(120):
        wanted = day("2026-11-12") + timedelta(days=number)
        members = team.look_at_team(people, wanted, town.world)
        pictures = {each.person.employee: cases[each.person.employee].picture for each in members}
        whole = {
            employee: team_day(picture.segments, picture.person, wanted)
            for employee, picture in pictures.items()
            if picture
        }
        assert {each.person.employee: each.gaps for each in members} == whole, wanted


def _any_record(chance: Random, number: int, people: Sequence[Person]) -> AbsenceRecord:
    first = day("2026-10-20") + timedelta(days=chance.randrange(150))
    last = first + timedelta(days=chance.choice([0, 0, 1, 3, 20]))
    hours = (f"{first}T{chance.randrange(8, 23):02}:00", f"{last}T{chance.randrange(0, 24):02}:30")
    is_interval = chance.random() < 0.3 and hours[0] < hours[1]
    return record(
        str(first),
        None if chance.random() < 0.02 else str(first if is_interval else last),
        source_id=str(number),
        employee=chance.choice(people).employee,
        part=chance.choice([Part.WHOLE, Part.MORNING, Part.AFTERNOON]),
        hours=hours if is_interval else None,
        profile=chance.choice(["afwezig", "opleiding", "telewerk"]),
    )


# --- the event


@pytest.fixture
def told(town: Town) -> Town:
    """Voorbeeldegem on a Monday at 7.45, with everything read and a digest that is due."""
    for number in ("000101", "000102", "000103", "000104", "000105", "000106"):
        town.outlook.add(number)
    town.read()
    town.rulebook.change(digest_at=time(7, 45))
    town.move_to("2026-11-16T07:45")
    return town


def tick(town: Town) -> list[Event]:
    return town.hear(ClockStruck(at=town.clock.now(), period="tick"))


def teams(said: Sequence[Event]) -> dict[str, TeamDay]:
    return {each.service: each for each in said if isinstance(each, TeamDay)}


def test_each_service_is_told_once_who_is_not_there(told: Town) -> None:
    told.read(
        record("2026-11-16", "2026-11-20"),
        record("2026-11-16", source_id="2", employee="000101", part=Part.AFTERNOON, profile="telewerk"),
    )

    said = teams(tick(told))
    again = teams(tick(told))

    ict = TeamDay(
        service="ICT", day=MONDAY, entries=[TeamEntry(employee="000104", user_id="user-4", part="whole", kind="away")]
    )
    burgerzaken = [TeamEntry(employee="000101", user_id="user-1", part="afternoon", kind="elsewhere")]
    assert said["ICT"] == ict
    assert said["Burgerzaken"].entries == burgerzaken
    assert set(said) == {
        "Burgerzaken",
        "Buitenschoolse kinderopvang",
        "ICT",
        "Omgeving",
        "Onthaal",
        "Technische dienst",
    }
    assert again == {}


def test_nobody_away_is_said_too(told: Town) -> None:
    assert teams(tick(told))["ICT"].entries == []


def test_the_next_day_it_is_said_again(told: Town) -> None:
    tick(told)
    told.move_to("2026-11-17T07:45")

    assert teams(tick(told))["ICT"].day == day("2026-11-17")


def test_a_process_that_dies_before_it_spoke_says_it_after_all(told: Town) -> None:
    lost = told.lose(ClockStruck(at=told.clock.now(), period="tick"))

    assert teams(lost) == teams(tick(told)) != {}


@pytest.mark.parametrize(
    ("moment", "is_said"),
    [("07:44", False), ("07:45", True), ("11:44", True), ("11:45", False), ("18:00", False)],
)
def test_a_late_start_still_says_it_in_the_morning(told: Town, moment: str, *, is_said: bool) -> None:
    told.move_to(f"2026-11-16T{moment}")

    assert bool(teams(tick(told))) is is_said


def test_a_service_hears_nothing_on_a_day_on_which_it_does_not_work(told: Town) -> None:  # R10
    told.move_to("2026-11-02T07:45")  # All Souls: the childcare is open

    assert set(teams(tick(told))) == {"Buitenschoolse kinderopvang"}


def test_nothing_is_said_unless_it_is_wanted(told: Town) -> None:
    told.rulebook.change(digest_at=None)

    assert teams(tick(told)) == {}


def test_what_is_only_asked_for_is_not_told(told: Town) -> None:
    told.rulebook.change(requested=True)
    told.read(record("2026-11-16", state=State.REQUESTED))

    assert teams(tick(told))["ICT"].entries == []


def test_a_service_that_does_not_take_part_is_told_nothing(told: Town) -> None:
    told.read(record("2026-11-16"), record("2026-11-16", source_id="2", employee="000101"))
    told.rulebook.change(scope=Scope(services=frozenset({"Burgerzaken"})))

    said = teams(tick(told))

    assert set(said) == {"Burgerzaken"}
    assert [entry.employee for entry in said["Burgerzaken"].entries] == ["000101"]


def test_who_has_no_mailbox_is_not_in_it(told: Town) -> None:
    told.read(record("2026-11-16", employee="000107"))

    assert teams(tick(told))["Technische dienst"].entries == []


def test_while_all_is_stopped_nobody_is_said_to_be_there(told: Town) -> None:
    stop(told.world, "ict")
    stopped = teams(tick(told))
    resume(told.world)

    assert stopped == {}
    assert teams(tick(told)) != {}


def test_before_everything_was_read_once_nothing_is_said(town: Town) -> None:
    town.outlook.add("000104")
    town.rulebook.change(digest_at=time(7, 45))
    town.move_to("2026-11-16T07:45")
    unread = teams(tick(town))
    town.read(record("2026-11-16"))

    assert unread == {}
    assert [entry.employee for entry in teams(tick(town))["ICT"].entries] == ["000104"]


def test_a_large_town_is_told_in_several_ticks(told: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "TOGETHER", 1)

    said = [list(teams(tick(told))) for _ in range(7)]

    assert said == [
        ["Buitenschoolse kinderopvang"], ["Burgerzaken"], ["ICT"], ["Omgeving"], ["Onthaal"], ["Technische dienst"], []
    ]  # fmt: skip


def test_a_service_with_a_name_too_long_for_the_event_spoils_nothing(told: Town) -> None:
    people = {**roster().people, "000101": replace(person("000101"), service="B" * 101)}
    told.rulebook.change(roster=Roster(people))

    assert "ICT" in teams(tick(told))


def test_the_event_holds_ids_only(told: Town) -> None:
    told.read(record("2026-11-16"))

    (entry,) = teams(tick(told))["ICT"].dump()["entries"]

    assert entry == {"employee": "000104", "user_id": "user-4", "part": "whole", "kind": "away", "delegate": None}
