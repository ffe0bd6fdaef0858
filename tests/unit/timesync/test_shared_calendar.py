"""The calendar of a service shows who of it is away, and never keeps anybody's own calendar waiting."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.timesync.domain.profiles import REQUESTED
from services.timesync.domain.records import Part, State
from services.timesync.domain.roster import Roster
from services.timesync.effects.calendar import CalendarEffect
from services.timesync.effects.shared_calendar import Missing, SharedCalendarEffect, shared_look
from services.timesync.store.events import EventBook
from shared.errors import HubError
from shared.events import AbsenceHeld, AbsenceReleased, AbsencesChanged, AbsencesShown, ClockStruck, Event
from shared.graph.errors import NotFound, Refused, Throttled

from .builders import record, roster
from .conftest import Town

ICT, BALIE = "agenda-ict@example.org", "agenda-balie@example.org"
NAME = roster().person("000104").name
SERVICE = roster().person("000104").service
MISSING = AbsenceHeld(source="shared_calendar", place=SERVICE, reason="no_shared_calendar")


@pytest.fixture
def team(town: Town) -> Town:
    """Return a town in which the service of 000104 has a calendar of its own."""
    rules = lambda: town.rulebook.rules  # noqa: E731 - the rules of the moment
    entries = CalendarEffect(town.outlook, EventBook(town.database, "shared"), shared_look(rules), "shared")
    shared = SharedCalendarEffect(entries, rules, Missing(town.store.held, town.clock), town.clock)
    town.world = replace(town.world, effects=(*town.world.effects, shared))
    town.outlook.events |= {ICT: {}, BALIE: {}}
    town.rulebook.change(shared_calendars={SERVICE: ICT.upper()})
    return town


def told(town: Town, period: str = "tick") -> list[Event]:
    said = town.settle(ClockStruck(at=town.clock.now(), period=period))
    return [each for each in said if isinstance(each, AbsenceHeld | AbsenceReleased)]


def place_in(town: Town, service: str) -> None:
    people = dict(town.rulebook.rules.roster.people)
    people["000104"] = replace(people["000104"], service=service)
    town.rulebook.change(roster=Roster(people))


def test_colleagues_see_a_name_and_a_neutral_word_and_nobody_is_invited(team: Town) -> None:
    team.outlook.add("000104")

    team.read(record("2026-11-16", "2026-11-20"))

    entry = team.outlook.only(ICT).shown
    assert (entry.subject, entry.show_as, entry.all_day, entry.location) == (f"{NAME} – Afwezig", "free", True, "")
    body = entry.as_json()
    assert (body["sensitivity"], body["isReminderOn"]) == ("normal", False)
    assert body.keys() & {"attendees", "body", "recurrence"} == set()


def test_of_telework_the_place_is_not_told(team: Town) -> None:
    team.outlook.add("000104")

    team.read(record("2026-11-16", profile="telewerk"))

    assert (team.outlook.only(ICT).shown.subject, team.outlook.only(ICT).shown.location) == (f"{NAME} – Telewerk", "")


def test_what_is_only_asked_for_is_not_for_colleagues(team: Town) -> None:
    user = team.outlook.add("000104")

    team.read(record("2026-11-16", profile=REQUESTED))

    assert (len(team.outlook.shown(user)), team.outlook.shown(ICT)) == (1, [])


def test_who_is_in_no_service_with_a_calendar_is_in_none(team: Town) -> None:
    user = team.outlook.add("000104")
    place_in(team, "Elders")

    team.read(record("2026-11-16"))

    assert (team.outlook.shown(ICT), len(team.outlook.shown(user))) == ([], 1)


def test_an_entry_follows_its_absence(team: Town) -> None:
    team.outlook.add("000104")
    team.read(record("2026-11-16"))

    team.read(record("2026-11-16", "2026-11-18", version="2"))
    assert team.outlook.shown(ICT) == [("2026-11-16T00:00", "2026-11-19T00:00", "free")]
    team.read(record("2026-11-16", "2026-11-18", version="3", state=State.CANCELLED))
    assert team.outlook.shown(ICT) == []


def test_r21_a_repeated_message_changes_nothing(team: Town) -> None:
    team.outlook.add("000104")
    team.read(record("2026-11-16"))
    team.outlook.calls.clear()

    team.show()

    assert AbsencesChanged(employee="000104") not in team.night()
    assert team.outlook.calls == []


def test_another_name_or_label_is_written_on_what_is_there(team: Town) -> None:
    team.outlook.add("000104")
    team.read(record("2026-11-16"))
    people = dict(team.rulebook.rules.roster.people)
    people["000104"] = replace(people["000104"], name="An Voorbeeld")

    team.rulebook.change(roster=Roster(people), labels={"afwezig": "Weg"})
    team.show()

    assert team.outlook.only(ICT).shown.subject == "An Voorbeeld – Weg"


def test_who_changes_service_takes_his_entries_along(team: Town) -> None:
    team.outlook.add("000104")
    team.rulebook.change(shared_calendars={SERVICE: ICT, "Balie": BALIE})
    team.read(record("2026-11-16"))

    place_in(team, "Balie")
    team.show()

    assert team.outlook.shown(ICT) == []
    assert team.outlook.shown(BALIE) == [("2026-11-16T00:00", "2026-11-17T00:00", "free")]


def test_when_the_option_goes_so_do_its_entries_and_nobody_elses(team: Town) -> None:
    user = team.outlook.add("000104")
    team.read(record("2026-11-16"))
    team.rulebook.change(shared_calendars={})

    team.night()

    assert team.outlook.shown(ICT) == []
    assert len(team.outlook.shown(user)) == 1


def test_who_loses_his_mailbox_is_not_in_it_any_more(team: Town) -> None:
    user = team.outlook.add("000104")
    team.read(record("2026-11-16"))

    team.outlook.retire(user)
    team.hour()

    assert team.outlook.shown(ICT) == []


def test_what_could_not_be_taken_away_of_who_lost_his_mailbox_goes_the_next_time(team: Town) -> None:
    user = team.outlook.add("000104")
    team.read(record("2026-11-16"))
    team.outlook.retire(user)
    team.outlook.trouble[ICT] = Throttled("graph_429", "wait")
    with pytest.raises(Throttled):
        team.hour()
    del team.outlook.trouble[ICT]

    team.show()

    assert team.outlook.shown(ICT) == []


@pytest.mark.parametrize(
    "failure",
    [NotFound("graph_404", "no mailbox", "x"), Refused("graph_403", "no", "ErrorAccessDenied")],
    ids=["not there", "not ours to write in"],
)
def test_a_missing_calendar_is_told_once_and_keeps_nobody_waiting(team: Town, failure: HubError) -> None:
    users = [team.outlook.add("000104"), team.outlook.add("000105")]
    team.outlook.trouble[ICT] = failure
    colleagues = dict(team.rulebook.rules.roster.people)
    colleagues["000105"] = replace(colleagues["000105"], service=SERVICE)
    team.rulebook.change(roster=Roster(colleagues))

    said = team.read(
        record("2026-11-16", part=Part.MORNING),
        record("2026-11-16", part=Part.MORNING, source_id="2", employee="000105"),
    )

    assert [each.calls for each in said if isinstance(each, AbsencesShown)] == [1, 1]
    assert [len(team.outlook.shown(user)) for user in users] == [1, 1]
    assert told(team) == [MISSING]
    assert told(team) == []
    team.show()
    assert told(team) == []


def test_a_calendar_that_was_missing_is_filled_the_next_night_and_that_is_told(team: Town) -> None:
    team.outlook.add("000104")
    calendar = team.outlook.events.pop(ICT)
    team.read(record("2026-11-16"))
    assert told(team) == [MISSING]
    team.outlook.events[ICT] = calendar

    team.night()

    assert len(team.outlook.shown(ICT)) == 1
    assert told(team) == [AbsenceReleased(source="shared_calendar", place=SERVICE, reason="no_shared_calendar")]
    assert team.store.held.all() == []


def test_a_missing_calendar_that_is_no_longer_wanted_is_no_longer_held(team: Town) -> None:
    team.outlook.add("000104")
    team.outlook.events.pop(ICT)
    team.read(record("2026-11-16"))
    assert told(team) == [MISSING]

    team.rulebook.change(shared_calendars={})

    assert told(team) == [AbsenceReleased(source="shared_calendar", place=SERVICE, reason="no_shared_calendar")]


def test_a_calendar_that_asks_to_wait_is_filled_later(team: Town) -> None:
    user = team.outlook.add("000104")
    team.outlook.trouble[ICT] = Throttled("graph_429", "wait")
    with pytest.raises(Throttled):
        team.read(record("2026-11-16"))
    del team.outlook.trouble[ICT]

    team.show()

    assert (len(team.outlook.shown(user)), len(team.outlook.shown(ICT))) == (1, 1)
    assert team.store.held.all() == []
