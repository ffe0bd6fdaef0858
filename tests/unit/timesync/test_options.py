"""The options of Teams beside calendars and replies: what they are refused, stops nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from services.timesync.effects.base import Outcome, Picture, Step
from services.timesync.effects.guard import GuardEffect
from services.timesync.effects.status import StatusEffect
from shared.errors import HubError
from shared.events import AbsenceHeld, AbsenceReleased, AbsencesChanged, AbsencesHinted, AbsencesShown, Event
from shared.graph.errors import NotFound, Refused, Throttled

from .builders import record
from .conftest import Town
from .presence_fake import Teams

FORBIDDEN = Refused("graph_403", "no permission", "Forbidden")
HELD = [
    AbsenceHeld(source="Microsoft Teams", place="status_message", reason="status_refused"),
    AbsenceHeld(source="Microsoft Teams", place="telephony_guard", reason="guard_refused"),
]


@dataclass
class Calendars:
    """The effect that must go on whatever Teams says."""

    name: str = "calendar"
    shown: list[str] = field(default_factory=list)
    failure: HubError | None = None

    def steps(self, pictures: Sequence[Picture]) -> Mapping[str, Sequence[Step]]:
        return {}

    def show(self, pictures: Sequence[Picture]) -> Mapping[str, Outcome | HubError]:
        self.shown += [picture.employee for picture in pictures]
        return {picture.employee: self.failure or Outcome() for picture in pictures}

    def abandon(self, employee: str) -> None:
        """Nothing is kept."""


@pytest.fixture
def teams(town: Town) -> Teams:
    return Teams(town.clock)


@pytest.fixture
def calendars(town: Town, teams: Teams) -> Calendars:
    """A town of two absent people with both options on."""
    made = Calendars()
    options = (
        StatusEffect(teams, town.store.statuses, lambda: town.rulebook.rules),
        GuardEffect(teams, town.store.guards, lambda: town.rulebook.rules),
    )
    town.world = replace(town.world, effects=(made, *options))
    town.rulebook.rules = replace(town.rulebook.rules, status=True, guard=True)
    for number, employee in enumerate(("000104", "000105")):
        town.outlook.add(employee)
        town.source.say(*town.source.reading.records, record("2026-11-12", employee=employee, source_id=str(number)))
    return made


def held(said: list[Event]) -> list[Event]:
    return [event for event in said if isinstance(event, AbsenceHeld | AbsenceReleased)]


def read(town: Town) -> list[Event]:
    return town.read(*town.source.reading.records)


def test_both_options_are_shown_and_the_next_look_is_the_earliest_of_all(
    town: Town, teams: Teams, calendars: Calendars
) -> None:
    said = read(town)

    assert sorted(teams.calls) == ["prefer user-1", "prefer user-2", "write user-1", "write user-2"]
    assert [event.calls for event in said if isinstance(event, AbsencesShown)] == [2, 2]
    wake = town.store.wakes.at("000104")
    assert wake is not None
    assert wake.isoformat() == "2026-11-12T17:05:00+00:00"  # an hour before the guard ends


def test_a_refusal_is_held_until_it_is_heard_and_stops_no_calendar(
    town: Town, teams: Teams, calendars: Calendars
) -> None:
    teams.trouble = FORBIDDEN

    said = read(town)
    later = town.show("000104") + town.show("000105")

    assert set(held(said)) == set(HELD)
    assert held(later) == []
    assert set(calendars.shown) == {"000104", "000105"}
    assert len([event for event in said + later if isinstance(event, AbsencesShown)]) == 4


def test_what_is_granted_again_is_released(town: Town, teams: Teams, calendars: Calendars) -> None:
    teams.trouble = FORBIDDEN
    read(town)
    teams.trouble = None

    said = town.settle(AbsencesChanged(employee="000104"))

    assert [(event.place, type(event)) for event in held(said)] == [  # type: ignore[attr-defined]  # both have one
        ("status_message", AbsenceReleased),
        ("telephony_guard", AbsenceReleased),
    ]
    assert town.store.held.all() == []


def test_what_is_not_wanted_any_more_is_released_though_it_stays_refused(
    town: Town, teams: Teams, calendars: Calendars
) -> None:
    teams.trouble = FORBIDDEN
    read(town)
    town.rulebook.rules = replace(town.rulebook.rules, status=False, guard=False)

    said = town.settle(AbsencesChanged(employee="000104"))

    assert [type(event) for event in held(said)] == [AbsenceReleased, AbsenceReleased]


def test_a_refusal_that_was_not_said_before_a_death_is_said_after_it(
    town: Town, teams: Teams, calendars: Calendars
) -> None:
    teams.trouble = FORBIDDEN
    town.hear(AbsencesHinted(source="file"))
    town.lose(AbsencesChanged(employee="000104"))

    said = town.show("000104")

    assert held(said) == HELD


def test_who_has_no_teams_keeps_his_mailbox(town: Town, teams: Teams, calendars: Calendars) -> None:
    teams.unknown |= {"user-1", "user-2"}

    said = read(town)

    assert held(said) == []
    assert len([event for event in said if isinstance(event, AbsencesShown)]) == 2


def test_a_throttled_option_is_tried_again_with_the_rest(town: Town, teams: Teams, calendars: Calendars) -> None:
    teams.trouble = Throttled("graph_429", "busy")

    with pytest.raises(Throttled):
        read(town)

    teams.trouble = None
    assert [type(event) for event in town.show("000104")] == [AbsencesShown]
    assert teams.line("user-1")


def test_a_mailbox_that_is_gone_forgets_the_options_too(town: Town, teams: Teams, calendars: Calendars) -> None:
    read(town)
    calendars.failure = NotFound("graph_404", "no mailbox", "MailboxNotEnabledForRESTAPI")
    teams.calls.clear()

    town.show("000104")

    books = (town.store.statuses, town.store.guards)
    assert [book.of_many(["000104"]) for book in books] == [{}, {}]
    assert teams.calls == []


def test_a_night_in_which_nothing_changed_costs_no_call(town: Town, teams: Teams, calendars: Calendars) -> None:
    town.source.say(record("2026-11-12", "2026-11-20"))
    read(town)
    town.move_to("2026-11-12T18:05")
    town.show("000104")  # its guard is renewed, and lasts until six
    town.move_to("2026-11-13T00:00")
    teams.calls.clear()
    teams.asked.clear()

    town.night()

    assert (teams.calls, teams.asked) == ([], [])
